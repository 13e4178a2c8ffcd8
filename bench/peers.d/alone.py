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


def head(path: str, rows: int, out: str) -> None:
    """Write the first rows of a file."""
    with open(path, encoding="utf-8") as file, open(out, "w", encoding="utf-8") as part:
        part.writelines(itertools.islice(file, rows + 1))


def main() -> None:
    what, workers, dir_ = sys.argv[1:]
    metric, least = what.split("@")
    limit = ("--min", least)
    run = axb.median_run(RUNS, dir_, metric, limit, None, int(workers))
    with tempfile.TemporaryDirectory() as part:
        for side in "AB":
            head(f"{dir_}/{side}.csv", EVERY_PAIR_ROWS, f"{part}/{side}.csv")
        every = axb.median_run(1, part, metric, limit, None, int(workers), ["--no-prune"]).stats
    print(json.dumps({
        "metric": metric, "limit": f">= {least}", "workers": int(workers), "version": axb.version(),
        "rows_a": run.stats["rows_a"], "rows_b": run.stats["rows_b"], "matches": run.stats["matches"],
        "seconds": run.seconds, "pairs_each_second": run.stats["pairs"] / run.seconds,
        "every_pair_rows": EVERY_PAIR_ROWS,
        "every_pair_join": every["join"],
        "scored_each_second": every["distinct"]["verified"] / every["seconds"]["join"],
    }))  # fmt: skip


main()
