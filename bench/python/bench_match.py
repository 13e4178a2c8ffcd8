"""Measures `axb.match` from Python: big tables, many pairs out, and RapidFuzz's `process.cdist` beside it.

    bench_match.py A.csv B.csv [functions] [out] [cdist]

functions   all of A against all of B with the same phone, by a Python function and by one in C
out         ten million pairs out
cdist       20,000 x 20,000 names by Jaro-Winkler: time, memory, the same pairs

Each figure is of a process of its own: seconds of the call, and the most memory that it and its children held
at a time, above what the tables took before. The median of three, in turns.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

REPEATS = 3

PREPARE = """
import sys, time, json
import numpy as np, pandas as pd, axb
import pyarrow as pa, pyarrow.csv
def read(path):  # as axb does: what is quoted and empty is a text
    names = open(path).readline().strip().split(",")
    options = pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), null_values=[""],
                                    strings_can_be_null=True, quoted_strings_can_be_null=False)
    return pa.csv.read_csv(path, convert_options=options).to_pandas()
a, b = (read(p)[:{rows}] for p in {paths!r})
"""

IN_PYTHON = """
def score(a, b):
    if a.last != b.last:
        return 0.0
    return 1.0 if a.dob == b.dob else 0.5
"""

IN_C = """
score = axb.Scorer('''
#include <axb.h>
double score(const axb_row_a *a, const axb_row_b *b)
{
    if (axb_missing(a->last) != axb_missing(b->last) || (!axb_missing(a->last) && !axb_equal(a->last, b->last)))
        return 0.0;
    return axb_missing(a->dob) == axb_missing(b->dob) && (axb_missing(a->dob) || axb_equal(a->dob, b->dob)) ? 1.0 : 0.5;
}
''')
"""

CALL = """
measured()
pairs = axb.match(a, b, {arguments}, progress=False)
print(json.dumps([finished(), len(pairs), str(pd.util.hash_pandas_object(pairs, index=False).sum())]))
"""

CDIST = """
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler
names_a, names_b = list(a["full"]), list(b["full"])
measured()
scores = process.cdist(names_a, names_b, scorer=JaroWinkler.similarity, score_cutoff=0.9, workers={workers}, dtype=np.float64)
at = np.nonzero(scores >= 0.9)
pairs = pd.DataFrame({{"a": at[0], "b": at[1], "score": scores[at]}})
print(json.dumps([finished(), len(pairs), str(pd.util.hash_pandas_object(pairs, index=False).sum())]))
"""

CLOCK = """
def measured():
    global start
    print("start", flush=True)
    sys.stdin.readline()
    start = time.perf_counter()
def finished():
    return time.perf_counter() - start
"""


def memory_of(pid: int) -> int:
    """Return the bytes that a process and its descendants hold, shared ones in shares."""
    total, todo = 0, [pid]
    while todo:
        p = todo.pop()
        try:
            for line in Path(f"/proc/{p}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) << 10
            for task in Path(f"/proc/{p}/task").iterdir():
                todo += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return total


def run(code: str) -> tuple[float, int, int, str]:
    """Run a script: the seconds of its call, the memory on top, the number of pairs, their fingerprint."""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin and child.stdout
        child.stdout.readline()
        before, most, over = memory_of(child.pid), 0, threading.Event()

        def watch() -> None:
            nonlocal most
            while not over.wait(0.02):
                most = max(most, memory_of(child.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        child.stdin.write("\n")
        child.stdin.flush()
        seconds, n, fingerprint = json.loads(child.stdout.readline())
        over.set()
        watcher.join()
    return seconds, max(0, most - before), n, fingerprint


def compare(codes: dict[str, str]) -> None:
    got: dict[str, list[tuple[float, int, int, str]]] = {name: [] for name in codes}
    for _ in range(REPEATS):
        for name, code in codes.items():
            got[name].append(run(code))
    for name, runs in got.items():
        seconds = statistics.median(r[0] for r in runs)
        most = statistics.median(r[1] for r in runs)
        print(f"{name:44} {seconds:8.2f} s {most / 1e6:8.0f} MB {runs[0][2]:12,} pairs", flush=True)
    prints = {r[2:] for runs in got.values() for r in runs}
    print("the same pairs and scores" if len(prints) == 1 else f"DIFFERENT: {prints}")


def main() -> None:
    paths, parts = sys.argv[1:3], sys.argv[3:] or ["functions", "out", "cdist"]
    whole = CLOCK + PREPARE.format(rows=None, paths=paths)
    few = CLOCK + PREPARE.format(rows=20_000, paths=paths)
    if "functions" in parts:
        call = CALL.format(arguments="score=score, where='a.phone == b.phone', min=0.5")
        compare({"a function of Python": whole + IN_PYTHON + call, "a scorer in C": whole + IN_C + call})
    if "out" in parts:
        call = CALL.format(arguments="on='city', metric='equal', min=1")
        many = CLOCK + PREPARE.format(rows=42_000, paths=paths) + call
        compare({"many pairs out": many})
    if "cdist" in parts:
        workers = len(os.sched_getaffinity(0))
        call = CALL.format(arguments="on='full', min=0.9")
        compare({"axb.match": few + call, f"process.cdist, {workers} threads": few + CDIST.format(workers=workers)})


if __name__ == "__main__":
    main()
