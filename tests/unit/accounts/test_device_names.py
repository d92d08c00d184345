from __future__ import annotations

import pytest

from cop_site.accounts.device_names import name_device

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/124.0 Safari/537.36 Edg/124.0"
)
CHROMEBOOK = (
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/124.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (IPHONE, "Safari on an iPhone"),
        (EDGE, "Edge on Windows"),
        (CHROMEBOOK, "Chrome on a Chromebook"),
        ("Something (Macintosh)", "A Mac"),
        ("Firefox/120", "Firefox"),
        ("", "A device"),
        ("<script>", "A device"),
    ],
)
def test_a_device_is_called_what_people_call_it(agent: str, name: str) -> None:
    assert name_device(agent) == name
