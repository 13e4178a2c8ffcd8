"""What a batch function gets: one record, and many as arrays.

The extension of the workers executes this file by its path, and only where it is needed: it needs
NumPy. A batch is at most 1024 records of B.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

_KINDS: dict[str, Any] = {"int": np.int64, "float": np.float64, "bool": np.bool_}


class Records:
    """Many records: each column an array, `bs.name`, `bs["full name"]`; `len(bs)` records.

    Texts and dates are arrays of objects, with None where a value is missing. Numbers are arrays of
    float64, with NaN where one is missing; whole numbers, if none is missing, of int64.
    """

    __slots__ = ("_arrays", "_lists", "_n", "_types")

    def __init__(self, lists: dict[str, list[Any]], types: dict[str, str], n: int) -> None:
        self._lists = lists
        self._types = types
        self._n = n
        self._arrays: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        array = self._arrays.get(name)
        if array is None:
            array = self._arrays[name] = _array(self._lists[name], self._types[name])
        return array

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self._lists:
            raise AttributeError(f"the records have no column {name!r}", name=name, obj=self)
        return self[name]

    def __len__(self) -> int:
        return self._n

    def __iter__(self) -> Iterator[str]:
        return iter(self._lists)

    def keys(self) -> list[str]:
        """Return the names of the columns."""
        return list(self._lists)

    def __repr__(self) -> str:
        return f"Records({self._n} records: {', '.join(self._lists)})"


def _array(values: list[Any], kind: str) -> Any:
    if kind in _KINDS and None not in values:
        return np.array(values, dtype=_KINDS[kind])
    if kind in _KINDS:
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def make_call(
    function: Callable[..., Any], names: tuple[str, ...], types: tuple[str, ...]
) -> Callable[[Any, tuple[list[Any], ...], int], bytes]:
    """Return what the extension calls: a record and the columns of the others, and bytes back."""
    type_of = dict(zip(names, types, strict=True))

    def call(record: Any, columns: tuple[list[Any], ...], n: int) -> bytes:
        scores = function(record, Records(dict(zip(names, columns, strict=True)), type_of, n))
        return _scores(scores, n)

    return call


def _scores(scores: Any, n: int) -> bytes:
    array = np.asarray(scores)
    if array.dtype == object:  # None is no match
        array = np.array([np.nan if s is None else s for s in array.ravel()], dtype=np.float64)
    if array.shape != (n,) or array.dtype.kind not in "fiub":
        raise TypeError(
            "the function must return an array of len(bs) numbers, one for each record of b; "
            f"it returned {type(scores).__name__} of the shape {array.shape}, {array.dtype}"
        )
    return array.astype(np.float64, copy=False).tobytes()
