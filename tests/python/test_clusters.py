"""Groups of records and golden records, against components and choices made in plain Python; several tables."""

from __future__ import annotations

import itertools
import random
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import axb
from axb import _program
from axb._result import listed

NAMES = ["anna", "hanna", "annah", "johanna", "peter", "petra", "pete", "zoe", "xenia", None]


def table(seed: int, n: int) -> pd.DataFrame:
    rng = random.Random(seed)
    return pd.DataFrame(
        {
            "name": [rng.choice(NAMES) for _ in range(n)],
            "city": [rng.choice(["Ulm", "Bern", "Basel", None]) for _ in range(n)],
            "n": [rng.randrange(4) for _ in range(n)],
            "when": pd.to_datetime([rng.choice(["2024-01-01", "2024-03-05", "2023-12-31"]) for _ in range(n)]),
        },
        index=[f"r{i}" for i in range(n)],
    )


def components(n: int, pairs: list[tuple[int, int]]) -> list[int]:
    """The cluster of each record, numbered by first records: sets that are joined until nothing changes."""
    joined = [{i} for i in range(n)]
    for x, y in pairs:
        both = joined[x] | joined[y]
        for i in both:
            joined[i] = both
    order = {min(c): number for number, c in enumerate(sorted({frozenset(c) for c in joined}, key=min))}
    return [order[min(c)] for c in joined]


def rows(frame: pd.DataFrame, pairs: pd.DataFrame) -> list[tuple[int, int]]:
    return list(zip(frame.index.get_indexer(pairs["a"]), frame.index.get_indexer(pairs["b"])))


# ---- Clusters --------------------------------------------------------------------------------------


def test_clusters() -> None:
    a = pd.DataFrame({"name": ["anna", "zoe", "annab", "annabc", "zo"]}, index=list("vwxyz"))
    result = axb.dedupe(a, on="name", metric="levenshtein", min=0.8, clusters=True, keep="name", id="name")
    assert list(result) == ["id", "cluster", "score", "size", "name"]
    assert result.index.equals(a.index)
    assert list(result["cluster"]) == [0, 1, 0, 0, 2]  # anna and annabc do not match each other
    assert list(result["size"]) == [3, 1, 3, 3, 1]
    assert listed(result["score"]) == [0.8, None, 5 / 6, 5 / 6, None]
    assert list(result["id"]) == list(result["name"]) == list(a["name"])
    assert list(a.join(axb.dedupe(a, on="name", metric="levenshtein", min=0.8, clusters=True))) == [
        *["name", "cluster", "score", "size"],
    ]


@pytest.mark.parametrize("seed", range(6))
def test_clusters_are_components(seed: int) -> None:
    a = table(seed, 40)
    pairs = axb.dedupe(a, on="name", min=0.8)
    result = axb.dedupe(a, on="name", min=0.8, clusters="connected")
    assert list(result["cluster"]) == components(len(a), rows(a, pairs))
    assert list(result["size"]) == list(result.groupby("cluster")["cluster"].transform("size"))
    both = pd.concat([pairs[["a", "score"]], pairs[["b", "score"]].rename(columns={"b": "a"})])
    strongest = both.groupby("a")["score"].max().reindex(a.index)
    assert listed(result["score"]) == listed(strongest)
    pd.testing.assert_frame_equal(axb.cluster(pairs, a), result)


@pytest.mark.parametrize("method", ["complete", "average", "best-link"])
def test_methods(method: str) -> None:
    a = table(7, 40)
    result = axb.dedupe(a, on="name", min=0.8, clusters=method)
    pairs = axb.dedupe(a, on="name", min=0.8)
    matches = set(rows(a, pairs))
    pd.testing.assert_frame_equal(axb.cluster(pairs, a, method=method, min=0.8), result)
    for _, members in result.reset_index(drop=True).groupby("cluster"):
        if method == "complete":
            assert all(pair in matches for pair in itertools.combinations(members.index, 2))
    assert result["cluster"].nunique() >= max(components(len(a), list(matches))) + 1


def test_max_cluster() -> None:
    a = pd.DataFrame({"name": ["aaaaaaaa", "aaaaaaab", "aaaaaabb", "aaaaabbb"]})
    whole = axb.dedupe(a, on="name", metric="levenshtein", min=0.8, clusters=True)
    assert whole["size"].max() == 4
    cut = axb.dedupe(a, on="name", metric="levenshtein", min=0.8, clusters=True, max_cluster=2)
    assert cut["size"].max() <= 2


@pytest.mark.parametrize("make", [pl.from_pandas, lambda x: pa.table(x.to_dict("list")), lambda x: x.to_dict("list")])
def test_every_kind_of_table(make: Any) -> None:
    a = table(3, 30)[["name", "city", "n"]].reset_index(drop=True)
    expected = axb.dedupe(a, on="name", min=0.8, clusters=True, keep="n")
    found = axb.dedupe(make(a), on="name", min=0.8, clusters=True, keep="n")
    assert isinstance(found, type(make(a)))
    for name in expected:
        assert listed(found[name]) == listed(expected[name])
    golden = axb.dedupe(a, on="name", min=0.8, golden="longest")
    found = axb.dedupe(make(a), on="name", min=0.8, golden="longest")
    assert listed(found["record"]) == list(golden.index)
    for name in golden:
        assert listed(found[name]) == listed(golden[name])


def test_files(tmp_path: Path) -> None:
    a = table(4, 30).reset_index(drop=True)
    a.to_csv(tmp_path / "a.csv", index=False)
    expected = axb.dedupe(a, on="name", min=0.8, clusters=True)
    pd.testing.assert_frame_equal(axb.dedupe(tmp_path / "a.csv", on="name", min=0.8, clusters=True), expected)
    with pytest.raises(axb.UsageError, match="load the file first"):
        axb.dedupe(tmp_path / "a.csv", on="name", min=0.8, golden="first")


def test_the_program_writes_the_same(tmp_path: Path) -> None:
    a = table(6, 40).reset_index(drop=True)[["name", "city", "n"]]
    a.to_csv(tmp_path / "a.csv", index=False)
    words = ["dedupe", "a.csv", "--on=name", "--min=0.8", "--clusters=c.csv", "--golden=g.csv", "--golden-rule=longest"]
    subprocess.run([_program.find(), *words], cwd=tmp_path, check=True, capture_output=True)
    written = pd.read_csv(tmp_path / "c.csv").sort_values("record", ignore_index=True)
    found = axb.dedupe(a, on="name", min=0.8, clusters=True)
    assert list(written["cluster"] - 1) == list(found["cluster"])
    pd.testing.assert_frame_equal(written[["score", "size"]], found[["score", "size"]])
    written = pd.read_csv(tmp_path / "g.csv")
    found = axb.dedupe(a, on="name", min=0.8, golden="longest")
    assert list(written["record"] - 1) == list(found.index)
    for name in a:
        assert listed(written[name]) == listed(found[name])


# ---- Golden records --------------------------------------------------------------------------------


def first_of(values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    return known[0] if known else None


def most_frequent(values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    return max(known, key=known.count) if known else None


def longest(values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    return max(known, key=lambda value: len(str(value))) if known else None


@pytest.mark.parametrize("seed", range(4))
def test_golden_values(seed: int) -> None:
    a = table(seed, 40)
    clusters = axb.dedupe(a, on="name", min=0.8, clusters=True)["cluster"]
    rules = {"name": "longest", "city": ("newest", "when"), "n": "max", "when": "concat"}
    found = axb.dedupe(a, on="name", min=0.8, golden=rules)
    assert list(found) == ["cluster", "size", *a]
    assert [str(found[name].dtype) for name in ("name", "city", "n")] == ["object", "object", "int64"]
    groups = [a[clusters == i] for i in range(clusters.nunique())]
    assert list(found.index) == [group.index[0] for group in groups]
    assert list(found["size"]) == [len(group) for group in groups]
    assert listed(found["name"]) == [longest(listed(group["name"])) for group in groups]
    assert list(found["n"]) == [group["n"].max() for group in groups]
    newest = [group.sort_values("when", kind="stable", ascending=False) for group in groups]
    assert listed(found["city"]) == [first_of(listed(group["city"])) for group in newest]
    joined = [" | ".join(dict.fromkeys(str(x.date()) for x in group["when"])) for group in groups]
    assert list(found["when"]) == joined


def test_golden_by_default() -> None:
    a = table(9, 40)
    clusters = axb.dedupe(a, on="name", min=0.8, clusters=True)["cluster"]
    groups = [a[clusters == i] for i in range(clusters.nunique())]
    found = axb.dedupe(a, on="name", min=0.8, golden="most-frequent", keep=["city", "when"])
    assert list(found) == ["cluster", "size", "city", "when"]
    assert found["when"].dtype == a["when"].dtype
    for name in ("city", "when"):
        assert listed(found[name]) == [most_frequent(listed(group[name])) for group in groups]
    found = axb.dedupe(a, on="name", min=0.8, golden={"n": "min", "*": "first"})
    assert list(found["n"]) == [group["n"].min() for group in groups]
    assert listed(found["city"]) == [first_of(listed(group["city"])) for group in groups]
    pairs = axb.dedupe(a, on="name", min=0.8)
    pd.testing.assert_frame_equal(axb.cluster(pairs, a, golden={"n": "min", "*": "first"}), found)


@pytest.mark.parametrize("keep", ["*", "a.*", "n", ["b.n"], ["city", "a.n"]])
def test_golden_keeps(keep: Any) -> None:
    a = table(9, 40)
    named = {"*": list(a), "a.*": list(a), "n": ["n"], "b.n": ["n"], "city": ["city", "n"]}
    names = named[keep if isinstance(keep, str) else keep[0]]
    rules = {"n": ("newest", "when"), "*": "first"}
    expected = axb.dedupe(a, on="name", min=0.8, golden=rules)[["cluster", "size", *names]]
    pd.testing.assert_frame_equal(axb.dedupe(a, on="name", min=0.8, golden=rules, keep=keep), expected)
    pairs = axb.dedupe(a, on="name", min=0.8)
    pd.testing.assert_frame_equal(axb.cluster(pairs, a, golden=rules, keep=names), expected)


@pytest.mark.parametrize("by", ["when", "the day", "a.when", "when, last", "when:last", 'the "day"'])
def test_golden_by_any_column(by: str) -> None:
    a = pd.DataFrame({"x": ["p", "p"], "y": ["new", "old"], by: pd.to_datetime(["2024-02-02", "2024-01-01"])})
    for rule, value in (("newest", "new"), ("oldest", "old")):
        for golden in ({"y": (rule, by)}, (rule, by), {"y": f"{rule}:{by}"}):
            assert axb.dedupe(a, on="x", min=1, golden=golden, keep="y")["y"].tolist() == [value]
            pairs = axb.dedupe(a, on="x", min=1)
            assert axb.cluster(pairs, a, golden=golden, keep="y")["y"].tolist() == [value]


def test_golden_names() -> None:
    a = pd.DataFrame({"x": ["p", "p"], "size": [1, 2], "a.b, c": ["u", None]})
    found = axb.dedupe(a, on="x", min=1, golden={"size": "max"})
    assert list(found) == ["cluster", "size", "x", "record.size", "a.b, c"]
    assert found.iloc[0].tolist() == [0, 2, "p", 2, "u"]
    a = pd.DataFrame({"x": ["p"], "record.size": [3], "size": [4]})
    assert axb.dedupe(a, on="x", min=1, golden="first").iloc[0].tolist() == [0, 1, "p", 3, 4]
    found = axb.dedupe(a, on="x", min=1, clusters=True, keep="*")
    assert list(found) == ["cluster", "score", "size", "x", "record.size", "record.record.size"]


# ---- Several tables --------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [lambda x: x, pl.from_pandas, lambda x: x.to_dict("records"), axb.load])
def test_several_are_one(make: Any) -> None:
    parts = [table(seed, 15)[["name", "n"]].reset_index(drop=True) for seed in (1, 2, 3)]
    whole = pd.concat(parts, ignore_index=True)
    source = np.repeat([0, 1, 2], 15)
    expected = axb.dedupe(whole, on="name", min=0.8)
    for across in (False, True):
        found = axb.dedupe([make(part) for part in parts], on="name", min=0.8, across=across)
        wanted = expected[source[expected["a"]] != source[expected["b"]]] if across else expected
        assert listed(found["a"]) == list(wanted["a"] % 15)
        assert listed(found["b"]) == list(wanted["b"] % 15)
        assert listed(found["a.source"]) == list(source[wanted["a"]])
        assert listed(found["b.source"]) == list(source[wanted["b"]])
        assert listed(found["score"]) == list(wanted["score"])
    found = axb.dedupe([make(part) for part in parts], on="name", min=0.8, clusters=True)
    assert listed(found["cluster"]) == list(axb.dedupe(whole, on="name", min=0.8, clusters=True)["cluster"])
    assert listed(found["source"]) == list(source)


def test_several_by_name() -> None:
    a = pd.DataFrame({"name": ["anna", "zoe"], "n": [1, 2]}, index=["x", "y"])
    b = pd.DataFrame({"name": ["anna"], "city": ["Ulm"]}, index=["z"])
    tables = {"crm": a, "shop": b}
    found = axb.dedupe(tables, on="name", min=1, keep=["city", "n"])
    assert found.iloc[0].drop(["a.city", "b.n"]).to_dict() == {
        "a": "x",
        "b": "z",
        "score": 1.0,
        "a.source": "crm",
        "b.source": "shop",
        "b.city": "Ulm",
        "a.n": 1,
    }
    golden = axb.dedupe(tables, on="name", min=1, golden="first")
    assert golden.iloc[0].to_dict() == {"source": "crm", "cluster": 0, "size": 2, "name": "anna", "n": 1, "city": "Ulm"}
    assert len(axb.dedupe(tables, on="name", min=1, where="a.source == b.source")) == 0
    pd.testing.assert_frame_equal(
        axb.cluster(found, tables), axb.dedupe(tables, on="name", min=1, clusters=True), check_dtype=False
    )

    def score(x: Any, y: Any) -> float:
        return float(x.source != y.source and x.name == y.name)

    assert len(axb.dedupe(tables, score=score, min=1)) == 1
    with pytest.raises(axb.ScorerError) as failed:
        axb.dedupe(tables, score=lambda x, y: 1 / (len(y.city or "") - 3), where="a.name == b.name", min=1)
    assert failed.value.pair == ("x", "z")


# ---- Pairs from anywhere ---------------------------------------------------------------------------


def test_pairs_of_two_tables() -> None:
    a, b = table(1, 10).reset_index(drop=True), table(2, 12).reset_index(drop=True)
    pairs = axb.match(a, b, on="name", min=0.8, unmatched="both")
    known = pairs.dropna()
    expected = components(22, [(i, j + 10) for i, j in zip(known["a"], known["b"])])
    found = axb.cluster(pairs, [a, b])
    assert list(found["cluster"]) == expected
    alone = axb.cluster(pairs)  # attrs say that there are two tables
    assert sorted(zip(alone["table"], alone.index)) == [
        *[("A", i) for i in range(10)],
        *[("B", j) for j in range(12)],
    ]
    assert alone["cluster"].nunique() == found["cluster"].nunique()


def test_pairs_of_others() -> None:
    pairs = {"left": ["p", "q", "s"], "right": ["q", "r", "t"], "weight": [0.9, 0.8, 0.4]}
    found = axb.cluster(pd.DataFrame(pairs), tables=1)
    assert found["cluster"].to_dict() == {"p": 0, "q": 0, "s": 1, "r": 0, "t": 1}
    assert found["score"].to_dict() == {"p": 0.9, "q": 0.9, "s": 0.4, "r": 0.8, "t": 0.4}
    assert list(axb.cluster(pairs, tables=1, min=0.5)["size"]) == [3, 3, 1, 3, 1]
    people = pd.DataFrame({"key": list("tsrqpo")})
    found = axb.cluster(pl.DataFrame(pairs), people, id="key", keep="key")
    assert list(found["cluster"]) == [0, 0, 1, 1, 1, 2]
    assert list(found["id"]) == list(found["key"]) == list("tsrqpo")
    assert list(axb.cluster(pd.DataFrame({"a": [3, 1], "b": [2, 4]}), tables=1).index) == [1, 2, 3, 4]


# ---- Mistakes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"clusters": "star"}, "clusters is one of auto, connected"),
        ({"max_cluster": 3}, "add clusters=True"),
        ({"golden": "best"}, "golden is a rule"),
        ({"golden": {"name": ("newest",)}}, "newest"),
        ({"golden": {"nme": "first"}}, 'no column "nme"'),
        ({"golden": {"n": ("newest", "city")}}, "neither dates nor numbers"),
        ({"clusters": True, "terms": True}, "terms are of pairs"),
        ({"clusters": True, "max_results": 5}, "max_results"),
        ({"across": True}, "across is for several tables"),
        ({"one_to_one": "optimal", "min": 1}, "one_to_one"),
    ],
)
def test_mistakes(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(axb.UsageError, match=text):
        axb.dedupe(table(1, 20), on="name", **{"min": 0.8, **arguments})


def test_mistakes_of_several() -> None:
    a = table(1, 5)
    with pytest.raises(axb.UsageError, match="is a path"):
        axb.dedupe([a, "people.csv"], on="name", min=1)
    with pytest.raises(axb.UsageError, match="of one kind"):
        axb.dedupe([a, pl.from_pandas(a)], on="name", min=1)


def test_mistakes_of_pairs() -> None:
    pairs = pd.DataFrame({"a": ["p", "q"], "b": ["q", "r"]})
    with pytest.raises(axb.UsageError, match="'q' is in both columns"):
        axb.cluster(pairs)
    with pytest.raises(axb.DataError, match="name a record 'p'"):
        axb.cluster(pairs, pd.DataFrame({"x": [1]}, index=["q"]))
    pairs_of_two_parts = pd.DataFrame({"a": [("p", 1)], "b": [("q", 1)]})
    index = pd.MultiIndex.from_tuples([("p", 1), ("r", 1)])
    with pytest.raises(axb.DataError, match=r"name a record \('q', 1\), which"):
        axb.cluster(pairs_of_two_parts, pd.DataFrame({"x": [1, 2]}, index=index))
    with pytest.raises(axb.DataError, match="several records are called 'q'"):
        axb.cluster(pairs, pd.DataFrame({"x": [1, 2]}, index=["q", "q"]))
    with pytest.raises(axb.UsageError, match="of records, and none are given"):
        axb.cluster(pairs, golden="first")
    with pytest.raises(axb.UsageError, match="method is one of"):
        axb.cluster(pairs, method="star")
    people = pd.DataFrame({"x": ["p", "q", "p", "q"]})
    with pytest.raises(axb.UsageError, match="pairs are of one table, and records are of two"):
        axb.cluster(axb.dedupe(people, on="x", min=1), [people[:2], people[:2]])


def test_average_with_a_floor() -> None:
    """The last name matches one, by a third of a bit, and differs from two by more than a bit."""
    names = pd.DataFrame({"name": ["aaaaaa", "aaaaab", "aaaaac", "aaaacc"]})

    def clusters(**how: Any) -> list[int]:
        found = axb.dedupe(names, score="10 * levenshtein(name) - 8", min=0, **how)
        return list(found.cluster)

    assert clusters(clusters=True) == [0, 0, 0, 0]
    assert clusters(clusters="average", cluster_floor=-1) == [0, 0, 0, 1]
    assert clusters(clusters="average", cluster_floor=-0.1) == [0, 0, 0, 0]
    assert clusters(clusters="average", cluster_floor=-0.1, max_cluster=3) == [0, 0, 0, 1]
    pairs = axb.dedupe(names, score="10 * levenshtein(name) - 8", min=-1)
    assert list(axb.cluster(pairs, names, method="average", cluster_floor=-1, min=0).cluster) == [0, 0, 0, 1]
    with pytest.raises(axb.UsageError, match="cluster_floor is about clusters"):
        axb.dedupe(names, on="name", min=0.9, cluster_floor=0)
    with pytest.raises(axb.UsageError, match="average"):
        axb.dedupe(names, on="name", min=0.9, clusters=True, cluster_floor=0)
