"""Runs axb once for a point, under the guard, and makes tables and ceilings.

Each run has as many threads as workers (OMP_NUM_THREADS), since axb reads and indexes with all cores that it is given,
whatever -j says: at N workers all phases have N.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import facts
import guard
import layout
from guardian import Guardian, kill_group
from layout import Unit
from points import OWN_PLACEMENT, Point
from watch import Watch
from works import SCORER, WORKS

LEAST_READ_BYTES = 32 << 20
MOST_READ_BYTES = 1 << 30


@dataclass
class Bench:
    """What all runs share."""

    axb: Path
    data: Path  # folder of tables, one folder for each number of rows
    scratch: Path
    root: Path
    guardian: Guardian
    units: list[Unit]
    mark: float
    refuse: float


@dataclass
class Done:
    """A process that has ended."""

    status: int
    output: str
    errors: str
    wall_seconds: float
    cpu_seconds: float
    seen: dict[str, Any]  # what the guard saw


def environment(threads: int, scratch: Path) -> dict[str, str]:
    """Ours, with so many threads, no binding of OpenMP's own, and temporary files in `scratch`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_", "KMP_"))}
    return {**kept, "OMP_NUM_THREADS": str(threads), "TMPDIR": str(scratch)}


def execute(bench: Bench, command: list[str], threads: int, cpus: list[int] | None = None,
            meanwhile: Callable[[int], None] = lambda pid: None) -> Done:  # fmt: skip
    """Runs a program on some units, or on all that we were given, and looks at the system before and after.

    `meanwhile` is called with the number of the process while it runs; it may take as long as that.
    """
    env = environment(threads, bench.scratch)
    with tempfile.TemporaryFile(dir=bench.scratch) as out, tempfile.TemporaryFile(dir=bench.scratch) as said:
        before = guard.look(bench.root)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=said, env=env,
                                   preexec_fn=bench.guardian.child(cpus))  # fmt: skip
        status, cpu = waited(bench, process, meanwhile)
        after = guard.look(bench.root)
        seen = guard.compare(before, after, cpu, cpus or [u.cpu for u in bench.units])
        texts = [read_from_start(file) for file in (out, said)]
    return Done(status, texts[0], texts[1], after.at - before.at, cpu, seen)


def waited(bench: Bench, process: subprocess.Popen[bytes], meanwhile: Callable[[int], None]) -> tuple[int, float]:
    """Waits for a process; its exit status, and its processor seconds with those of all that it waited for."""
    try:
        meanwhile(process.pid)
        _, status, used = os.wait4(process.pid, 0)
    except BaseException:  # a signal stops us: the process must not run while we clean up
        kill_group(process.pid)
        process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    bench.guardian.gone(process.pid)
    return process.returncode, used.ru_utime + used.ru_stime


def read_from_start(file: Any) -> str:
    """What was written to an open file."""
    file.seek(0)
    return bytes(file.read()).decode(errors="replace")


def cpus_of(bench: Bench, point: Point) -> list[int] | None:
    """The units that a point is confined to; None: axb chooses among all."""
    if point.placement == OWN_PLACEMENT:
        return None
    return layout.chosen(bench.units, point.placement, point.smt, point.workers)


def command_of(bench: Bench, point: Point, stats: Path) -> list[str]:
    """The whole command line of a point."""
    tables = bench.data / str(point.rows)
    places = {"scorer": str(bench.scratch / "scorer.c"), "output": str(bench.scratch / "pairs.csv")}
    words = [word.format(**places) for word in WORKS[point.work].words]
    # A set of units that holds no more than the workers need not be bound once more, except to a single one.
    bind = point.bind if point.placement == OWN_PLACEMENT else "pu"
    return [str(bench.axb), "match", str(tables / "A.csv"), str(tables / "B.csv"), *words, "-q", "-j",
            str(point.workers), "--bind", bind, "--stats", str(stats)]  # fmt: skip


def run(bench: Bench, point: Point) -> dict[str, Any]:
    """One run of a point, as it is recorded: figures, what the guard saw, its state."""
    stats = bench.scratch / "stats.json"
    stats.unlink(missing_ok=True)
    command = command_of(bench, point, stats)
    done = execute(bench, command, point.workers, cpus_of(bench, point))
    (bench.scratch / "pairs.csv").unlink(missing_ok=True)
    state, why = guard.judge(done.seen, bench.mark, bench.refuse)
    record = {"wall_seconds": done.wall_seconds, "cpu_seconds": done.cpu_seconds, "guard": done.seen}
    if done.status != 0 or not stats.exists():
        said = done.errors.strip() or f"status {done.status}"
        return {**record, "state": "failed", "why": said[:500], "stats": None}
    return {**record, "state": state, "why": why, "stats": json.loads(stats.read_text(encoding="utf-8"))}


def make_scorer(bench: Bench) -> None:
    """The source of the function that the work `scorer` has."""
    (bench.scratch / "scorer.c").write_text(SCORER, encoding="utf-8")


def make_tables(bench: Bench, rows: int) -> None:
    """The generator's people, so many a side, unless they exist; whole or not at all.

    Raises
    ------
    RuntimeError
        They could not be made.
    """
    folder = bench.data / str(rows)
    if (folder / "truth.csv").exists():
        return
    made = bench.guardian.folder(bench.data, f"making-{rows}")
    done = execute(bench, [str(bench.axb.parent / "axb-sample"), str(made), str(rows)], len(bench.units))
    if done.status != 0:
        raise RuntimeError(f"axb-sample failed: {done.errors.strip()}")
    made.replace(folder)


def places_of(bench: Bench, workers: int, bind: str) -> list[int]:
    """A processing unit for each of so many workers, as axb pins them; spread ones where it does not say.

    Workers that share a core get a unit of it each, as far as there are enough.
    """
    said = facts.topology(bench.axb, ["-j", str(workers), "--bind", bind]).get("workers", [])
    lists = [layout.read_list(str(worker.get("processing_units", ""))) for worker in said]
    if len(lists) != workers or not all(lists):
        return [u.cpu for u in layout.spread(bench.units)[:workers]]
    taken: list[int] = []
    for numbers in lists:
        taken.append(next((cpu for cpu in numbers if cpu not in taken), numbers[0]))
    return taken


def read_bytes(bench: Bench, what: str, workers: int) -> int:
    """So much memory that caches hold little of it: four times the L3 caches, in all or for each worker."""
    caches = 4 * facts.cache_bytes(bench.root, bench.units) * layout.counts_of(bench.units)["l3"]
    wanted = caches // (workers if what == "read" else 1)
    return min(max(wanted, LEAST_READ_BYTES), MOST_READ_BYTES)


def watched(bench: Bench, point: Point) -> dict[str, Any] | None:
    """One more run of a point, looked at often: when its coordinator and each worker were on a processor.

    It is for a picture alone, since looking costs time.
    """
    stats, watch = bench.scratch / "stats.json", Watch(WORKS[point.work].seconds(point.rows, point.workers))
    done = execute(bench, command_of(bench, point, stats), point.workers, cpus_of(bench, point), watch.follow)
    (bench.scratch / "pairs.csv").unlink(missing_ok=True)
    rows = watch.rows()
    return {"wall_seconds": done.wall_seconds, **rows} if done.status == 0 and rows["names"] else None


def ceiling(bench: Bench, what: str, workers: int, bind: str, seconds: float, rows: int) -> dict[str, Any]:
    """What the cores of so many workers give at most, as it is recorded."""
    cpus = places_of(bench, workers, bind)
    words = [str(read_bytes(bench, what, workers))]
    if what == "kernel":
        words = [str(bench.data / str(rows) / "A.csv"), "full"]
    program = bench.axb.parent / "bench/ceiling"
    done = execute(bench, [str(program), what, layout.write_list(cpus), f"{seconds:g}", *words], workers)
    state, why = guard.judge(done.seen, bench.mark, bench.refuse)
    record = {"what": what, "workers": workers, "cpus": layout.write_list(cpus), "guard": done.seen}
    if done.status != 0:
        return {**record, "state": "failed", "why": done.errors.strip()[:500], "rate": None}
    return {**record, "state": state, "why": why, "rate": float(done.output)}
