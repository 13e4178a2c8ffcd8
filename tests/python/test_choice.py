"""Which pairs are kept, and records without a partner, against a plain recomputation from all pairs."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import axb
from axb._result import listed, names_of

NAMES = ["anna", "hanna", "johanna", "peter", "petra", "pete", "zoe", "xenia", None]
Pair = tuple[int, int, float]


def table(seed: int, n: int, first: int = 0) -> pd.DataFrame:
    rng = random.Random(seed)
    return pd.DataFrame(
        {
            "name": [rng.choice(NAMES) for _ in range(n)],
            "n": [rng.randrange(9) for _ in range(n)],
            "ok": [rng.random() < 0.5 for _ in range(n)],
            "when": pd.to_datetime([rng.choice(["2024-01-01", None]) for _ in range(n)]),
        },
        index=range(first, first + n),
    )


def pairs_of(a: pd.DataFrame, b: pd.DataFrame, least: float, own: bool = False) -> list[Pair]:
    """All pairs of rows, by the metric as a function of two texts."""
    scored = (
        (i, j, axb.jaro_winkler(x, y))
        for (i, x), (j, y) in itertools.product(enumerate(a["name"]), enumerate(b["name"]))
        if not (own and i >= j)
    )
    return [pair for pair in scored if pair[2] >= least]


def best_of(pairs: list[Pair], side: int, k: int) -> set[Pair]:
    """The k best pairs of each row of a side; of equal ones those with the lower row of the other."""
    kept: set[Pair] = set()
    for row in {pair[side] for pair in pairs}:
        kept.update(sorted((p for p in pairs if p[side] == row), key=lambda p: (-p[2], p[1 - side]))[:k])
    return kept


def greedy(pairs: list[Pair]) -> list[Pair]:
    used_a: set[int] = set()
    used_b: set[int] = set()
    kept = []
    for i, j, value in sorted(pairs, key=lambda p: (-p[2], p[0], p[1])):
        if i not in used_a and j not in used_b:
            kept.append((i, j, value))
            used_a.add(i)
            used_b.add(j)
    return sorted(kept)


def rows(result: pd.DataFrame, first: int = 0) -> list[Pair]:
    return [(i, j - first, value) for i, j, value in zip(result["a"], result["b"], result["score"])]


A, B = table(1, 25), table(2, 30, 100)
ALL = pairs_of(A, B, 0.7)


def match(**choice: Any) -> Any:
    return axb.match(A, B, on="name", min=0.7, **choice)


# ---- Which pairs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"top": 2}, best_of(ALL, 0, 2)),
        ({"top_b": 2}, best_of(ALL, 1, 2)),
        ({"top": 3, "top_b": 1}, best_of(ALL, 0, 3) & best_of(ALL, 1, 1)),
        ({"best": "a"}, best_of(ALL, 0, 1)),
        ({"best": "b"}, best_of(ALL, 1, 1)),
        ({"best": "mutual"}, best_of(ALL, 0, 1) & best_of(ALL, 1, 1)),
        ({"one_to_one": True}, greedy(ALL)),
    ],
)
def test_pairs_that_are_kept(choice: dict[str, Any], expected: Any) -> None:
    assert rows(match(**choice), 100) == sorted(expected)


def test_optimal_has_the_greatest_total() -> None:
    a, b = A.iloc[:6], B.iloc[:6]
    scores = {(i, j): value for i, j, value in pairs_of(a, b, 0.5)}
    most = max(sum(scores.get(pair, 0) for pair in enumerate(order)) for order in itertools.permutations(range(len(b))))
    found = axb.match(a, b, on="name", min=0.5, one_to_one="optimal")
    assert found["a"].is_unique
    assert found["b"].is_unique
    assert found["score"].sum() == pytest.approx(most, abs=1e-12)


def test_without_min() -> None:
    above = pairs_of(A, B, 5e-324)
    assert rows(axb.match(A, B, on="name", top=3), 100) == sorted(best_of(above, 0, 3))
    assert rows(axb.match(A, B, on="name", best="a"), 100) == sorted(best_of(above, 0, 1))
    assert rows(axb.match(A, B, on="name", top_b=2), 100) == sorted(best_of(above, 1, 2))
    assert rows(axb.match(A, B, on="name", best="mutual"), 100) == sorted(best_of(above, 0, 1) & best_of(above, 1, 1))


SOURCE = """
#include <axb.h>
double score(const axb_row_a *a, const axb_row_b *b) { return axb_jaro_winkler(a->name, b->name); }
"""


def test_every_road_keeps_the_same() -> None:
    def score(a: Any, b: Any) -> float:
        return axb.jaro_winkler(a.name, b.name)

    for choice in ({"top": 2}, {"best": "mutual"}, {"one_to_one": True}, {"unmatched": "both", "top": 1}):
        expected = match(**choice)
        for n, road in itertools.product((1, 2), (score, axb.Scorer(SOURCE, "mine", "cell [1]", 2))):
            found = axb.match(A, B, score=road, min=0.7, workers=n, **choice)
            pd.testing.assert_frame_equal(found, expected)
    pd.testing.assert_frame_equal(axb.match(A, B, score=score, top=2), axb.match(A, B, on="name", top=2))


def test_scores_that_are_negative(capsys: pytest.CaptureFixture[str]) -> None:
    a = pd.DataFrame({"n": [1, 2, 3]})
    assert len(axb.match(a, a.copy(), score=lambda x, y: -abs(x.n - y.n) - 1, top=1)) == 0
    assert "no pair scores above 0; min=-inf takes other scores as well" in capsys.readouterr().err
    found = axb.match(a, a, score=lambda x, y: -abs(x.n - y.n) - 1, top=1, min=float("-inf"))
    assert rows(found) == [(0, 0, -1.0), (1, 1, -1.0), (2, 2, -1.0)]


def test_dedupe() -> None:
    pairs = pairs_of(A, A, 0.7, own=True)
    both = pairs + [(j, i, value) for i, j, value in pairs]
    expected = sorted({(min(p[:2]), max(p[:2]), p[2]) for p in best_of(both, 0, 1)})
    assert rows(axb.dedupe(A, on="name", min=0.7, best="a")) == expected
    assert rows(axb.dedupe(A, on="name", min=0.7, top=1)) == expected


# ---- Records without a partner ---------------------------------------------------------------------


@pytest.mark.parametrize("unmatched", ["a", "b", "both"])
def test_unmatched_is_an_outer_join(unmatched: str) -> None:
    found = match(one_to_one=True, unmatched=unmatched, keep=["name", "n", "ok", "b.when"])
    pairs = pd.DataFrame(greedy(ALL), columns=["a", "b", "score"]).assign(b=lambda x: x["b"] + 100)
    how: Any = {"a": "left", "b": "right", "both": "outer"}[unmatched]
    expected = pairs
    if how in ("left", "outer"):
        alone = [i for i in A.index if i not in set(pairs["a"])]
        expected = pd.concat([expected, pd.DataFrame({"a": alone})])
    expected = expected.sort_values("a", kind="stable")
    if how in ("right", "outer"):
        alone = [j for j in B.index if j not in set(pairs["b"])]
        expected = pd.concat([expected, pd.DataFrame({"b": alone})])
    for name in ("a", "b", "score"):
        assert found[name].astype(object).where(found[name].notna(), None).tolist() == (
            expected[name].astype(object).where(expected[name].notna(), None).tolist()
        )
    for side, frame in (("a", A), ("b", B)):
        for name in ("name", "n", "ok", "when"):
            if f"{side}.{name}" in found:
                taken = found[side].map(frame[name], na_action="ignore")
                assert found[f"{side}.{name}"].isna().tolist() == taken.isna().tolist()
                assert found[f"{side}.{name}"].dropna().tolist() == taken.dropna().tolist()


def test_types_do_not_depend_on_the_data() -> None:
    a = pd.DataFrame({"x": ["p", "q"], "n": [1, 2], "ok": [True, False], "u": np.array([1, 2], "uint8")})
    for b in (a, a.assign(x="nothing"), a.iloc[:0]):
        found = axb.match(a, b, on="x", min=1, unmatched="a", keep="*")
        kinds = {name: str(kind) for name, kind in found.dtypes.items()}
        assert kinds == {
            "a": "int64",
            "b": "Int64",
            "score": "float64",
            "a.x": "object",
            "a.n": "int64",
            "a.ok": "bool",
            "a.u": "uint8",
            "b.x": "object",
            "b.n": "Int64",
            "b.ok": "boolean",
            "b.u": "UInt8",
        }


@pytest.mark.parametrize(
    "index",
    [
        pd.Index(["p", "q", "r"]),
        pd.date_range("2024-01-01", periods=3, tz="UTC"),
        pd.CategoricalIndex(["u", "v", "w"]),
        pd.MultiIndex.from_tuples([("u", 1), ("v", 2), ("w", 3)]),
        pd.Index([0.5, 1.5, 2.5]),
    ],
)
def test_labels_that_are_missing(index: pd.Index) -> None:
    a = pd.DataFrame({"x": ["one", "two", "three"]}, index=index)
    b = pd.DataFrame({"x": ["two", "other"]}, index=["k", "l"])
    found = axb.match(b, a, on="x", min=1, unmatched="both")
    assert found["a"].tolist()[:2] == ["k", "l"]
    assert found["b"][0] == index[1]
    assert found["b"].isna().tolist() == [False, True, False, False]
    assert found["b"].tolist()[2:] == [index[0], index[2]]
    linked = axb.match(a, b, on="x", min=1, linked=True, unmatched="b")
    assert linked.index[:3].tolist() == index.tolist()
    assert len(linked) == 4


@pytest.mark.parametrize(
    "make", [pl.from_pandas, pa.table, lambda x: x.to_dict("list"), lambda x: x.to_dict("records")]
)
def test_every_kind_of_table(make: Any) -> None:
    a, b = A.reset_index(drop=True), B.reset_index(drop=True)
    for choice in ({"unmatched": "both", "keep": ["n", "b.name"]}, {"linked": True}, {"linked": True, "top": 2}):
        expected = axb.match(a, b, on="name", min=0.7, **choice)
        found = axb.match(make(a), make(b), on="name", min=0.7, **choice)
        names = names_of(found) or []
        assert names == list(expected)
        for name in names:
            if "when" not in name:
                assert listed(found[name]) == listed(expected[name])


def test_polars_has_no_score_where_there_is_no_partner() -> None:
    found = axb.match(pl.from_pandas(A), pl.from_pandas(B), on="name", min=0.99, best="a", unmatched="a")
    assert found["score"].null_count() == found["b"].null_count() > 0


# ---- Tables beside each other ----------------------------------------------------------------------


def test_linked_is_a_merge() -> None:
    found = match(linked=True)
    best = pd.DataFrame(sorted(best_of(ALL, 0, 1)), columns=["a", "b", "score"]).set_index("a")
    right = B.iloc[best["b"]].set_axis(best.index)
    assert found.index.equals(A.index)
    assert list(found) == ["name", "n", "ok", "when", "score", "b.name", "b.n", "b.ok", "b.when"]
    pd.testing.assert_frame_equal(found[list(A)], A)
    for name in B:
        values = right[name].reindex(A.index)
        assert found[f"b.{name}"].isna().tolist() == values.isna().tolist()
        assert found[f"b.{name}"].dropna().tolist() == values.dropna().tolist()
    assert found["score"].dropna().tolist() == best["score"].tolist()


def test_linked_names() -> None:
    a = pd.DataFrame({"x": ["p"], "score": [1], "b.y": [2]})
    b = pd.DataFrame({"x": ["p"], "y": [3], "b.y": [4]}, index=pd.Index(["k"], name="key"))
    found = axb.match(a, b, on="x", min=1, linked=True)
    assert list(found) == ["x", "score", "b.y", "axb.score", "key", "b.x", "y", "b.b.y"]
    assert found.iloc[0].tolist() == ["p", 1, 2, 1.0, "k", "p", 3, 4]
    assert list(axb.match(a, b, on="x", min=1, linked=True, keep=["b.y"])) == [
        *["x", "score", "b.y", "axb.score", "key", "y"],
    ]
    assert list(axb.match(a, b, on="x", min=1, linked=True, keep=["a.score", "b.y"], id="x")) == [
        *["x", "score", "axb.score", "b.x", "y"],
    ]


def test_linked_names_give_way_alike() -> None:
    a, b = pd.DataFrame({"x": ["p"], "b.x": [1], "y": [2]}), pd.DataFrame({"x": ["p"], "y": [3]})
    assert list(axb.match(a, b, on="x", min=1, linked=True)) == ["x", "b.x", "y", "score", "b.b.x", "b.b.y"]


def test_linked_with_files(tmp_path: Path) -> None:
    a, b = A.reset_index(drop=True), B.reset_index(drop=True)
    a.to_csv(tmp_path / "a.csv", index=False)
    b.to_csv(tmp_path / "b.csv", index=False)
    expected = axb.match(a, b, on="name", min=0.7, linked=True)
    for given in (a, tmp_path / "a.csv"):
        found = axb.match(given, tmp_path / "b.csv", on="name", min=0.7, linked=True)
        assert list(found) == list(expected)
        for name in ("name", "score", "b.name"):
            assert listed(found[name]) == listed(expected[name])
    found = axb.match(tmp_path / "a.csv", tmp_path / "b.csv", on="name", min=0.7, unmatched="both")
    pd.testing.assert_frame_equal(found, axb.match(a, b, on="name", min=0.7, unmatched="both").astype(found.dtypes))


# ---- Plans and mistakes ----------------------------------------------------------------------------


def test_plan_takes_the_same() -> None:
    assert axb.plan(A, B, on="name", best="a").data["pairs"] > 0
    assert "no partner" in repr(axb.plan(A, B, on="name", min=0.7, one_to_one="optimal", unmatched="both"))
    assert "source" in repr(axb.plan([A, B], on="name", min=0.7, across=True))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "min is missing: which score is a match"),
        ({"one_to_one": True}, "min is missing: which score is a match"),
        ({"one_to_one": True, "linked": True}, "min is missing: which score is a match"),
        ({"best": "both", "min": 1}, 'best is "a", "b" or "mutual"'),
        ({"one_to_one": "greedy", "min": 1}, "one_to_one is True, False"),
        ({"one_to_one": True, "top": 2, "min": 1}, "one_to_one and top both"),
        ({"unmatched": "left", "min": 1}, 'unmatched is "a", "b" or "both"'),
        ({"linked": "a", "min": 1}, "linked is True or False"),
        ({"top": 0}, "top is a whole number of at least 1"),
        ({"top_b": 1.5, "min": 1}, "top_b is a whole number"),
        ({"how": "left", "min": 1}, "did you mean unmatched"),
    ],
)
def test_mistakes(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(axb.UsageError, match=text):
        axb.match(A, B, on="name", **arguments)
