"""The command line of bench/sweep."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import facts
import ladder
import layout
import page
import points
import records
import summary
from campaign import Campaign, left, missing_tables
from guardian import SIGNALS, Guardian
from points import Point, Wish
from runs import Bench
from works import WORKS

ROOT = Path(__file__).resolve().parents[2]
BINDS = ("core", "pu", "numa", "none")
USAGE, NO_INPUT, UNAVAILABLE, STOPPED = 2, 66, 69, 75
QUICK_SECONDS, QUICK_RUNS, QUICK_CEILING = 1.2, 3, 0.3
SECONDS, RUNS, CEILING = 6.0, 5, 1.0
MOST_SECONDS = 60.0

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

Exit status: 0 done, 2 the command line is wrong, 66 no such input, 69 something is missing, 75 not begun,
128 + N ended by signal N.
"""


class Stopped(BaseException):
    """A signal asks for the end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


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
    what.add_argument("--quick", action="store_true", help="fewer counts, smaller tables, three runs: two minutes")
    what.add_argument("--works", default=",".join(WORKS), metavar="W,…", help="these works alone (default: all)")
    what.add_argument("--workers", metavar="LIST", help="these worker counts, such as 1,2,4-16 (default: the ladder)")
    what.add_argument("--scaling", default="strong,weak", metavar="S,…", help="strong, weak (default: both)")
    what.add_argument("--binds", default=",".join(BINDS), metavar="B,…",
                      help="bindings of axb; the first is that of the curves, the others are compared at all cores "
                           "(default: core,pu,numa,none)")  # fmt: skip
    what.add_argument("--rows", action="append", default=[], metavar="WORK=N",
                      help="rows a side of a work, for strong scaling (default: by --seconds)")  # fmt: skip
    what.add_argument("--seconds", type=float, metavar="S",
                      help="rows are chosen so that a work takes one worker about so long (default: 6, more on many "
                           "cores; with --quick 1.2, more on many cores)")  # fmt: skip
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
    """The ladder, or what the user lists."""
    if options.workers:
        try:
            return ladder.listed(options.workers, len(units))
        except ValueError as error:
            fail(USAGE, f"--workers {options.workers}: {error}")
    if options.quick:
        return points.quick_counts(units)
    return ladder.counts(len(units), layout.borders_of(units))


def seconds_wanted(options: argparse.Namespace, most_workers: int) -> float:
    """How long one worker should take: longer where many share it, since the last count must be measurable."""
    if options.seconds:
        return float(options.seconds)
    least, each = (QUICK_SECONDS, 0.02) if options.quick else (SECONDS, 0.25)
    return min(max(least, each * most_workers), MOST_SECONDS)


def wish_from(options: argparse.Namespace, units: list[layout.Unit]) -> Wish:
    """What the options ask for on this machine."""
    works = names(options.works, tuple(WORKS), "works")
    counts = counts_wanted(options, units)
    given, seconds = rows_given(options.rows), seconds_wanted(options, counts[-1])
    quick = options.quick
    weak = {name: given.get(name) or WORKS[name].rows_for(0.4 if quick else 1.5) for name in works}
    return Wish(
        works=works,
        scalings=names(options.scaling, ("strong", "weak"), "scalings"),
        binds=names(options.binds, BINDS, "bindings"),
        counts=counts,
        rows=points.rows_of(works, seconds, given),
        weak_rows=weak,
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
    if options.resume and options.out:
        fail(USAGE, "--resume goes on in its own folder; leave --out out")


def check_pages(wish: Wish, root: Path) -> None:
    """Can the setting be changed, if that is wished?"""
    huge = root / facts.HUGE_SETTING
    if wish.huge_pages and not os.access(huge, os.W_OK):
        fail(UNAVAILABLE, f"--set-huge-pages: {huge} cannot be written; that takes root")


def program(options: argparse.Namespace) -> Path:
    """The axb to measure; ours is built first."""
    if not options.axb:
        subprocess.run([str(ROOT / "tests/build"), "release"], check=True)
    axb: Path = options.axb or ROOT / "build/release/axb"
    for needed in (axb, axb.parent / "axb-sample", axb.parent / "bench/ceiling"):
        if not os.access(needed, os.X_OK):
            fail(UNAVAILABLE, f"{needed} is missing; tests/build release makes it")
    return axb


# ---- Begin, go, end --------------------------------------------------------------------------------------------------


def limits_of(options: argparse.Namespace) -> dict[str, Any]:
    """When a run is marked and refused, as shares, and how often it is repeated."""
    return {"mark": options.mark / 100, "refuse": options.refuse / 100, "again": options.again}


def header(options: argparse.Namespace, bench: Bench, wish: Wish, limits: dict[str, Any]) -> dict[str, Any]:
    """The first line of the record."""
    words = [word for word in sys.argv[1:] if word != "--yes"]
    return {
        "kind": "sweep",
        "format": summary.FORMAT,
        "when": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "command": shlex.join(["bench/sweep", *words]),
        "machine": facts.machine(options.root, bench.axb, bench.units),
        "wish": points.wish_facts(wish),
        "limits": limits,
    }


def read_record(folder: Path) -> list[dict[str, Any]]:
    """The lines of an interrupted sweep."""
    try:
        lines = records.read(folder)
    except (OSError, ValueError) as error:
        fail(NO_INPUT, f"--resume {folder}: {error}")
    if not lines or lines[0]["kind"] != "sweep":
        fail(NO_INPUT, f"--resume {folder}: {records.NAME} holds no sweep")
    return lines


def same_program(head: dict[str, Any], bench: Bench) -> None:
    """A sweep goes on with the program and the cores that it began with, or not at all."""
    if head["machine"]["axb"]["sha256"] != facts.program(bench.axb)["sha256"]:
        fail(USAGE, "--resume: that sweep began with another axb")
    if head["machine"]["layout"] != layout.facts(bench.units):
        fail(USAGE, "--resume: that sweep began on other processing units")


def agreed(options: argparse.Namespace) -> bool:
    """Does the user want it? Only a terminal is asked."""
    if options.yes or not sys.stdin.isatty():
        return True
    print("Begin? [Y/n, --yes skips the question] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("", "y", "yes")


def announce(wish: Wish, some: list[Point], turns: int, data: Path) -> None:
    """What is going to happen, on stderr: "73 runs, about 14 minutes"."""
    all_runs = len(some) * wish.runs
    seconds = points.estimate(wish, some, missing_tables(wish, some, data)) * turns / max(1, all_runs)
    rows = ", ".join(f"{name} {n}" for name, n in wish.rows.items())
    print(f"workers {', '.join(map(str, wish.counts))}; rows a side: {rows}", file=sys.stderr)
    done = f" ({all_runs - turns} are done)" if turns < all_runs else ""
    print(f"{points.count_of(turns, 'run')}, about {points.spoken(seconds)}{done}", file=sys.stderr)


def write_results(folder: Path, old: dict[str, Any] | None, scratch: Path) -> None:
    """All that follows from the journal."""
    figures = summary.summarise(records.read(folder))
    records.write(folder / "sweep.json", json.dumps(figures, indent=1) + "\n", scratch)
    records.write(folder / "sweep.csv", summary.as_csv(figures), scratch)
    records.write(folder / "sweep.html", page.page(figures, old), scratch)
    print(summary.markdown(figures))
    print(f"{folder}/sweep.html {folder}/sweep.json {folder}/sweep.csv", file=sys.stderr)


def old_figures(options: argparse.Namespace) -> dict[str, Any] | None:
    """What --compare names."""
    return figures_in(options.compare) if options.compare else None


def figures_in(path: Path) -> dict[str, Any]:
    """Recorded figures."""
    try:
        return records.read_figures(path, summary.FORMAT)
    except (OSError, ValueError) as error:
        fail(NO_INPUT, f"{path}: {error}")


def page_again(options: argparse.Namespace) -> None:
    """--page."""
    html = page.page(figures_in(options.page), old_figures(options))
    folder: Path = options.out or options.page.parent
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        records.write(folder / "sweep.html", html, Path(scratch))
    print(f"{folder}/sweep.html", file=sys.stderr)


def begun(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The lines to go on with; none for a new sweep, which does not overwrite one that could go on."""
    if options.resume:
        return read_record(options.resume)
    folder = folder_of(options)
    if (folder / records.NAME).exists() and not options.plan:
        lines = records.read(folder)
        if lines and lines[-1]["kind"] != "end":
            fail(
                USAGE,
                f"{folder} holds a sweep that was interrupted: --resume {folder} goes on; or remove {records.NAME}",
            )
    return []


def folder_of(options: argparse.Namespace) -> Path:
    """Where results go."""
    folder: Path = options.resume or options.out or ROOT / "build/sweep"
    return folder


def sweep(options: argparse.Namespace) -> None:
    """Says what comes, asks, and measures."""
    units = layout.units_of(options.root, layout.given_cpus())
    lines, old = begun(options), old_figures(options)
    wish = points.wish_of(lines[0]["wish"]) if lines else wish_from(options, units)
    limits = lines[0]["limits"] if lines else limits_of(options)
    check_pages(wish, options.root)
    some = points.all_points(wish, units)
    announce(wish, some, len(left(wish, some, lines, limits["again"])), options.data)
    if options.plan:
        return
    if not agreed(options):
        sys.exit(STOPPED)
    axb = program(options)
    options.data.mkdir(parents=True, exist_ok=True)
    folder_of(options).mkdir(parents=True, exist_ok=True)
    with guarded() as guardian:
        scratch = guardian.folder(folder_of(options), "work")
        bench = Bench(axb, options.data, scratch, options.root, guardian, units, limits["mark"], limits["refuse"])
        measure(bench, folder_of(options), lines or [header(options, bench, wish, limits)], wish, some, old)


@contextmanager
def guarded() -> Iterator[Guardian]:
    """A guardian, and signals that end the sweep. Whatever happens, it puts things back."""
    guardian = Guardian()
    try:
        for one in SIGNALS:
            signal.signal(one, stop)
        yield guardian
    finally:
        for one in SIGNALS:
            signal.signal(one, signal.SIG_IGN)
        guardian.end()


def measure(bench: Bench, folder: Path, lines: list[dict[str, Any]], wish: Wish, some: list[Point],
            old: dict[str, Any] | None) -> None:  # fmt: skip
    """Measures what is left, and writes results, also of a part."""
    same_program(lines[0], bench)
    try:
        journal = records.Journal(folder)
    except BlockingIOError:
        fail(UNAVAILABLE, f"another sweep is writing {folder}/{records.NAME}")
    if len(lines) == 1:
        journal.clear()
        journal.add(**lines[0])
    try:
        Campaign(bench, wish, journal, lines, lines[0]["limits"]["again"]).go(some)
    finally:
        if any(line["kind"] == "run" for line in records.read(folder)):
            write_results(folder, old, bench.scratch)


def stop(number: int, _frame: FrameType | None) -> NoReturn:
    """The handler of signals."""
    raise Stopped(number)


def main() -> None:
    """All of it."""
    options = parser().parse_args()
    check(options)
    try:
        page_again(options) if options.page else sweep(options)
    except Stopped as stopped:
        print(f"bench/sweep: stopped; bench/sweep --resume {folder_of(options)} goes on", file=sys.stderr)
        sys.exit(128 + stopped.number)
