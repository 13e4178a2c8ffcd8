"""The sweep itself: from a wish to a journal of runs. Each run is kept before the next one begins."""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import points
import runs
from facts import HUGE_SETTING
from guardian import selected
from layout import read_text
from points import Point, Wish
from records import Journal
from runs import Bench
from summary import describe
from works import WORKS


class Pages:
    """Sets the pages of shared memory for a run; "as-is" is what the machine had."""

    def __init__(self, bench: Bench, allowed: bool) -> None:
        self._bench, self._path, self._now = bench, bench.root / HUGE_SETTING, "as-is"
        self._as_is = selected(read_text(self._path)) if allowed else ""

    def use(self, pages: str) -> None:
        """Makes runs from now on have such pages."""
        if pages != self._now:
            self._bench.guardian.change(self._path, "always" if pages == "huge" else self._as_is)
            self._now = pages


def missing_tables(wish: Wish, some: Iterable[Point], data: Path) -> set[int]:
    """Those that do not exist yet."""
    return {rows for rows in points.tables_wanted(wish, some) if not (data / str(rows) / "truth.csv").exists()}


def is_over(line: dict[str, Any], again: int) -> bool:
    """Does a run settle its turn? A refused one does when it was the last try."""
    return bool(line["state"] != "refused" or line["attempt"] > again)


def left(wish: Wish, some: list[Point], lines: list[dict[str, Any]], again: int) -> list[tuple[int, Point]]:
    """Turns that no record settles."""
    over = {(line["key"], line["turn"]) for line in lines if line["kind"] == "run" and is_over(line, again)}
    return [(turn, point) for turn, point in points.turns(some, wish.runs) if (point.key, turn) not in over]


class Campaign:
    """What is left to be done, and what it takes."""

    def __init__(self, bench: Bench, wish: Wish, journal: Journal, done: list[dict[str, Any]], again: int) -> None:
        self._bench, self._wish, self._journal, self._done, self._again = bench, wish, journal, done, again
        self._pages = Pages(bench, wish.huge_pages)
        self._ratios: list[float] = []  # measured / estimated seconds
        self._tries = Counter((line["key"], line["turn"]) for line in done if line["kind"] == "run")

    def go(self, some: list[Point]) -> None:
        """Tables, ceilings, runs, in this order."""
        runs.make_scorer(self._bench)
        for rows in sorted(missing_tables(self._wish, some, self._bench.data)):
            say(f"making tables of {rows} rows")
            runs.make_tables(self._bench, rows)
        self._ceilings()
        queue = deque(left(self._wish, some, self._done, self._again))
        while queue:
            turn, point = queue.popleft()
            line = self._one(turn, point)
            if not is_over(line, self._again):
                queue.append((turn, point))
            self._progress(line, point, queue)
        self._pages.use("as-is")
        self._watch(some)
        self._journal.add("end")

    def _ceilings(self) -> None:
        done = {(line["what"], line["workers"]) for line in self._done if line["kind"] == "ceiling"}
        wanted = [(what, workers) for workers in self._wish.counts for what in points.CEILINGS]
        for what, workers in wanted:
            for _ in range(0 if (what, workers) in done else 1 + self._again):
                found = runs.ceiling(self._bench, what, workers, self._wish.binds[0], self._wish.ceiling_seconds,
                                     points.kernel_rows(self._wish))  # fmt: skip
                self._journal.add("ceiling", **found)
                rate = f"{found['rate']:.4g}/s" if found["rate"] else "failed"
                why = f"; {found['why']}" if found["why"] else ""
                say(f"ceiling {what}, {points.count_of(workers, 'worker')}: {rate}{why}")
                if found["state"] != "refused":
                    break

    def _watch(self, some: list[Point]) -> None:
        """A picture of the first work at the most workers, once."""
        if any(line["kind"] == "timeline" for line in self._done):
            return
        of = [p for p in some if p.is_main(self._wish.binds[0]) and p.work == self._wish.works[0]]
        point = max((p for p in of if p.scaling == of[0].scaling), key=lambda p: p.workers)
        seen = runs.watched(self._bench, point)
        if seen:
            self._journal.add("timeline", **asdict(point), **seen)

    def _one(self, turn: int, point: Point) -> dict[str, Any]:
        self._pages.use(point.pages)
        self._tries[point.key, turn] += 1
        line = {"key": point.key, **asdict(point), "turn": turn, "attempt": self._tries[point.key, turn],
                **runs.run(self._bench, point)}  # fmt: skip
        self._journal.add("run", **line)
        if line["stats"]:
            estimated = WORKS[point.work].seconds(point.rows, point.workers)
            self._ratios.append(line["wall_seconds"] / estimated)
        return line

    def _progress(self, line: dict[str, Any], point: Point, queue: Sequence[tuple[int, Point]]) -> None:
        seconds = sum(points.seconds_of(p, 1) for _, p in queue)
        seconds *= statistics.median(self._ratios) if self._ratios else 1
        note = "" if line["state"] == "clean" else f"; {line['state']}: {line['why']}"
        to_come = f"{points.count_of(len(queue), 'run')} left, {points.spoken(seconds)}"
        say(f"{describe(point)}: {line['wall_seconds']:.2f} s{note}; {to_come}")


def say(text: str) -> None:
    """A line on stderr, with the time of day."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
