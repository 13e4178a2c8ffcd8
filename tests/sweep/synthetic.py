#!/usr/bin/env python3
"""A sweep of a large machine that nobody has measured: 2 packages of 96 cores, 12 L3 caches each, SMT.

    tests/sweep/synthetic.py [--halve] > FILE.json      as sweep.json, for bench/sweep --page and --compare

A model invents all figures, by laws that real machines roughly follow: serial and parallel seconds of each phase, a
memory bandwidth that eight cores of a cache use up, siblings of a core that add a third. The data and the page say that
they are synthetic. --halve has it read and index twice as fast, as another commit might.
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Callable

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/sweep.d"))

import layout  # noqa: E402
import points  # noqa: E402
import summary  # noqa: E402
from layout import Unit  # noqa: E402
from points import Point, Wish  # noqa: E402
from works import PHASES, WORKS  # noqa: E402

PACKAGES, CACHES, CORES_OF_CACHE, THREADS = 2, 12, 8, 2
CORES = PACKAGES * CACHES * CORES_OF_CACHE
SIBLING_GAIN = 0.33
BYTES_A_CORE, BYTES_A_PACKAGE = 2.1e10, 4.2e11
PAIRS_A_CORE = 1.9e9
COUNTS = [1, 2, 4, 8, 16, 32, 64, 96, 128, 192, 256, 384]
SECONDS_OF_ONE = 40.0


def units() -> list[Unit]:
    """Its processing units: the second siblings come after all first ones, as Linux numbers them."""
    cpus = ((thread, core) for thread in range(THREADS) for core in range(CORES))
    return [Unit(thread * CORES + core, core, core // CORES_OF_CACHE, core // (CORES // PACKAGES),
                 core // (CORES // PACKAGES), thread) for thread, core in cpus]  # fmt: skip


def power(workers: int) -> float:
    """So many workers, in cores: siblings add a third, and clocks fall as cores are busy."""
    cores, siblings = min(workers, CORES), max(0, workers - CORES)
    return (cores + SIBLING_GAIN * siblings) * (1 - 0.12 * cores / CORES)


def bandwidth(workers: int, packages: int) -> float:
    """Bytes a second that so many workers read."""
    return min(BYTES_A_CORE * min(workers, CORES), BYTES_A_PACKAGE * packages)


def phases_of(point: Point, reading: float) -> dict[str, float]:
    """Seconds of each phase; `reading` is a factor of load and index."""
    work, n = WORKS[point.work], point.workers
    linear, square = work.linear * point.rows, work.square * point.rows**2
    packages = 1 if point.placement == "compact" and n <= CORES // PACKAGES else min(2, n)
    starved = BYTES_A_CORE * min(n, CORES) / bandwidth(n, packages) if point.work != "kernel" else 1.0
    search = square / power(n) * (1 + 0.35 * (starved - 1)) + 0.004 + 2e-5 * n
    load = reading * linear * (0.12 + 0.48 / min(n, 24))
    seconds = dict.fromkeys(PHASES, 0.0)
    seconds.update(load=load, index=reading * linear * (0.1 + 0.3 / min(n, 16)), plan=0.02)
    if point.work == "join":
        seconds["build"] = 0.02 + 0.12 * search
    seconds["write" if point.work in ("scorer", "writing") else "join"] = search
    if point.work == "writing":
        seconds["order"] = 0.15 + 0.1 * search
    return seconds


def run_of(point: Point, turn: int, reading: float) -> dict[str, Any]:
    """One run, with some noise and now and then with others on the machine."""
    chance = random.Random(f"{point.key} {turn}")
    factor = 1 + abs(chance.gauss(0, 0.02))
    others = chance.choices([0.004, 0.08, 0.27], [0.95, 0.04, 0.01])[0]
    state = "refused" if others > 0.2 else "marked" if others > 0.05 else "clean"
    seconds = {name: round(s * factor * (1 + others), 5) for name, s in phases_of(point, reading).items()}
    seconds["total"] = round(sum(seconds.values()) + WORKS[point.work].fixed + 0.03 + 6e-4 * point.workers, 5)
    stats = {"seconds": seconds, "rows_a": point.rows, "rows_b": point.rows, "pairs": point.rows**2,
             "matches": point.rows * 3, "workers": point.workers, "join": "synthetic",
             "distinct": {"pairs": 0 if point.work == "scorer" else round(0.85 * point.rows**2)}}  # fmt: skip
    seen = {"others": others, "elsewhere": 0.0, "steal": 0.0, "running": 1, "load": 0.5}
    return {"kind": "run", "key": point.key, **asdict(point), "turn": turn, "attempt": 1, "stats": stats, "guard": seen,
            "state": state, "why": "" if state == "clean" else f"others took {100 * others:.0f} % of the cores",
            "wall_seconds": seconds["total"], "cpu_seconds": seconds["total"] * point.workers * 0.8}  # fmt: skip


def ceilings() -> list[dict[str, Any]]:
    """What its cores give at most."""
    rates: dict[str, Callable[[int], float]] = {"read": lambda n: bandwidth(n, min(2, n)), "shared": lambda n: 0.6 * bandwidth(n, min(2, n)),
             "kernel": lambda n: PAIRS_A_CORE * power(n)}  # fmt: skip
    return [{"kind": "ceiling", "what": what, "workers": n, "cpus": f"0-{n - 1}", "rate": rate(n), "state": "clean",
             "why": ""} for what, rate in rates.items() for n in COUNTS]  # fmt: skip


def timeline(point: Point) -> dict[str, Any]:
    """A run seen process by process: the coordinator alone, then 32 workers shown of all."""
    ends = [round(0.02 * k, 3) for k in range(61)]
    busy = [[1.0 if at < 0.3 or at > 1.0 else 0.1 for at in ends[1:]]]
    busy += [[1.0 if 0.3 < at < 0.9 + 0.003 * k else 0.0 for at in ends[1:]] for k in range(32)]
    names = ["coordinator", *(f"worker {k}" for k in range(32))]
    return {"kind": "timeline", **asdict(point), "wall_seconds": 1.2, "ends": ends, "names": names, "busy": busy}


def machine() -> dict[str, Any]:
    """Its facts, which are as invented as its figures."""
    return {
        "synthetic": True,
        "processor": {"model": "Synthetic 96-core processor", "mhz_now": [2400, 3700], "mhz_least": 1500,
                      "mhz_most": 3700, "governor": "performance", "turbo": "on", "smt": "on"},
        "layout": layout.facts(units()),
        "l3_bytes": 32 << 20,
        "memory": {"bytes": 1536 << 30, "available_bytes": 1500 << 30, "page_bytes": 4096, "huge_pages": "madvise",
                   "huge_pages_shared": "never", "numa_policy": "default", "numa_balancing": "1"},
        "kernel": "none, synthetic",
        "quota_cpus": None,
        "shared_memory": "interleaved over 2 nodes",
        "axb": {"version": "synthetic", "kernels": "v5", "compiler": "none", "sha256": "0" * 64, "commit": None,
                "dirty": False},
        "picture": None,
    }  # fmt: skip


def figures(halve: bool = False) -> dict[str, Any]:
    """All of it, by the code that summarises real sweeps."""
    works = list(WORKS)
    rows = points.rows_of(works, SECONDS_OF_ONE, {})
    weak = {name: WORKS[name].weak_base(1.5, COUNTS[-1]) for name in works}
    wish = Wish(works, ["strong", "weak"], ["core", "pu", "numa", "none"], COUNTS, rows, weak, True, True, 5, 1.0)
    some = points.all_points(wish, units())
    head = {"kind": "sweep", "format": summary.FORMAT, "when": "never: synthetic", "machine": machine(),
            "command": "tests/sweep/synthetic.py" + (" --halve" if halve else ""), "wish": asdict(wish),
            "limits": {"mark": 0.05, "refuse": 0.2, "again": 2}}  # fmt: skip
    runs = [run_of(point, turn, 0.5 if halve else 1.0) for turn, point in points.turns(some, wish.runs)]
    seen = timeline(replace(some[0], workers=32))
    return summary.summarise([head, *ceilings(), *runs, seen, {"kind": "end"}])


if __name__ == "__main__":
    json.dump(figures("--halve" in sys.argv[1:]), sys.stdout, indent=1)
    print()
