"""CPU seconds and seconds of a match on a cluster of two workers on this machine, beside plain axb with two workers.

    python bench_engine.py spark|dask|ray A.csv B.csv COLUMN METRIC MIN [ROWS]

The two are measured in turns, three times each, and the medians are printed. The cluster is running, and its tables are
in its memory; the processor time is that of all processes that the cluster consists of, and of this one, while it finds
and counts the pairs. Plain axb reads the files. Not here: whether the pairs are right (tests/cluster/engine).
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TURNS = 3
ROOT = Path(__file__).resolve().parents[2]


def cluster_ticks() -> int:
    """Sum the processor time of this process and all that descend from it, with their children that ended."""
    parents, ticks = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            parents[int(entry.name)], ticks[int(entry.name)] = int(fields[1]), sum(map(int, fields[11:15]))
    ours, n = {os.getpid()}, 0
    while n != len(ours):
        n = len(ours)
        ours |= {pid for pid, parent in parents.items() if parent in ours}
    return sum(ticks[pid] for pid in ours)


def timed(run: Callable[[], Any], ticks: Callable[[], float]) -> tuple[float, float, Any]:
    """Return seconds, CPU seconds, and what it returns."""
    begin, before = time.monotonic(), ticks()
    result = run()
    seconds = time.monotonic() - begin
    time.sleep(1)  # what ends after the result is counted as well
    return seconds, ticks() - before, result


def children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def count_of(engine: str, result: Any) -> int:
    return len(result) if engine == "dask" else int(result.count())


def main() -> None:
    engine, file_a, file_b, column, metric, least = sys.argv[1:7]
    rows = int(sys.argv[7]) if len(sys.argv) > 7 else None
    import axb
    import pandas as pd

    work = tempfile.mkdtemp(prefix="axb-bench-")
    os.environ["TMPDIR"] = work
    sys.argv = ["engine_driver.py", engine, work]
    sys.path.insert(0, str(ROOT / "tests" / "cluster"))
    import engine_driver

    frames = [pd.read_csv(file, dtype=str, nrows=rows) for file in (file_a, file_b)]
    paths = [f"{work}/{name}.csv" for name in "ab"]
    for frame, path in zip(frames, paths):
        frame.to_csv(path, index=False)
    axb_path = str(Path(axb.__file__).parent / "bin" / "axb")
    plain = [axb_path, "match", *paths, "--on", column, "--metric", metric, "--min", least, "-j2", "--count", "-q"]
    processes = engine_driver.Processes()
    cluster = {"spark": engine_driver.Spark, "dask": engine_driver.Dask, "ray": engine_driver.Ray}[engine](processes)
    per_tick = 1 / os.sysconf("SC_CLK_TCK")
    rounds: list[tuple[float, float, float, float]] = []
    try:
        tables = [cluster.table(frame, name) for frame, name in zip(frames, "ab")]
        tables = [table.persist() if engine != "ray" else table.materialize() for table in tables]
        if engine == "spark":
            assert all(table.count() for table in tables)
        module = getattr(axb, engine)
        for _ in range(TURNS):
            found = module.match(*tables, on=column, metric=metric, min=float(least), id="id", parts=4)
            wall, cpu, n = timed(lambda f=found: count_of(engine, f), lambda: cluster_ticks() * per_tick)
            plain_wall, plain_cpu, out = timed(lambda: subprocess.check_output(plain, text=True), children_seconds)
            assert int(out) == n, (out, n)
            rounds.append((wall, cpu, plain_wall, plain_cpu))
    finally:
        cluster.stop()
        processes.stop()
    wall, cpu, plain_wall, plain_cpu = (statistics.median(column) for column in zip(*rounds))
    print(
        f"{engine} {metric} {least}, {len(frames[0]):,} x {len(frames[1]):,}, {n:,} pairs: {wall:.1f} s, {cpu:.1f} CPU s"
    )
    print(f"  plain axb: {plain_wall:.1f} s, {plain_cpu:.1f} CPU s; ratio {cpu / plain_cpu:.1f} of CPU s")


if __name__ == "__main__":
    main()
