"""Measures `axb.match` with a Python function against the recipe that it replaces.

The recipe: the source of the function goes into a temporary module, and a `ProcessPoolExecutor` of spawned
workers maps the function over pairs of records, one at a time or in chunks of 1000. Both sides get the same
function and the same candidates, on as many workers as there are cores, in turns. The recipe gets whole records,
as people give them to it, and once records of nothing but the two columns that are read.

    bench_recipe.py A.csv B.csv [CANDIDATES]
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections import namedtuple
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
import pyarrow.csv

import axb

SOURCE = """
def score(a, b):
    if a.last != b.last:
        return 0.0
    return 1.0 if a.dob == b.dob else 0.5
"""
COLUMNS = ["last", "dob"]
WORKERS = len(os.sched_getaffinity(0))
Slim = namedtuple("Slim", COLUMNS)


def read(path: str) -> pd.DataFrame:
    """Read a file of texts as axb does: what is quoted and empty is a text."""
    with open(path) as file:
        names = file.readline().strip().split(",")
    options = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pyarrow.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    return pyarrow.csv.read_csv(path, convert_options=options).to_pandas()


def candidates(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of each pair with the same phone, by row of a, then of b."""
    left = a[["phone"]].dropna().reset_index(names="a")
    right = b[["phone"]].dropna().reset_index(names="b")
    return left.merge(right, on="phone")[["a", "b"]].sort_values(["a", "b"], ignore_index=True)


def pairs_of(a: pd.DataFrame, b: pd.DataFrame, some: pd.DataFrame, record: Any) -> list[tuple[Any, Any]]:
    """Return the pairs of records, whose fields are those of `record`."""

    def records(frame: pd.DataFrame) -> list[Any]:
        cells = frame[list(record._fields)].astype(object)
        cells = cells.where(cells.notna(), None)  # missing is None, as in axb
        return [record(*row) for row in cells.itertuples(index=False)]

    of_a, of_b = records(a), records(b)
    return [(of_a[i], of_b[j]) for i, j in zip(some["a"], some["b"], strict=True)]


def recipe(pairs: list[tuple[Record, Record]], folder: str, chunk: int) -> tuple[float, list[float]]:
    """Write the module, start the pool, map: seconds, and the scores."""
    start = time.perf_counter()
    name = f"scorer_{time.time_ns()}"
    Path(folder, f"{name}.py").write_text(SOURCE + "\ndef of_pair(pair):\n    return score(*pair)\n")
    importlib.invalidate_caches()
    module = importlib.import_module(name)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
        scores = list(pool.map(module.of_pair, pairs, chunksize=chunk))
    return time.perf_counter() - start, scores


def say(what: str, seconds: float, n: int, best: float | None = None) -> None:
    ratio = f"   {seconds / n / best:9.1f} times axb" if best else ""
    print(f"{what:52} {seconds:9.3f} s {seconds / n * 1e9:11.1f} ns a pair{ratio}", flush=True)


def main() -> None:
    a, b = read(sys.argv[1]), read(sys.argv[2])
    n = int(sys.argv[3]) if len(sys.argv) > 3 else 2_000_000
    namespace: dict = {}
    exec(SOURCE, namespace)
    all_pairs = candidates(a, b)
    cut = int(all_pairs["a"].iloc[n]) if n < len(all_pairs) else len(a)
    a = a.iloc[:cut]  # whole rows of a, so that both sides have the very same candidates
    some = all_pairs[all_pairs["a"] < cut]
    n = len(some)
    print(f"{n:,} candidates of {len(a):,} x {len(b):,} records, {WORKERS} workers")

    def by_axb() -> tuple[float, list[float], dict]:
        start = time.perf_counter()
        pairs = axb.match(a, b, score=namespace["score"], where="a.phone == b.phone", min=0, progress=False)
        seconds = time.perf_counter() - start
        assert (pairs["a"].to_numpy() == some["a"].to_numpy()).all(), "other candidates"
        assert (pairs["b"].to_numpy() == some["b"].to_numpy()).all(), "other candidates"
        return seconds, pairs["score"].tolist(), pairs.attrs["axb"]

    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        os.environ["PYTHONPATH"] = os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])
        slim, whole = pairs_of(a, b, some, Slim), pairs_of(a, b, some, Whole)
        times: dict[str, list[float]] = {"axb": [], "slim": [], "whole": []}
        for _ in range(3):
            seconds, scores, figures = by_axb()
            times["axb"].append(seconds)
            for name, pairs in (("slim", slim), ("whole", whole)):
                seconds, theirs = recipe(pairs, folder, 1000)
                times[name].append(seconds)
                assert theirs == scores, "other scores"
        one, theirs = recipe(whole, folder, 1)
        assert theirs == scores, "other scores"
    ours = statistics.median(times["axb"])
    say("axb.match: frames in, frame out", ours, n)
    print(f"{'':52} {figures}")
    say("the recipe, whole records, chunks of 1000", statistics.median(times["whole"]), n, ours / n)
    say("the recipe, records of two fields, chunks of 1000", statistics.median(times["slim"]), n, ours / n)
    say("the recipe, whole records, one at a time (once)", one, n, ours / n)


Whole = namedtuple("Whole", "id first last full sex dob street city zip phone email")  # of axb-sample

if __name__ == "__main__":
    main()
