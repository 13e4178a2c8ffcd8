"""The kinds of work whose scaling is measured: one row each.

A row says which command it is, how many records suit a number of seconds, and in which phases of ``--stats`` it does
its own work. The seconds here serve estimates and sizes alone; no figure of a table comes from them. They were read
off one core of an AMD EPYC (Zen 5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# As axb does them, in this order; what is left of the total is called REST.
PHASES = ("load", "index", "plan", "build", "join", "order", "write")
REST = "start and rest"
PHASE_NAMES = {  # as the page has them, from the bottom of a column up
    REST: REST,
    "load": "read",
    "index": "index",
    "plan": "plan",
    "build": "join build",
    "join": "search",
    "order": "order",
    "write": "write or score",
}
MAKING_SECONDS = 4e-6  # for a record of both tables
START_SECONDS = 0.08
WEAK_FACTOR = 4  # tables of weak scaling have at most so many times the most rows of strong scaling
WEAK_LEAST_SECONDS = 0.15  # one worker has at least so much to do


@dataclass(frozen=True)
class Work:
    """A kind of work; one worker takes fixed + linear * rows + square * rows^2 seconds."""

    name: str
    what: str
    words: tuple[str, ...]  # of the command line, after the files
    own: tuple[str, ...]  # phases that are what it is about
    unit: str  # what is counted: pairs of distinct values, pairs of rows, rows
    grows: str  # weak scaling: what of it a worker has the same of, "pairs" or "rows"
    fixed: float
    linear: float
    square: float
    most_rows: int

    def seconds(self, rows: float, workers: int = 1) -> float:
        """An estimate, with reading and index taken as a quarter parallel."""
        alone = self.fixed + START_SECONDS + 0.75 * self.linear * rows
        return alone + (0.25 * self.linear * rows + self.square * rows * rows) / workers

    def rows_for(self, seconds: float) -> int:
        """How many rows take one worker so long, rounded to two digits; within 2,000 and the most."""
        left = max(seconds - self.fixed, 0.01)
        if self.square:
            rows = (math.sqrt(self.linear**2 + 4 * self.square * left) - self.linear) / (2 * self.square)
        else:
            rows = left / self.linear
        return rounded(min(max(rows, 2000), self.most_rows))

    def weak_base(self, seconds: float, most_workers: int) -> int:
        """Rows of one worker: as many as take so long, fewer where the largest count would pass the most rows."""
        fitting = WEAK_FACTOR * self.most_rows / (self.weak_rows(1000, most_workers) / 1000)
        least = self.rows_for(WEAK_LEAST_SECONDS)
        return rounded(max(min(self.rows_for(seconds), fitting), least))

    def weak_rows(self, rows_of_one: int, workers: int) -> int:
        """How many rows give each of so many workers what one has with `rows_of_one`."""
        factor = workers if self.grows == "rows" else math.sqrt(workers)
        return round(rows_of_one * factor)


def rounded(x: float) -> int:
    """Two digits, the rest zeros."""
    unit = 10.0 ** (math.floor(math.log10(x)) - 1)
    return int(round(x / unit) * unit)


# What the work `scorer` compiles: some ten nanoseconds a pair, and no branch that spares most of them.
SCORER = """#include <axb.h>

double score(const axb_row_a *a, const axb_row_b *b)
{
    const double last = axb_jaro_winkler(a->last, b->last);
    return 0.4 * axb_jaro_winkler(a->first, b->first) + 0.6 * last;
}
"""
ON_NAMES = ("--on", "full", "--metric")
WORKS = {
    work.name: work
    for work in (
        Work("join", "Levenshtein at 0.85 through its join: index and candidates, so memory as well as cores",
             (*ON_NAMES, "levenshtein", "--min", "0.85", "--count"), ("build", "join"), "pairs", "pairs",
             0, 1.7e-6, 1.2e-12, 4_000_000),
        Work("kernel", "every pair through the kernels of Levenshtein at 0.85 (--no-prune): cores alone",
             (*ON_NAMES, "levenshtein", "--min", "0.85", "--count", "--no-prune"), ("join",), "pairs", "pairs",
             0, 1.5e-6, 4e-10, 500_000),
        Work("scorer", "every pair through a function in C (two metrics), which is compiled first",
             ("--score", "{scorer}", "--min", "0.9", "--count"), ("write",), "pairs", "pairs",
             0.25, 1.5e-6, 4e-9, 200_000),
        Work("writing", "Jaro-Winkler at 0.9 written to a file: lines of many pairs",
             (*ON_NAMES, "jaro_winkler", "--min", "0.9", "-o", "{output}"), ("order", "write"), "lines", "pairs",
             0, 2.5e-6, 1.2e-11, 2_000_000),
        Work("ingest", "reading two files and building the index, with next to no search (equal)",
             (*ON_NAMES, "equal", "--min", "1", "--count"), ("load", "index"), "rows", "rows",
             0, 0.6e-6, 0, 5_000_000),
    )
}  # fmt: skip
