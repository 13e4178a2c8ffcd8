"""`batch=True`: a function of one record and many gives the pairs, scores and failures of one of two."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import axb


def make_frame(seed: int, n: int) -> pd.DataFrame:
    chance = random.Random(seed)
    return pd.DataFrame(
        {
            "name": [chance.choice(["Ann", "Anna", "Bob", "Zoë", None, ""]) for _ in range(n)],
            "age": [chance.randrange(20) for _ in range(n)],
            "height": [chance.choice([1.5, 1.7, 2.0, float("nan")]) for _ in range(n)],
            "born": pd.to_datetime([f"19{chance.randrange(10, 99)}-01-02" for _ in range(n)]),
            "ok": [chance.random() < 0.5 for _ in range(n)],
            "zip": [str(chance.randrange(9)) for _ in range(n)],
            "full name": [chance.choice("xyz") for _ in range(n)],
        }
    )


def by_pair(a: Any, b: Any) -> float | None:
    if a.height is None or b.height is None:
        return None
    same = a.name is not None and a.name == b.name
    return 1 - abs(a.age - b.age) / 20 + (1 if same else 0) + (0.5 if a["full name"] == b["full name"] else 0)


def by_batch(a: Any, bs: Any) -> Any:
    import numpy as np

    if a.height is None:
        return np.full(len(bs), np.nan)
    same = (bs.name == a.name) & (a.name is not None)
    scores = (
        1 - np.abs(bs.age - a.age) / 20 + np.where(same, 1, 0) + np.where(bs["full name"] == a["full name"], 0.5, 0)
    )
    return np.where(np.isnan(bs.height), np.nan, scores)


@pytest.mark.parametrize("where", [None, "a.zip == b.zip", "a.zip == b.zip || a.name == b.name"])
def test_same_as_pairs(where: str | None) -> None:
    a, b = make_frame(1, 70), make_frame(2, 2300)  # more than a batch takes
    expected = axb.match(a, b, score=by_pair, where=where, min=1.2)
    assert len(expected) > 500
    for workers in (1, 2, 7):
        got = axb.match(a, b, score=by_batch, batch=True, where=where, min=1.2, workers=workers)
        pd.testing.assert_frame_equal(got, expected)


def test_dedupe() -> None:
    a = make_frame(3, 150)
    expected = axb.dedupe(a, score=by_pair, min=1.5)
    assert len(expected) > 100
    pd.testing.assert_frame_equal(axb.dedupe(a, score=by_batch, batch=True, min=1.5), expected)


def test_types_of_arrays() -> None:
    def f(a: Any, bs: Any) -> Any:
        kinds = {name: bs[name].dtype for name in bs}
        assert kinds["age"] == np.int64 and kinds["height"] == np.float64 and kinds["ok"] == np.bool_, kinds
        assert kinds["name"].kind == kinds["born"].kind == "O" and type(bs.born[0]) is datetime.datetime
        assert list(bs) == bs.keys() == ["name", "age", "height", "born", "ok", "zip", "full name"]
        assert bs.age is bs.age and "2 records" in repr(bs)
        assert set(bs.name) <= {"Ann", "Anna", "Bob", "Zoë", None, ""}
        return np.ones(len(bs))

    a = make_frame(4, 2)
    assert len(axb.match(a, a, score=f, batch=True, min=1)) == 4


@pytest.mark.parametrize(
    "result",
    [lambda n: [0.5] * n, lambda n: np.full(n, 1, int), lambda n: [None] * (n - 1) + [0.5], lambda n: (0.5,) * n],
)
def test_results(result: Callable[[int], Any]) -> None:
    a = make_frame(5, 3)
    got = axb.match(a, a, score=lambda x, ys: result(len(ys)), batch=True, min=0.1)
    assert len(got) == (3 if result(3)[0] is None else 9)


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (lambda bs: 0.5, r"must return an array of len\(bs\) numbers.* it returned float of the shape"),
        (lambda bs: np.ones(2), r"of the shape \(2,\)"),
        (lambda bs: ["x"] * 3, r"must return an array of len\(bs\) numbers"),
        (lambda bs: bs.nothing, "the records have no column 'nothing'|reads the column `nothing`"),
    ],
)
def test_wrong_results(result: Callable[[Any], Any], text: str) -> None:
    a = make_frame(6, 3)
    with pytest.raises(axb.ScorerError, match=text):
        axb.match(a, a, score=lambda x, ys: result(ys), batch=True, min=0)


def test_failures_have_their_pair() -> None:
    a = pd.DataFrame({"n": range(40)})

    def f(x: Any, ys: Any) -> Any:
        if x.n == 7 and (ys.n == 30).any():
            raise ValueError("thirty")
        return np.ones(len(ys))

    with pytest.raises(axb.ScorerError, match="raised ValueError: thirty, on the pair 7, 30") as caught:
        axb.match(a, a, score=f, batch=True, min=0)
    assert caught.value.pair == (7, 30) and caught.value.a == {"n": 7}
    got = axb.match(a, a, score=f, batch=True, min=0, on_error="skip")
    assert len(got) == 40 * 40 - 1
    assert not ((got["a"] == 7) & (got["b"] == 30)).any()


def test_crash_has_its_pair() -> None:
    a = pd.DataFrame({"n": range(12)})

    def f(x: Any, ys: Any) -> Any:
        import os

        if x.n == 3 and (ys.n == 5).any():
            os._exit(9)
        return np.ones(len(ys))

    with pytest.raises(axb.ScorerError, match="exited with 9, on the pair 3, 5"):
        axb.match(a, a, score=f, batch=True, min=0)
    got = axb.match(a, a, score=f, batch=True, min=0, on_error="skip")
    assert len(got) == 143


def test_too_many_failures() -> None:
    """The message names no argument that does not exist."""
    a = {"n": list(range(60))}
    with pytest.raises(axb.ScorerError, match="failed on more than 1000 pairs; on row") as caught:
        axb.match(a, a, score=lambda x, y: 1 / 0, min=0, on_error="skip")
    assert "max_rejects" not in str(caught.value) + str(caught.value.hint)
