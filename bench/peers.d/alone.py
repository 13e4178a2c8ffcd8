"""axb alone on all rows, and its kernels on every pair of a part of them. Prints a line of JSON.

usage: alone.py METRIC@MIN WORKERS DIR
"""
import itertools
import json
import sys
import tempfile

import axb

RUNS = 3
EVERY_PAIR_ROWS = 100_000


def head(path, rows, out):
    with open(path, encoding="utf-8") as file, open(out, "w", encoding="utf-8") as part:
        part.writelines(itertools.islice(file, rows + 1))


def main():
    what, workers, dir_ = sys.argv[1:]
    metric, least = what.split("@")
    seconds, stats = axb.median_seconds(RUNS, dir_, metric, least, None, workers)
    with tempfile.TemporaryDirectory() as part:
        for side in "AB":
            head(f"{dir_}/{side}.csv", EVERY_PAIR_ROWS, f"{part}/{side}.csv")
        _, every = axb.median_seconds(RUNS, part, metric, least, None, workers, ["--no-prune"])
    print(json.dumps({
        "metric": metric, "min": float(least), "workers": int(workers), "version": axb.version(),
        "rows_a": stats["rows_a"], "rows_b": stats["rows_b"], "matches": stats["matches"],
        "seconds": seconds, "pairs_each_second": stats["pairs"] / seconds,
        "every_pair_rows": EVERY_PAIR_ROWS,
        "every_pair_join": every["join"],
        "scored_each_second": every["distinct"]["verified"] / every["seconds"]["join"],
    }))


main()
