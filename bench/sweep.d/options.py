"""The options of bench/sweep, their help, and what they ask for on this machine."""

from __future__ import annotations

import argparse
import math
import os
import sys
from pathlib import Path
from typing import NoReturn

import facts
import ladder
import layout
import points
from points import Wish
from works import WORKS

ROOT = Path(__file__).resolve().parents[2]
BINDS = ("core", "pu", "numa", "none")
USAGE, NO_INPUT, UNAVAILABLE, FAILED, STOPPED = 2, 66, 69, 70, 75
# One worker takes about so long; longer where many share it, since the largest count must be measurable. For a quick
# sweep the first is taken with which it fits.
SECONDS, EACH, MOST_SECONDS = 6.0, 0.25, 60.0
QUICK_SECONDS, QUICK_LIMIT = (4.0, 3.0, 2.0, 1.5, 1.0, 0.7, 0.5, 0.3), 110.0
WEAK = 1.5
RUNS, QUICK_RUNS, QUICK_POINTS = 5, 3, 5
CEILING, QUICK_CEILING = 1.0, 0.3
# What the record of an interrupted sweep says by itself.
ASKED_AT_FIRST = ("out", "quick", "works", "workers", "scaling", "binds", "rows", "seconds", "runs", "set_huge_pages",
                  "mark", "refuse", "again")  # fmt: skip

HELP = """How axb scales with workers, on this machine, on one page.

A ladder of worker counts (powers of two, and the borders of the machine: an L3 cache, a NUMA node, a package, all
cores, all processing units) is run for several kinds of work, in turns, several times. Beside the curves stand what the
same cores give at most: reading memory, and kernels alone. Each run is watched for what else runs on its cores.

  bench/sweep --quick                     two minutes, for a first look
  bench/sweep                             the whole
  bench/sweep --works join,kernel --workers 1,2,4-16
  bench/sweep --resume build/sweep        goes on after an interruption
  bench/sweep --compare OLD.json          beside an older sweep, of another machine or commit
  bench/sweep --page build/sweep/sweep.json   makes the page again and runs nothing
"""
EPILOG = """Works:
{works}

It writes DIR/sweep.jsonl as it goes, a line for each run, and from that sweep.csv, sweep.json and sweep.html, at its
end and when it is interrupted. Before it begins it says how long it will take, and asks if that is a terminal.

It changes nothing of the machine, unless --set-huge-pages is given; then the setting is put back at the end, also
after SIGINT, SIGTERM and SIGKILL. Tables of the generator are kept in --data for the next time.

Exit status: 0 done, 2 the command line is wrong, 66 no such input, 69 something is missing, 70 a run failed,
75 not begun, 128 + N ended by signal N.
"""


def parser() -> argparse.ArgumentParser:
    """All options."""
    works = "\n".join(f"  {name:8} {work.what}" for name, work in WORKS.items())
    p = argparse.ArgumentParser("bench/sweep", description=HELP, epilog=EPILOG.format(works=works),
                                formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    add_what(p)
    add_how(p)
    add_pages(p)
    return p


def add_what(p: argparse.ArgumentParser) -> None:
    """What is measured."""
    what = p.add_argument_group("what is measured")
    what.add_argument("--quick", action="store_true", help="few counts, strong scaling alone, small tables, three runs")
    what.add_argument("--works", default=",".join(WORKS), metavar="W,…", help="these works alone (default: all)")
    what.add_argument("--workers", metavar="LIST", help="these worker counts, such as 1,2,4-16 (default: the ladder)")
    what.add_argument("--scaling", metavar="S,…", help="strong, weak (default: both; with --quick strong)")
    what.add_argument("--binds", metavar="B,…",
                      help="bindings of axb; the first is that of the curves, the others are compared at all cores "
                           "(default: core,pu,numa,none; with --quick none is compared)")  # fmt: skip
    what.add_argument("--rows", action="append", default=[], metavar="WORK=N",
                      help="rows a side of a work, for strong scaling (default: by --seconds)")  # fmt: skip
    what.add_argument("--seconds", type=float, metavar="S",
                      help="rows are chosen so that a work takes one worker about so long (default: 6, more on many "
                           "cores; with --quick as long as two minutes allow)")  # fmt: skip
    what.add_argument("--runs", type=int, metavar="N", help="runs of each point (default: 5; with --quick 3)")
    what.add_argument("--set-huge-pages", action="store_true",
                      help="compare with huge pages as well: sets shmem_enabled to always, as root")  # fmt: skip


def add_how(p: argparse.ArgumentParser) -> None:
    """How it goes about it."""
    how = p.add_argument_group("how")
    how.add_argument("--axb", type=Path, metavar="PROGRAM",
                     help="this axb, with axb-sample and bench/ceiling beside it (default: build/release/axb, which is "
                          "built first)")  # fmt: skip
    how.add_argument("--out", type=Path, metavar="DIR", help="where results go (default: build/sweep)")
    how.add_argument("--data", type=Path, default=ROOT / "build/demo", metavar="DIR",
                     help="where tables are kept (default: build/demo)")  # fmt: skip
    how.add_argument("--yes", action="store_true", help="begin without a question")
    how.add_argument("--plan", action="store_true", help="say what would be run and how long it takes, and run nothing")
    how.add_argument("--resume", type=Path, metavar="DIR", help="go on with what an interrupted sweep left in DIR")
    how.add_argument("--mark", type=float, default=5, metavar="PERCENT",
                     help="mark runs in which others took more of the cores (default: 5)")  # fmt: skip
    how.add_argument("--refuse", type=float, default=20, metavar="PERCENT",
                     help="refuse and repeat runs in which others took more of the cores (default: 20)")  # fmt: skip
    how.add_argument("--again", type=int, default=2, metavar="N", help="repeat a refused run so often (default: 2)")
    how.add_argument("--root", type=Path, default=Path("/"), metavar="DIR",
                     help="read /proc and /sys, and set pages, below DIR; for tests")  # fmt: skip


def add_pages(p: argparse.ArgumentParser) -> None:
    """What is made of recorded figures."""
    out = p.add_argument_group("pages of recorded figures")
    out.add_argument("--compare", type=Path, metavar="OLD.json", help="show an older sweep beside this one")
    out.add_argument("--page", type=Path, metavar="FROM.json", help="make sweep.html of these figures, and run nothing")


def fail(status: int, words: str) -> NoReturn:
    """Ends with a message."""
    print(f"bench/sweep: {words}", file=sys.stderr)
    sys.exit(status)


# ---- From options to a wish ------------------------------------------------------------------------------------------


def names(text: str, known: tuple[str, ...], what: str) -> list[str]:
    """Names with commas between them, each of which exists."""
    found = list(dict.fromkeys(filter(None, text.split(","))))
    for name in found:
        if name not in known:
            fail(USAGE, f"{name!r} is none of the {what}: {', '.join(known)}")
    if not found:
        fail(USAGE, f"no {what}")
    return found


def rows_given(texts: list[str]) -> dict[str, int]:
    """--rows WORK=N."""
    rows = {}
    for text in texts:
        name, _, number = text.partition("=")
        if name not in WORKS or not number.isdigit() or not int(number):
            fail(USAGE, f"--rows takes WORK=N, such as join=900000, and not {text!r}")
        rows[name] = int(number)
    return rows


def counts_wanted(options: argparse.Namespace, units: list[layout.Unit]) -> list[int]:
    """The ladder, as far as a CPU quota lets it go, or what the user lists."""
    most = max(1, math.floor(min(len(units), layout.quota_cpus(options.root))))
    if options.workers:
        try:
            return ladder.listed(options.workers, len(units))
        except ValueError as error:
            fail(USAGE, f"--workers {options.workers}: {error}")
    full = ladder.counts(most, {**layout.borders_of(units), "all that may be used": most})
    return ladder.thinned(full, set(layout.borders_of(units).values()), QUICK_POINTS) if options.quick else full


def wish_from(options: argparse.Namespace, units: list[layout.Unit]) -> Wish:
    """What the options ask for on this machine."""
    counts = counts_wanted(options, units)
    if options.seconds or not options.quick:
        return wish_for(options, counts, options.seconds or min(max(SECONDS, EACH * counts[-1]), MOST_SECONDS))
    wishes = [wish_for(options, counts, seconds) for seconds in QUICK_SECONDS]
    return next((wish for wish in wishes if fits(wish, units)), wishes[-1])


def fits(wish: Wish, units: list[layout.Unit]) -> bool:
    """Does it take two minutes, with all of its tables to be made?"""
    some = points.all_points(wish, units)
    return points.estimate(wish, some, points.tables_wanted(wish, some)) <= QUICK_LIMIT


def wish_for(options: argparse.Namespace, counts: list[int], seconds: float) -> Wish:
    """The wish with rows for so many seconds of one worker."""
    quick, works, given = options.quick, names(options.works, tuple(WORKS), "works"), rows_given(options.rows)
    weak_seconds = min(WEAK, seconds / 3)
    return Wish(
        works=works,
        scalings=names(options.scaling or ("strong" if quick else "strong,weak"), ("strong", "weak"), "scalings"),
        binds=names(options.binds or ",".join(BINDS), BINDS, "bindings"),
        counts=counts,
        rows=points.rows_of(works, seconds, given),
        weak_rows={name: given.get(name) or WORKS[name].weak_base(weak_seconds, counts[-1]) for name in works},
        variations=not quick or bool(options.binds) or options.set_huge_pages,
        huge_pages=options.set_huge_pages,
        runs=options.runs or (QUICK_RUNS if quick else RUNS),
        ceiling_seconds=QUICK_CEILING if quick else CEILING,
    )


def check(options: argparse.Namespace) -> None:
    """What no option may be."""
    if options.runs is not None and options.runs < 1:
        fail(USAGE, "--runs is at least 1")
    if options.seconds is not None and not options.seconds > 0:
        fail(USAGE, "--seconds is above 0")
    if not 0 <= options.mark <= options.refuse:
        fail(USAGE, "--mark is at least 0, and --refuse no less than it")
    if options.resume:
        check_resume(options)


def check_resume(options: argparse.Namespace) -> None:
    """A sweep goes on as it began: what was asked then cannot be asked otherwise."""
    usual = parser()
    for name in ASKED_AT_FIRST:
        if getattr(options, name) != usual.get_default(name):
            fail(USAGE, f"--resume goes on as the sweep began; leave --{name.replace('_', '-')} out")


def check_pages(wish: Wish, root: Path) -> None:
    """Can the setting be changed, if that is wished?"""
    huge = root / facts.HUGE_SETTING
    if wish.huge_pages and not os.access(huge, os.W_OK):
        fail(UNAVAILABLE, f"--set-huge-pages: {huge} cannot be written; that takes root")
