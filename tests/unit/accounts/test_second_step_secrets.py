from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from cop_site.accounts import second_step_secrets as secrets

NOW = datetime(2026, 11, 10, 12, 0, 10, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
KEY = "a key of thirty-two characters, or more"


def code_at(moment: datetime) -> str:
    return pyotp.TOTP(SECRET).at(moment)


class TestFindCounter:
    @pytest.mark.parametrize("seconds", [-30, 0, 30])
    def test_a_clock_half_a_minute_off_is_forgiven(self, seconds: int) -> None:
        moment = NOW + timedelta(seconds=seconds)
        found = secrets.find_counter(SECRET, code_at(moment), NOW)
        assert found == int(moment.timestamp()) // 30

    @pytest.mark.parametrize("seconds", [-61, 61])
    def test_a_minute_is_not(self, seconds: int) -> None:
        code = code_at(NOW + timedelta(seconds=seconds))
        assert secrets.find_counter(SECRET, code, NOW) is None

    def test_the_known_answer_of_the_standard(self) -> None:
        # RFC 6238, appendix B: at 59 seconds, the last six digits of 94287082.
        secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        moment = datetime.fromtimestamp(59, UTC)
        assert secrets.find_counter(secret, "287 082", moment) == 1

    @pytest.mark.parametrize("code", ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "000 00x"])
    def test_what_is_no_code_is_none(self, code: str) -> None:
        assert secrets.find_counter(SECRET, code, NOW) is None


class TestSeal:
    def test_only_the_same_key_opens_it(self) -> None:
        sealed = secrets.seal(SECRET, KEY)
        assert SECRET not in sealed
        assert secrets.unseal(sealed, KEY) == SECRET
        assert secrets.unseal(sealed, KEY + "!") is None


class TestRecoveryCodes:
    def test_are_all_different_and_hold_nothing_easy_to_misread(self) -> None:
        codes = {secrets.new_recovery_code() for _ in range(200)}
        assert len(codes) == 200
        assert not set("".join(codes)) & set("01ilo")

    def test_read_the_same_however_they_are_typed(self) -> None:
        typed = ("k7m2q-x9fhd", " K7M2Q X9FHD ", "k7m2qx9fhd")
        assert len({secrets.hash_recovery_code(code) for code in typed}) == 1
