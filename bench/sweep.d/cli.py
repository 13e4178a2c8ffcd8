"""bench/sweep from its options to its results: what is said and asked, begun, stopped and written."""

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
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import facts
import layout
import page
import points
import records
import summary
from campaign import Campaign, left, missing_tables
from guardian import SIGNALS, Guardian
from options import FAILED, NO_INPUT, ROOT, STOPPED, UNAVAILABLE, USAGE, check, check_pages, fail, parser, wish_from
from points import Point, Wish
from runs import Bench


class Stopped(BaseException):
    """A signal asks for the end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


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
        "wish": asdict(wish),
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
        if lines and lines[-1]["kind"] != "end" and any(line["kind"] == "run" for line in lines):
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
    wish = Wish(**lines[0]["wish"]) if lines else wish_from(options, units)
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
        journal.close()
        if any(line["kind"] == "run" for line in records.read(folder)):
            write_results(folder, old, bench.scratch)
    failed = [line["why"] for line in records.read(folder) if line.get("state") == "failed"]
    if failed:
        fail(FAILED, f"{points.count_of(len(failed), 'run')} failed, the first: {failed[0]}")


def stop(number: int, _frame: FrameType | None) -> NoReturn:
    """The handler of signals."""
    raise Stopped(number)


def main() -> None:
    """All of it."""
    options = parser().parse_args()
    check(options)
    try:
        page_again(options) if options.page else sweep(options)
    except KeyboardInterrupt:  # before there is a guardian
        sys.exit(128 + signal.SIGINT)
    except Stopped as stopped:
        print(f"bench/sweep: stopped; bench/sweep --resume {folder_of(options)} goes on", file=sys.stderr)
        sys.exit(128 + stopped.number)
