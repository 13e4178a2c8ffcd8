"""Tables that are loaded once, for several runs: `load` and `Table`.

The program reads a table, finds its distinct values, and leaves the result in shared memory: under a name, as
``axb data load`` does, or in a file in memory that belongs to this process alone and is gone with it, however it
ends. Not here: how a frame becomes what the program reads (`_table`).
"""

from __future__ import annotations

import mmap
import os
import re
import struct
from collections.abc import Iterable, Mapping
from typing import Any

from . import _errors, _query, _run, _table, _values

# data/table.h: the head of a table, at 64, and a column.
_HEAD_AT = 64
_HEAD = struct.Struct("<QIIQQQ")  # magic, version, columns, rows, bytes, where the columns are
_COLUMN = struct.Struct("<QQQQIIIIQQ")  # where the name is … bytes of the name …
_MAGIC = 0x3142415442584131

_LOADED = re.compile(r" of shared memory; [\d.]+ s$")  # the program's last note, which the Table says itself


class Table:
    """A table in shared memory, made by `load`. A context manager; closing it gives the memory back.

    Attributes
    ----------
    names : list of str
        The columns.
    n_rows : int
    n_bytes : int
        Of shared memory.
    name : str or None
        Under which the program knows it. Such a table stays when it is closed, until ``axb data rm NAME``.
    frame : object
        What it was loaded from. It is the caller's, and must not change while the table is used: what is
        shown of a record is taken from it.
    """

    def __init__(self, fd: int, sent: _table.Sent, name: str | None) -> None:
        self.names, self.n_rows, self.n_bytes = _read_head(fd)
        self.name = name
        self.frame = sent.frame
        self._index = sent.index
        self._types = sent.types
        self._fd: int | None = fd

    def sent(self) -> _table.Sent:
        """Make what the program is given for it."""
        if self._fd is None:
            raise _errors.UsageError("the table is closed: load it again")
        return _table.Sent(
            kind="table",
            frame=self.frame,
            path=f"@{self.name}" if self.name else f"fd:{self._fd}:the table",
            fd=None if self.name else self._fd,
            names=self.names,
            types=self._types,
            n_rows=self.n_rows,
            index=self._index,
            owned=False,
        )

    def close(self) -> None:
        """Give the memory back. A table that has a name stays."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    def __del__(self) -> None:
        if hasattr(self, "_fd"):
            self.close()

    def __enter__(self) -> Table:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return self.n_rows

    def __repr__(self) -> str:
        if self._fd is None:
            return "<axb.Table, closed>"
        name = f" @{self.name}:" if self.name else ""
        rows = f"{self.n_rows:,} row{'' if self.n_rows == 1 else 's'}"
        columns = f"{len(self.names):,} column{'' if len(self.names) == 1 else 's'}"
        return f"<axb.Table{name} {rows}, {columns}, {self.n_bytes / 1e6:,.1f} MB>"


@_query.names_known
def load(
    x: Any,
    name: str | None = None,
    *,
    read: Mapping[str, Any] | None = None,
    null: str | Iterable[str] | None = None,
) -> Table:
    """Load a table once, into shared memory, for several calls of `match`.

    Parameters
    ----------
    x : DataFrame, anything with ``__arrow_c_stream__``, mapping of columns, list of dicts, or path
        All of its columns are loaded.
    name : str, optional
        Keep it under this name: ``"@name"`` then stands for it in any process of this user, also on the command
        line, until ``axb data rm NAME``. Without a name it is gone when it is closed, or this process ends.
    read, null : as for `match`

    Returns
    -------
    Table

    Examples
    --------
    >>> with axb.load(people) as b:
    ...     for a in batches:
    ...         pairs = axb.match(a, b, on="name", min=0.9)
    """
    with _table.write(x, shown=name or "the table") as sent:
        if sent.kind in ("table", "named"):
            raise _errors.UsageError("it is loaded already: give it to match as it is")
        for column in sent.names or ():
            if column not in sent.types:
                text = "its name is not a text, or stands twice: rename it or leave it out"
                raise _errors.DataError(f"column {column!r} cannot be loaded: {text}")
        options = _values.reading(read, null, [sent.kind == "path"], names=())
        return _load_named(sent, name, options) if name is not None else _load_private(sent, options)


def _load_named(sent: _table.Sent, name: str, options: list[str]) -> Table:
    name = name.removeprefix("@")
    _program(["data load", *options, "--", name, sent.path], sent.fd)
    return Table(os.open(f"/dev/shm/axb.{os.geteuid()}.{name}", os.O_RDONLY | os.O_CLOEXEC), sent, name)


def _load_private(sent: _table.Sent, options: list[str]) -> Table:
    fd = os.memfd_create("axb table", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        _program(["data load", *options, "--", f"fd:{fd}:the table", sent.path], sent.fd, fd)
        return Table(fd, sent, None)
    except BaseException:
        os.close(fd)
        raise


def _read_head(fd: int) -> tuple[list[str], int, int]:
    """Read the columns' names, how many rows, and how many bytes a table has."""
    with mmap.mmap(fd, 0, prot=mmap.PROT_READ) as segment:
        magic, _, n_columns, n_rows, n_bytes, columns_at = _HEAD.unpack_from(segment, _HEAD_AT)
        if magic != _MAGIC:
            raise _errors.DataError("this is not a table of this version of axb")
        names = []
        for i in range(n_columns):
            column = _COLUMN.unpack_from(segment, columns_at + i * _COLUMN.size)
            names.append(segment[column[0] : column[0] + column[4]].decode())
        return names, n_rows, n_bytes


def _program(arguments: list[str], *fds: int | None) -> None:
    """Run the program, with descriptors that it inherits."""
    outcome = _run.run(arguments, pass_fds=[fd for fd in fds if fd is not None])
    _query.show_notes(note for note in outcome.notes if not _LOADED.search(note))
    error = outcome.exception()
    if error is not None:
        raise error
