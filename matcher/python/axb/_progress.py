"""The bar that shows how far a run is: by tqdm, which knows notebooks and terminals.

It appears when a run takes longer than a second, and only where somebody can see it; what scorers print and what the
program notes goes above it.
"""

from __future__ import annotations

import sys
import time
import warnings
from typing import Any

from . import _notebook

_WAIT_SECONDS = 1.0


class Progress:
    """A bar for one run.

    Parameters
    ----------
    shown : bool, optional
        True: from the beginning; False: never; None: if it takes longer than a second and stderr is a terminal, or
        this is a notebook.
    """

    def __init__(self, shown: bool | None = None) -> None:
        self._wanted = _is_watched() if shown is None else shown
        self._not_before = time.monotonic() + (0 if shown else _WAIT_SECONDS)
        self._bar: Any = None
        self._phase = ""
        self._began, self._pairs_began = 0.0, 0.0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def update(self, report: dict[str, Any]) -> None:
        """Draw a report of the program."""
        now = time.monotonic()
        if report["phase"] != self._phase:
            self._phase = report["phase"]
            self._began, self._pairs_began = now, report["pairs_done"]
            self.close()
        if not self._wanted or now < self._not_before:
            return
        if self._bar is None:
            self._bar = _open_bar(report["total"], self._phase)
        rate = (report["pairs_done"] - self._pairs_began) / max(now - self._began, 1e-9)
        self._bar.n = min(report["done"], report["total"])
        self._bar.unit = describe(report, rate)  # its postfix would begin with a comma
        self._bar.refresh()

    def write(self, text: str) -> None:
        """Write text to stderr, above the bar."""
        if self._bar is not None:
            self._bar.clear()
        sys.stderr.write(text)
        sys.stderr.flush()

    def close(self) -> None:
        """Take the bar away."""
        bar, self._bar = self._bar, None
        if bar is not None:
            bar.close()


def describe(report: dict[str, Any], rate: float) -> str:
    """Say how fast it is, what was found, and how long it still takes: "9.3 G pairs/s, 1.2 M found, 0:03 left"."""
    parts = []
    if rate > 0:
        parts.append(f"{count(rate)} pairs/s")
    if report["found"]:
        parts.append(f"{count(report['found'])} found")
    if report["left_seconds"] is not None:
        parts.append(f"{clock(report['left_seconds'])} left")
    return ", ".join(parts)


def count(value: float) -> str:
    """Write 1234567 as "1.23 M", and a number below 10,000 as it is."""
    if value < 9999.5:
        return f"{value:.0f}"
    step = 0
    while value >= 999.5 and step < 6:
        value, step = value / 1000, step + 1
    return f"{value:.3g} {' kMGTPE'[step]}"


def clock(seconds: float) -> str:
    """Write 83 as "1:23", 4000 as "1:06:40", four days as "4 days"."""
    s = round(seconds)
    if s >= 2 * 86400:
        return f"{s // 86400} days"
    if s >= 3600:
        return f"{s // 3600}:{s // 60 % 60:02}:{s % 60:02}"
    return f"{s // 60}:{s % 60:02}"


def _open_bar(total: int, phase: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that ipywidgets are missing: then it is text
        from tqdm.auto import tqdm
    layout = "{desc} {percentage:3.0f}%|{bar}| {unit}" if total else "{desc} {unit}"  # 0: nobody knows how far
    return tqdm(total=max(total, 1), desc=phase, leave=False, bar_format=layout, unit="", file=sys.stderr)


def _is_watched() -> bool:
    return in_notebook() or (sys.stderr is not None and sys.stderr.isatty())


def in_notebook() -> bool:
    """Say whether this is the kernel of a notebook, without importing anything of it."""
    return getattr(_notebook.shell(), "kernel", None) is not None
