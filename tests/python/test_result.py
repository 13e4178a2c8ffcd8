"""The table of pairs: what identifies records, what is kept, types, and results without a pair."""

from __future__ import annotations

import os
import struct
import time
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import axb
from axb import _result


def test_labels_of_the_index() -> None:
    a = pd.DataFrame({"x": ["p", "q"]}, index=pd.Index(["one", "two"], name="key"))
    dates = pd.date_range("2024-01-01", periods=2, tz="UTC")
    for index in (
        pd.RangeIndex(10, 30, 10),
        pd.Index([2.5, 1.5]),
        dates,
        pd.CategoricalIndex(["u", "v"]),
        pd.Index([1, 1]),
    ):
        b = pd.DataFrame({"x": ["q", "p"]}, index=index)
        result = axb.match(a, b, on="x", min=1)
        assert list(result["a"]) == ["one", "two"]
        assert list(result["b"]) == [index[1], index[0]]
        assert result["b"].dtype == index.dtype
    several = pd.MultiIndex.from_tuples([("u", 1), ("v", 2)])
    assert list(axb.match(a, pd.DataFrame({"x": ["q", "p"]}, index=several), on="x", min=1)["b"]) == [
        ("v", 2),
        ("u", 1),
    ]


def test_ids_and_kept_columns_are_those_of_the_tables() -> None:
    a = pd.DataFrame({"x": ["p", "q"], "when": pd.to_datetime(["2024-01-02", None]), "n": pd.array([1, None], "Int64")})
    b = pl.DataFrame({"x": ["q", "p"], "y": [[1], [2]]})
    result = axb.match(a, b, on="x", min=1, id={"n": "x"}, keep=["a.when", "a.n", "b.x"])
    assert list(result.columns) == ["a", "b", "score", "a.when", "a.n", "b.x"]
    assert result["a"].dtype == "Int64"
    assert result["a"].isna().tolist() == [False, True]
    assert result["a.when"].dtype == a["when"].dtype
    assert list(result["b"]) == ["p", "q"]
    result = axb.match(b, a, on="x", min=1, keep=["a.y", "b.when"])
    assert result["a.y"].to_list() == [[1], [2]]
    assert result["b.when"].to_list()[0] is None


def test_column_names_with_dots() -> None:
    a = pd.DataFrame({"x": ["p"], "u.v": [1]})
    assert list(axb.match(a, a, on="x", min=1, keep="u.v").columns) == ["a", "b", "score", "a.u.v", "b.u.v"]


# ---- Nothing found ---------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [0, 2])
def test_results_without_a_pair(rows: int) -> None:
    a = pd.DataFrame({"x": pd.Series(["p", "q"][:rows], dtype=object), "n": np.arange(rows)}, index=["k", "l"][:rows])
    b = pd.DataFrame({"x": ["z"]})
    result = axb.match(a, b, on="x", min=1, keep="a.n", terms=True)
    assert list(result.columns) == ["a", "b", "score", "jaro_winkler(a.x, b.x)", "a.n"]
    assert [str(kind) for kind in result.dtypes] == [str(a.index.dtype), "int64", "float64", "float64", "int64"]
    assert len(result) == 0
    assert result.attrs["axb"]["matches"] == 0
    arrow = axb.match(pa.table(a), pa.table(b), on="x", min=1)
    assert [str(kind) for kind in arrow.schema.types] == ["int64", "int64", "double"]
    polars = axb.match(pl.DataFrame(a), pl.DataFrame(b), on="x", min=1)
    assert polars.dtypes == [pl.Int64, pl.Int64, pl.Float64]
    plain = axb.match({"x": []}, {"x": ["z"]}, on="x", min=1)
    assert [values.dtype for values in plain.values()] == [np.int64, np.int64, np.float64]
    assert len(axb.dedupe(a.iloc[:0], on="x", min=1, clusters=True)) == 0


# ---- Bytes -----------------------------------------------------------------------------------------


def memory(data: bytes) -> int:
    fd = os.memfd_create("a test")
    os.write(fd, data)
    return fd


def head(n_terms: int, record_bytes: int, magic: bytes = b"AXBPAIR1", version: int = 1) -> bytes:
    return struct.pack("<8sIIQI36x", magic, version, record_bytes, 0, n_terms)


def test_records_are_read() -> None:
    fd = memory(head(2, 32) + struct.pack("<IIddd", 2**32 - 1, 7, 0.5, 0.25, float("nan")))
    pairs = _result.read_pairs(fd, ["p", "q"])
    os.close(fd)
    assert (list(pairs.a), list(pairs.b), list(pairs.score)) == ([2**32 - 1], [7], [0.5])
    assert pairs.terms["p"][0] == 0.25
    assert np.isnan(pairs.terms["q"][0])


@pytest.mark.parametrize("data", [b"", head(0, 24), head(1, 16), head(0, 16, b"AXBPAIR2"), head(0, 16, version=2)])
def test_other_bytes_are_refused(data: bytes) -> None:
    fd = memory(data)
    with pytest.raises(axb.AxbError, match="please report it"):
        _result.read_pairs(fd, [])
    os.close(fd)


def test_terms_without_names_are_refused() -> None:
    fd = memory(head(1, 24))
    with pytest.raises(axb.UsageError, match="a pair has 1 terms, and terms names 0"):
        _result.read_pairs(fd, [])
    os.close(fd)


def test_ten_million_pairs_take_a_moment() -> None:
    a = pd.DataFrame({"x": ["p"] * 3200})
    axb.match(a, a, on="x", min=1)
    began = time.perf_counter()
    result = axb.match(a, a, on="x", min=1)
    took = time.perf_counter() - began
    assert len(result) == 3200 * 3200
    assert list(result.iloc[-1]) == [3199, 3199, 1.0]
    assert took < 20  # about 0.5 s where nothing else runs; read_csv takes 8


def test_records_as_dicts() -> None:
    frames: list[Any] = [
        pd.DataFrame({"x": ["p", None], "n": [1.0, np.nan], "t": pd.to_datetime([None, "2024-01-02"])}),
        pl.DataFrame({"x": ["p", None], "n": [1.0, None], "t": [None, "z"]}),
        pa.table({"x": ["p", None], "n": [1.0, None], "t": [None, "z"]}),
        {"x": ["p", None], "n": [1.0, None], "t": [None, "z"]},
        [{"x": "p", "n": 1.0, "t": None}, {"x": None, "n": None, "t": "z"}],
    ]
    for frame in frames:
        assert _result.record(frame, 0) == {"x": "p", "n": 1.0, "t": None}
        assert _result.record(frame, 1)["x"] is None
        assert _result.record(frame, 1)["n"] is None
    assert _result.record("people.csv", 0) == {}
