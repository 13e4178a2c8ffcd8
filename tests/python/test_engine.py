"""What the tasks of a cluster do, done one after the other: the result is that of `match` and `dedupe`.

The engines themselves are tried by the programs of tests/cluster.
"""

from __future__ import annotations

import importlib.util
import pickle
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import axb
from axb import _engine, _store
from axb._engine import Task
from test_learn import copied, people

NAMES = ["anna", "hanna", "johanna", "peter", "petra", "pete", "zoe", "xenia", None]
SUM = "0.5 * jaro_winkler(name) + 0.5 * levenshtein(city)"
C = "#include <axb.h>\ndouble score(const axb_row_a *a, const axb_row_b *b)\n{ return axb_jaro(a->name, b->name); }\n"


def table(seed: int, n: int, first: int) -> pd.DataFrame:
    rng = random.Random(seed)
    cities = ["Bern", "Berne", "Basel", "Biel", None]
    return pd.DataFrame(
        {
            "key": [f"k{i}" for i in range(n)],
            "name": [rng.choice(NAMES) for _ in range(n)],
            "city": [rng.choice(cities) for _ in range(n)],
            "n": [rng.randrange(9) for _ in range(n)],
            "ok": [rng.random() < 0.5 for _ in range(n)],
            "when": pd.to_datetime([rng.choice(["2024-01-01", None]) for _ in range(n)]),
            "unused": [b"never read"] * n,
        },
        index=pd.Index(range(first, first + n), name="number"),
    )


A, B = table(1, 60, 100), table(2, 45, 500)


def same(a: Any, b: Any) -> float | None:
    """A function of Python's, which cannot be prepared."""
    score: float = axb.jaro_winkler(a.name, b.name)
    return score if a.n == b.n else None


MATCHES: list[dict[str, Any]] = [
    {"on": "name", "min": 0.8},
    {"on": "name", "min": 0.8, "keep": ["a.city", "n"]},
    {"score": SUM, "min": 0.6, "terms": True, "keep": "*"},
    {"on": "name", "metric": "levenshtein", "min": 0.5, "where": "a.city == b.city", "normalize": "casefold"},
    {"on": "name", "min": 0.7, "top": 2, "unmatched": "a", "keep": ["ok", "n", "when"]},
    {"on": "name", "best": "a"},
    {"on": "name", "linked": True},
    {"on": "name", "min": 0.97, "linked": True, "keep": ["key", "n", "ok"]},
    {"on": "name", "min": 0.7, "one_to_one": True},
    {"on": "name", "min": 0.7, "one_to_one": "optimal", "keep": "when"},
    {"on": "name", "min": 0.7, "best": "mutual"},
    {"score": SUM, "min": 0.6, "terms": True, "top_b": 1},
    {"score": "number_distance(n)", "max": 1},
    {"score": axb.Scorer(C), "min": 0.8},
    {"score": same, "min": 0.7},
    {"score": same, "min": 0.7, "best": "b"},
    {"score": same, "best": "a"},
]
DEDUPES: list[dict[str, Any]] = [
    {"on": "name", "min": 0.8, "keep": "n"},
    {"on": "name", "min": 0.7, "top": 1},
    {"on": "name", "min": 0.7, "one_to_one": True},
    {"score": same, "min": 0.7},
]


def of_kind(frame: pd.DataFrame, kind: str) -> Any:
    frame = frame.drop(columns="unused")
    return frame if kind == "pandas" else pa.Table.from_pandas(frame, preserve_index=False)


def empty(frame: Any) -> Any:
    return frame.iloc[:0] if isinstance(frame, pd.DataFrame) else frame.slice(0, 0)


def in_tasks(task: Task, frames: list[Any], n: int, shared: str | None = None) -> tuple[Any, list[Any]]:
    """Return the result that is expected, without records, and those of n parts, or the choice from them."""
    nothing = [empty(frame) for frame in frames]
    task, expected = _engine.expect(task, nothing)
    task = pickle.loads(pickle.dumps(task))  # as it comes to a worker
    names = _engine.columns(task, nothing)
    chosen = [frame[c] if isinstance(frame, pd.DataFrame) else frame.select(c) for frame, c in zip(frames, names)]
    files = _engine.gather(task, chosen, 1, shared)
    shards = [(i, n) for i in range(1, n + 1)]
    with _store.at_hand(files.pieces()) as folder:
        if task.looks_across():
            return expected, [_engine.choose(task, folder, [_engine.part_file(task, folder, s, 1) for s in shards])]
        return expected, [_engine.part(task, folder, shard, 1) for shard in shards]


def check_same(expected: Any, found: list[Any], whole: Any) -> None:
    """Compare types, then all rows, in an order that does not depend on parts."""
    if isinstance(whole, pa.Table):
        assert expected.schema.equals(whole.schema)
        assert all(part.schema.equals(whole.schema) for part in found)
        whole, joined = whole.to_pandas(), pa.concat_tables(found).to_pandas()
    else:
        pd.testing.assert_frame_equal(expected, whole.iloc[:0])
        joined = pd.concat(found)
        assert joined.index.name == whole.index.name
    assert len(whole) > 5

    def ordered(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.reset_index(drop=True) if frame.index.name is None else frame.reset_index(names="index")
        order = frame.astype(str).agg("|".join, axis=1).sort_values(kind="stable").index
        return frame.loc[order].reset_index(drop=True)

    pd.testing.assert_frame_equal(ordered(joined), ordered(whole))


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (one, kind)
        for one in MATCHES
        for kind in ("pandas", "arrow")
        if kind == "pandas" or one.get("score") is not same
    ],
    ids=str,
)
def test_match(arguments: dict[str, Any], kind: str) -> None:
    a, b = of_kind(A, kind), of_kind(B, kind)
    whole = axb.match(a, b, **arguments)
    task = Task.of("match", arguments, is_self=False, needs_id=False)
    expected, found = in_tasks(task, [a, b], 3)
    check_same(expected, found, whole)


@pytest.mark.parametrize("arguments", DEDUPES, ids=str)
def test_dedupe(arguments: dict[str, Any]) -> None:
    a = of_kind(A, "pandas")
    whole = axb.dedupe(a, **arguments)
    task = Task.of("dedupe", arguments, is_self=True, needs_id=False)
    expected, found = in_tasks(task, [a], 3)
    check_same(expected, found, whole)


def test_ids_and_shared_storage(tmp_path: Path) -> None:
    arguments = {"on": "name", "min": 0.8, "id": "key"}
    a, b = of_kind(A, "arrow"), of_kind(B, "arrow")
    task = Task.of("match", arguments, is_self=False, needs_id=True)
    expected, found = in_tasks(task, [a, b], 2, str(tmp_path))
    check_same(expected, found, axb.match(a, b, **arguments))
    assert sorted(path.name for path in next(tmp_path.iterdir()).iterdir()) == ["a.arrow", "b.arrow", "run.axbrun"]


def test_tables_without_records() -> None:
    a, b = (of_kind(frame.iloc[:0], "pandas") for frame in (A, B))
    task = Task.of("match", {"on": "name", "min": 0.8}, is_self=False, needs_id=False)
    _, found = in_tasks(task, [a, b], 2)
    assert [len(part) for part in found] == [0, 0]


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        ({"on": "name", "min": 0.8}, (["name"], ["name"])),
        ({"on": {"name": "city"}, "min": 0.8, "id": "key"}, (["key", "name", "city"], ["key", "name", "city"])),
        ({"on": "name", "min": 0.8, "keep": ["a.n", "b.ok"]}, (["name", "n"], ["name", "ok"])),
        ({"score": same, "min": 0.8}, (["name", "n"], ["name", "n"])),
        ({"on": "name", "linked": True, "keep": "key"}, (["key", "name"], ["key", "name"])),
    ],
    ids=str,
)
def test_only_columns_that_are_needed_travel(arguments: dict[str, Any], read: Any) -> None:
    task = Task.of("match", arguments, is_self=False, needs_id=False)
    assert _engine.columns(task, [A.iloc[:0], B.iloc[:0]]) == read


def test_a_model_travels(tmp_path: Path) -> None:
    rows = people(600, 1)
    a, b = pd.DataFrame(rows[:500]), pd.DataFrame(copied(rows[100:], 2))
    axb.learn(a, b).save(tmp_path / "model.axb")
    arguments = {"score": str(tmp_path / "model.axb")}
    task = Task.of("match", arguments, is_self=False, needs_id=False)
    whole = axb.match(a, b, **arguments)
    (tmp_path / "model.axb").unlink()
    check_same(*in_tasks(task, [a, b], 2), whole)


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"on": "name", "min": 0.8, "treshold": 1}, "no argument treshold"),
    ({"on": "name", "min": 0.8, "sharde": "/nfs"}, "did you mean shared"),
    ({"on": "name", "min": 0.8, "zzz": 1}, r"it has (?!.*progress).*, parts, shared$"),
    ({"on": "name", "threshold": 1}, "did you mean min"),
    ({"on": "name"}, "min is missing"),
    ({"on": "name", "best": "mutual"}, "min is missing: a choice that depends on all parts"),
    ({"on": "name", "min": 0.8, "unmatched": "both"}, "which records of b have no partner"),
    ({"on": "name", "min": 0.8, "best": "mutual", "unmatched": "a"}, "which records have no partner"),
    ({"on": "name", "min": 0.8, "one_to_one": True, "linked": True}, "which records have no partner"),
    ({"on": "name", "min": 0.8, "progress": True}, "progress does not go with the parts"),
    ({"on": "name", "min": 0.8, "max_results": 5}, "max_results does not go with the parts"),
    ({"on": "name", "min": 0.8, "on_error": "skip"}, "on_error does not go with the parts"),
    ({"on": "name", "min": 0.8, "report": "page.html"}, "report does not go with the parts"),
]


@pytest.mark.parametrize(("arguments", "text"), MISTAKES, ids=str)
def test_mistakes(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(axb.UsageError, match=text):
        Task.of("axb.spark.match", arguments, is_self=False, needs_id=False)


@pytest.mark.parametrize("name", ["clusters", "golden", "across"])
def test_mistakes_of_dedupe(name: str) -> None:
    with pytest.raises(axb.UsageError, match=f"{name} does not go with the parts"):
        Task.of("axb.spark.dedupe", {"on": "name", "min": 0.8, name: True}, is_self=True, needs_id=False)


@pytest.mark.parametrize(
    ("given", "shown"), [(A, "pandas.DataFrame"), (pa.table({"name": ["anna"]}), "pyarrow.Table"), ("A.csv", "str")]
)
def test_a_table_that_is_not_of_the_engine(given: Any, shown: str) -> None:
    with pytest.raises(axb.UsageError) as caught:
        _engine.check_tables(
            [{}, given], lambda frame: isinstance(frame, dict), "a ray.data.Dataset", "ray.data.from_arrow"
        )
    assert str(caught.value) == f"b is not a ray.data.Dataset but {shown}\nray.data.from_arrow makes one"


def test_records_without_a_name() -> None:
    arguments = {"on": "name", "min": 0.8}
    with pytest.raises(axb.UsageError, match="id is missing"):
        Task.of("axb.spark.match", arguments, is_self=False, needs_id=True)
    Task.of("axb.spark.match", {**arguments, "linked": True}, is_self=False, needs_id=True)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"on": "nme", "min": 0.8}, "nme"),
        ({"score": "jaro(name", "min": 0.8}, "jaro"),
        ({"on": "name", "min": 2}, "no pair can match"),
        ({"on": "name", "min": 0.8, "id": "k"}, "id: there is no column 'k'"),
        ({"on": "name", "min": 0.8, "keep": "k"}, "keep: there is no column 'k'"),
        ({"on": "name", "min": 0.8, "normalize": "upside-down"}, "upside-down"),
    ],
    ids=str,
)
def test_mistakes_are_found_before_anything_runs(arguments: dict[str, Any], text: str) -> None:
    task = Task.of("axb.spark.match", arguments, is_self=False, needs_id=False)
    nothing = [empty(of_kind(frame, "arrow")) for frame in (A, B)]
    with pytest.raises((axb.UsageError, axb.DataError), match=text):
        _engine.columns(_engine.expect(task, nothing)[0], nothing)


def test_a_function_that_fails_says_on_which_pair() -> None:
    def wrong(a: Any, b: Any) -> float:
        return float(a.name + b.name)

    task = Task.of("match", {"score": wrong, "min": 0.5, "id": "key"}, is_self=False, needs_id=False)
    nothing = [empty(of_kind(frame, "arrow")) for frame in (A, B)]
    task, _ = _engine.expect(task, nothing)
    files = _engine.gather(task, [of_kind(frame, "arrow") for frame in (A, B)], 1)
    with _store.at_hand(files.pieces()) as folder, pytest.raises(axb.ScorerError) as caught:
        _engine.part(task, folder, (1, 2), 1)
    again = pickle.loads(pickle.dumps(caught.value))  # as it comes from a worker
    assert str(again) == str(caught.value)
    assert again.pair[0].startswith("k")


@pytest.mark.parametrize(("name", "needs"), [("spark", "pyspark"), ("dask", "dask"), ("ray", "ray")])
def test_an_engine_that_is_not_installed(name: str, needs: str) -> None:
    if importlib.util.find_spec(needs):
        pytest.skip(f"{needs} is installed")
    with pytest.raises(ImportError, match=rf"(?s)axb.{name} needs {needs}.*pip install 'axb\[{name}\]'"):
        getattr(axb, name)
