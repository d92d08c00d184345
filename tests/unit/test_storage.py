"""Files by content, on a folder of the test's own."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pytest

from cop_site import storage
from cop_site.storage import Kept, Store, StoreAwayError, TooLargeError, from_url

LARGEST = 1_000_000


def _put(store: Store, content: bytes = b"content") -> Kept:
    return store.put(io.BytesIO(content), largest=LARGEST)


def _list(folder: Path) -> list[str]:
    """Every file in the store but its lock."""
    return [path.name for path in folder.rglob("*") if path.is_file() and path.name != "lock"]


class _Failing(io.BytesIO):
    """A stream that breaks after its first part."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise ConnectionResetError
        return super().read(4)


class TestPut:
    def test_keeps_the_bytes_under_their_hash(self, tmp_path: Path) -> None:
        kept = _put(Store(tmp_path))
        expected = hashlib.sha256(b"content").hexdigest()
        assert (kept.sha256, kept.size, kept.is_new) == (expected, 7, True)
        path = tmp_path / expected[:2] / expected[2:4] / expected
        assert path.read_bytes() == b"content"
        assert _list(tmp_path) == [expected]

    def test_same_content_twice_is_one_file(self, tmp_path: Path) -> None:
        store = Store(tmp_path)
        first, second = _put(store), _put(store)
        assert (first.is_new, second.is_new) == (True, False)
        assert _list(tmp_path) == [first.sha256]

    def test_too_much_leaves_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(TooLargeError):
            Store(tmp_path).put(io.BytesIO(b"12345678"), largest=7)
        assert _list(tmp_path) == []
        assert Store(tmp_path).put(io.BytesIO(b"1234567"), largest=7).size == 7

    def test_a_stream_that_breaks_leaves_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(StoreAwayError):
            Store(tmp_path).put(_Failing(b"12345678"), largest=LARGEST)
        assert _list(tmp_path) == []

    def test_a_full_disk_is_said_and_leaves_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(StoreAwayError, match="No space left"):
            _put(Store(tmp_path))
        monkeypatch.undo()
        assert _list(tmp_path) == []

    def test_nothing_is_seen_before_it_is_whole(self, tmp_path: Path) -> None:
        seen: list[list[str]] = []

        class Watching(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                seen.append([name for name in _list(tmp_path) if len(name) == 64])
                return super().read(3)

        kept = Store(tmp_path).put(Watching(b"123456789"), largest=LARGEST)
        assert len(seen) == 4
        assert not any(seen)
        assert kept.sha256 in _list(tmp_path)

    def test_file_and_folder_are_on_disk_before_it_returns(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        synced: list[str] = []

        def note(descriptor: int) -> None:
            synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))

        monkeypatch.setattr(os, "fsync", note)
        kept = _put(Store(tmp_path))
        assert "/incoming/" in synced[0]
        assert str(tmp_path / kept.sha256[:2] / kept.sha256[2:4]) in synced[1:]


class TestOpen:
    def test_gives_what_was_put(self, tmp_path: Path) -> None:
        store = Store(tmp_path)
        with store.open(_put(store).sha256) as file:
            assert file.read() == b"content"

    def test_what_is_not_there_is_away(self, tmp_path: Path) -> None:
        with pytest.raises(StoreAwayError):
            Store(tmp_path).open("0" * 64)

    @pytest.mark.parametrize(
        "address", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "/"]
    )
    def test_only_hashes_are_addresses(self, tmp_path: Path, address: str) -> None:
        with pytest.raises(ValueError, match="address"):
            Store(tmp_path).open(address)


class TestDelete:
    def test_forgets_and_may_be_said_twice(self, tmp_path: Path) -> None:
        store = Store(tmp_path)
        kept = _put(store)
        store.delete(kept.sha256)
        store.delete(kept.sha256)
        assert _list(tmp_path) == []


class TestDiscard:
    def test_takes_back_what_it_made(self, tmp_path: Path) -> None:
        store = Store(tmp_path)
        store.discard(_put(store))
        assert _list(tmp_path) == []

    def test_leaves_what_was_there_before(self, tmp_path: Path) -> None:
        store = Store(tmp_path)
        _put(store)
        store.discard(_put(store))
        assert len(_list(tmp_path)) == 1

    def test_leaves_what_somebody_else_put_meanwhile(self, tmp_path: Path) -> None:
        store = Store(tmp_path)
        first = _put(store)
        _put(store)
        store.discard(first)
        assert len(_list(tmp_path)) == 1

    def test_many_at_once_never_lose_a_file_that_one_of_them_keeps(self, tmp_path: Path) -> None:
        store, start = Store(tmp_path), threading.Barrier(12)

        def run(keeps: bool) -> None:
            start.wait(timeout=30)
            for number in range(20):
                kept = _put(store, b"same %d" % number)
                if not keeps:
                    store.discard(kept)

        with ThreadPoolExecutor(12) as pool:
            list(pool.map(run, [number % 4 == 0 for number in range(12)]))
        for number in range(20):
            with store.open(hashlib.sha256(b"same %d" % number).hexdigest()) as file:
                assert file.read() == b"same %d" % number


class TestAway:
    def _broken(self, tmp_path: Path) -> Store:
        (tmp_path / "file").write_text("no folder")
        return Store(tmp_path / "file" / "store")

    def test_a_folder_that_cannot_be_is_said(self, tmp_path: Path) -> None:
        store = self._broken(tmp_path)
        with pytest.raises(StoreAwayError):
            _put(store)
        with pytest.raises(StoreAwayError):
            store.open("0" * 64)


class TestFromUrl:
    @pytest.mark.parametrize(
        ("url", "folder"),
        [
            ("/srv/files", "/srv/files"),
            ("file:///srv/files", "/srv/files"),
            ("file:///srv/our%20files", "/srv/our files"),
        ],
    )
    def test_a_folder_is_plain_or_a_file_address(self, url: str, folder: str) -> None:
        assert from_url(url).folder == Path(folder)

    @pytest.mark.parametrize("url", ["", "s3://bucket", "s3:bucket", "file://host/x"])
    def test_anything_else_is_refused_in_one_sentence(self, url: str) -> None:
        with pytest.raises(RuntimeError, match=r"^STORAGE_URL must be a folder"):
            from_url(url)


def test_chunks_are_read_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "CHUNK", 10)
    asked: list[int | None] = []

    class Counting(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            asked.append(size)
            return super().read(size)

    stream: BinaryIO = Counting(b"x" * 25)
    assert Store(tmp_path).put(stream, largest=LARGEST).size == 25
    assert asked == [10, 10, 10, 10]


class TestSweep:
    def _age(self, path: Path, days: float) -> Path:
        then = time.time() - days * 24 * 60 * 60
        os.utime(path, (then, then))
        return path

    def _file(self, store: Store, content: bytes, days: float) -> str:
        address = _put(store, content).sha256
        self._age(store.folder / address[:2] / address[2:4] / address, days)
        return address

    def test_takes_what_nothing_names_for_a_day(self, tmp_path: Path) -> None:
        store = Store(tmp_path)
        named, orphan, young = (
            self._file(store, content, days)
            for content, days in ((b"named", 9), (b"orphan", 1.1), (b"young", 0.9))
        )
        killed, coming, note = (
            tmp_path / name for name in ("incoming/killed", "incoming/coming", "not-ours.txt")
        )
        for path, days in ((killed, 1.1), (coming, 0.9), (note, 9)):
            path.write_text("half")
            self._age(path, days)
        asked: list[str] = []

        def list_named(addresses: Collection[str]) -> set[str]:
            asked.extend(addresses)
            return {named}

        assert store.sweep(list_named) == 2
        assert sorted(asked) == sorted([named, orphan])
        assert sorted(_list(tmp_path)) == sorted([named, young, coming.name, note.name])

    def test_leaves_what_is_put_again_while_it_looks(self, tmp_path: Path) -> None:
        store = Store(tmp_path)
        orphan = self._file(store, b"orphan", 2)

        def put_again(_addresses: Collection[str]) -> set[str]:
            assert not _put(store, b"orphan").is_new
            return set()

        assert store.sweep(put_again) == 0
        assert _list(tmp_path) == [orphan]

    def test_asks_in_parts_and_not_where_nothing_is_old(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(storage, "ASKED_AT_ONCE", 2)
        store = Store(tmp_path / "not there yet")
        sizes: list[int] = []

        def list_named(addresses: Collection[str]) -> Collection[str]:
            sizes.append(len(addresses))
            return addresses

        assert store.sweep(list_named) == 0
        assert sizes == []
        for number in range(5):
            self._file(store, b"%d" % number, 2)
        assert store.sweep(list_named) == 0
        assert sizes == [2, 2, 1]

    def test_store_that_is_away_is_said(self, tmp_path: Path) -> None:
        store = Store(tmp_path)
        self._file(store, b"orphan", 2)
        (tmp_path / "lock").unlink()
        (tmp_path / "lock").mkdir()
        with pytest.raises(StoreAwayError):
            store.sweep(lambda _addresses: set())
