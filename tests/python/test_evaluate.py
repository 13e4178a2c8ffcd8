"""Precision, recall and B-cubed against their definitions, for pairs and clusters in every shape."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

import axb


def shares(found: set[Any], true: set[Any]) -> tuple[float, float]:
    both = len(found & true)
    return (both / len(found) if found else 0.0, both / len(true) if true else 0.0)


def bcubed(found: dict[Any, Any], true: dict[Any, Any]) -> tuple[float, float]:
    """The definition: for each record the share of its cluster that is right, and of its true one that was found."""

    def of(clusters: dict[Any, Any], record: Any) -> set[Any]:
        return {other for other in clusters if clusters[other] == clusters[record]}

    both = [(of(found, record), of(true, record)) for record in found]
    return (
        sum(len(x & y) / len(x) for x, y in both) / len(both),
        sum(len(x & y) / len(y) for x, y in both) / len(both),
    )


def within(clusters: dict[Any, Any]) -> set[tuple[Any, Any]]:
    return {(x, y) for x, y in itertools.combinations(sorted(clusters), 2) if clusters[x] == clusters[y]}


def people(seed: int, n: int = 40) -> pd.DataFrame:
    rng = random.Random(seed)
    who = [rng.randrange(n // 2) for _ in range(n)]
    noise = [rng.choice("abcdefgh") for _ in range(n)]
    return pd.DataFrame(
        {"name": [f"person {w * 7919} {x}" for w, x in zip(who, noise)], "who": who},
        index=[f"r{i:02}" for i in range(n)],
    )


@pytest.mark.parametrize("seed", range(4))
def test_clusters(seed: int) -> None:
    p = people(seed)
    clusters = axb.dedupe(p, on="name", min=0.95, clusters=True)
    true = p["who"].to_dict()
    for found in (clusters, clusters["cluster"], clusters.reset_index(names="record")):
        result = axb.evaluate(found, p["who"])
        assert (result.precision, result.recall) == shares(within(clusters["cluster"].to_dict()), within(true))
        assert result.bcubed[:2] == pytest.approx(bcubed(clusters["cluster"].to_dict(), true), abs=1e-12)
        assert result.clusters["records"] == len(p)


@pytest.mark.parametrize("seed", range(4))
def test_pairs(seed: int) -> None:
    p = people(seed)
    pairs = axb.dedupe(p, on="name", min=0.95)
    found, true = set(zip(pairs["a"], pairs["b"])), within(p["who"].to_dict())
    truths: list[Any] = [
        *[p["who"], true, [(y, x) for x, y in true], pd.DataFrame(sorted(true), columns=["x", "y"])],
        pd.MultiIndex.from_tuples(sorted(true)),
    ]
    for truth in truths:
        result = axb.evaluate(pairs, truth)
        assert (result.precision, result.recall) == shares(found, true)
        assert (result.pairs, result.true, result.both) == (len(found), len(true), len(found & true))
        assert result.best is not None
        assert result.best["f1"] >= result.f1
    assert axb.evaluate(pl.from_pandas(pairs), true, tables=1).f1 == result.f1


def test_two_tables() -> None:
    p = people(9)
    a, b = p.iloc[:20], p.iloc[20:].set_axis(p.index[:20])  # the same labels in both
    pairs = axb.match(a, b, on="name", min=0.95, unmatched="both")
    known = pairs.dropna()
    found = set(zip(known["a"], known["b"]))
    true = {(x, y) for x, y in itertools.product(a.index, b.index) if a["who"][x] == b["who"][y]}
    result = axb.evaluate(pairs, true)
    assert (result.precision, result.recall) == shares(found, true)
    assert result.data["tables"] == 2
    assert set(result.records) == {"a", "b"}
    result = axb.evaluate(axb.cluster(pairs), (a["who"], b["who"]))
    assert result.data["read_as"] == ["clusters", "clusters"]
    assert result.clusters["records"] == 40


def test_several_tables() -> None:
    p = people(5)
    tables = [p.iloc[:20], p.iloc[20:].set_axis(p.index[:20])]
    pairs, clusters = (axb.dedupe(tables, on="name", min=0.95, clusters=how) for how in (False, True))
    truth = axb.evaluate(
        clusters, pd.DataFrame({"record": clusters.index, "source": clusters["source"], "cluster": p["who"].to_numpy()})
    )
    assert truth.f1 == axb.evaluate(axb.dedupe(p, on="name", min=0.95, clusters=True), p["who"]).f1
    assert axb.evaluate(pairs, clusters).precision == 1


def test_missing_is_no_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    found = pd.Series([0, 0, 1, 1], index=list("pqrs"))
    result = axb.evaluate(found, pd.Series(["x", "x", None, None], index=list("pqrs")))
    assert (result.true, result.both, result.pairs) == (1, 1, 2)
    assert capsys.readouterr().err == ""


def test_linked_tables_are_no_pairs() -> None:
    p = people(1)
    linked = axb.match(p, p.copy(), on="name", min=0.9, linked=True)
    with pytest.raises(axb.UsageError, match="found has no labels of b"):
        axb.evaluate(linked, p["who"])
    with pytest.raises(axb.UsageError, match="pairs has no labels of b"):
        axb.cluster(linked, p)


def test_files(tmp_path: Path) -> None:
    (tmp_path / "truth.csv").write_text("a,b\nr1,r2\n")
    result = axb.evaluate([("r1", "r2"), ("r1", "r3")], tmp_path / "truth.csv")
    assert (result.precision, result.recall) == (0.5, 1.0)


def test_how_it_looks() -> None:
    p = people(1)
    result = axb.evaluate(axb.dedupe(p, on="name", min=0.9), p["who"])
    assert f"precision {result.precision:.4f}" in repr(result)
    assert "B-cubed" in repr(result)
    assert f"<td>{result.bcubed.f1:.4f}</td>" in result._repr_html_()
    assert f"min ≥ {result.thresholds[0]['min']:.4g}" in result._repr_html_()


@pytest.mark.parametrize(
    ("found", "truth", "text"),
    [
        (5, [(1, 2)], "are tables, a Series, or pairs"),
        ([(1, 2)], [1, 2], "are tables, a Series, or pairs"),
        (pd.DataFrame({"x": [1]}), [(1, 2)], "found has one column"),
    ],
)
def test_mistakes(found: Any, truth: Any, text: str) -> None:
    with pytest.raises(axb.UsageError, match=text):
        axb.evaluate(found, truth)
    with pytest.raises(axb.UsageError, match="tables is 1 or 2"):
        axb.evaluate(found, truth, tables=3)
