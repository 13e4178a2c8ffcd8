"""Prepared runs: their parts, together, are what `match` and `dedupe` return."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import axb

NAMES = ["anna", "hanna", "johanna", "peter", "petra", "pete", "zoe", "xenia", None]
SUM = "0.5 * jaro_winkler(name) + 0.5 * levenshtein(city)"


def table(seed: int, n: int) -> pd.DataFrame:
    rng = random.Random(seed)
    cities = ["Bern", "Berne", "Basel", "Biel", None]
    rows = [{"name": rng.choice(NAMES), "city": rng.choice(cities), "n": rng.randrange(9)} for _ in range(n)]
    return pd.DataFrame(rows)


A, B = table(1, 60), table(2, 45)

RUNS: list[dict[str, Any]] = [
    {"on": "name", "min": 0.8},
    {"on": "name", "metric": "levenshtein", "min": 0.5, "where": "a.city == b.city"},
    {"score": SUM, "min": 0.6, "terms": True},
    {"on": "name", "min": 0.7, "top": 2, "unmatched": "a"},
    {"score": "number_distance(n)", "max": 1},
    {"score": axb.Scorer("#include <axb.h>\ndouble score(const axb_row_a *a, const axb_row_b *b)\n"
                         "{ return axb_jaro(a->name, b->name); }\n"), "min": 0.8},
]  # fmt: skip
ACROSS: list[dict[str, Any]] = [
    {"on": "name", "min": 0.7, "one_to_one": True},
    {"on": "name", "min": 0.7, "one_to_one": "optimal"},
    {"on": "name", "min": 0.7, "best": "mutual"},
    {"on": "name", "min": 0.7, "top_b": 1},
    {"score": SUM, "min": 0.6, "terms": True, "best": "b"},
    {"score": RUNS[-1]["score"], "min": 0.7, "one_to_one": True},  # parts are runs of records
]


def prepared(tmp_path: Path, b: Any = B, **arguments: Any) -> str:
    return axb.prepare(A, b, **arguments, path=tmp_path / "run.axbrun").path


def in_parts(path: str, n: int) -> pd.DataFrame:
    parts = [axb.run(path, shard=(i, n)) for i in range(1, n + 1)]
    return pd.concat(parts).sort_values(["a", "b"], kind="stable", ignore_index=True)


def merged(path: str, n: int, terms: list[str]) -> pd.DataFrame:
    files = [f"{path}.{i}" for i in range(1, n + 1)]
    for i, file in enumerate(files, 1):
        assert axb.run(path, shard=(i, n), to=file) is None
    return axb.merge(reversed(files), terms=terms)


@pytest.mark.parametrize(
    ("arguments", "n"),
    [*((arguments, 3) for arguments in RUNS), (RUNS[0], 1), (RUNS[0], 61)],  # the last is more than there are records
    ids=str,
)
def test_parts_are_the_whole(tmp_path: Path, arguments: dict[str, Any], n: int) -> None:
    whole = axb.match(A, B, **arguments)
    path = prepared(tmp_path, **arguments)
    assert len(whole) > 20
    pd.testing.assert_frame_equal(axb.run(path), whole)
    pd.testing.assert_frame_equal(in_parts(path, n), whole)
    pd.testing.assert_frame_equal(merged(path, n, list(whole.columns[3:])), whole)


@pytest.mark.parametrize("arguments", ACROSS, ids=str)
def test_choices_are_made_of_all_parts(tmp_path: Path, arguments: dict[str, Any]) -> None:
    whole = axb.match(A, B, **arguments)
    path = prepared(tmp_path, **arguments)
    pd.testing.assert_frame_equal(axb.run(path), whole)
    pd.testing.assert_frame_equal(merged(path, 3, list(whole.columns[3:])), whole)
    with pytest.raises(axb.UsageError, match="depends on all of its parts"):
        in_parts(path, 3)


def test_dedupe(tmp_path: Path) -> None:
    whole = axb.dedupe(A, on="name", min=0.8)
    path = prepared(tmp_path, None, on="name", min=0.8)
    pd.testing.assert_frame_equal(in_parts(path, 4), whole)
    pd.testing.assert_frame_equal(merged(path, 4, []), whole)


def test_what_is_prepared_is_said(tmp_path: Path) -> None:
    made = axb.prepare(A, B, on="name", min=0.8, path=tmp_path / "run.axbrun")
    assert made.n_bytes == (tmp_path / "run.axbrun").stat().st_size
    assert made.parts == 1  # nothing is gained with so few records
    assert made.plan.pairs == len(A) * len(B)
    assert "run.axbrun" in repr(made)


def test_no_pairs(tmp_path: Path) -> None:
    path = prepared(tmp_path, on="name", min=0.5, where="a.n == 9")
    assert len(in_parts(path, 2)) == 0
    assert list(in_parts(path, 2).columns) == ["a", "b", "score"]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda p: axb.run(p, shard=(0, 2)), "shard is a whole number"),
        (lambda p: axb.run(p, shard=3), "shard is "),
        (lambda p: axb.run(p, shard=(3, 2)), "3/2"),
        (lambda p: axb.run(p, to="x"), "to is the file of a part"),
        (lambda p: axb.run(p, part=(1, 2)), "run has no argument part"),
        (lambda _: axb.merge([]), "no part is given"),
        (lambda _: axb.merge("part"), "parts is a list of files; this is 'part'"),
        (lambda p: axb.prepare(A, B, score=lambda a, b: 1.0, min=1, path=p), "Python function"),
        (lambda p: axb.prepare(A, B, on="name", path=p), "min is missing"),
        (lambda p: axb.prepare(A, B, on="nme", min=1, path=p), "nme"),
    ],
)  # fmt: skip
def test_mistakes(tmp_path: Path, call: Any, text: str) -> None:
    path = prepared(tmp_path, on="name", min=0.8)
    before = Path(path).read_bytes()
    with pytest.raises(axb.UsageError, match=text):
        call(path)
    assert Path(path).read_bytes() == before


def test_parts_of_other_runs_are_refused(tmp_path: Path) -> None:
    path = prepared(tmp_path, on="name", min=0.8)
    axb.run(path, shard=(1, 2), to=tmp_path / "1")
    other = axb.prepare(A, B, on="name", min=0.9, path=tmp_path / "other.axbrun").path
    axb.run(other, shard=(2, 2), to=tmp_path / "2")
    with pytest.raises(axb.UsageError, match="min"):
        axb.merge([tmp_path / "1", tmp_path / "2"])
    with pytest.raises(axb.UsageError, match="shard 2 of 2 is missing"):
        axb.merge([tmp_path / "1"])


def test_names_of_terms_are_as_many_as_terms(tmp_path: Path) -> None:
    path = prepared(tmp_path, score=SUM, min=0.6, terms=True)
    axb.run(path, shard=(1, 1), to=tmp_path / "1")
    with pytest.raises(axb.UsageError, match="a pair has 2 terms, and terms names 0"):
        axb.merge([tmp_path / "1"])


def test_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("name\n")
    with pytest.raises(axb.DataError):
        axb.run(tmp_path / "x")


def test_a_part_is_in_order(tmp_path: Path) -> None:
    """It is written in stretches of some thousand records, which are read from the last one on."""
    many = pd.DataFrame({"name": [f"name {i * 7919 % 20_000}" for i in range(20_000)]})
    path = axb.prepare(many, many, on="name", metric="equal", min=1, path=tmp_path / "run.axbrun").path
    part = axb.run(path, shard=(2, 2))
    assert len(part) > 5_000
    assert part["a"].is_monotonic_increasing
    pd.testing.assert_frame_equal(in_parts(path, 2), axb.match(many, many, on="name", metric="equal", min=1))
