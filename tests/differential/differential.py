"""axb against an oracle that shares no code with it: random cases, each by the plain road and by one more.

See README.md. A case is known by its seed; `--seed N` runs that one alone and says what differs.
"""

import argparse
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import oracle_metrics
from case_roads import ROADS, CaseRunner, choose_repeats, choose_road, same_by_road
from made_cases import Case, make_case, metric_of, same_output
from oracle_metrics import METRICS, VIEWS
from roads import Failed, Refused, Unreachable

DEFAULT_FIRST = 1
SHORT, LONG = 1000, 20000
MOST_TRIALS = 60  # of making a case smaller
MOST_TASKS = 100  # of a process, then of a new one: what the oracle has computed is kept


@dataclass
class Outcome:
    seed: int
    metric: str
    road: str
    pairs: int = 0
    matches: int = 0
    refused: bool = False
    wrong: str = ""  # what differs, and where


@dataclass
class Sums:
    cases: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)
    matches: Counter[str] = field(default_factory=Counter)
    with_matches: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        for name in ("all", outcome.metric, outcome.road):
            self.cases[name] += 1
            self.pairs[name] += outcome.pairs
            self.matches[name] += outcome.matches
            self.with_matches[name] += outcome.matches > 0
            self.refused[name] += outcome.refused
            self.wrong[name] += bool(outcome.wrong)

    def table(self, head: str, names: Iterable[str]) -> str:
        lines = [f"{head:<22}{'cases':>8}{'with matches':>14}{'pairs':>12}{'matches':>11}{'refused':>9}{'differ':>8}"]
        lines += [
            f"{name:<22}{self.cases[name]:>8}{self.with_matches[name]:>14}{self.pairs[name]:>12}"
            f"{self.matches[name]:>11}{self.refused[name]:>9}{self.wrong[name]:>8}"
            for name in names
        ]
        return "\n".join(lines)


# ---- The list of metrics -------------------------------------------------------------------------------------------


def check_metrics(axb: str) -> None:
    """A metric that axb lists and the oracle lacks, or knows otherwise, ends the run."""
    listed = subprocess.run([axb, "metrics"], capture_output=True, text=True, check=True).stdout
    row = re.compile(r"^([A-Za-z_]+)\(COL(?:\[, \w+ = (\S+)\])?\)( \*)?", re.MULTILINE)
    found = {name: (default, bool(star)) for name, default, star in row.findall(listed)}
    known = {
        name: (metric.arguments[0] if metric.arguments else "", metric.views == VIEWS)
        for name, metric in METRICS.items()
    }
    wrong = sorted(name for name in found.keys() | known.keys() if found.get(name) != known.get(name))
    if wrong or not found:
        sys.exit(f"axb metrics and tests/differential/oracle_metrics.py differ in: {', '.join(wrong) or 'all'}")


# ---- One case ------------------------------------------------------------------------------------------------------


def first_difference(wanted: bytes, got: bytes) -> str:
    """The first line that differs."""
    lines = zip([*wanted.split(b"\n"), b"(end)"], [*got.split(b"\n"), b"(end)"], strict=False)
    for number, (line, other) in enumerate(lines, 1):
        if line != other:
            return f"line {number}: not {other.decode(errors='replace')!r} but {line.decode(errors='replace')!r}"
    return "in length"


def run_case(case: Case, road: str, axb: str, folder: Path) -> tuple[str, bool, list[str]]:
    """What is wrong, or ""; whether axb refused for want of memory; the commands."""
    run = CaseRunner(axb, folder, case, Random(f"road {case.seed}"))
    by_plain = True
    try:
        plain = run.plain()
        wanted = case.expected()
        repeats = choose_repeats(run.rng, road, case)
        if repeats > 1 and same_output(case, plain, wanted):
            run.case = case.repeated(repeats)
            plain, wanted = run.plain(), case.expected(repeats)
        if not same_output(case, plain, wanted):
            return f"the plain run: {first_difference(wanted, plain)}", False, run.log
        by_plain = False
        got = ROADS[road].go(run)
        if not same_by_road(road, case, plain, got):
            return f"by {road}: {first_difference(plain, got)}", False, run.log
    except Unreachable:
        return "" if by_plain and not case.matches() else "axb says that no pair can match", False, run.log
    except Refused:
        return "" if road == "little-memory" and not by_plain else "axb has too little memory", True, run.log
    except (Failed, subprocess.TimeoutExpired, ValueError) as error:  # the last: what it wrote cannot be read
        return f"{road}: {error}", False, run.log
    return "", False, run.log


def in_new_folder(case: Case, road: str, axb: str) -> tuple[str, bool, list[str], Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"axb-differential-{case.seed}-"))
    wrong, refused, log = run_case(case, road, axb, folder)
    if not wrong:
        shutil.rmtree(folder)
    return wrong, refused, log, folder


def fewer_rows(case: Case) -> Iterator[Case]:
    """The case without some rows: large runs of them first."""
    sides = "a" if case.verb == "dedupe" else "ab"
    size = max(len(case.a.rows), len(case.b.rows))
    while size:
        for side in sides:
            n = len(case.table(side).rows)
            yield from (case.without(side, range(k, k + size)) for k in range(0, n, size) if size <= n)
        size //= 2


def shrink(case: Case, road: str, axb: str) -> Case:
    """With few rows, as long as something is wrong."""
    trials = 0
    smaller = True
    while smaller and trials < MOST_TRIALS:
        smaller = False
        for candidate in fewer_rows(case):
            trials += 1
            wrong, _, _, folder = in_new_folder(candidate, road, axb)
            shutil.rmtree(folder, ignore_errors=True)
            if wrong:
                case, smaller = candidate, True
                break
            if trials >= MOST_TRIALS:
                break
    return case


def report(case: Case, road: str, axb: str) -> str:
    """The case as small as it gets, and how to see it again."""
    seed, rows = case.seed, (len(case.a.rows), len(case.b.rows))
    wrong, _, log, folder = in_new_folder(case, road, axb)
    if wrong:
        small = shrink(case, road, axb)
        again, _, small_log, small_folder = in_new_folder(small, road, axb)
        if again:
            shutil.rmtree(folder)
            wrong, log, folder, rows = again, small_log, small_folder, (len(small.a.rows), len(small.b.rows))
    commands = "\n".join(f"  axb {line}" for line in log)
    return (
        f"seed {seed}, {case.metric}, by {road}: {wrong or 'differed once, and not again'}\n"
        f"  rows {rows[0]} and {rows[1]}, files in {folder}\n{commands}\n"
        f"  again: tests/differential/run --seed {seed}"
    )


def outcome_of(seed: int) -> Outcome:
    """In a process of the pool."""
    case = make_case(seed)
    asked = options.road and ROADS[options.road].possible(case)
    road = options.road if asked else choose_road(Random(f"choice {seed}"), case)
    outcome = Outcome(seed, case.metric, road)
    wrong, outcome.refused, log, folder = in_new_folder(case, road, options.axb)
    if case.verb == "dedupe":
        outcome.pairs = len(case.a.rows) * (len(case.a.rows) - 1) // 2
    else:
        outcome.pairs = len(case.a.rows) * len(case.b.rows)
    outcome.matches = len(case.matches())
    if wrong:
        shutil.rmtree(folder)
        outcome.wrong = f"{wrong}\n" + report(case, road, options.axb)
    if options.verbose:
        print("\n".join(f"axb {line}" for line in log), flush=True)
    oracle_metrics.figure.cache_clear()
    return outcome


# ---- All -----------------------------------------------------------------------------------------------------------


def parse_options() -> argparse.Namespace:
    long = os.environ.get("AXB_TEST_LONG")
    parser = argparse.ArgumentParser(prog="tests/differential/run", description=__doc__)
    parser.add_argument("--axb", required=True, help="this axb")
    parser.add_argument("--cases", type=int, default=LONG if long else SHORT, help="so many (default: %(default)s)")
    parser.add_argument("--first", type=int, default=DEFAULT_FIRST, help="from this seed on (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="this case alone")
    parser.add_argument("--metric", choices=METRICS, help="those cases that are about this one")
    parser.add_argument("--road", choices=ROADS, help="by this road wherever it can be")
    parser.add_argument("--jobs", type=int, default=2, help="at a time (default: %(default)s)")
    parser.add_argument("--most-findings", type=int, default=10, help="stop after so many (default: %(default)s)")
    parser.add_argument("-v", "--verbose", action="store_true", help="print every command")
    given = parser.parse_args()
    given.axb = str(Path(given.axb).resolve())
    if given.seed is not None:
        given.first, given.cases, given.jobs = given.seed, 1, 1
    return given


def main() -> int:
    oracle_metrics.self_check(Random(0))
    check_metrics(options.axb)
    print(f"seeds {options.first} to {options.first + options.cases - 1}", flush=True)
    sums, began, told = Sums(), time.monotonic(), time.monotonic()
    seeds = range(options.first, options.first + options.cases)
    if options.metric:
        seeds = [seed for seed in seeds if metric_of(seed) == options.metric]
    with multiprocessing.Pool(options.jobs, maxtasksperchild=MOST_TASKS) as pool:
        for outcome in pool.imap_unordered(outcome_of, seeds, chunksize=4 if len(seeds) > 20 else 1):
            sums.add(outcome)
            if outcome.wrong:
                print(f"after {sums.cases['all']} cases: {outcome.wrong}", flush=True)
            if sums.wrong["all"] >= options.most_findings:
                pool.terminate()
                break
            if time.monotonic() - told > 30:
                told = time.monotonic()
                print(f"{sums.cases['all']} cases, {told - began:.0f} s", file=sys.stderr, flush=True)
    print(sums.table("metric", METRICS))
    print(sums.table("road", [*ROADS, "all"]))
    return 1 if sums.wrong["all"] else 0


options = parse_options()

if __name__ == "__main__":
    sys.exit(main())
