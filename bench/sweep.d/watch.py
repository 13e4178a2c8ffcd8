"""When the processes of a run were on a processor: looks at /proc many times while it goes on.

Each look reads how long every thread has run so far (schedstat, in nanoseconds). Between two looks that gives the share
of the time that a process was running; a coordinator with threads may have more than 1.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from layout import read_text

LOOKS = 150  # in a run, about
LEAST_STEP, MOST_STEP = 0.004, 0.25  # seconds between looks
MOST_CELLS = 200
COORDINATOR = "coordinator"


def ran_seconds(pid: int) -> float:
    """How long all threads of a process have run so far."""
    total = 0.0
    for task in Path(f"/proc/{pid}/task").glob("*"):
        fields = read_text(task / "schedstat").split()
        total += float(fields[0]) * 1e-9 if fields else 0.0
    return total


def children_of(pid: int) -> list[int]:
    """The processes that it started and that still exist."""
    return [int(child) for child in read_text(Path(f"/proc/{pid}/task/{pid}/children")).split()]


class Watch:
    """Looks at a process and its children until it ends."""

    def __init__(self, expected_seconds: float) -> None:
        self._step = min(max(expected_seconds / LOOKS, LEAST_STEP), MOST_STEP)
        self._looks: list[tuple[float, dict[int, float]]] = []
        self._first = 0

    def follow(self, pid: int) -> None:
        """Until the process has ended; it is still to be waited for."""
        self._first = pid
        begin = time.monotonic()
        while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            seen = {one: ran_seconds(one) for one in (pid, *children_of(pid))}
            self._looks.append((time.monotonic() - begin, seen))
            time.sleep(self._step)

    def rows(self) -> dict[str, Any]:
        """Ends of the cells in seconds, names of the processes, and for each the share of each cell that it ran.

        A worker that was replaced by one of the next stage has a row of its own.
        """
        looks = self._looks[:: max(1, -(-len(self._looks) // MOST_CELLS))]
        order = sorted({pid for _, seen in looks for pid in seen}, key=lambda pid: (pid != self._first, pid))
        busy = [[busy_share(a, b, pid) for a, b in zip(looks, looks[1:])] for pid in order]
        names = [COORDINATOR if pid == self._first else f"worker {k - 1}" for k, pid in enumerate(order)]
        return {"ends": [round(at, 4) for at, _ in looks], "names": names, "busy": busy}


def busy_share(a: tuple[float, dict[int, float]], b: tuple[float, dict[int, float]], pid: int) -> float:
    """The share of the time between two looks that a process ran; 0 while it does not exist."""
    if pid not in b[1] or b[0] <= a[0]:
        return 0.0
    return round(max(0.0, b[1][pid] - a[1].get(pid, 0.0)) / (b[0] - a[0]), 3)
