"""What the programs beside `differential.py` share: their options, a run of axb, and what is reported.

A case is known by its seed and has a folder of its own. The folder stays where axb differs. Not here: what a case is.
"""

import argparse
import pathlib
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from roads import Failed, Refused, Unreachable

SHOWN = 5  # differences that are printed
WRONG = (Failed, Refused, Unreachable, subprocess.TimeoutExpired, ValueError)  # the last: what cannot be read


@dataclass(frozen=True)
class Told:
    """What a case says: whether it had something to find, the road that it went by as well, and what came of that."""

    found: bool
    road: str = ""
    came: str = "same"  # or: refused, by design; memory, of which there was too little; differs


@dataclass(frozen=True)
class Asked:
    """A case that is to be checked."""

    axb: str
    folder: pathlib.Path
    seed: int
    road: str  # that it shall go by, if it can; or ""


def run(axb: str, folder: pathlib.Path, *words: str) -> bytes:
    """Return what axb writes to stdout."""
    done = subprocess.run([axb, *words], cwd=folder, capture_output=True, timeout=300)
    if done.returncode:
        raise Failed(f"status {done.returncode}: axb {' '.join(words)}: {done.stderr.decode()}")
    return done.stdout


def difference(check: Callable[[Asked], Told], axb: str, seed: int, road: str) -> tuple[str | None, Told]:
    """Return what is wrong with a case, and what it says."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"axb-{seed}-"))
    try:
        told = check(Asked(axb, folder, seed, road))
    except WRONG as failure:
        return f"seed {seed}: {folder}: {type(failure).__name__}: {failure}", Told(True, came="differs")
    shutil.rmtree(folder)
    return None, told


def table(told: list[Told], roads: Iterable[str]) -> str:
    """How many cases went by each road, and what came of it."""
    lines = [f"{'road':<22}{'cases':>8}{'with matches':>14}{'refused':>9}{'no memory':>11}"]
    for road in roads:
        came = Counter(one.came for one in told if one.road == road)
        found = sum(one.found for one in told if one.road == road and one.came == "same")
        lines.append(f"{road:<22}{came.total():>8}{found:>14}{came['refused']:>9}{came['memory']:>11}")
    return "\n".join(lines)


def main(doc: str, cases: int, check: Callable[[Asked], Told], roads: Iterable[str] = ()) -> int:
    """Check as many cases as the command line says, by default `cases`; return the status of the program.

    check(asked) raises Failed, or says what the case has to find; each goes by one of `roads` as well.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--axb", required=True, help="the program")
    parser.add_argument("--cases", type=int, default=cases)
    parser.add_argument("--first", type=int, default=1, metavar="SEED")
    if roads:
        parser.add_argument("--road", default="", choices=list(roads), help="by this one wherever it can be")
    given = parser.parse_args()
    axb = str(pathlib.Path(given.axb).resolve())
    seeds = range(given.first, given.first + given.cases)
    done, found = [], 0
    for seed in seeds:
        text, told = difference(check, axb, seed, given.road if roads else "")
        done.append(told)
        found += text is not None
        if text and found <= SHOWN:
            print(text, flush=True)
    if roads:
        print(table(done, roads))
    print(f"{len(done)} cases, {sum(told.found for told in done)} with something to find, {found} differences")
    return 1 if found else 0
