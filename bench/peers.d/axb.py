"""axb as the comparison calls it, and its times."""

import json
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

AXB = "build/release/axb"


class Run(NamedTuple):
    """One run: seconds of the process, of all processors, and of the search (to pairs, without files); statistics."""

    seconds: float
    cpu_seconds: float
    search_seconds: float
    stats: dict[str, Any]


def cpu_seconds() -> float:
    """What children that ended have used so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def match(
    dir_: str, metric: str, limit: Sequence[str], out: str | None, workers: int = 1, more: Sequence[str] = ()
) -> Run:
    """Write the pairs of DIR/A.csv x DIR/B.csv to OUT, or count them; LIMIT is --min or --max and its value."""
    with tempfile.TemporaryDirectory() as home:
        stats = f"{home}/stats.json"
        command = [AXB, "match", f"{dir_}/A.csv", f"{dir_}/B.csv", "--on", "text", "--metric", metric, *limit,
                   "-j", str(workers), "-q", "--stats", stats, *more]  # fmt: skip
        used, began = cpu_seconds(), time.perf_counter()
        subprocess.run(command + (["-o", out] if out else ["--count"]), check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
        with open(stats, encoding="utf-8") as file:
            told = json.load(file)
    search = sum(told["seconds"][phase] for phase in ("build", "join", "order"))
    return Run(seconds, cpu_seconds() - used, search, told)


def median_run(times: int, *arguments: Any) -> Run:
    """So many runs: their median seconds, and the statistics of the last."""
    return median([match(*arguments) for _ in range(times)])


def median(runs: list[Run]) -> Run:
    """The median seconds of each kind, and the statistics of the last."""
    return Run(*(statistics.median(each) for each in list(zip(*runs))[:3]), runs[-1].stats)


def version() -> str:
    """The version of axb."""
    return subprocess.run([AXB, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
