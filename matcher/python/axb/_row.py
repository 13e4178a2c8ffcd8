"""One record of a table, as a function gets it: to try a function in a cell before it runs for all."""

from __future__ import annotations

import datetime
import mmap
import struct
from collections.abc import Callable
from typing import Any

from . import _axb, _table
from ._errors import UsageError

# Kinds of columns, as in data/columns.h.
_TEXT, _DICTIONARY, _F64, _I64, _BOOL, _DATE, _TIMESTAMP, _MOMENT = range(1, 9)
_HEAD = struct.Struct("<8sQQQQQ")  # magic, version, rows, columns, bytes, where the columns are
_COLUMN = struct.Struct("<QIIQQQQQQ")  # name, bytes of it, kind, validity, values, offsets, codes, n, bytes
_EPOCH = datetime.datetime(1970, 1, 1)

# What a column of other types than text is made of its text by, where it was sent as text.
_OF_TEXT: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": "True".__eq__,
    "date": datetime.date.fromisoformat,
    "datetime": datetime.datetime.fromisoformat,
}

_kinds: dict[tuple[str, ...], Any] = {}  # of records, by the names of their columns


def row(frame: Any, i: int) -> Any:
    """Return a record of a table, with what a function sees of it.

    Parameters
    ----------
    frame : DataFrame, Arrow table, mapping of columns or list of dicts
    i : int
        The position of the record, from 0; from the end if it is negative.

    Returns
    -------
    Record

    Examples
    --------
    >>> import axb
    >>> a = {"name": ["Ann", None], "age": [41, 7]}
    >>> axb.row(a, 0)
    Record(name='Ann', age=41)
    >>> (lambda a, b: a.age - b.age)(axb.row(a, 0), axb.row(a, 1))
    34
    """
    with _table.write(frame) as sent:
        if sent.fd is None or sent.n_rows is None or sent.kind == "table":
            raise UsageError("row is for a table whose rows are at hand; read the file into a DataFrame first")
        if not -sent.n_rows <= i < sent.n_rows:
            raise UsageError(f"there is no row {i}: the table has {sent.n_rows}")
        with mmap.mmap(sent.fd, 0, prot=mmap.PROT_READ) as content:
            names, values = _read(content, sent.types, i % sent.n_rows)
    kind, record = _axb.record(_kinds.get(names), names, values)
    _kinds[names] = kind
    return record


# ---- The columns that were sent --------------------------------------------------------------------


def _read(content: mmap.mmap, types: dict[str, str], i: int) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Return the names and the values of row i of a table in the format AXBCOLS1.

    The whole table was sent, since a column's type is that of all of its cells.
    """
    n_columns, columns_at = (_HEAD.unpack_from(content)[k] for k in (3, 5))
    names, values = [], []
    for k in range(n_columns):
        name_at, name_bytes, kind, *rest = _COLUMN.unpack_from(content, columns_at + k * _COLUMN.size)
        if kind:
            name = content[name_at : name_at + name_bytes].decode()
            value = _value(content, i, kind, *rest[:4])
            names.append(name)
            values.append(_OF_TEXT[types[name]](value) if isinstance(value, str) else value)
    return tuple(names), tuple(values)


def _value(
    content: mmap.mmap, i: int, kind: int, validity_at: int, values_at: int, offsets_at: int, codes_at: int
) -> Any:
    if kind == _DICTIONARY:
        (code,) = struct.unpack_from("<i", content, codes_at + 4 * i)
        return None if code < 0 else _text(content, values_at, offsets_at, code)
    if validity_at and not content[validity_at + i // 8] >> i % 8 & 1:
        return None
    if kind == _TEXT:
        return _text(content, values_at, offsets_at, i)
    form = {_F64: "<d", _BOOL: "<?", _DATE: "<i"}.get(kind, "<q")
    (value,) = struct.unpack_from(form, content, values_at + struct.calcsize(form) * i)
    if kind == _DATE:
        return (_EPOCH + datetime.timedelta(days=value)).date()
    if kind in (_TIMESTAMP, _MOMENT):
        at = _EPOCH + datetime.timedelta(microseconds=value)
        return at.replace(tzinfo=datetime.timezone.utc) if kind == _MOMENT else at
    return None if value != value else value


def _text(content: mmap.mmap, values_at: int, offsets_at: int, i: int) -> str:
    begin, end = struct.unpack_from("<2Q", content, offsets_at + 8 * i)
    return content[values_at + begin : values_at + end].decode()
