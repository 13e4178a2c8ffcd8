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
HEAD_BYTES = 64
NO_ROW = 0xFFFFFFFF  # of a record that has no partner: its partner


@dataclass
class Pairs:
    """Pairs as the program found them: by row of a, then row of b.

    Attributes
    ----------
    a, b : arrays of int
        Rows, from 0; NO_ROW where a record has no partner.
    score : array of float
        NaN where a record has no partner; masked there if the pairs may have such.
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

    def masked(self) -> Pairs:
        """Return the pairs with no score, in place of NaN, for records that have no partner: so polars has it."""
        alone = (self.a == NO_ROW) | (self.b == NO_ROW)
        terms: dict[str, Any] = {name: masked(values, alone) for name, values in self.terms.items()}
        return Pairs(self.a, self.b, masked(self.score, alone), terms, self.texts)

    def rows(self, side: int) -> NDArray[np.uint32]:
        """Return the rows of a side."""
        return self.b if side else self.a


# ---- Reading ---------------------------------------------------------------------------------------


def read_pairs(fd: int, terms: Sequence[str]) -> Pairs:
    """Read the format "pairs" from a descriptor; `terms` are the names of its terms."""
    n_bytes = os.fstat(fd).st_size
    if n_bytes < HEAD_BYTES:
        raise AxbError("the program wrote no pairs; please report it")
    memory = memoryview(mmap.mmap(fd, n_bytes, prot=mmap.PROT_READ))
    magic, version, record_bytes, _, n_terms = _HEAD.unpack_from(memory)
    if (magic, version, record_bytes) != (b"AXBPAIR1", 1, _kind(n_terms).itemsize):
        raise AxbError("the program wrote pairs in another format; please report it")
    if n_terms != len(terms):
        raise UsageError(
            f"a pair has {n_terms} terms, and terms names {len(terms)}", 'for example: terms=["name", "zip"]'
        )
    return pairs_of(memory[HEAD_BYTES:], terms)


def pairs_of(lines: memoryview | bytes, terms: Sequence[str]) -> Pairs:
    """Copy pairs from the records of the format "pairs", which follow its head."""
    import numpy as np

    kind = _kind(len(terms))
    records = np.frombuffer(lines, kind, len(lines) // kind.itemsize)
    return Pairs(
        records["a"].copy(),
        records["b"].copy(),
        records["score"].copy(),
        {name: records["terms"][:, i].copy() for i, name in enumerate(terms)},
    )


def _kind(n_terms: int) -> np.dtype[Any]:
    """Return the type of a record of the format "pairs"."""
    import numpy as np

    return np.dtype([("a", "<u4"), ("b", "<u4"), ("score", "<f8"), ("terms", "<f8", (n_terms,))])


def read_lines(fd: int, terms: Sequence[str], columns: Sequence[str]) -> Pairs:
    """Read lines of JSON, which have columns as well, from a descriptor."""
    import numpy as np

    with os.fdopen(os.dup(fd), "rb") as file:
        file.seek(0)
        lines = [json.loads(line) for line in file]
    columns = list(dict.fromkeys(name for column in columns for name in _every(column, lines)))
    return Pairs(
        np.array([_row(line["a"]) for line in lines], np.uint32),
        np.array([_row(line["b"]) for line in lines], np.uint32),
        np.array([_number(line["score"]) for line in lines], np.float64),
        {name: np.array([_number(line[name]) for line in lines], np.float64) for name in terms},
        {name: [line[name] for line in lines] for name in columns},
    )


def _every(column: str, lines: list[dict[str, Any]]) -> list[str]:
    """Return the columns that "a.*" stands for, which the lines have; of any other column itself."""
    if column not in ("a.*", "b.*"):
        return [column]
    return [name for name in lines[0] if name.startswith(column[:2])] if lines else []


def _row(number: Any) -> int:
    return NO_ROW if number is None else int(number) - 1


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def masked(values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
    """Make an array in which values are missing; `make` gives each kind of table its own way to say so."""
    import numpy as np

    return np.ma.MaskedArray(values, missing)  # type: ignore[no-untyped-call]


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
    if kind == "polars" and not hasattr(frame, "columns"):
        return None  # a column
    if kind in ("pandas", "polars", "dict"):
        return list(frame if kind == "dict" else frame.columns)
    if kind == "arrow":
        return list(frame.column_names if hasattr(frame, "column_names") else frame.schema.names)
    if kind == "stream":
        return list(frame.columns) if hasattr(frame, "columns") else None
    if kind == "list":
        return list(dict.fromkeys(name for row in frame for name in row)) if frame else []
    return None


def column(frame: Any, name: str, rows: NDArray[np.uint32], *, may_miss: bool = False) -> Any:
    """Return the values of a column in these rows, as the table's kind has columns.

    `may_miss`: rows may be NO_ROW, where there is no value. The type of the column is then one that has missing
    values, whether any is missing or not: Int64 of pandas for int64.
    """
    kind = kind_of(frame)
    if kind == "list":
        return [None if row == NO_ROW else frame[row].get(name) for row in rows.tolist()]
    values = frame.column(name) if kind == "arrow" else frame[name]
    return _taken_or_none(values, rows) if may_miss else _taken(values, rows)


def _taken(values: Any, rows: NDArray[np.uint32]) -> Any:
    if hasattr(values, "iloc"):
        return values.take(rows).reset_index(drop=True)
    if hasattr(values, "gather"):
        return values.gather(rows)
    if hasattr(values, "combine_chunks"):
        import pyarrow

        return values.take(pyarrow.array(rows))
    if hasattr(values, "dtype"):
        return values[rows]
    values = values if hasattr(values, "__getitem__") else list(values)
    return [values[row] for row in rows.tolist()]


def _taken_or_none(values: Any, rows: NDArray[np.uint32]) -> Any:
    """Take values; there is none where a row is NO_ROW."""
    if hasattr(values, "iloc"):
        return _series_or_none(values, rows)
    if hasattr(values, "gather"):
        import polars

        return values.gather(polars.Series(rows, dtype=polars.UInt32).set(polars.Series(rows == NO_ROW), None))
    if hasattr(values, "combine_chunks"):
        import pyarrow

        return values.take(pyarrow.array(rows, mask=rows == NO_ROW))
    if hasattr(values, "dtype"):
        return _array_or_none(values, rows)
    values = values if hasattr(values, "__getitem__") else list(values)
    return [None if row == NO_ROW else values[row] for row in rows.tolist()]


def _series_or_none(series: Any, rows: NDArray[np.uint32]) -> Any:
    import pandas

    return pandas.Series(with_missing(series).array.take(_minus_one(rows), allow_fill=True))


def _minus_one(rows: NDArray[np.uint32]) -> Any:
    """Return rows with -1 in place of NO_ROW, as pandas wants them where it fills in missing values."""
    import numpy as np

    return np.where(rows == NO_ROW, -1, rows.astype(np.int64))


def with_missing(series: Any) -> Any:
    """Give a Series or an Index of whole numbers or bools of NumPy the type of pandas that has missing values."""
    kind, size = getattr(series.dtype, "kind", "O"), getattr(series.dtype, "itemsize", 0)
    if type(series.dtype).__module__.partition(".")[0] != "numpy" or kind not in "iub":
        return series
    return series.astype("boolean" if kind == "b" else f"{'U' if kind == 'u' else ''}Int{8 * size}")


def _array_or_none(values: Any, rows: NDArray[np.uint32]) -> Any:
    """Take values of an array of NumPy: what has no missing value of its own becomes a masked array."""
    import numpy as np

    missing = rows == NO_ROW
    taken = values[np.where(missing, 0, rows)] if len(values) else np.zeros(len(rows), values.dtype)
    if values.dtype.kind in "iub":
        return masked(taken, missing)
    taken = taken if values.dtype.kind in "fcmMO" else taken.astype(object)
    taken[missing] = {"f": np.nan, "c": np.nan, "m": np.timedelta64("NaT"), "M": np.datetime64("NaT")}.get(
        taken.dtype.kind
    )
    return taken


def n_rows(frame: Any) -> int:
    """Count the rows of a table that are at hand."""
    kind = kind_of(frame)
    if kind == "arrow":
        return int(frame.num_rows)
    if kind != "dict":
        return len(frame)
    columns = list(frame.values())
    return len(columns[0] if hasattr(columns[0], "__len__") else list(columns[0])) if columns else 0


def listed(values: Any) -> list[Any]:
    """Return a column as a list of values of Python's, with None for what is missing."""
    for method in ("to_list", "to_pylist", "tolist"):  # polars and pandas, pyarrow, NumPy
        if hasattr(values, method):
            values = getattr(values, method)()
            break
    return [None if value is None or _is_missing(value) else value for value in values]


def _is_missing(value: Any) -> bool:
    return type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, float) and value != value)


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


def positions(rows: NDArray[np.uint32], *, may_miss: bool = False) -> Any:
    """Return row numbers as labels; with `may_miss` NO_ROW is masked."""
    import numpy as np

    labels = rows.astype(np.int64)
    return masked(labels, rows == NO_ROW) if may_miss else labels


def index_labels(index: Any, rows: NDArray[np.uint32], *, may_miss: bool = False) -> Any:
    """Return what the index of a DataFrame has in these rows."""
    import pandas

    if may_miss:
        several = index.nlevels > 1
        labels = pandas.Series(index.to_numpy(), dtype=object) if several else pandas.Series(index, name=None)
        return _series_or_none(labels.reset_index(drop=True), rows)
    if not hasattr(index, "nlevels"):
        return index[rows]
    labels = index.take(rows)
    if labels.nlevels > 1:
        return pandas.Series(labels.to_numpy(), dtype=object)
    return pandas.Series(labels, name=None, dtype=labels.dtype)


def index_of(index: Any, rows: NDArray[np.uint32], *, may_miss: bool) -> Any:
    """Return an Index of these rows, of its own kind and with its name."""
    import numpy as np

    if not may_miss:
        return index.take(rows)
    at = _minus_one(rows)
    if index.nlevels > 1:
        return index.take(at, allow_fill=True, fill_value=np.nan)
    import pandas

    return pandas.Index(with_missing(index).array.take(at, allow_fill=True), name=index.name)


def make(columns: dict[str, Any], kind: str, figures: dict[str, Any], index: Any = None) -> Any:
    """Make the table that `match` returns.

    Parameters
    ----------
    columns : dict
        In their order: arrays, lists, Series.
    kind : str
        Of the table that was given as `a`, as `kind_of` has it.
    figures : dict
        Of the run, for `attrs` of a DataFrame.
    index : Index, optional
        Of a DataFrame of pandas.
    """
    if kind == "polars":
        import polars

        return polars.DataFrame({name: _polars_series(values) for name, values in columns.items()})
    if kind in ("arrow", "stream"):
        return _arrow_table(columns)
    pandas = _pandas(kind)
    if pandas is None:
        return {name: _arrayed(values) for name, values in columns.items()}
    # All of the columns were made for this table: they need no copy.
    table = pandas.DataFrame({name: _series(values, pandas) for name, values in columns.items()}, copy=False)
    if index is not None:
        table.index = index
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

    if isinstance(values, np.ma.MaskedArray) and values.dtype.kind == "f":
        return values.filled(np.nan)  # type: ignore[no-untyped-call]
    if isinstance(values, np.ma.MaskedArray):
        made = values.data.astype(object)
        made[values.mask] = None
        return made
    if not isinstance(values, list):
        return values
    if all(isinstance(value, (bool, int, float)) for value in values) and values:
        return np.array(values)
    made = np.empty(len(values), object)
    made[:] = values
    return made


def _polars_series(values: Any) -> Any:
    import numpy as np
    import polars

    if isinstance(values, np.ma.MaskedArray):
        return polars.Series(values.data).set(polars.Series(values.mask), None)
    return _arrayed(values)


def _series(values: Any, pandas: Any) -> Any:
    """Make a Series of whatever one of the tables has for a column."""
    import numpy as np

    if isinstance(values, np.ma.MaskedArray):
        made, missing = with_missing(pandas.Series(values.data)), values.mask
        return made.mask(missing) if missing.any() else made
    if hasattr(values, "to_pandas"):
        return values.to_pandas().reset_index(drop=True)
    return values if isinstance(values, pandas.Series) else pandas.Series(values)


def _arrow_table(columns: dict[str, Any]) -> Any:
    import numpy as np
    import pyarrow

    def made(values: Any) -> Any:
        if isinstance(values, np.ma.MaskedArray):
            return pyarrow.array(values.data, mask=values.mask)
        if isinstance(values, (pyarrow.Array, pyarrow.ChunkedArray)):
            return values
        if hasattr(values, "to_arrow"):
            return values.to_arrow()
        return pyarrow.array(values, from_pandas=hasattr(values, "iloc"))

    return pyarrow.table({name: made(values) for name, values in columns.items()})


def tables_of(pairs: Any, given: Any, what: str) -> int | None:
    """Return of how many tables pairs are: as given, or as they say; refuse those that do not name both records."""
    if given not in (None, 1, 2):
        raise UsageError(f"tables is 1 or 2; this is {given!r}")
    figures = getattr(pairs, "attrs", {}).get("axb", {})
    if figures.get("linked"):
        raise UsageError(f"{what} has no labels of b, since it was made by linked=True", "leave linked out")
    tables: int | None = given or figures.get("tables")
    return tables


def check_unique(names: Sequence[str]) -> None:
    """Refuse a result in which two columns would have one name."""
    for name in names:
        if list(names).count(name) > 1:
            raise DataError(f"two columns of the result would be called {name!r}", "keep it once", column=name)
