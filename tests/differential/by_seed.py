"""What the programs beside `differential.py` share: their options, a run of axb, and what is reported.

A case is known by its seed and has a folder of its own. The folder stays where axb differs. Not here: what a case is.
"""

import argparse
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable

SHOWN = 5  # differences that are printed


class Failed(Exception):
    """A status or output of axb that must not be."""


def run(axb: str, folder: pathlib.Path, *words: str) -> bytes:
    """Return what axb writes to stdout."""
    done = subprocess.run([axb, *words], cwd=folder, capture_output=True, timeout=300)
    if done.returncode:
        raise Failed(f"status {done.returncode}: axb {' '.join(words)}: {done.stderr.decode()}")
    return done.stdout


def difference(check: Callable[[str, pathlib.Path, int], bool], axb: str, seed: int) -> tuple[str | None, bool]:
    """Return what is wrong with a case, and whether it had something to find."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"axb-{seed}-"))
    try:
        told = check(axb, folder, seed)
    except Failed as failure:
        return f"seed {seed}: {folder}: {failure}", True
    shutil.rmtree(folder)
    return None, told


def main(doc: str, cases: int, check: Callable[[str, pathlib.Path, int], bool]) -> int:
    """Check as many cases as the command line says, by default `cases`; return the status of the program.

    check(axb, folder, seed) raises Failed, or says whether the case has something to find.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--axb", required=True, help="the program")
    parser.add_argument("--cases", type=int, default=cases)
    parser.add_argument("--first", type=int, default=1, metavar="SEED")
    given = parser.parse_args()
    axb = str(pathlib.Path(given.axb).resolve())
    done = [difference(check, axb, seed) for seed in range(given.first, given.first + given.cases)]
    found = [text for text, _ in done if text]
    for text in found[:SHOWN]:
        print(text)
    print(f"{len(done)} cases, {sum(told for _, told in done)} with something to find, {len(found)} differences")
    return 1 if found else 0
