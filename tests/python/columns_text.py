"""The slow twin of what the program reads: columns in memory, decoded in Python by data/columns.h."""

from __future__ import annotations

import datetime
import math
import mmap
import struct
from typing import Any

HEAD = struct.Struct("<8sQQQQQ")
COLUMN = struct.Struct("<QIIQQQQQQ")
ABSENT, TEXT, DICTIONARY, F64, I64, BOOL, DATE, TIMESTAMP, MOMENT = range(9)


def decode(fd: int) -> dict[str, list[str | None] | None]:
    """The texts of each column, None where one is missing; None for a column that was not sent."""
    with mmap.mmap(fd, 0, prot=mmap.PROT_READ) as p:
        magic, version, n_rows, n_columns, total, at = HEAD.unpack_from(p, 0)
        assert magic == b"AXBCOLS1"
        assert version == 1
        assert total <= len(p)
        found: dict[str, list[str | None] | None] = {}
        for i in range(n_columns):
            c = COLUMN.unpack_from(p, at + i * COLUMN.size)
            found[p[c[0] : c[0] + c[1]].decode()] = _column(p, n_rows, *c[2:])
        return found


def _column(p: Any, n: int, kind: int, validity: int, values: int, offsets: int, codes: int, n_values: int, size: int):
    for at in (validity, values, offsets, codes):
        assert at % 64 == 0
    if kind == ABSENT:
        return None
    if kind in (TEXT, DICTIONARY):
        begin = struct.unpack_from(f"<{n_values + 1}Q", p, offsets)
        assert begin[0] == 0
        assert begin[-1] == size
        cells: list[Any] = [p[values + begin[i] : values + begin[i + 1]].decode() for i in range(n_values)]
        if kind == DICTIONARY:
            return [None if code < 0 else cells[code] for code in struct.unpack_from(f"<{n}i", p, codes)]
    else:
        letter = {F64: "d", I64: "q", BOOL: "B", DATE: "i"}.get(kind, "q")
        cells = [cell_text(kind, x) for x in struct.unpack_from(f"<{n}{letter}", p, values)]
    assert n_values == n
    return [cells[i] if not validity or p[validity + i // 8] >> i % 8 & 1 else None for i in range(n)]


def cell_text(kind: int, x: Any) -> str | None:
    """The text of a number or a time."""
    if kind == F64:
        return float_text(x)
    if kind == I64:
        return str(x)
    if kind == BOOL:
        return str(bool(x))
    try:
        if kind == DATE:
            return (datetime.date(1970, 1, 1) + datetime.timedelta(days=x)).isoformat()
        time = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=x)
    except OverflowError:  # of a missing one
        return "none"
    return time_text(time) if kind == TIMESTAMP else time.isoformat() + "+00:00"


def float_text(x: float) -> str | None:
    """The text of a float: whole numbers without a point; missing if it is none."""
    if math.isnan(x):
        return None
    return str(int(x)) if x == math.floor(x) and abs(x) < 2**53 and x != 0 else _shortest(x)


def _shortest(x: float) -> str:
    for digits in (15, 16, 17):
        text = f"{x:.{digits}g}"
        if float(text) == x:
            break
    return text


def time_text(x: datetime.datetime) -> str:
    """The text of a time: midnight is the date alone; with a zone it is in UTC."""
    if x.tzinfo is not None:
        return x.astimezone(datetime.timezone.utc).isoformat()
    return x.date().isoformat() if x.time() == datetime.time() else x.isoformat()
