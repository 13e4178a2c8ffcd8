"""The files of a run on a machine: written by the first task that needs them there, mapped by all, removed by the last.

An engine brings the files to each task, as bytes in pieces. Tasks of one machine share what is in memory of them,
since they map the same file. A lock file says who uses them. A task that was killed holds no lock, and what it left is
removed by the next one that comes. Not here: what is in the files (`_engine`), and how they travel (`spark`, `dask`,
`ray`).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ._errors import DataError

PIECE_BYTES = 4 << 20


@dataclass(frozen=True)
class Piece:
    """Some bytes of a file of a run."""

    run: str  # the name of the run; of a run on shared storage its folder
    file: str
    at: int
    data: Any  # bytes, or what else has a buffer


@dataclass
class Files:
    """The files of a run: in a folder that all machines see, or on their way.

    Attributes
    ----------
    run : str
        A name that no other run has.
    folder : str or None
        Where they are, on shared storage.
    contents : dict
        Bytes by the name of the file, where there is no such folder.
    """

    run: str
    folder: str | None = None
    contents: dict[str, bytes] = field(default_factory=dict)

    def pieces(self) -> Iterator[Piece]:
        """Cut them; of what is on shared storage one piece says where that is."""
        if self.folder is not None:
            yield Piece(self.folder, "", 0, b"")
        for name, data in self.contents.items():
            for at in range(0, len(data), PIECE_BYTES):
                yield Piece(self.run, name, at, memoryview(data)[at : at + PIECE_BYTES])


def of_bytes(name: str, data: bytes) -> Files:
    """Make files of one that is in memory."""
    return Files(_new_name(), None, {name: data})


def of_folder(folder: str, names: Iterable[str]) -> Files:
    """Read files of a folder, as those of a run of their own."""
    return Files(_new_name(), None, {name: _read(os.path.join(folder, name)) for name in names})


def _new_name() -> str:
    return f"axb-{uuid.uuid4().hex}"


def make(write: Callable[[str], None], shared: str | None) -> Files:
    """Have files written into a folder, and take them.

    Parameters
    ----------
    write : callable
        Gets the folder.
    shared : str, optional
        A folder that all machines see; default: the files are read into memory.
    """
    if shared is None:
        with tempfile.TemporaryDirectory(prefix="axb-") as folder:
            write(folder)
            return of_folder(folder, sorted(os.listdir(folder)))
    run = _new_name()
    folder = os.path.join(shared, run)
    os.makedirs(f"{folder}.new", mode=0o700)
    write(f"{folder}.new")
    os.rename(f"{folder}.new", folder)
    return Files(run, folder)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


@contextlib.contextmanager
def at_hand(pieces: Iterable[Piece]) -> Iterator[str]:
    """Have the files of a run in a folder of this machine; `pieces` are all of its pieces, in any order."""
    rest = iter(pieces)
    first = next(rest, None)
    if first is None:
        raise DataError("a task was given no files of its run; please report it")
    if not first.file:
        yield _seen(first.run)
        return
    base = _base()
    _sweep(base)
    lock = _hold(base, first.run, _chain(first, rest))
    try:
        yield os.path.join(base, first.run)
    finally:
        _release(base, first.run, lock)


def _seen(folder: str) -> str:
    """Return a folder of shared storage, if this machine sees it."""
    if not os.path.isdir(folder):
        raise DataError(f"{folder} is not seen on this machine", "shared is a folder that all workers see, as by NFS")
    return folder


def _chain(first: Piece, rest: Iterator[Piece]) -> Iterator[Piece]:
    yield first
    yield from rest


def _base() -> str:
    """Return the folder of runs, which belongs to this user alone: what is in it is trusted as programs are."""
    base = os.path.join(tempfile.gettempdir(), f"axb-runs-{os.geteuid()}")
    with contextlib.suppress(FileExistsError):
        os.mkdir(base, 0o700)
    found = os.lstat(base)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise DataError(f"{base} is not a folder of this user alone", "remove it, or set TMPDIR to another folder")
    return base


# ---- Locks -----------------------------------------------------------------------------------------


def _hold(base: str, run: str, pieces: Iterator[Piece]) -> int:
    """Write the files unless they are there; return a lock that keeps them, shared by all that use them."""
    path = os.path.join(base, f"{run}.lock")
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH)
            if _is_of(lock, path):
                _write_once(os.path.join(base, run), pieces)
                return lock
        except BaseException:
            _release(base, run, lock)
            raise
        os.close(lock)  # of files that were removed meanwhile


def _write_once(folder: str, pieces: Iterator[Piece]) -> None:
    """Write the files, or wait for the task that does."""
    maker = os.open(f"{folder}.make", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(maker, fcntl.LOCK_EX)
        if not os.path.isdir(folder):
            _write(folder, pieces)
    finally:
        os.close(maker)


def _is_of(lock: int, path: str) -> bool:
    """Is it still the lock of this path? It is removed with the files."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return False
    held = os.fstat(lock)
    return (held.st_dev, held.st_ino) == (found.st_dev, found.st_ino)


def _release(base: str, run: str, lock: int) -> None:
    """Let the files go, and remove them if nobody else has them."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    else:
        _remove(base, run, lock)
    os.close(lock)


def _remove(base: str, run: str, lock: int) -> None:
    """Remove files of which this process alone has the lock."""
    path = os.path.join(base, f"{run}.lock")
    if not _is_of(lock, path):
        return
    for folder in (run, f"{run}.new"):
        shutil.rmtree(os.path.join(base, folder), ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(base, f"{run}.make"))
    os.unlink(path)


def _sweep(base: str) -> None:
    """Remove what tasks left that were killed."""
    for name in os.listdir(base):
        if name.endswith(".lock"):
            with contextlib.suppress(FileNotFoundError):
                lock = os.open(os.path.join(base, name), os.O_RDWR | os.O_CLOEXEC)
                _release(base, name.removesuffix(".lock"), lock)


def _write(folder: str, pieces: Iterator[Piece]) -> None:
    """Write all pieces, each at its place; the folder appears when it is complete."""
    new = f"{folder}.new"
    shutil.rmtree(new, ignore_errors=True)
    os.mkdir(new, 0o700)
    fds: dict[str, int] = {}
    try:
        for piece in pieces:
            if piece.file not in fds:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                fds[piece.file] = os.open(os.path.join(new, os.path.basename(piece.file)), flags, 0o600)
            _write_at(fds[piece.file], memoryview(piece.data), piece.at)
    finally:
        for fd in fds.values():
            os.close(fd)
    os.rename(new, folder)


def _write_at(fd: int, data: memoryview, at: int) -> None:
    while data:
        n = os.pwrite(fd, data, at)
        data, at = data[n:], at + n
