"""Which configurations are measured, in which order, and how long that will take.

A point is one configuration: a kind of work, so many workers, a placement. Each is run several times, in turns: the
first run of all points, then the second of all, so that a slow hour hits all of them alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

import layout
from layout import Unit
from works import MAKING_SECONDS, WEAK_FACTOR, WORKS

OWN_PLACEMENT = "axb"  # workers go where axb puts them
CEILINGS = ("read", "shared", "kernel")
AT_A_FEW = ("join", "kernel")  # the works whose placements, bindings and pages are compared


@dataclass(frozen=True)
class Point:
    """One configuration."""

    work: str
    scaling: str  # strong: the same rows for all counts; weak: the same work for each worker
    placement: str  # axb, compact, spread
    smt: str  # of compact and spread: off or on; else ""
    bind: str
    pages: str  # as-is, huge
    workers: int
    rows: int

    @property
    def key(self) -> str:
        """Its name in the record."""
        return "/".join(str(value) for value in asdict(self).values())

    def is_main(self, bind: str) -> bool:
        """Is it part of the curves, and no variation at a few points?"""
        return self.placement == OWN_PLACEMENT and self.pages == "as-is" and self.bind == bind


@dataclass(frozen=True)
class Wish:
    """What the user asks for."""

    works: list[str]
    scalings: list[str]
    binds: list[str]  # the first is that of the curves
    counts: list[int]
    rows: dict[str, int]  # of strong scaling, by work
    weak_rows: dict[str, int]  # of one worker
    variations: bool  # placements, SMT and bindings, too
    huge_pages: bool
    runs: int
    ceiling_seconds: float


def rows_of(works: list[str], seconds: float, given: dict[str, int]) -> dict[str, int]:
    """Rows for each work: those that the user gave, or as many as take one worker so many seconds."""
    return {name: given.get(name) or WORKS[name].rows_for(seconds) for name in works}


def few(counts: list[int], borders: dict[str, int]) -> list[int]:
    """The borders among the counts, where variations are compared."""
    return sorted(set(borders.values()) & set(counts)) or counts[-1:]


def curves(wish: Wish) -> list[Point]:
    """All works at all counts, strong and weak."""
    found = []
    for name in wish.works:
        work = WORKS[name]
        for scaling in wish.scalings:
            for workers in wish.counts:
                rows = wish.rows[name] if scaling == "strong" else work.weak_rows(wish.weak_rows[name], workers)
                if rows <= work.most_rows * (1 if scaling == "strong" else WEAK_FACTOR):
                    found.append(Point(name, scaling, OWN_PLACEMENT, "", wish.binds[0], "as-is", workers, rows))
    return found


def placements(base: Point, units: list[Unit]) -> list[Point]:
    """Compact and spread, with one unit of a core or with all, where they differ on this machine."""
    counts = layout.counts_of(units)
    alike = counts["l3"] == counts["nodes"] == counts["packages"] == 1
    if base.workers < counts["cores"] and not alike:
        found = [replace(base, placement=p, smt="off") for p in ("compact", "spread")]
    else:
        found = []
    if counts["units"] > counts["cores"] and base.workers > 1:
        found.append(replace(base, placement="compact", smt="on"))
    return found


def variations(wish: Wish, units: list[Unit], borders: dict[str, int]) -> list[Point]:
    """What is compared at a few points: placements, bindings, pages."""
    found: list[Point] = []
    for base in curves(wish) if wish.variations else ():
        if base.scaling != "strong" or base.work not in AT_A_FEW or base.workers not in few(wish.counts, borders):
            continue
        found += placements(base, units)
        if base.workers >= borders["all cores"]:
            found += [replace(base, bind=bind) for bind in wish.binds[1:]]
        if wish.huge_pages:
            found.append(replace(base, pages="huge"))
    return found


def all_points(wish: Wish, units: list[Unit]) -> list[Point]:
    """Curves first, each point once."""
    borders = layout.borders_of(units)
    return list(dict.fromkeys(curves(wish) + variations(wish, units, borders)))


def turns(points: list[Point], runs: int) -> list[tuple[int, Point]]:
    """Run 1 of all points, then run 2 of all."""
    return [(turn, point) for turn in range(1, runs + 1) for point in points]


def seconds_of(point: Point, runs: int) -> float:
    """An estimate of all its runs."""
    return runs * WORKS[point.work].seconds(point.rows, point.workers)


def tables_wanted(wish: Wish, some: Iterable[Point]) -> set[int]:
    """Numbers of rows of all tables; the ceiling of kernels needs one too."""
    return {p.rows for p in some} | {kernel_rows(wish)}


def kernel_rows(wish: Wish) -> int:
    """Rows of the table that the ceiling of kernels compares with itself."""
    return wish.rows.get("kernel") or WORKS["kernel"].rows_for(0.4)


def estimate(wish: Wish, points: list[Point], missing_rows: set[int]) -> float:
    """Seconds that the whole takes: runs, ceilings, tables that must be made."""
    ceilings = len(wish.counts) * len(CEILINGS) * (wish.ceiling_seconds + 0.3)
    making = MAKING_SECONDS * sum(missing_rows)
    return sum(seconds_of(point, wish.runs) for point in points) + ceilings + making


def count_of(n: int, thing: str) -> str:
    """1 run, 2 runs."""
    return f"{n} {thing}{'' if n == 1 else 's'}"


def spoken(seconds: float) -> str:
    """A time for people."""
    if seconds < 90:
        return count_of(max(1, round(seconds)), "second")
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"
