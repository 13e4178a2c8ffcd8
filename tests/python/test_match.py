"""Matches against the double loop in Python, on random tables of every kind."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import axb

NAMES = ["anna", "hanna", "johanna", "peter", "petra", "pete", "Zoë", "", None]


def levenshtein(x: str | None, y: str | None) -> float:
    """The definition: 1 - edits / the longer length; 0 if one is missing, 1 if both are empty."""
    if x is None or y is None:
        return 0.0
    row = list(range(len(y) + 1))
    for i, c in enumerate(x, 1):
        before, row[0] = row[0], i
        for j, d in enumerate(y, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (c != d))
    longest = max(len(x), len(y))
    return 1.0 if longest == 0 else 1 - row[-1] / longest


def table(seed: int, n: int) -> dict[str, list[Any]]:
    rng = random.Random(seed)
    return {
        "name": [rng.choice(NAMES) for _ in range(n)],
        "size": [rng.choice([None, 1, 2, 3]) for _ in range(n)],
        "full name": [f"{rng.choice('ab')}{i}" for i in range(n)],
    }


def score(a: dict[str, Any], b: dict[str, Any]) -> float | None:
    same = a["size"] is not None and a["size"] == b["size"]
    return 0.5 * levenshtein(a["name"], b["name"]) + 0.5 * same


SCORE = "0.5 * levenshtein(name) + 0.5 * (number(a.size) == number(b.size))"


def loop(a: dict[str, list[Any]], b: dict[str, list[Any]], least: float, own: bool = False) -> list[tuple[Any, ...]]:
    """Every pair, by row of a, then row of b."""
    rows_a = [dict(zip(a, values)) for values in zip(*a.values())]
    rows_b = [dict(zip(b, values)) for values in zip(*b.values())]
    found = []
    for (i, x), (j, y) in itertools.product(enumerate(rows_a), enumerate(rows_b)):
        value = score(x, y)
        if value is not None and value >= least and not (own and i >= j):
            found.append((i, j, value))
    return found


def triples(result: Any) -> list[tuple[Any, ...]]:
    return list(zip(list(result["a"]), list(result["b"]), list(result["score"])))


# ---- Against the double loop -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_match_is_the_double_loop(seed: int) -> None:
    a, b = table(seed, 40 + seed), table(seed + 100, 60)
    least = [0.4, 0.5, 0.75, 1.0][seed % 4]
    expected = loop(a, b, least)
    assert expected
    results = [axb.match(pd.DataFrame(a), pd.DataFrame(b), score=SCORE, min=least, workers=n) for n in (1, 2, 7)]
    assert triples(results[0]) == expected
    for other in results[1:]:
        pd.testing.assert_frame_equal(other, results[0])


@pytest.mark.parametrize("seed", range(4))
def test_dedupe_is_the_double_loop(seed: int) -> None:
    a = table(seed, 50)
    assert triples(axb.dedupe(pd.DataFrame(a), score=SCORE, min=0.5)) == loop(a, a, 0.5, own=True)


def test_a_table_with_itself() -> None:
    a = pd.DataFrame(table(1, 30))
    assert triples(axb.match(a, a, score=SCORE, min=0.5)) == loop(table(1, 30), table(1, 30), 0.5)


def test_where_says_which_pairs_are_scored() -> None:
    a, b = table(1, 40), table(2, 40)
    result = axb.match(a, b, score=SCORE, where="number(a.size) < number(b.size)", min=0)
    sizes = [(a["size"][i], b["size"][j]) for i, j, _ in triples(result)]
    assert sizes
    assert all(x < y for x, y in sizes)


def test_on_is_short_for_score() -> None:
    a, b = pd.DataFrame(table(1, 40)), pd.DataFrame(table(2, 40)).rename(columns={"name": "x=y"})
    short = axb.match(a, b, on={"name": "x=y"}, metric="levenshtein", min=0.5)
    same = b.rename(columns={"x=y": "name"})
    pd.testing.assert_frame_equal(short, axb.match(a, same, on="name", metric="levenshtein", min=0.5))
    assert len(short) > 0
    assert len(axb.match(a, b, on="full name", min=0.5)) > 0


def test_names_that_are_quoted() -> None:
    a, b = pd.DataFrame({"full name": ["p"], "x": [1]}), pd.DataFrame({"it's": ["p"], "x": [1]})
    for score in ("equal(a.'full name', b.\"it's\")", "equal(a.`full name`, b.`it's`)"):
        assert triples(axb.match(a, b, score=score, min=1)) == [(0, 0, 1.0)]
    assert triples(axb.match(a, b, on={"full name": "it's"}, min=1)) == [(0, 0, 1.0)]


def test_normalize() -> None:
    a, b = {"x": ["ZOË", "Anna  "]}, {"x": ["zoe", "anna"]}
    steps = ["casefold", "strip-accents", "space"]
    for given in (",".join(steps), steps, {"x": steps}, {"x": "casefold+strip-accents+space"}):
        assert triples(axb.match(a, b, on="x", min=1, normalize=given)) == [(0, 0, 1.0), (1, 1, 1.0)]
    assert triples(axb.match(a, b, on="x", min=1)) == []


# ---- Kinds of tables -------------------------------------------------------------------------------

A, B = table(5, 30), table(6, 40)
EXPECTED = loop(A, B, 0.5)


def records(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, values)) for values in zip(*columns.values())]


def csv_of(columns: dict[str, list[Any]], path: Path) -> Path:
    pd.DataFrame(columns).astype({"size": "Int64"}).to_csv(path, index=False)
    text = path.read_text()
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (pd.DataFrame, pd.DataFrame),
        (pl.DataFrame, pl.DataFrame),
        (pa.table, pa.Table),
        (dict, dict),
        (records, pd.DataFrame),
        (lambda columns: axb.load(columns), dict),
    ],
)
def test_the_result_is_of_the_kind_of_a(make: Any, kind: type) -> None:
    result = axb.match(make(A), make(B), score=SCORE, min=0.5, keep=["full name", "b.size"], terms=True)
    assert isinstance(result, kind)
    found = result if isinstance(result, dict) else {name: result[name] for name in list(_names(result))}
    found = {
        name: values.to_pylist() if hasattr(values, "to_pylist") else list(values) for name, values in found.items()
    }
    assert list(found) == ["a", "b", "score", "levenshtein(a.name, b.name)", "a.full name", "b.full name", "b.size"]
    assert list(zip(found["a"], found["b"], found["score"])) == EXPECTED
    for (i, j, _), term, x, y in zip(
        EXPECTED, found["levenshtein(a.name, b.name)"], found["a.full name"], found["b.full name"]
    ):
        assert (x, y) == (A["full name"][i], B["full name"][j])
        assert term == levenshtein(A["name"][i], B["name"][j])


def _names(result: Any) -> Any:
    return result.column_names if isinstance(result, pa.Table) else result.columns


def test_queries_of_duckdb() -> None:
    query = duckdb.from_df(pd.DataFrame(B)).filter("true")
    result = axb.match(pl.DataFrame(A), query, score=SCORE, min=0.5, keep="b.full name")
    assert isinstance(result, pl.DataFrame)
    assert result["b.full name"].to_list() == [B["full name"][j] for _, j, _ in EXPECTED]


def test_files(tmp_path: Path) -> None:
    a, b = pd.DataFrame(A), csv_of(B, tmp_path / "b.csv")
    least = loop(A, {**B, "name": [name or None for name in B["name"]]}, 0.5)  # to_csv writes "" as missing
    for path in (b, str(b)):
        result = axb.match(
            a, path, score=SCORE, min=0.5, keep=["full name", "b.size"], terms=True, id={"size": "full name"}
        )
        assert list(result["b"]) == [B["full name"][j] for _, j, _ in least]
        assert list(result["score"]) == [value for *_, value in least]
        assert list(result["b.full name"]) == list(result["b"])
        sizes = [None if B["size"][j] is None else str(B["size"][j]) for _, j, _ in least]
        assert [None if pd.isna(size) else size for size in result["b.size"]] == sizes
    assert triples(axb.match(a, b, score=SCORE, min=0.5)) == least


def test_scorers_in_c(tmp_path: Path) -> None:
    source = """
#include <axb.h>
double score(const axb_row_a *a, const axb_row_b *b)
{
    return axb_missing(a->name) || axb_missing(b->full_name) ? 0 : axb_levenshtein(a->name, b->full_name);
}
"""
    a, b = {"name": ["anna", None]}, pd.DataFrame({"full name": ["hanna", "anna"], "left out": [[], {}]})
    path = tmp_path / "mine.c"
    path.write_text(source)
    expected = [(0, 0, 0.8), (0, 1, 1.0)]
    for score in (path, str(path), axb.Scorer(source, "mine", "cell [1]", 2)):
        assert triples(axb.match(a, b, score=score, min=0.5)) == expected


# ---- Functions of Python ---------------------------------------------------------------------------


def test_functions_are_the_double_loop() -> None:
    calls = [axb.match(pd.DataFrame(A), pd.DataFrame(B), score=score, min=0.5, workers=n) for n in (1, 2, 7)]
    for result in calls:
        assert triples(result) == EXPECTED


def test_on_error_skip() -> None:
    def fails(a: Any, b: Any) -> float:
        return 1 / (a.size - b.size)

    a = pd.DataFrame({"size": [1, 2]}, index=["x", "y"])
    result = axb.match(a, a, score=fails, min=0.5, on_error="skip")
    assert triples(result) == [("y", "x", 1.0)]
    assert [pair[:2] for pair in result.attrs["axb"]["skipped"]] == [("x", "x"), ("y", "y")]
