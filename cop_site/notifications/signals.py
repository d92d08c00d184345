"""What delivery finds out, told to those above, without knowing who they are."""

from __future__ import annotations

from collections.abc import Callable

Listener = Callable[[str], object]
_listeners: list[Listener] = []


def when_address_is_refused(listener: Listener) -> None:
    """``listener(address)`` runs inside the transaction that notes the refusal."""
    if listener not in _listeners:
        _listeners.append(listener)


def address_is_refused(address: str) -> None:
    """Tell everybody who wants to know that mail to this address will never arrive."""
    for listener in _listeners:
        listener(address)
