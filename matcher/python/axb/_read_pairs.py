"""`read_pairs`: the pairs in a file of the format "values".

Such a file has each pair of distinct values once, with the rows that have them; ``matcher/pairs/values_file.h`` says
how it is written. It is mapped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._axb import checksum
from ._errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BEGIN, _BLOCK, _END = (int.from_bytes(mark, "little") for mark in (b"AXBVALS1", b"AXBVBLK1", b"AXBVEND1"))
_HEAD_WORDS = 9


def read_pairs(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """Read the pairs that ``axb match … -o pairs.values`` wrote.

    Parameters
    ----------
    path : str or path
        A file of the format "values".

    Returns
    -------
    dict
        Arrays "a" and "b", rows of the two tables from 0, and "score": by row of a, then row of b. pandas makes a
        DataFrame of it.

    Raises
    ------
    DataError
        If it is no such file, or was cut or damaged.
    """
    import numpy as np

    parts = [_pairs_of(block) for block in _blocks(os.fspath(path))]
    kinds: dict[str, Any] = {"a": np.uint32, "b": np.uint32, "score": np.float64}
    return {name: np.concatenate([part[name] for part in parts] or [np.zeros(0, kind)]) for name, kind in kinds.items()}


@dataclass
class _Block:
    """A block of the file: views of its arrays, called as in ``values_file.h``."""

    one_table: bool
    begin_a: NDArray[np.int64]
    begin_b: NDArray[np.int64]
    begin: NDArray[np.int64]
    score: NDArray[np.float64]
    pair: NDArray[np.uint64]
    row_a: NDArray[np.uint32]
    row_b: NDArray[np.uint32]


def _blocks(path: str) -> Iterator[_Block]:
    """Go through the blocks of a file."""
    import numpy as np

    n_bytes = os.path.getsize(path)
    words = np.memmap(path, "<u8", "r", shape=n_bytes // 8) if n_bytes >= 16 else np.zeros(2, "<u8")
    if words[0] != _BEGIN:
        raise DataError(f"{path} holds no pairs of values", "write them: axb match … -o pairs.values")
    at = 1
    while at + _HEAD_WORDS < len(words) and words[at] == _BLOCK:
        end = at + int(words[at + 1]) // 8
        if end <= at + _HEAD_WORDS or end >= len(words):
            break
        yield _block(words[at:end], path)
        at = end
    if n_bytes % 8 or at != len(words) - 1 or words[at] != _END:
        raise _cut(path)


def _cut(path: str) -> DataError:
    return DataError(f"{path} was cut or is damaged", "write it once more")


def _block(words: NDArray[np.uint64], path: str) -> _Block:
    """Find the arrays of a block."""
    one_table, *lengths = (int(word) for word in words[2:_HEAD_WORDS])
    values_a, values_b, rows_a, rows_b, scores, pairs = lengths
    sizes = [values_a + 1, values_b + 1, values_a + 1, scores, pairs, (rows_a + 1) // 2, (rows_b + 1) // 2]
    if sum(sizes) + _HEAD_WORDS + 1 != len(words) or words[-1] != checksum(words.ctypes.data, 8 * (len(words) - 1)):
        raise _cut(path)
    arrays, at = [], _HEAD_WORDS
    for size in sizes:
        arrays.append(words[at : at + size])
        at += size
    begin_a, begin_b, begin, score, pair, row_a, row_b = arrays
    return _Block(
        bool(one_table),
        begin_a.view("<i8"),
        begin_b.view("<i8"),
        begin.view("<i8"),
        score.view("<f8"),
        pair,
        row_a.view("<u4")[:rows_a],
        row_b.view("<u4")[:rows_b],
    )


def _pairs_of(block: _Block) -> dict[str, NDArray[Any]]:
    """Return the pairs of rows of a block, in order."""
    import numpy as np

    low = np.uint64(0xFFFFFFFF)
    value_a = np.repeat(np.arange(len(block.begin) - 1), np.diff(block.begin))
    value_b = (block.pair & low).astype(np.int64)
    score = block.score[(block.pair >> np.uint64(32)).astype(np.int64)]
    rows_a, rows_b = np.diff(block.begin_a)[value_a], np.diff(block.begin_b)[value_b]
    each = rows_a * rows_b  # pairs of rows of a pair of values
    of = np.repeat(np.arange(len(each)), each)
    which = np.arange(len(of)) - np.repeat(np.cumsum(each) - each, each)
    a = block.row_a[block.begin_a[value_a[of]] + which // rows_b[of]]
    b = block.row_b[block.begin_b[value_b[of]] + which % rows_b[of]]
    pairs = {"a": a, "b": b, "score": score[of]}
    if block.one_table:
        pairs = {name: array[a < b] for name, array in pairs.items()}
    order = np.lexsort((pairs["b"], pairs["a"]))
    return {name: array[order] for name, array in pairs.items()}
