"""One peer beside axb on one metric: runs both, compares the pairs, says why they differ. Prints a line of
JSON.

usage: versus.py NAME PEER_METRIC[=AXB_METRIC]@MIN WORKERS DIR COMMAND       (the peer: see peer.py)

pg_trgm's trigrams are of padded words in lower case. Its metric `trigram` is compared with axb's jaccard
of words over the trigrams that pg_trgm itself makes of each text; `trigram=jaccard` with axb's 3-grams
of padded texts, normalized.
"""
import csv
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time

import axb

AXB_RUNS = 5
EXAMPLES = 3
ROUNDING = 1e-6
AXB_METRICS = {"trigram": "jaccard:0"}
NORMALIZED = ("--normalize", "casefold,punct,space")
BYTES = ("--encoding", "latin1")


class Race:
    """The two programs, the data they read, and what is compared."""

    def __init__(self, name, what, workers, dir_, command, home):
        self.name, self.workers, self.dir, self.home = name, int(workers), dir_, home
        self.peer_metric, self.axb_metric, self.least = re.fullmatch(
            r"([^=@]+)(?:=([^@]+))?@(.+)", what).groups()
        self.command = shlex.split(command)
        self.on_trigrams = not self.axb_metric and self.peer_metric in AXB_METRICS
        self.more = NORMALIZED if self.peer_metric == "trigram" and not self.on_trigrams else ()
        self.axb_metric = self.axb_metric or AXB_METRICS.get(self.peer_metric, self.peer_metric)

    def axb_dir(self, dir_):
        """The directory of what axb reads: the same files, or their trigrams."""
        if not self.on_trigrams:
            return dir_
        trigrams = tempfile.mkdtemp(dir=self.home)
        for side in "AB":
            subprocess.run([*self.command, "trigrams", f"{dir_}/{side}.csv", f"{trigrams}/{side}.csv"],
                           check=True)
        return trigrams

    def run_peer(self, dir_, least, workers):
        """Returns (pairs with scores, seconds of the comparison, seconds of the process, version)."""
        out = os.path.join(self.home, "peer.csv")
        began = time.perf_counter()
        line = subprocess.run(
            [*self.command, f"{dir_}/A.csv", f"{dir_}/B.csv", self.peer_metric, str(least), str(workers),
             out], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
        whole = time.perf_counter() - began
        return read_pairs(out), float(line[0]), whole, line[1]

    def axb_pairs(self, dir_, least, more=()):
        out = os.path.join(self.home, "axb.csv")
        axb.match(dir_, self.axb_metric, least, out, self.workers, (*self.more, *more))
        return read_pairs(out)

    def explain(self, pair, texts):
        """An example: both scores of one pair, measured on that pair alone, and why they differ."""
        dir_ = tempfile.mkdtemp(dir=self.home)
        values = [texts[side][row - 1] for side, row in zip("AB", pair)]
        for side, value in zip("AB", values):
            write_text(f"{dir_}/{side}.csv", value)
        axb_dir = self.axb_dir(dir_)
        peer = self.run_peer(dir_, 0, 1)[0].get((1, 1))
        ours = self.axb_pairs(axb_dir, 0).get((1, 1))
        on_bytes = self.axb_pairs(axb_dir, 0, BYTES).get((1, 1))
        return {"rows": pair, "a": values[0], "b": values[1], "peer": peer, "axb": ours,
                "why": why(peer, ours, on_bytes)}


def why(peer, ours, on_bytes):
    if peer is None or ours is None:
        return "definition"
    if abs(peer - ours) < ROUNDING:
        return "rounding"
    return "bytes, not code points" if abs(peer - on_bytes) < ROUNDING else "definition"


def read_pairs(path):
    with open(path, encoding="utf-8", newline="") as file:
        return {(int(row["a"]), int(row["b"])): float(row["score"]) for row in csv.DictReader(file)}


def read_texts(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def write_text(path, text):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["text"], [text]])


def compare(race):
    axb_dir = race.axb_dir(race.dir)
    theirs, compared, whole, version = race.run_peer(race.dir, race.least, race.workers)
    ours = race.axb_pairs(axb_dir, race.least)
    only_peer, only_axb = sorted(theirs.keys() - ours), sorted(ours.keys() - theirs)
    texts = {side: read_texts(f"{race.dir}/{side}.csv") for side in "AB"}
    seconds, _ = axb.median_seconds(AXB_RUNS, axb_dir, race.axb_metric, race.least,
                                    os.path.join(race.home, "axb.csv"), race.workers,
                                    race.more)
    both = theirs.keys() & ours.keys()
    return {
        "peer": race.name, "version": version, "metric": race.peer_metric,
        "axb_metric": race.axb_metric, "min": float(race.least), "workers": race.workers,
        "on_trigrams": race.on_trigrams, "axb_options": race.more,
        "rows_a": len(texts["A"]), "rows_b": len(texts["B"]),
        "pairs_peer": len(theirs), "pairs_axb": len(ours),
        "only_peer": len(only_peer), "only_axb": len(only_axb),
        "scores_differ": sum(theirs[pair] != ours[pair] for pair in both),
        "greatest_difference": max((abs(theirs[pair] - ours[pair]) for pair in both), default=0),
        "equal_on_bytes": bool(only_peer or only_axb) and not race.on_trigrams
        and theirs.keys() == race.axb_pairs(axb_dir, race.least, BYTES).keys(),
        "examples": [race.explain(pair, texts)
                     for only in (only_peer, only_axb) for pair in only[:EXAMPLES]],
        "seconds_compared": compared, "seconds_whole": whole, "seconds_axb": seconds,
    }


def main():
    with tempfile.TemporaryDirectory() as home:
        print(json.dumps(compare(Race(*sys.argv[1:], home)), ensure_ascii=False))


main()
