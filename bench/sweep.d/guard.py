"""What else ran on the cores of a run: from /proc/stat, less what our own processes took.

A run is *marked* where others took more than a few percent of its cores, and *refused* where they took much; then it
is tried again. Everything here is arithmetic on two looks at the system; nothing is started or stopped.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layout import read_text

TICKS = 100.0  # of /proc/stat in a second, on every Linux (USER_HZ)
NOISE_SECONDS = 0.03  # three ticks: less is not told from nothing
BUSY = (0, 1, 2, 5, 6)  # user, nice, system, irq, softirq; guests are part of user
STEAL = 7


@dataclass(frozen=True)
class Look:
    """The system at a moment: seconds that each unit was busy and was stolen, tasks that want to run, load."""

    at: float
    busy: dict[int, float]
    steal: dict[int, float]
    running: int
    load: float


def read_stat(text: str) -> tuple[dict[int, float], dict[int, float], int]:
    """Seconds busy and stolen of each unit, and how many tasks run or want to, from the text of /proc/stat."""
    busy: dict[int, float] = {}
    steal: dict[int, float] = {}
    running = 0
    for line in text.splitlines():
        name, *figures = line.split()
        if name == "procs_running":
            running = int(figures[0])
        elif name.startswith("cpu") and name[3:].isdigit():
            ticks = [float(f) for f in figures]
            busy[int(name[3:])] = sum(ticks[k] for k in BUSY if k < len(ticks)) / TICKS
            steal[int(name[3:])] = ticks[STEAL] / TICKS if len(ticks) > STEAL else 0.0
    return busy, steal, running


def look(root: Path) -> Look:
    """One look."""
    busy, steal, running = read_stat(read_text(root / "proc/stat"))
    load = read_text(root / "proc/loadavg").split() or ["nan"]
    return Look(time.monotonic(), busy, steal, running, float(load[0]))


def between(before: dict[int, float], after: dict[int, float], cpus: Iterable[int]) -> float:
    """How much some units' seconds grew."""
    return sum(max(0.0, after.get(cpu, 0.0) - before.get(cpu, 0.0)) for cpu in cpus)


def share(seconds: float, wall: float, cpus: int) -> float:
    """Of all seconds that so many units have in that time; what is below the noise is nothing."""
    return seconds / (wall * cpus) if seconds > NOISE_SECONDS and wall > 0 and cpus else 0.0


def compare(before: Look, after: Look, own_seconds: float, cpus: list[int]) -> dict[str, Any]:
    """What others took between two looks.

    Parameters
    ----------
    own_seconds
        Processor seconds of our own processes, all of them on `cpus`.
    cpus
        The units that they could run on.

    Returns
    -------
    dict
        ``others``: the share of `cpus` that others took; ``elsewhere``: of all other units; ``steal``: the share of
        `cpus` that the hypervisor gave to other machines; ``running``: tasks that wanted to run before we began,
        without ourselves; ``load``: the load average of a minute before.
    """
    wall = after.at - before.at
    rest = sorted(set(after.busy) - set(cpus))
    ours = between(before.busy, after.busy, cpus) - own_seconds
    return {
        "others": round(share(ours, wall, len(cpus)), 4),
        "elsewhere": round(share(between(before.busy, after.busy, rest), wall, len(rest)), 4),
        "steal": round(share(between(before.steal, after.steal, cpus), wall, len(cpus)), 4),
        "running": max(0, before.running - 1),
        "load": before.load,
    }


def judge(seen: dict[str, Any], mark: float, refuse: float) -> tuple[str, str]:
    """The state of a run, clean, marked or refused, and why in words."""
    worst = max(seen["others"], seen["steal"])
    state = "refused" if worst > refuse else "marked" if worst > mark else "clean"
    said = []
    if seen["others"] > mark:
        said.append(f"others took {100 * seen['others']:.0f} % of the cores")
    if seen["steal"] > mark:
        said.append(f"the hypervisor gave {100 * seen['steal']:.0f} % of the cores to others")
    return state, ", ".join(said)
