"""Tables in: every kind of frame and column as the program reads it, against a decoder in Python and the program."""

from __future__ import annotations

import csv
import datetime
import decimal
import io
import os
import random
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from axb import _errors, _load, _program
from axb._table import write
from columns_text import decode, float_text, time_text

UTC = datetime.timezone.utc


def texts(frame: Any, columns: Any = None) -> dict[str, Any]:
    with write(frame, columns) as sent:
        return decode(sent.fd)


def column(values: Any) -> tuple[list[str | None], str]:
    """The texts of a single column, and its type."""
    frame = values if isinstance(values, (pa.Table, pl.DataFrame)) else pd.DataFrame({"x": values})
    with write(frame) as sent:
        return decode(sent.fd)["x"], sent.types["x"]


def axb(*arguments: Any, fds: Any = (), status: int = 0) -> str:
    done = subprocess.run(
        [_program.find(), *map(str, arguments)],
        pass_fds=list(fds),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def objects(*cells: Any) -> pd.Series:
    return pd.Series(list(cells), dtype=object)


# ---- Cells -----------------------------------------------------------------------------------------

ID = uuid.UUID("12345678-1234-5678-1234-567812345678")
NOON = datetime.datetime(2024, 2, 29, 12)
MIDNIGHT = datetime.datetime(2024, 2, 29)
CET = datetime.timezone(datetime.timedelta(hours=1))


@pytest.mark.parametrize(
    ("cells", "expected", "kind"),
    [
        (["a", "", "grün", "日本"], ["a", "", "grün", "日本"], "str"),
        (["a", None, float("nan"), pd.NA, pd.NaT], ["a", None, None, None, None], "str"),
        ([1, None, -3, 10**30], ["1", None, "-3", str(10**30)], "int"),
        ([1.0, 0.1, 1e300, float("inf")], ["1", "0.1", "1e+300", "inf"], "float"),
        ([1, 2.5], ["1", "2.5"], "float"),
        ([True, False, None], ["True", "False", None], "bool"),
        (["a", 1, 2.5, True, None], ["a", "1", "2.5", "True", None], "str"),
        ([decimal.Decimal("1.50"), decimal.Decimal("NaN"), decimal.Decimal("1E+3")], ["1.50", None, "1000"], "str"),
        ([datetime.date(1, 1, 1), datetime.date(2024, 2, 29)], ["0001-01-01", "2024-02-29"], "date"),
        ([NOON, MIDNIGHT, NOON.replace(microsecond=5)], [time_text(NOON), "2024-02-29", "2024-02-29T12:00:00.000005"], "datetime"),
        ([NOON.replace(tzinfo=CET), MIDNIGHT.replace(tzinfo=UTC)], ["2024-02-29T11:00:00+00:00", "2024-02-29T00:00:00+00:00"], "datetime"),
        ([pd.Timestamp(NOON), np.datetime64("2024-02-29T12:00", "ns"), np.datetime64("NaT", "ns")], ["2024-02-29T12:00:00"] * 2 + [None], "datetime"),
        ([np.int16(5), np.uint64(2**64 - 1)], ["5", str(2**64 - 1)], "int"),
        ([np.float32(0.5), np.float64(2), np.longdouble(3), np.float32("nan")], ["0.5", "2", "3", None], "float"),
        ([np.bool_(True), np.str_("x")], ["True", "x"], "str"),
        ([ID], [str(ID)], "str"),
        ([None, None], [None, None], "str"),
        ([], [], "str"),
    ],
)  # fmt: skip
def test_object_cells(cells: Any, expected: Any, kind: str) -> None:
    assert column(objects(*cells)) == (expected, kind)
    assert texts({"x": cells})["x"] == expected
    assert texts({"x": tuple(cells)})["x"] == expected
    assert texts([{"x": cell} for cell in cells]) == ({"x": expected} if cells else {})


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ([1], "a list"),
        (b"x", "a bytes"),
        ({}, "a dict"),
        (1j, "a complex"),
        (datetime.timedelta(1), "a timedelta"),
        (pd.Timestamp("2024-01-01 00:00:00.000000001"), "parts of a microsecond"),
        (np.datetime64("2024-01-01T00:00:00.000000001"), "parts of a microsecond"),
        (np.timedelta64(1, "s"), "a timedelta64"),
        (pd.Interval(0, 1), "a Interval"),
        ("a\ud800", "lone surrogate"),
        ("a\0", "zero character"),
    ],
)
def test_refused_cell(cell: Any, says: str) -> None:
    bad = objects("a", None, cell).set_axis([7, 8, 9])
    frame = pd.DataFrame({"ok": ["a", "b", "c"]}, index=[7, 8, 9]).assign(bad=bad)
    with pytest.raises(_errors.DataError, match=says) as caught:
        write(frame)
    assert "'bad', row 2 (index 9): " in str(caught.value)
    assert (caught.value.row, caught.value.label, caught.value.column) == (2, 9, "bad")
    write(frame, {"ok"}).close()
    with pytest.raises(_errors.DataError, match=rf"'bad', row 2: .*{says}"):
        write({"bad": list(frame["bad"])})


# ---- Columns of pandas and NumPy -------------------------------------------------------------------

STAMPS = ["2024-02-29", "2024-02-29 12:30:00.5", None]
STAMP_TEXTS = ["2024-02-29", "2024-02-29T12:30:00.500000", None]


def stamps(unit: str) -> pd.Series:
    return pd.Series(np.array(STAMPS, dtype=f"M8[{unit}]"))


@pytest.mark.parametrize(
    ("values", "expected", "kind"),
    [
        (pd.Series(["a", None, "é"], dtype="string[python]"), ["a", None, "é"], "str"),
        (pd.Series(["a", None, "é"], dtype="string[pyarrow]"), ["a", None, "é"], "str"),
        (pd.Series(["a", None, "é"], dtype="str"), ["a", None, "é"], "str"),
        (pd.Series(["a", None, "é"], dtype=pd.ArrowDtype(pa.string())), ["a", None, "é"], "str"),
        (pd.Series([1, None, 3], dtype=pd.ArrowDtype(pa.int8())), ["1", None, "3"], "int"),
        (pd.Series(["b", None, "a", "b"], dtype="category"), ["b", None, "a", "b"], "str"),
        (pd.Series(pd.Categorical([3, 1, None], categories=[1, 2, 3])), ["3", "1", None], "int"),
        (pd.Series(pd.Categorical([0.5, 2.0])), ["0.5", "2"], "float"),
        (pd.Series([], dtype="category"), [], "str"),
        (pd.Series([1, 2, -3]), ["1", "2", "-3"], "int"),
        (pd.Series([1, 2, -3], dtype="int8"), ["1", "2", "-3"], "int"),
        (pd.Series([0, 2**64 - 1], dtype="uint64"), ["0", str(2**64 - 1)], "int"),
        (pd.Series([0, 2**63 - 1], dtype="uint64"), ["0", str(2**63 - 1)], "int"),
        (pd.Series([1, None, -(2**63)], dtype="Int64"), ["1", None, str(-(2**63))], "int"),
        (pd.Series([2**64 - 1, None], dtype="UInt64"), [str(2**64 - 1), None], "int"),
        (pd.Series([1, None], dtype="UInt8"), ["1", None], "int"),
        (pd.Series([1.5, None, 3.0]), ["1.5", None, "3"], "float"),
        (pd.Series([1.5, 3.0], dtype="float32"), ["1.5", "3"], "float"),
        (pd.Series([1.5, None], dtype="Float64"), ["1.5", None], "float"),
        (pd.Series([True, False]), ["True", "False"], "bool"),
        (pd.Series([True, None], dtype="boolean"), ["True", None], "bool"),
        (stamps("ns"), STAMP_TEXTS, "datetime"),
        (stamps("us"), STAMP_TEXTS, "datetime"),
        (stamps("ms"), STAMP_TEXTS, "datetime"),
        (stamps("s"), ["2024-02-29", "2024-02-29T12:30:00", None], "datetime"),
        (stamps("ns").dt.tz_localize("Europe/Berlin"), ["2024-02-28T23:00:00+00:00", "2024-02-29T11:30:00.500000+00:00", None], "datetime"),
        (pd.Series(pd.arrays.SparseArray([0, 0, 5])), ["0", "0", "5"], "int"),
    ],
    ids=str,
)  # fmt: skip
def test_pandas_columns(values: pd.Series, expected: Any, kind: str) -> None:
    assert column(values) == (expected, kind)
    assert texts({"x": values, "y": list(range(len(values)))})["x"] == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array(["a", "", "é"]), ["a", "", "é"]),
        (np.arange(10)[::-3], ["9", "6", "3", "0"]),
        (np.array(["a", "b", None, "d"], dtype=object)[::-2], ["d", "b"]),
        (np.arange(4, dtype=">i4"), ["0", "1", "2", "3"]),
        (np.array([(1, "a", 5), (2, None, 6)], dtype="i1, O, i4")["f1"], ["a", None]),
        (np.array([(1, 7), (2, 8)], dtype="i1, i4")["f1"], ["7", "8"]),
        (np.array(["2024-02-29", "NaT"], dtype="M8[D]"), ["2024-02-29", None]),
        (np.array(["2024-02", "NaT"], dtype="M8[M]"), ["2024-02-01", None]),
        (np.ma.array([1, 2], mask=[False, True]), ["1", None]),
        (pl.Series(["a", None]), ["a", None]),
        (pa.array([1, None]), ["1", None]),
        (pa.chunked_array([[1], [None, 2]]), ["1", None, "2"]),
        (range(3), ["0", "1", "2"]),
    ],
    ids=str,
)
def test_mapping_columns(values: Any, expected: Any) -> None:
    assert texts({"x": values}) == {"x": expected}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (pd.Series(pd.to_timedelta([1, 2])), "timedelta64"),
        (pd.Series(pd.period_range("2024", periods=2, freq="D")), "period"),
        (pd.Series([1j, 2j]), "complex"),
        (np.array(["9999-12-31", "10000-01-01"], dtype="M8[s]"), "row 1: a time out of the years"),
        (pd.Series(np.array(["2024-01-01", "2024-01-01T00:00:00.000000001"], dtype="M8[ns]")), "row 1: .*microsecond"),
        (pd.Series(pd.Categorical([pd.Interval(0, 1)] * 2)), "Interval"),
        (pd.Series([[1], [2]], dtype=pd.ArrowDtype(pa.list_(pa.int64()))), "format"),
    ],
    ids=str,
)
def test_refused_columns(values: Any, says: str) -> None:
    with pytest.raises(_errors.DataError, match=says) as caught:
        write({"x": values})
    assert caught.value.column == "x"


def test_refused_category_has_its_row() -> None:
    categories = pd.Index(["c\ud800", "b", "a"], dtype=object)
    series = pd.Series(pd.Categorical.from_codes([2, 1, 0], categories))
    with pytest.raises(_errors.DataError, match="surrogate") as caught:
        write(pd.DataFrame({"x": series}))
    assert caught.value.row == 2
    with pytest.raises(_errors.DataError, match="a value in no row"):
        write(pd.DataFrame({"x": series.iloc[:2]}))
    table = pa.table({"x": pa.chunked_array([["a", "b"], ["b", "a\0", "a"]]).dictionary_encode()})
    with pytest.raises(_errors.DataError, match="row 3: text with a zero"):
        write(table)
    with pytest.raises(_errors.DataError, match="a value in no row"):
        write(table.slice(0, 2))


# ---- Arrow -----------------------------------------------------------------------------------------

INTS = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
ARROW = [
    *[(["a", None, "", "a text of more than twelve bytes", "twelve bytes", "é"], t) for t in (pa.string(), pa.large_string(), pa.string_view())],
    *[([1, None, 100], t) for t in INTS],
    ([2**64 - 1, None, 0], pa.uint64()),
    ([1.5, None, 3.0, float("nan")], pa.float32()),
    ([1.5, None, 0.1, 1e300], pa.float64()),
    ([True, None, False, True, True, False, True, False, None, True], pa.bool_()),
    ([datetime.date(2024, 2, 29), None, datetime.date(1, 1, 1)], pa.date32()),
    ([datetime.date(2024, 2, 29), None, datetime.date(1, 1, 1)], pa.date64()),
    *[([MIDNIGHT, None, NOON], pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")],
    ([NOON.replace(tzinfo=UTC), None], pa.timestamp("us", "Europe/Berlin")),
    ([decimal.Decimal("-1.50"), None, decimal.Decimal("0.05"), decimal.Decimal("123456789012345678901234567890.12")], pa.decimal128(38, 2)),
    ([decimal.Decimal("-15"), decimal.Decimal("0")], pa.decimal128(5, 0)),
    ([None, None], pa.null()),
    (["a", None, "b", "a"], pa.dictionary(pa.int8(), pa.string())),
    (["a", None, "b", "a"], pa.dictionary(pa.uint32(), pa.large_string())),
    ([7, None, 5, 7], pa.dictionary(pa.int64(), pa.int16())),
]  # fmt: skip


def expected_text(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return float_text(cell)
    return time_text(cell) if isinstance(cell, datetime.datetime) else str(cell)


def arrow_array(cells: list[Any], kind: pa.DataType) -> pa.Array:
    if not pa.types.is_dictionary(kind):
        return pa.array(cells, kind)
    values = list(dict.fromkeys(cell for cell in cells if cell is not None))
    codes = [None if cell is None else values.index(cell) for cell in cells]
    return pa.DictionaryArray.from_arrays(pa.array(codes, kind.index_type), pa.array(values, kind.value_type))


@pytest.mark.parametrize(("cells", "kind"), ARROW, ids=str)
def test_arrow(cells: Any, kind: pa.DataType) -> None:
    expected = [expected_text(cell) for cell in cells]
    array = arrow_array(cells, kind)
    assert column(pa.table({"x": array}))[0] == expected
    # Several chunks, each a slice of something larger; one is empty.
    chunks = [array.slice(i, n) for i, n in ((1, len(cells) - 1), (0, 0), (0, 1), (len(cells) - 1, 1), (0, len(cells)))]
    whole = pa.table({"pad": pa.nulls(2 * len(cells) + 1), "x": pa.chunked_array(chunks, type=kind)})
    twice = expected[1:] + expected[:1] + expected[-1:] + expected
    assert column(whole)[0] == twice
    assert column(whole.slice(2, 3))[0] == twice[2:5]
    for batch in whole.slice(1).to_batches():
        assert texts(batch)["x"] == [expected_text(x) for x in batch.column("x").to_pylist()]


def test_arrow_dictionaries_that_differ() -> None:
    chunks = [pa.array(cells).dictionary_encode() for cells in (["a", "b"], ["b", None, "c"], ["a"])]
    missing = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int32()), pa.array([None, "z"]))
    table = pa.table({"x": pa.chunked_array([*chunks, missing])})
    assert column(table) == (["a", "b", "b", None, "c", "a", None, "z", None], "str")
    with write(table) as sent:  # equal values of the dictionaries are one value to the program
        out = axb("match", f"fd:{sent.fd}", f"fd:{sent.fd}", "--on", "x", "--min", "1", fds=[sent.fd])
    pairs = {tuple(line.split(",")[:2]) for line in out.splitlines()[1:]}
    assert pairs == {(str(i), str(i)) for i in (1, 2, 3, 5, 6, 8)} | {("2", "3"), ("3", "2"), ("1", "6"), ("6", "1")}


def test_arrow_records_that_begin_elsewhere() -> None:
    """A chunk of records may be a slice itself, of columns that are slices."""
    records = pa.StructArray.from_arrays([pa.array(list("abcdef")).slice(1), pa.array(range(5))], ["s", "n"])
    chunks = pa.chunked_array([records.slice(2), records.slice(1, 1)])
    assert texts(chunks) == {"s": ["d", "e", "f", "c"], "n": ["2", "3", "4", "1"]}


def test_arrow_text_below_a_missing_cell() -> None:
    """What is missing may have bytes, of any kind."""
    offsets, data = np.array([0, 1, 4, 5], np.int32), b"a\0\xffzb"
    array = pa.StringArray.from_buffers(3, pa.py_buffer(offsets), pa.py_buffer(data), pa.py_buffer(b"\x05"))
    assert column(pa.table({"x": array}))[0] == ["a", None, "b"]


def test_arrow_types_that_are_refused() -> None:
    for kind in (pa.binary(), pa.list_(pa.int8()), pa.duration("s"), pa.time32("s")):
        table = pa.table({"ok": [1], "x": pa.nulls(1, kind)})
        with pytest.raises(_errors.DataError, match="'x' cannot be compared"):
            write(table)
        assert texts(table, {"ok"}) == {"ok": ["1"], "x": None}
    with pytest.raises(_errors.DataError, match="row 1: a time") as caught:
        write(pa.table({"x": pa.array([0, 1], pa.timestamp("ns"))}))
    assert caught.value.row == 1


def test_other_sources() -> None:
    frame = pd.DataFrame({"s": ["a", None], "n": [1, 2]})
    expected = {"s": ["a", None], "n": ["1", "2"]}
    polars = pl.DataFrame({"s": ["a", None], "n": [1, 2]})

    class Stream:
        def __arrow_c_stream__(self, requested: Any = None) -> Any:
            return polars.__arrow_c_stream__(requested)

    relation = duckdb.sql("select * from (values ('a', 1), (NULL, 2)) t(s, n)")
    reader = pa.table(polars.to_arrow()).to_reader()
    kinds = []
    for source in (
        frame,
        polars,
        relation,
        reader,
        Stream(),
        {"s": ["a", None], "n": [1, 2]},
        [{"s": "a", "n": 1}, {"n": 2}],
    ):
        with write(source) as sent:
            assert decode(sent.fd) == expected
            assert sent.n_rows == 2
            assert sent.names == ["s", "n"]
            assert sent.types == {"s": "str", "n": "int"}
            kinds.append(sent.kind)
    assert kinds == ["pandas", "polars", "duckdb", "arrow", "arrow", "dict", "list"]


def test_polars_types() -> None:
    frame = pl.DataFrame(
        {
            "cat": pl.Series(["b", None, "b"], dtype=pl.Categorical),
            "enum": pl.Series(["x", "y", None], dtype=pl.Enum(["y", "x"])),
            "date": [datetime.date(2024, 2, 29), None, datetime.date(1999, 1, 1)],
            "time": [NOON, None, MIDNIGHT],
            "bool": [True, None, False],
        }
    )
    expected = {name: [expected_text(x) for x in frame[name].to_list()] for name in frame.columns}
    assert texts(frame) == expected
    assert texts(frame.vstack(frame)) == {name: cells * 2 for name, cells in expected.items()}
    assert texts(frame.slice(1, 1)) == {name: cells[1:2] for name, cells in expected.items()}


def test_duckdb_types() -> None:
    relation = duckdb.sql(
        "select 1.50 d, date '2024-02-29' t, timestamp '2024-02-29 12:00:00' s, true b, 'x'::varchar v, "
        "170141183460469231731687303715884105727::hugeint h, NULL n, 'a'::enum('b', 'a') e from range(3)"
    )
    row = ["1.50", "2024-02-29", "2024-02-29T12:00:00", "True", "x", str(2**127 - 1), None, "a"]
    found = texts(relation, {"d", "t", "s", "b", "v", "n", "e"})
    assert [found[name][2] for name in "dtsbvne"] == row[:5] + row[6:]


# ---- Names and rows --------------------------------------------------------------------------------


def test_only_what_is_asked_for() -> None:
    frame = pd.DataFrame({"a": ["x", "y"], "lists": [[1], [2]], "b": [1, 2]})
    with write(frame, {"a", "nowhere"}, shown="the frame") as sent:
        assert decode(sent.fd) == {"a": ["x", "y"], "lists": None, "b": None}
        assert sent.types == {"a": "str"}
        assert sent.path == f"fd:{sent.fd}:the frame"
        said = axb("match", sent.path, sent.path, "--on", "b", "--min", "1", fds=[sent.fd], status=65)
        assert 'the frame: column "b" was not sent' in said
        said = axb("match", sent.path, sent.path, "--on", "nowhere", "--min", "1", fds=[sent.fd], status=2)
        assert 'the frame has no column "nowhere"' in said


def test_names_that_cannot_be_used() -> None:
    frame = pd.DataFrame([["x", "y", "z", "w", 1]], columns=["twice", "twice", 3, "a\ud800", "ok"])
    assert texts(frame) == {"twice": None, "3": None, "a?": None, "ok": ["1"]}
    for name, says in (
        ("twice", "2 columns are called"),
        ("3", "not a text but a int"),
        ("a?", "not a text that UTF-8 has"),
    ):
        with pytest.raises(_errors.DataError, match=says) as caught:
            write(frame, {name})
        assert caught.value.column == name
    levels = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")]))
    with pytest.raises(_errors.DataError, match="MultiIndex"):
        write(levels, set())


def test_shapes() -> None:
    assert texts(pd.DataFrame()) == {}
    assert texts({}) == {}
    assert texts([]) == {}
    assert texts(pd.DataFrame({"a": []})) == {"a": []}
    assert texts(pl.DataFrame({"a": []})) == {"a": []}
    assert texts(pd.DataFrame(index=range(3))) == {}
    frame = pd.DataFrame({"a": list("abcdef"), "n": range(6)})
    assert texts(frame.iloc[::-2]) == {"a": ["f", "d", "b"], "n": ["5", "3", "1"]}
    assert texts(frame.astype(object).T.T.iloc[1:3]) == {"a": ["b", "c"], "n": ["1", "2"]}
    assert texts([{"a": 1}, {"b": "x"}, {}]) == {"a": ["1", None, None], "b": [None, "x", None]}
    index = pd.Index(["i", "j"])
    with write(pd.DataFrame({"a": [1, 2]}, index=index)) as sent:
        assert sent.index is index or sent.index.equals(index)


@pytest.mark.parametrize(
    ("frame", "error", "says"),
    [
        ({"a": [1, 2], "b": [1]}, _errors.DataError, "'b' has 1 values, and 'a' 2"),
        ({"a": "text"}, _errors.DataError, "'a' is a str"),
        ({"a": 5}, _errors.DataError, "'a' is a int"),
        ({"a": np.zeros((2, 2))}, _errors.DataError, "2 dimensions"),
        ([{"a": 1}, 5], _errors.DataError, "row 1 of the list is a int"),
        (5, _errors.UsageError, "a int is not a table"),
        (None, _errors.UsageError, "a NoneType is not a table"),
        (pl.LazyFrame({"a": [1]}), _errors.UsageError, r"\.collect\(\)"),
        (pl.Series([1]), _errors.UsageError, "a single column"),
        (pd.Series([1]), _errors.UsageError, "not a table|single column"),
    ],
    ids=str,
)
def test_no_tables(frame: Any, error: Any, says: str) -> None:
    with pytest.raises(error, match=says):
        write(frame)


def test_paths() -> None:
    for given, path, kind in (
        ("b.csv", "b.csv", "path"),
        (Path("b.csv"), "b.csv", "path"),
        (Path("@x"), "./@x", "path"),
        ("fd:3", "./fd:3", "path"),
        ("-", "./-", "path"),
        ("@people", "@people", "named"),
    ):
        sent = write(given)
        assert (sent.path, sent.kind, sent.fd, sent.names) == (path, kind, None, None)


# ---- Against the program ---------------------------------------------------------------------------


def random_cells(rng: random.Random, n: int) -> pd.Series:
    """A column of any type."""
    words = ["", "anna", "Größe", 'quo"te', "com,ma", "line\nbreak", "a text of more than sixteen bytes", "3", "3.0"]
    kind = rng.randrange(9)
    holes = [rng.random() < 0.2 for _ in range(n)]
    cells: list[Any] = [rng.choice(words) for _ in range(n)]
    if kind in (1, 2):
        cells = [rng.randrange(-5, 5) for _ in range(n)]
    if kind in (3, 4):
        cells = [rng.choice([rng.random(), float(rng.randrange(9)), rng.random() * 1e20]) for _ in range(n)]
    if kind == 5:
        cells = [rng.choice([1, "1", 1.0, 2.5, True, decimal.Decimal("1.10"), NOON, MIDNIGHT.date()]) for _ in range(n)]
    if kind == 6:
        cells = [NOON + datetime.timedelta(microseconds=rng.randrange(10**15)) for _ in range(n)]
    if kind == 1:
        return pd.Series(cells)
    holed = [None if hole else cell for cell, hole in zip(cells, holes, strict=True)]
    types = {2: "Int64", 3: "float64", 6: "datetime64[us]", 7: "category", 8: "string"}
    return pd.Series(holed, dtype=types.get(kind, object))


def as_csv(columns: dict[str, list[str | None]]) -> str:
    """The same as CSV of axb: what is missing is empty, and an empty text is quoted."""
    lines = [",".join(columns)]
    for cells in zip(*columns.values(), strict=True):
        lines.append(",".join("" if x is None else '"' + x.replace('"', '""') + '"' for x in cells))
    return "\n".join(lines) + "\n"


def test_random_frames_against_the_program(tmp_path: Path) -> None:
    """A frame gives the bytes that a file gives, and the cells come back as pandas has them."""
    rng = random.Random(1717)
    for case in range(25):
        n = rng.choice([1, 7, 8, 9, 64, 300])
        frame = pd.DataFrame({f"c{i}": random_cells(rng, n) for i in range(rng.randrange(1, 5))})
        frame.insert(0, "row", range(n))
        path = tmp_path / f"{case}.csv"
        with write(frame) as sent:
            found = decode(sent.fd)
            for name in frame:
                assert found[name] == [
                    None if pd.isna(x) else expected_text(x.to_pydatetime() if isinstance(x, pd.Timestamp) else x)
                    for x in frame[name].astype(object)
                ]
            path.write_text(as_csv(found), newline="")
            keep = ",".join(frame.columns)
            options = ["--on", rng.choice(list(frame.columns)), "--min", "0.8", "--keep", keep]
            options += rng.choice([[], ["--normalize", "casefold,space"]])
            ours = axb("match", sent.path, sent.path, *options, fds=[sent.fd])
            theirs = axb("match", path, path, *options)
            mixed = axb("match", sent.path, path, *options, fds=[sent.fd])
        assert ours == theirs == mixed
        rows = list(csv.DictReader(io.StringIO(ours)))
        assert rows or all(x is None for x in found[options[1]])
        for row in rows:
            assert [row[f"a.{name}"] for name in frame] == [found[name][int(row["a"]) - 1] or "" for name in frame]


def test_missing_and_empty_stay_apart() -> None:
    with write({"k": ["1", "2"], "x": [None, ""]}) as sent:
        out = axb("match", sent.path, sent.path, "--on", "k", "--min", "1", "--keep", "a.x", fds=[sent.fd])
        assert out == 'a,b,score,a.x\n1,1,1,\n2,2,1,""\n'


def test_nobody_can_change_what_was_sent() -> None:
    with write({"a": ["x"]}) as sent:
        with pytest.raises(OSError, match="not permitted"):
            os.pwrite(sent.fd, b"y", 0)
        with pytest.raises(OSError, match="not permitted"):
            os.ftruncate(sent.fd, 0)


def test_descriptors_are_given_back() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(200):
        write(pl.DataFrame({"a": ["x"]}))  # dropped without close()
        with pytest.raises(_errors.DataError):
            write({"a": ["x", [1]]})
    assert len(os.listdir("/proc/self/fd")) == before


# ---- Tables that are loaded once -------------------------------------------------------------------

PEOPLE = {"name": ["anna", "bert", None], "n": [1, 2, 3]}


def test_load() -> None:
    frame = pd.DataFrame(PEOPLE, index=[7, 8, 9])
    with _load.load(frame) as table:
        assert (table.names, table.n_rows, len(table), table.name) == (["name", "n"], 3, 3, None)
        assert repr(table) == "<axb.Table 3 rows, 2 columns, 0.0 MB>"
        with write(table) as sent:
            assert (sent.kind, sent.types, list(sent.index)) == ("table", {"name": "str", "n": "int"}, [7, 8, 9])
            assert sent.frame is frame
            out = axb("match", sent.path, sent.path, "--on", "name", "--min", "1", fds=[sent.fd])
        with write(table) as sent, write(frame) as plain:  # not closed with the first one
            assert axb("match", plain.path, sent.path, "--on", "name", "--min", "1", fds=[sent.fd, plain.fd]) == out
        assert out.splitlines()[1:] == ["1,1,1", "2,2,1"]
        # It has no name, so nothing is left of it when this process is killed.
        assert os.readlink(f"/proc/self/fd/{table.sent().fd}").startswith("/memfd:")
        with pytest.raises(_errors.UsageError, match="loaded already"):
            _load.load(table)
    assert repr(table) == "<axb.Table, closed>"
    with pytest.raises(_errors.UsageError, match="closed"):
        write(table)


def test_load_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,n\nanna,1\n")
    with _load.load(path) as table:
        assert (table.names, table.n_rows) == (["name", "n"], 1)
    with pytest.raises(_errors.DataError, match="cannot be opened"):
        _load.load(tmp_path / "none.csv")


def test_load_with_a_name() -> None:
    name = f"axb-test-{os.getpid()}"
    try:
        with _load.load(PEOPLE, name) as table:
            assert repr(table) == f"<axb.Table @{name}: 3 rows, 2 columns, 0.0 MB>"
            assert write(table).path == f"@{name}"
        assert axb("match", f"@{name}", f"@{name}", "--on", "name", "--min", "1").count("\n") == 3
    finally:
        axb("data", "rm", name)
    with pytest.raises(_errors.UsageError):
        _load.load(PEOPLE, "a/b")


def test_load_refuses_what_it_cannot_name() -> None:
    with pytest.raises(_errors.DataError, match="'5' cannot be loaded"):
        _load.load(pd.DataFrame({5: ["x"], "a": ["y"]}))
    with pytest.raises(_errors.DataError, match="has no columns"):
        _load.load(pd.DataFrame())


def test_no_memory() -> None:
    """A table that does not fit into the address space is an error that can be caught."""
    code = """
import resource
import axb._errors, axb._table
cells = {"x": ["a" * 1000] * 200_000}
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (60 << 20),) * 2)
try:
    axb._table.write(cells)
except axb._errors.LimitError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "does not fit into the" in done.stdout, done.stderr
