"""`axb.row`, and that a function in a worker gets the very same records."""

from __future__ import annotations

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest

import axb

FRAME = pd.DataFrame(
    {
        "name": ["Ann", None, "", "Zoë 李"],
        "age": [41, 7, -3, 2**53 + 1],
        "height": [1.5, np.nan, 1e300, -0.0],
        "born": pd.to_datetime(["2020-01-01", "2021-02-03 04:05:06.5", None, "1969-12-31 23:59:59"], format="mixed"),
        "seen": pd.to_datetime(
            ["2020-01-01T01:00:00Z", None, "2021-06-01T00:00:00Z", "2021-06-01T00:00:01Z"], utc=True, format="mixed"
        ),
        "day": [datetime.date(2020, 1, 1), None, datetime.date(1, 1, 1), datetime.date(9999, 12, 31)],
        "ok": [True, False, True, False],
        "kind": pd.Categorical(["x", None, "y", "x"]),
        "mixed": [1, 2.5, None, "x"],
        "ints": pd.array([1, None, 3, 4], dtype="Int64"),
        "price": [decimal.Decimal("1.10"), None, decimal.Decimal(3), decimal.Decimal(0)],
        "full name": ["a", "b", "c", "d"],
        "keys": ["k", "l", "m", "n"],
    }
)


def test_values() -> None:
    r = axb.row(FRAME, 0)
    assert dict(r) | {"price": None} == {
        "name": "Ann", "age": 41, "height": 1.5, "born": datetime.datetime(2020, 1, 1),
        "seen": datetime.datetime(2020, 1, 1, 1, tzinfo=datetime.timezone.utc), "day": datetime.date(2020, 1, 1),
        "ok": True, "kind": "x", "mixed": "1", "ints": 1, "full name": "a", "keys": "k", "price": None,
    }  # fmt: skip
    assert type(r.ok) is bool and type(r.age) is int and type(r.height) is float and type(r.ints) is int
    assert r.keys() == list(FRAME.columns) and r["keys"] == "k" and len(r) == 13 and "name" in r and "x" not in r
    assert isinstance(r, axb.Record)
    missing = axb.row(FRAME, 1)
    assert missing.name is missing.height is missing.day is missing.kind is missing.ints is missing.price is None
    assert axb.row(FRAME, 2).name == "" and axb.row(FRAME, 2).born is None
    assert axb.row(FRAME, -1).name == "Zoë 李" and axb.row(FRAME, 3).age == 2**53 + 1
    with pytest.raises(AttributeError):
        r.name = "x"
    with pytest.raises(axb.UsageError, match="there is no row 4: the table has 4"):
        axb.row(FRAME, 4)
    with pytest.raises(axb.UsageError, match="read the file"):
        axb.row("A.csv", 0)


@pytest.mark.parametrize("how", ["open", "named"])
def test_same_in_a_worker(how: str) -> None:
    """The representation of each record, with columns that were filled and columns that were asked for."""
    expected = [repr(axb.row(FRAME, i)) for i in range(len(FRAME))]

    def all_columns(a, b):  # type: ignore[no-untyped-def]
        return repr(a) == expected[a.age % 7]

    def by_name(a, b):  # type: ignore[no-untyped-def]
        values = [a.name, a.age, a.height, a.born, a.seen, a.day, a.ok, a.kind, a.mixed, a.ints, a.price,
                  a["full name"], a["keys"]]  # fmt: skip
        names = ["name", "age", "height", "born", "seen", "day", "ok", "kind", "mixed", "ints", "price",
                 "full name", "keys"]  # fmt: skip
        text = ", ".join(f"{n}={v!r}" for n, v in zip(names, values))
        return f"Record({text})" == expected[a.age % 7]

    place = {age % 7: text for age, text in zip(FRAME["age"], expected)}
    assert len(place) == 4
    expected = place  # type: ignore[assignment]
    f = all_columns if how == "open" else by_name
    pairs = axb.match(FRAME, FRAME, score=f, min=1)
    assert len(pairs) == 16


def test_kinds_of_tables() -> None:
    pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    columns = {"name": ["Ann", None], "age": [41, 7]}
    for table in (columns, pl.DataFrame(columns), pa.table(columns), pd.DataFrame(columns)):
        assert repr(axb.row(table, 0)) == "Record(name='Ann', age=41)"
        assert axb.row(table, 1).name is None
    assert repr(axb.row([{"name": "Ann", "age": 41}, {"age": 7}], 1)) == "Record(name=None, age=7)"
