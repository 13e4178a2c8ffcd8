"""Tables in: whatever holds a table in Python becomes columns in memory that the program reads.

`write` takes a table and copies the columns that are asked for into a file in memory, in the format of
``data/columns.h``. What the table is decides how its columns are read; the copying is C
(``ext/_axb/sent*.c``). NumPy, pandas and the others are imported only if the caller did so.

How cells are written, so that equal cells of two tables are equal texts:

* text as it is; missing (None, NaN, NaT, ``pandas.NA``) is not the empty text;
* a whole number has no point, whatever its type: ``3`` and ``3.0`` are both "3";
* ``True`` and ``False``;
* dates and times by ISO 8601; a midnight is the date alone; times with a zone are in UTC ("+00:00");
* a Decimal by all its digits; a UUID as usual.

Anything else is refused, with its row and column.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from . import _axb, _errors

if TYPE_CHECKING:
    from types import ModuleType

# Kinds of columns, as in data/columns.h.
_F64, _I64, _BOOL, _DATE, _TIMESTAMP, _MOMENT = 3, 4, 5, 6, 7, 8

# Types of cells, as in ext/_axb/sent.h; the last ones are of `_text_of` alone.
_STR, _INT, _FLOAT, _BOOLEAN, _DAY, _TIME = 1, 2, 4, 8, 16, 32
_TYPES = {
    _INT: "int",
    _FLOAT: "float",
    _INT | _FLOAT: "float",
    _BOOLEAN: "bool",
    _DAY: "date",
    _TIME: "datetime",
}


@dataclass(eq=False)
class Sent:
    """A table as the program gets it.

    Attributes
    ----------
    kind : str
        "pandas", "polars", "arrow", "duckdb", "dict", "list", "path", "named" or "table".
    fd : int or None
        The descriptor of the columns, owned by this object; None of a path and an "@name".
    path : str
        What the program is given for a table.
    names : list of str, or None
        The columns; None where only the program will know.
    types : dict
        For each column that was sent, "str", "int", "float", "bool", "date" or "datetime".
    n_rows : int or None
    index : object
        What identifies records: the index of a DataFrame; None for positions from 0.
    frame : object
        What was given.
    """

    kind: str
    frame: Any
    path: str
    fd: int | None = None
    names: list[str] | None = None
    types: dict[str, str] = field(default_factory=dict)
    n_rows: int | None = None
    index: Any = None
    owned: bool = True

    def close(self) -> None:
        """Give the memory back; the program that has the table open keeps it."""
        fd, self.fd = self.fd, None
        if fd is not None and self.owned:
            os.close(fd)

    def __del__(self) -> None:
        self.close()

    def __enter__(self) -> Sent:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def write(frame: Any, columns: Collection[str] | None = None, shown: str = "") -> Sent:
    """Send a table.

    Parameters
    ----------
    frame : DataFrame, anything with ``__arrow_c_stream__``, mapping of columns, list of dicts, path, "@name" or Table
    columns : collection of str, optional
        Those to copy; default all that have a name of their own. The others are only named. Names that the table
        does not have are left to the program, which knows the nearest ones.
    shown : str, optional
        What messages of the program call the table.

    Raises
    ------
    DataError
        A cell or a column cannot be sent. It has `row`, `label` (of the index) and `column`.
    UsageError
        It is no table.
    LimitError
        Memory does not suffice.
    """
    try:
        return _given(frame) or _send(_source(frame), columns, shown)
    except MemoryError as error:
        if isinstance(error, _errors.AxbError):
            raise
        raise _errors.LimitError(str(error) or "there is not enough memory for a table") from None


# ---- What is no frame ------------------------------------------------------------------------------


def _given(frame: Any) -> Sent | None:
    """Make what the program reads by itself a Sent, or None."""
    from . import _load

    if isinstance(frame, _load.Table):
        return frame.sent()
    if isinstance(frame, str) and frame.startswith("@"):
        return Sent("named", frame, frame)
    if isinstance(frame, (str, os.PathLike)):
        path = os.fspath(frame)
        if not isinstance(path, str):
            path = os.fsdecode(path)
        # As a path it is a file, whatever else its first letters mean to the program.
        return Sent("path", frame, "./" + path if path.startswith(("-", "@", "fd:")) else path)
    return None


# ---- Sources: one class for each kind of table -----------------------------------------------------


class _Source:
    """A table whose columns can be copied one by one."""

    kind: str
    frame: Any
    n_rows: int
    index: Any = None

    def labels(self) -> list[Any]:
        """Names of the columns, which need be neither text nor different."""
        raise NotImplementedError

    def put(self, out: _Out, column: int) -> str:
        """Copy a column, and say its type."""
        raise NotImplementedError


def _source(frame: Any) -> _Source:
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(frame, pandas.DataFrame):
        return _Pandas(frame)
    package = type(frame).__module__.partition(".")[0]
    if package == "polars" and type(frame).__name__ == "LazyFrame":
        raise _errors.UsageError("a LazyFrame holds no rows yet: give its .collect()")
    if package in ("duckdb", "_duckdb") and not hasattr(frame, "__arrow_c_stream__"):
        return _Arrow(frame, frame.fetch_arrow_table(), "duckdb")
    if hasattr(frame, "__arrow_c_stream__"):
        kinds = {"polars": "polars", "duckdb": "duckdb", "_duckdb": "duckdb"}
        return _Arrow(frame, frame, kinds.get(package, "arrow"))
    if isinstance(frame, Mapping):
        return _Columns(frame, dict(frame), "dict")
    if isinstance(frame, (list, tuple)):
        return _Columns(frame, _columns_of(frame), "list")
    raise _errors.UsageError(
        f"a {type(frame).__name__} is not a table: give a DataFrame, a mapping of columns, a list of dicts, a path or "
        '"@name"'
    )


def _columns_of(rows: Sequence[Any]) -> dict[Any, list[Any]]:
    """Make columns of a list of dicts, in the order in which keys come first; a key that a row lacks is missing."""
    names: dict[Any, None] = {}
    for row, cells in enumerate(rows):
        if not isinstance(cells, Mapping):
            text = f"row {row} of the list is a {type(cells).__name__}, where a dict is needed"
            raise _data_error(text, row=row)
        names.update(dict.fromkeys(cells))
    return {name: [cells.get(name) for cells in rows] for name in names}


class _Pandas(_Source):
    """A pandas DataFrame."""

    kind = "pandas"

    def __init__(self, frame: Any) -> None:
        if frame.columns.nlevels > 1:
            raise _errors.DataError("the columns have several levels (MultiIndex): give each one name")
        self.frame, self.n_rows, self.index = frame, len(frame), frame.index

    def labels(self) -> list[Any]:
        return list(self.frame.columns)

    def put(self, out: _Out, column: int) -> str:
        return _put_series(out, column, self.frame.iloc[:, column])


class _Arrow(_Source):
    """Anything that gives an Arrow stream of records."""

    def __init__(self, frame: Any, stream: Any, kind: str) -> None:
        self.frame, self.kind = frame, kind
        self._arrow, self.n_rows, self._names = _axb.arrow_open(stream.__arrow_c_stream__(None))
        if self._names is None:
            raise _errors.UsageError(f"a {type(frame).__name__} is a single column: a table of columns is needed")

    def labels(self) -> list[Any]:
        return list(self._names or ())

    def put(self, out: _Out, column: int) -> str:
        return _put_arrow(out, column, self._arrow, column)


class _Columns(_Source):
    """A mapping of columns: lists, arrays, Series."""

    def __init__(self, frame: Any, columns: dict[Any, Any], kind: str) -> None:
        self.frame, self.kind = frame, kind
        self._names = list(columns)
        self._columns = [_as_column(name, values) for name, values in columns.items()]
        self.n_rows = len(self._columns[0]) if columns else 0
        for name, values in zip(self._names, self._columns, strict=True):
            if len(values) != self.n_rows:
                text = f"column {name!r} has {len(values)} values, and {self._names[0]!r} {self.n_rows}"
                raise _data_error(text, column=name)

    def labels(self) -> list[Any]:
        return self._names

    def put(self, out: _Out, column: int) -> str:
        values = self._columns[column]
        if isinstance(values, (list, tuple)):
            return _put_cells(out, column, values)
        if hasattr(values, "iloc"):
            return _put_series(out, column, values)
        if hasattr(values, "__arrow_c_stream__"):
            arrow, _, _ = _axb.arrow_open(values.__arrow_c_stream__(None))
            return _put_arrow(out, column, arrow, 0)
        return _put_array(out, column, values)


def _as_column(name: Any, values: Any) -> Any:
    """Make values that can be counted of whatever a mapping has for a column."""
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise _data_error(f"column {name!r} is a {type(values).__name__}, where a list is needed", column=name)
    if isinstance(values, (list, tuple)) or hasattr(values, "iloc"):
        return values
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(values, numpy.ndarray):
        if values.ndim != 1:
            raise _data_error(f"column {name!r} has {values.ndim} dimensions, where one is needed", column=name)
        return values.tolist() if isinstance(values, numpy.ma.MaskedArray) else values
    if hasattr(values, "__arrow_c_stream__") and hasattr(values, "__len__"):
        return values
    if hasattr(values, "__arrow_c_array__"):
        pyarrow = sys.modules["pyarrow"]
        return pyarrow.chunked_array([pyarrow.array(values)])
    return list(values)


# ---- Sending ---------------------------------------------------------------------------------------


@dataclass
class _Out:
    """A table that is being written."""

    table: Any  # of _axb.table_new
    n_rows: int


def _send(source: _Source, columns: Collection[str] | None, shown: str) -> Sent:
    labels = source.labels()
    names = [_name(label) for label in labels]
    asked = range(len(names)) if columns is None else [i for i, name in enumerate(names) if name in set(columns)]
    out = _Out(_axb.table_new(source.n_rows, tuple(names)), source.n_rows)
    types = {}
    counts = Counter(names)
    for column in asked:
        wrong = _wrong_name(labels[column], names[column], counts)
        if wrong and columns is not None:
            raise _data_error(wrong, column=names[column])
        if not wrong:
            types[names[column]] = _put(source, out, column, names[column])
    fd = _axb.table_end(out.table)
    return Sent(
        kind=source.kind,
        frame=source.frame,
        path=f"fd:{fd}:{shown}" if shown else f"fd:{fd}",
        fd=fd,
        names=names,
        types=types,
        n_rows=source.n_rows,
        index=source.index,
    )


def _name(label: Any) -> str:
    """Name a column for messages, even if it cannot be used under that name."""
    text = str(label).replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text.encode("utf-8", "replace").decode("utf-8")


def _wrong_name(label: Any, name: str, counts: Counter[str]) -> str | None:
    """Say why a column cannot be used by its name, or None."""
    if not isinstance(label, str):
        return f"the name of column {label!r} is not a text but a {type(label).__name__}: rename it"
    if label != name:
        return f"the name of column {label!r} is not a text that UTF-8 has: rename it"
    if counts[name] > 1:
        return f"{counts[name]} columns are called {name!r}: rename them"
    return None


def _put(source: _Source, out: _Out, column: int, name: str) -> str:
    """Copy a column; what is wrong with a cell is said with its row and column."""
    try:
        return source.put(out, column)
    except _axb.CellError as error:
        row, text = error.args
        if row < 0:
            raise _data_error(f"column {name!r} has a value in no row that is refused: {text}", column=name) from None
        label = None if source.index is None else source.index[row]
        at = f"row {row}" if str(label) in ("None", str(row)) else f"row {row} (index {label})"
        raise _data_error(f"column {name!r}, {at}: {text}", column=name, row=row, label=label) from None
    except _ColumnError as error:
        raise _data_error(f"column {name!r} {error}", column=name) from None


class _ColumnError(Exception):
    """A column that cannot be sent; the text goes on from its name."""


def _data_error(text: str, *, column: Any = None, row: int | None = None, label: Any = None) -> _errors.DataError:
    return _errors.DataError(text, column=column, row=row, label=label)


def _refuse(row: int, text: str) -> NoReturn:
    raise _axb.CellError(row, text)


# ---- Columns of pandas -----------------------------------------------------------------------------


def _put_series(out: _Out, column: int, series: Any) -> str:
    """Copy a pandas Series (or one that works as such), by its type."""
    dtype = series.dtype
    kind = type(dtype).__name__
    if kind == "CategoricalDtype":
        return _put_category(out, column, series)
    if kind == "DatetimeTZDtype":
        utc = series.dt.tz_convert("UTC").dt.tz_localize(None)
        return _put_times(out, column, utc.to_numpy(), _MOMENT)
    if kind == "SparseDtype":
        return _put_series(out, column, series.sparse.to_dense())
    if kind == "ArrowDtype" or (kind == "StringDtype" and str(dtype.storage).startswith("pyarrow")):
        return _put_chunks(out, column, series.array.__arrow_array__())
    if kind in _MASKED:
        missing = series.isna().to_numpy()
        return _put_array(out, column, series.to_numpy(dtype.numpy_dtype, na_value=0), missing)
    if kind.startswith(("Period", "Interval")):
        raise _ColumnError(f"is of the type {dtype}: make it text by .astype(str)")
    return _put_array(out, column, series.to_numpy())


_MASKED = {f"{u}Int{n}Dtype" for u in ("", "U") for n in (8, 16, 32, 64)}
_MASKED |= {"BooleanDtype", "Float32Dtype", "Float64Dtype"}


def _put_category(out: _Out, column: int, series: Any) -> str:
    """Copy codes and categories; the categories are written as any cells are."""
    import numpy

    codes = numpy.ascontiguousarray(series.cat.codes.to_numpy(), dtype=numpy.int32)
    cells = series.cat.categories.to_numpy(dtype=object)
    try:
        types = _axb.table_dictionary(out.table, column, _cells_of(cells), _address(codes))
    except _axb.CellError as error:  # it says which category
        code, text = error.args
        rows = (codes == code).nonzero()[0]
        raise _axb.CellError(int(rows[0]) if len(rows) else -1, text) from None
    return _type_of(types)


def _put_chunks(out: _Out, column: int, chunks: Any) -> str:
    """Copy an Array or a ChunkedArray of pyarrow."""
    pyarrow = sys.modules["pyarrow"]
    if isinstance(chunks, pyarrow.Array):
        chunks = pyarrow.chunked_array([chunks])
    arrow, _, _ = _axb.arrow_open(chunks.__arrow_c_stream__(None))
    return _put_arrow(out, column, arrow, 0)


# ---- Columns of NumPy, of Arrow, of objects --------------------------------------------------------


def _put_array(out: _Out, column: int, values: Any, missing: Any = None) -> str:
    """Copy a one-dimensional NumPy array; `missing` is true where there is no value."""
    import numpy

    kind = values.dtype.kind
    if kind == "O":
        return _put_cells(out, column, values)
    if kind == "M":
        return _put_times(out, column, values, _TIMESTAMP)
    if kind in "UT" or (kind == "u" and len(values) and int(values.max()) > 2**63 - 1):
        return _put_cells(out, column, _listed(values, missing))
    if kind not in "biuf":
        raise _ColumnError(f"is of the type {values.dtype}, which cannot be compared: make it text")
    code, dtype, name = {
        "b": (_BOOL, numpy.uint8, "bool"),
        "f": (_F64, numpy.float64, "float"),
    }.get(kind, (_I64, numpy.int64, "int"))
    _put_numbers(out, column, code, numpy.ascontiguousarray(values, dtype=dtype), missing)
    return name


def _listed(values: Any, missing: Any) -> list[Any]:
    cells: list[Any] = values.tolist()
    if missing is not None:
        for row in missing.nonzero()[0].tolist():
            cells[row] = None
    return cells


def _put_numbers(out: _Out, column: int, kind: int, values: Any, missing: Any = None) -> None:
    import numpy

    if len(values) != out.n_rows:
        raise ValueError("a column of another length")
    if missing is not None:
        missing = numpy.ascontiguousarray(missing, dtype=numpy.uint8)
    at = 0 if missing is None or not len(missing) else _address(missing)
    _axb.table_numbers(out.table, column, kind, _address(values), at)


def _put_times(out: _Out, column: int, values: Any, kind: int) -> str:
    """Copy datetime64 of any unit: days as dates, all else as microseconds."""
    import numpy

    missing = numpy.isnat(values)
    unit = numpy.datetime_data(values.dtype)[0]
    if unit in ("D", "W", "M", "Y"):
        days = values.astype("M8[D]")
        _check_years(days, missing)
        days = days.astype(numpy.int64)
        days[missing] = 0
        _put_numbers(out, column, _DATE, days.astype(numpy.int32), missing)
        return "date"
    if unit not in ("ns", "ps", "fs", "as"):  # those do not reach that far
        _check_years(values, missing)
    times = values.astype("M8[us]")
    wrong = (times.astype(values.dtype) != values) & ~missing
    if wrong.any():
        _refuse(int(wrong.argmax()), 'a time with parts of a microsecond: round it, as by .dt.floor("us")')
    _put_numbers(out, column, kind, numpy.ascontiguousarray(times).view(numpy.int64), missing)
    return "datetime"


def _check_years(values: Any, missing: Any) -> None:
    import numpy

    wrong = (values < numpy.datetime64("0001-01-01")) | (values >= numpy.datetime64("10000-01-01"))
    wrong &= ~missing
    if wrong.any():
        _refuse(int(wrong.argmax()), "a time out of the years 1 to 9999")


def _put_arrow(out: _Out, column: int, arrow: Any, of: int) -> str:
    try:
        name: str = _axb.table_arrow(out.table, column, arrow, of)
    except TypeError as error:
        raise _ColumnError(f"cannot be compared: {error}; make it text") from None
    return name


def _put_cells(out: _Out, column: int, cells: Any) -> str:
    return _type_of(_axb.table_cells(out.table, column, _cells_of(cells)))


def _type_of(types: int) -> str:
    """Name the type of a column by the bits of its cells' types: "str" where it has several."""
    return _TYPES.get(types, "str")


def _address(array: Any) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _cells_of(cells: Any) -> tuple[Any, ...]:
    """Give C the objects of a list, a tuple or an array of objects."""
    missing = (None, *_missing_of(sys.modules.get("pandas")))
    if isinstance(cells, (list, tuple)):
        return cells, 0, 0, 0, missing, _text_of
    return None, _address(cells), cells.strides[0], len(cells), missing, _text_of


def _missing_of(pandas: ModuleType | None) -> tuple[Any, ...]:
    return () if pandas is None else (pandas.NA, pandas.NaT)


def _text_of(cell: Any) -> tuple[Any, int]:
    """Write a cell that is neither text nor a number of Python's, and name its type.

    With the type 0 it is the plain value that the cell stands for. TypeError if it is refused.
    """
    import datetime
    import decimal
    import uuid

    if isinstance(cell, datetime.datetime):
        return _time_text(cell), _TIME
    if isinstance(cell, datetime.date):
        return cell.isoformat(), _DAY
    if isinstance(cell, decimal.Decimal):
        return (None, 0) if cell.is_nan() else (format(cell, "f"), _STR)
    if isinstance(cell, uuid.UUID):
        return str(cell), _STR
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(cell, numpy.generic):
        return _plain(cell, numpy), 0
    raise TypeError(f"a {type(cell).__name__}, which is neither text nor a number nor a time")


def _time_text(cell: Any) -> str:
    """Write a datetime as the program writes those of a column of them."""
    import datetime

    if getattr(cell, "nanosecond", 0):
        raise TypeError("a time with parts of a microsecond: round it")
    if cell.tzinfo is not None:
        utc: str = cell.astimezone(datetime.timezone.utc).isoformat()
        return utc
    midnight = cell.time() == datetime.time()
    text: str = cell.date().isoformat() if midnight else cell.isoformat()
    return text


def _plain(cell: Any, numpy: Any) -> Any:
    """Make a value of Python's of a scalar of NumPy's."""
    if isinstance(cell, numpy.datetime64) and numpy.datetime_data(cell.dtype)[0] in ("ns", "ps", "fs", "as"):
        exact, cell = cell, cell.astype("M8[us]")
        if exact != cell and not numpy.isnat(exact):
            raise TypeError("a time with parts of a microsecond: round it")
    value = float(cell) if isinstance(cell, numpy.longdouble) else cell.item()
    if isinstance(cell, numpy.timedelta64) and value is not None:
        raise TypeError("a timedelta64, which is neither text nor a number nor a time")
    return value
