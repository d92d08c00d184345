"""Files by what is in them, behind one setting. Knows no domain and no request.

A file lies under the SHA-256 of its bytes in two levels of folders, so the same content twice is
one file, a name that somebody typed never reaches the disk, and a stored file never changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

CHUNK = 256 * 1024
DAY = 24 * 60 * 60
ASKED_AT_ONCE = 500
_ADDRESS = re.compile(r"[0-9a-f]{64}")


class StoreAwayError(Exception):
    """The store can't be read or written now: gone, full or not ours. Nothing was changed."""


class TooLargeError(Exception):
    """More bytes came than are allowed. Nothing was kept."""


@dataclass(frozen=True)
class Kept:
    """A file in the store. ``is_new``: it was not there before; ``stamp`` is for ``discard``."""

    sha256: str
    size: int
    is_new: bool
    stamp: int = 0


def from_url(url: str) -> Store:
    """The store that a setting names: a folder, plain or as ``file://``.

    Raises RuntimeError with one sentence for anything else, so that the site does not start.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return Store(Path(unquote(parts.path)))
    if url and not parts.scheme:
        return Store(Path(url))
    raise RuntimeError("STORAGE_URL must be a folder, like /srv/cop/files or file:///srv/cop/files")


class Store:
    """A folder of files. Safe for several processes of one machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def put(self, stream: BinaryIO, *, largest: int) -> Kept:
        """Keep what ``stream`` gives, hashing and counting as it comes.

        Written under a temporary name, synced and renamed, so nothing half-written is ever seen.
        Raises TooLargeError past ``largest`` bytes and StoreAwayError; both leave nothing behind.
        """
        with _away(), self._temporary() as (path, out):
            digest, size = hashlib.sha256(), 0
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > largest:
                    raise TooLargeError
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
            return self._settle(path, digest.hexdigest(), size)

    def open(self, sha256: str) -> BinaryIO:
        """A kept file, to read. StoreAwayError where it can't be had."""
        with _away():
            return self._place(sha256).open("rb")

    def delete(self, sha256: str) -> None:
        """Forget a file. One that is not there is no error."""
        with _away(), self._locked():
            self._place(sha256).unlink(missing_ok=True)

    def discard(self, kept: Kept) -> None:
        """Take back a ``put`` whose row failed, unless the same content was put again since."""
        if not kept.is_new:
            return
        with _away(), self._locked(), suppress(FileNotFoundError):
            place = self._place(kept.sha256)
            if place.stat().st_mtime_ns == kept.stamp:
                place.unlink()

    def sweep(self, list_named: Callable[[Collection[str]], Collection[str]]) -> int:
        """Delete what was left behind for a day: half-written files, and those without a row.

        ``list_named`` gives, of some addresses, those that something names. Whoever is about to
        name a file has put it first, which makes it young again. Returns how many went.
        """
        before = time.time_ns() - DAY * 10**9
        with _away():
            incoming = [one for one in self.folder.glob("incoming/*") if _is_older(one, before)]
            for path in incoming:
                path.unlink(missing_ok=True)
            found = self.folder.glob("??/??/*")
            old = [one.name for one in found if _ADDRESS.fullmatch(one.name)]
            old = [one for one in old if _is_older(self._place(one), before)]
            gone = 0
            for start in range(0, len(old), ASKED_AT_ONCE):
                some = old[start : start + ASKED_AT_ONCE]
                for sha256 in set(some) - set(list_named(some)):
                    gone += self._delete_older(sha256, before)
        return len(incoming) + gone

    def _delete_older(self, sha256: str, before: int) -> bool:
        """Delete a file unless it was put again since the sweep looked."""
        place = self._place(sha256)
        with self._locked():
            if not _is_older(place, before):
                return False
            place.unlink()
            return True

    def _place(self, sha256: str) -> Path:
        if not _ADDRESS.fullmatch(sha256):
            raise ValueError("not the address of a file")
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    def _settle(self, path: Path, sha256: str, size: int) -> Kept:
        """Give the written file its name, or mark the one that is there as wanted again."""
        place = self._place(sha256)
        with self._locked():
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.exists():
                # A later stamp tells the one who made it that it is no longer theirs to discard.
                # It tells the sweep that somebody is about to name it, too.
                stamp = max(place.stat().st_mtime_ns + 1, time.time_ns())
                os.utime(place, ns=(stamp, stamp))
                return Kept(sha256, size, is_new=False)
            path.replace(place)
            for folder in (place.parent, place.parent.parent, self.folder):
                _sync(folder)
            return Kept(sha256, size, is_new=True, stamp=place.stat().st_mtime_ns)

    @contextmanager
    def _temporary(self) -> Iterator[tuple[Path, BinaryIO]]:
        """A file to write in the store's own file system, gone afterwards if still there."""
        folder = self.folder / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as out:
                yield Path(name), out
        finally:
            Path(name).unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time settles or takes away: held for a rename, never for a read."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreAwayError(f"the file store cannot be used: {error}") from error


def _is_older(path: Path, before: int) -> bool:
    """Whether a file is there and was last touched before a moment, in nanoseconds."""
    try:
        return path.stat().st_mtime_ns < before
    except FileNotFoundError:
        return False


def _sync(folder: Path) -> None:
    """A rename is safe from a power cut only once its folder is written."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
