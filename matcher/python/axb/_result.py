"""Pairs out: what the program has written becomes a table of the kind that the user gave.

Pairs come as records of row numbers and scores (the format "pairs" of ``data/emit.c``), in memory. What identifies
records, and the columns of `keep`, are taken from the user's own tables, by position. What the program alone has read,
a file or a named table, it writes out as well: then pairs come as lines of JSON.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ._errors import AxbError, DataError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_HEAD = struct.Struct("<8sIIQI")  # magic, version, bytes of a record, 0, terms
_HEAD_BYTES = 64


@dataclass
class Pairs:
    """Pairs as the program found them: by row of a, then row of b.

    Attributes
    ----------
    a, b : arrays of int
        Rows, from 0.
    score : array of float
    terms : dict
        Arrays by the name of the term.
    texts : dict
        Columns that the program wrote, by their names in the result ("b.city"): lists of str or None.
    """

    a: NDArray[np.uint32]
    b: NDArray[np.uint32]
    score: NDArray[np.float64]
    terms: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    texts: dict[str, list[str | None]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.score)

    def best(self, top: int, *, lowest: bool = False) -> Pairs:
        """Keep the `top` pairs of each row of a with the highest scores, or the lowest; of equal ones the first."""
        import numpy as np

        order = np.lexsort((self.b, self.score if lowest else -self.score, self.a))
        of = self.a[order]
        first = np.concatenate(([0], np.flatnonzero(of[1:] != of[:-1]) + 1)) if len(of) else np.array([], int)
        rank = np.arange(len(of)) - np.repeat(first, np.diff(np.append(first, len(of))))
        return self.take(np.sort(order[rank < top]))

    def take(self, at: NDArray[np.intp]) -> Pairs:
        """Return the pairs at these places."""
        return Pairs(
            self.a[at],
            self.b[at],
            self.score[at],
            {name: values[at] for name, values in self.terms.items()},
            {name: [values[i] for i in at] for name, values in self.texts.items()},
        )


# ---- Reading ---------------------------------------------------------------------------------------


def read_pairs(fd: int, terms: Sequence[str]) -> Pairs:
    """Read the format "pairs" from a descriptor; `terms` are the names of its terms."""
    import numpy as np

    n_bytes = os.fstat(fd).st_size
    if n_bytes < _HEAD_BYTES:
        raise AxbError("the program wrote no pairs; please report it")
    with mmap.mmap(fd, n_bytes, prot=mmap.PROT_READ) as memory:
        magic, version, record_bytes, _, n_terms = _HEAD.unpack_from(memory)
        kind = np.dtype([("a", "<u4"), ("b", "<u4"), ("score", "<f8"), ("terms", "<f8", (n_terms,))])
        if (magic, version, record_bytes) != (b"AXBPAIR1", 1, kind.itemsize) or n_terms != len(terms):
            raise AxbError("the program wrote pairs in another format; please report it")
        records = np.frombuffer(memory, kind, (n_bytes - _HEAD_BYTES) // record_bytes, _HEAD_BYTES)
        pairs = Pairs(
            records["a"].copy(),
            records["b"].copy(),
            records["score"].copy(),
            {name: records["terms"][:, i].copy() for i, name in enumerate(terms)},
        )
        del records  # it is a view of the memory
    return pairs


def read_lines(fd: int, terms: Sequence[str], columns: Sequence[str]) -> Pairs:
    """Read lines of JSON, which have columns as well, from a descriptor."""
    import numpy as np

    with os.fdopen(os.dup(fd), "rb") as file:
        file.seek(0)
        lines = [json.loads(line) for line in file]
    columns = list(dict.fromkeys(name for column in columns for name in _every(column, lines)))
    return Pairs(
        np.array([int(line["a"]) - 1 for line in lines], np.uint32),
        np.array([int(line["b"]) - 1 for line in lines], np.uint32),
        np.array([float(line["score"]) for line in lines], np.float64),
        {name: np.array([_number(line[name]) for line in lines], np.float64) for name in terms},
        {name: [line[name] for line in lines] for name in columns},
    )


def _every(column: str, lines: list[dict[str, Any]]) -> list[str]:
    """Return the columns that "a.*" stands for, which the lines have; of any other column itself."""
    if column not in ("a.*", "b.*"):
        return [column]
    return [name for name in lines[0] if name.startswith(column[:2])] if lines else []


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


# ---- Columns of the user's tables ------------------------------------------------------------------


def materialize(frame: Any) -> Any:
    """Make a table of what can be read only once, or is computed each time it is read, such as a query."""
    if kind_of(frame) != "stream":
        return frame
    try:
        import pyarrow
    except ImportError:
        raise UsageError(
            f"id and keep of a {type(frame).__name__} need pyarrow", "install it, or give a DataFrame"
        ) from None
    return pyarrow.table(frame) if hasattr(frame, "__arrow_c_stream__") else frame.fetch_arrow_table()


def kind_of(frame: Any) -> str:
    """Name the kind of a table: "pandas", "polars", "arrow", "dict", "list", "stream", or "program" for the rest.

    A "stream" is what gives an Arrow stream of records and is none of the others: its rows are not at hand. Of
    "program" the program alone knows the values.
    """
    pandas, package = sys.modules.get("pandas"), type(frame).__module__.partition(".")[0]
    if pandas is not None and isinstance(frame, pandas.DataFrame):
        return "pandas"
    if package == "polars":
        return "polars"
    if package == "pyarrow" and hasattr(frame, "column_names") and hasattr(frame, "take"):
        return "arrow"
    if hasattr(frame, "__arrow_c_stream__") or package in ("duckdb", "_duckdb"):
        return "stream"
    if isinstance(frame, Mapping):
        return "dict"
    return "list" if isinstance(frame, (list, tuple)) else "program"


def names_of(frame: Any) -> list[Any] | None:
    """Return the names of a table's columns; None where the program alone knows them."""
    kind = kind_of(frame)
    if kind in ("pandas", "polars", "dict"):
        return list(frame if kind == "dict" else frame.columns)
    if kind == "arrow":
        return list(frame.column_names if hasattr(frame, "column_names") else frame.schema.names)
    if kind == "stream":
        return list(frame.columns) if hasattr(frame, "columns") else None
    if kind == "list":
        return list(dict.fromkeys(name for row in frame for name in row)) if frame else []
    return None


def column(frame: Any, name: str, rows: NDArray[np.uint32]) -> Any:
    """Return the values of a column in these rows, as the table's kind has columns."""
    kind = kind_of(frame)
    if kind == "pandas":
        return frame[name].take(rows).reset_index(drop=True)
    if kind == "polars":
        return frame[name].gather(rows)
    if kind == "arrow":
        import pyarrow

        return frame.column(name).take(pyarrow.array(rows))
    if kind == "list":
        return [frame[row].get(name) for row in rows]
    values = frame[name]
    if hasattr(values, "iloc"):
        return values.take(rows).reset_index(drop=True)
    if hasattr(values, "gather"):
        return values.gather(rows)
    if hasattr(values, "dtype"):
        return values[rows]
    values = values if hasattr(values, "__getitem__") else list(values)
    return [values[row] for row in rows.tolist()]


def record(frame: Any, row: int) -> dict[str, Any]:
    """Return a record as a dict; empty where the program alone knows it."""
    import numpy as np

    rows = np.array([row], np.uint32)
    return {str(name): _plain(column(frame, name, rows)[0]) for name in _own_names(frame)}


def _own_names(frame: Any) -> list[Any]:
    """Names that stand once in a table whose rows are at hand."""
    names = names_of(frame) if kind_of(frame) not in ("stream", "program") else []
    return [name for name in names or [] if (names or []).count(name) == 1]


def _plain(value: Any) -> Any:
    """Make a value of Python's of a scalar of NumPy or Arrow, and None of what is missing."""
    for method in ("as_py", "item"):
        if hasattr(value, method):
            value = getattr(value, method)()
    missing = value is None or value != value or type(value).__name__ in ("NAType", "NaTType")
    return None if missing is True or value is None else value


# ---- The table of pairs ----------------------------------------------------------------------------


def index_labels(index: Any, rows: NDArray[np.uint32]) -> Any:
    """Return what the index of a DataFrame has in these rows."""
    import pandas

    labels = index.take(rows)
    if labels.nlevels > 1:
        return pandas.Series(labels.to_numpy(), dtype=object)
    return pandas.Series(labels, name=None, dtype=labels.dtype)


def make(columns: dict[str, Any], kind: str, figures: dict[str, Any]) -> Any:
    """Make the table that `match` returns.

    Parameters
    ----------
    columns : dict
        In their order: arrays, lists, Series.
    kind : str
        Of the table that was given as `a`, as `kind_of` has it.
    figures : dict
        Of the run, for `attrs` of a DataFrame.
    """
    if kind == "polars":
        import polars

        return polars.DataFrame({name: _arrayed(values) for name, values in columns.items()})
    if kind in ("arrow", "stream"):
        return _arrow_table(columns)
    pandas = _pandas(kind)
    if pandas is None:
        return {name: _arrayed(values) for name, values in columns.items()}
    # All of the columns were made for this table: they need no copy.
    table = pandas.DataFrame({name: _series(values, pandas) for name, values in columns.items()}, copy=False)
    table.attrs["axb"] = figures
    return table


def _pandas(kind: str) -> Any:
    """Return pandas, if pairs of such a table are a DataFrame of it."""
    if kind == "dict":
        return None
    try:
        import pandas
    except ImportError:
        return None
    return pandas


def _arrayed(values: Any) -> Any:
    """Make an array of a list; texts and what is missing stay objects."""
    import numpy as np

    if not isinstance(values, list):
        return values
    if all(isinstance(value, (bool, int, float)) for value in values) and values:
        return np.array(values)
    made = np.empty(len(values), object)
    made[:] = values
    return made


def _series(values: Any, pandas: Any) -> Any:
    """Make a Series of whatever one of the tables has for a column."""
    if hasattr(values, "to_pandas"):
        return values.to_pandas().reset_index(drop=True)
    return values if isinstance(values, pandas.Series) else pandas.Series(values)


def _arrow_table(columns: dict[str, Any]) -> Any:
    import pyarrow

    def made(values: Any) -> Any:
        if isinstance(values, (pyarrow.Array, pyarrow.ChunkedArray)):
            return values
        if hasattr(values, "to_arrow"):
            return values.to_arrow()
        return pyarrow.array(values, from_pandas=hasattr(values, "iloc"))

    return pyarrow.table({name: made(values) for name, values in columns.items()})


def check_unique(names: Sequence[str]) -> None:
    """Refuse a result in which two columns would have one name."""
    for name in names:
        if list(names).count(name) > 1:
            raise DataError(f"two columns of the result would be called {name!r}", "keep it once", column=name)
