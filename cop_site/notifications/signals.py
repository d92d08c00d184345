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


HasNoReader = Callable[[str, str], bool]
_asked: list[HasNoReader] = []


def ask_who_has_no_reader(has_none: HasNoReader) -> None:
    """``has_none(kind, address)`` says whether such a message is for nobody here any more."""
    if has_none not in _asked:
        _asked.append(has_none)


def has_no_reader(kind: str, address: str) -> bool:
    """Whether anybody knows that a message is for nobody here any more."""
    return any(has_none(kind, address) for has_none in _asked)
