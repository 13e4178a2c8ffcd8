"""One peer beside axb on one metric: runs both in turns, compares pairs, says why they differ. Prints a line of JSON.

usage: versus.py NAME HOW PEER_METRIC[=AXB_METRIC]@MIN WORKERS DIR COMMAND      (the peer: see peer.py)
       versus.py NAME HOW PEER_METRIC[=AXB_METRIC]<=MAX WORKERS DIR COMMAND     of a distance

HOW the peer finds pairs: loop, join, blocked, approximate or weighted (bench/peers says what these are).

pg_trgm's trigrams are of padded words in lower case. Its metric `trigram` is compared with axb's jaccard of words over
the trigrams that pg_trgm itself makes of each text; `trigram=jaccard` with axb's 3-grams of padded texts, normalized.
"""

import csv
import json
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import axb

AXB_RUNS = 5
PEER_RUNS, PEER_SECONDS = 3, 10.0  # a peer that takes longer than these seconds runs once
EXAMPLES = 3
ROUNDING = 1e-6
AXB_METRICS = {"trigram": "jaccard:0"}
NORMALIZED = {
    "trigram": ("--normalize", "casefold,punct,space"),
    "pl-fuzzy-frame-match": ("--normalize", "casefold"),
    "string_grouper": ("--normalize", "casefold,strip-accents"),
}
BYTES = ("--encoding", "latin1")
ABOUT_ALL_ROWS = ("cosine_idf",)  # metrics whose score of a pair depends on the other rows
Pair = tuple[int, int]


class PeerRun(NamedTuple):
    """One run of a peer."""

    pairs: dict[Pair, float]
    compared: float
    whole: float
    cpu: float
    version: str


class Race:
    """The two programs, the data they read, and what is compared."""

    def __init__(self, name: str, how: str, what: str, workers: str, dir_: str, command: str, home: str) -> None:
        self.name, self.how, self.workers, self.dir, self.home = name, how, int(workers), dir_, home
        parts = re.fullmatch(r"([^=@<]+)(?:=([^@<]+))?(@|<=)(.+)", what)
        if not parts:
            sys.exit(f"versus.py: {what} has no threshold")
        self.peer_metric, axb_metric, sign, self.least = parts.groups()
        self.is_distance = sign == "<="
        self.command = shlex.split(command)
        self.on_trigrams = not axb_metric and self.peer_metric in AXB_METRICS
        self.more = () if self.on_trigrams else self.normalized()
        self.axb_metric = axb_metric or AXB_METRICS.get(self.peer_metric, self.peer_metric)
        self.axb_dir = self.dir_for_axb(dir_)

    def normalized(self) -> Sequence[str]:
        """How axb cleans texts as the peer does by itself."""
        return NORMALIZED.get(self.peer_metric, NORMALIZED.get(self.name.split(",")[0], ()))

    def dir_for_axb(self, dir_: str) -> str:
        """The directory of what axb reads: the same files, or their trigrams."""
        if not self.on_trigrams:
            return dir_
        trigrams = tempfile.mkdtemp(dir=self.home)
        for side in "AB":
            subprocess.run([*self.command, "trigrams", f"{dir_}/{side}.csv", f"{trigrams}/{side}.csv"], check=True)
        return trigrams

    def limit(self, least: str) -> tuple[str, str]:
        """The option of axb."""
        return "--max" if self.is_distance else "--min", least

    def run_peer(self, dir_: str, least: str, workers: int) -> PeerRun:
        """Run it once."""
        out = os.path.join(self.home, "peer.csv")
        used, began = axb.cpu_seconds(), time.perf_counter()
        line = subprocess.run(
            [*self.command, f"{dir_}/A.csv", f"{dir_}/B.csv", self.peer_metric, least, str(workers), out],
            check=True, stdout=subprocess.PIPE, text=True,
        ).stdout.split()  # fmt: skip
        whole = time.perf_counter() - began
        return PeerRun(read_pairs(out), float(line[0]), whole, axb.cpu_seconds() - used, line[1])

    def run_axb(self) -> axb.Run:
        """Run it once, on the files of the race."""
        out = os.path.join(self.home, "axb.csv")
        return axb.match(self.axb_dir, self.axb_metric, self.limit(self.least), out, self.workers, self.more)

    def axb_pairs(self, dir_: str, least: str, more: Sequence[str] = ()) -> dict[Pair, float]:
        """What axb finds."""
        out = os.path.join(self.home, "axb.csv")
        axb.match(dir_, self.axb_metric, self.limit(least), out, self.workers, (*self.more, *more))
        return read_pairs(out)

    def run_in_turns(self) -> tuple[list[PeerRun], list[axb.Run]]:
        """Both, one after the other."""
        theirs, ours = [self.run_peer(self.dir, self.least, self.workers)], [self.run_axb()]
        while len(ours) < AXB_RUNS:
            if len(theirs) < PEER_RUNS and sum(run.whole for run in theirs) < PEER_SECONDS:
                theirs.append(self.run_peer(self.dir, self.least, self.workers))
            ours.append(self.run_axb())
        return theirs, ours

    def alone(self, values: list[str]) -> tuple[float | None, float | None, float | None]:
        """The scores of one pair by itself: the peer's, axb's, and axb's on bytes."""
        dir_ = tempfile.mkdtemp(dir=self.home)
        for side, value in zip("AB", values):
            write_text(f"{dir_}/{side}.csv", value)
        least, axb_dir = self.least if self.is_distance else "0", self.dir_for_axb(dir_)
        peer = None
        if self.how != "weighted":
            peer = self.run_peer(dir_, least, 1).pairs.get((1, 1))
        bytes_ = self.axb_pairs(axb_dir, least, BYTES).get((1, 1))
        return peer, self.axb_pairs(axb_dir, least).get((1, 1)), bytes_

    def explain(self, pair: Pair, texts: dict[str, list[str]], found: list[dict[Pair, float]]) -> dict[str, Any]:
        """An example: both scores of one pair, measured on that pair alone where that can be, and why they differ."""
        values = [texts[side][row - 1] for side, row in zip("AB", pair)]
        theirs, ours = (pairs.get(pair) for pairs in found)
        on_bytes = None
        if self.axb_metric not in ABOUT_ALL_ROWS:
            peer, ours, on_bytes = self.alone(values)
            theirs = peer if theirs is None else theirs
        return {"rows": pair, "a": values[0], "b": values[1], "peer": theirs, "axb": ours,
                "why": self.why(theirs, ours, on_bytes)}  # fmt: skip

    def why(self, theirs: float | None, ours: float | None, on_bytes: float | None) -> str:
        """Why one of both alone has a pair."""
        at_threshold = min((abs(score - float(self.least)) for score in (theirs, ours) if score is not None), default=1)
        if at_threshold < ROUNDING and (theirs is None or ours is None or abs(theirs - ours) < ROUNDING):
            return "rounding"
        if self.how == "weighted":
            return "weighed by tf-idf"
        if theirs is None or ours is None or abs(theirs - ours) < ROUNDING:
            return {"blocked": "not in a block", "approximate": "not among the nearest"}.get(self.how, "definition")
        if on_bytes is not None and abs(theirs - on_bytes) < ROUNDING:
            return "bytes, not code points"
        return "definition"


def read_pairs(path: str) -> dict[Pair, float]:
    """Pairs and their scores."""
    with open(path, encoding="utf-8", newline="") as file:
        return {(int(row["a"]), int(row["b"])): float(row["score"]) for row in csv.DictReader(file)}


def read_texts(path: str) -> list[str]:
    """The values of a file."""
    with open(path, encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def write_text(path: str, text: str) -> None:
    """A file of one value."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["text"], [text]])


def at_threshold(pairs: Collection[Pair], scores: dict[Pair, float], least: str) -> int:
    """How many of some pairs have the threshold for their score, but for rounding."""
    return sum(abs(scores[pair] - float(least)) < ROUNDING for pair in pairs)


def sets(race: Race, theirs: dict[Pair, float], ours: dict[Pair, float]) -> dict[str, Any]:
    """What the pairs of both have in common, and what they do not."""
    only_peer, only_axb, both = sorted(theirs.keys() - ours), sorted(ours.keys() - theirs), theirs.keys() & ours
    texts = {side: read_texts(f"{race.dir}/{side}.csv") for side in "AB"}
    exact = race.how in ("loop", "join") and not race.on_trigrams
    differ = bool(only_peer or only_axb)
    return {
        "rows_a": len(texts["A"]), "rows_b": len(texts["B"]), "pairs_peer": len(theirs), "pairs_axb": len(ours),
        "only_peer": len(only_peer), "only_axb": len(only_axb), "recall": len(both) / len(ours) if ours else None,
        "at_threshold": at_threshold(only_peer, theirs, race.least) + at_threshold(only_axb, ours, race.least),
        "scores_differ": sum(theirs[pair] != ours[pair] for pair in both),
        "greatest_difference": max((abs(theirs[pair] - ours[pair]) for pair in both), default=0),
        "equal_on_bytes": differ and exact and theirs.keys() == race.axb_pairs(race.dir, race.least, BYTES).keys(),
        "examples": [race.explain(pair, texts, [theirs, ours])
                     for only in (only_peer, only_axb) for pair in only[:EXAMPLES]],
    }  # fmt: skip


def compare(race: Race) -> dict[str, Any]:
    """All that is measured."""
    theirs, runs = race.run_in_turns()
    ours, out = axb.median(runs), os.path.join(race.home, "axb.csv")
    peer = {key: statistics.median(getattr(run, key) for run in theirs) for key in ("compared", "whole", "cpu")}
    is_server = os.path.basename(race.command[0]) == "postgres"  # whose processes are not children
    return {
        "peer": race.name, "version": theirs[0].version, "how": race.how, "metric": race.peer_metric,
        "axb_metric": race.axb_metric, "limit": f"{'<=' if race.is_distance else '>='} {race.least}",
        "workers": race.workers, "on_trigrams": race.on_trigrams, "axb_options": race.more,
        "seconds_compared": peer["compared"], "seconds_whole": peer["whole"],
        "seconds_cpu": None if is_server else peer["cpu"], "runs_peer": len(theirs),
        "seconds_axb": ours.seconds, "seconds_axb_cpu": ours.cpu_seconds, "seconds_axb_search": ours.search_seconds,
        **sets(race, theirs[0].pairs, read_pairs(out)),
    }  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        print(json.dumps(compare(Race(*sys.argv[1:], home=home)), ensure_ascii=False))


main()
