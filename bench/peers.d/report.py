"""The tables of a comparison, in Markdown, from the lines of JSON; and all of it as one JSON file.

usage: report.py DIR      reads DIR/runs.jsonl (versus.py) and DIR/axb.jsonl (alone.py), writes DIR/peers.json
"""
import datetime
import json
import os
import subprocess
import sys

import axb

YARDSTICK_ROWS = 900_000


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def machine():
    fields = dict(line.split(":", 1) for line in subprocess.run(
        ["lscpu"], capture_output=True, text=True, check=True).stdout.splitlines() if ":" in line)
    return f"{fields['Model name'].strip()}, {len(os.sched_getaffinity(0))} cores"


def table(head, rows):
    print("|", " | ".join(head), "|")
    print("|" + "---|" * len(head))
    for row in rows:
        print("|", " | ".join(map(str, row)), "|")
    print()


def figure(value):
    """Three digits that count."""
    return f"{float(f'{value:.3g}'):,.10g}"


def rate(run):
    """Pairs of rows a second in the peer's comparison."""
    return run["rows_a"] * run["rows_b"] / run["seconds_compared"]


def metric(run):
    return f"{run['metric']} >= {run['min']:g}"


def axb_metric(run):
    return " ".join([run["axb_metric"], *["of its trigrams"] * run["on_trigrams"], *run["axb_options"]])


def same(run):
    if not run["only_peer"] and not run["only_axb"]:
        return "equal"
    note = "; equal on bytes" if run["equal_on_bytes"] else ""
    return f"{run['only_peer']} only in its, {run['only_axb']} only in axb's{note}"


def sets(runs):
    print("Pair sets\n")
    table(["peer", "metric", "axb's", "rows a side", "its pairs", "axb's pairs", "sets",
           "scores in both that differ (at most by)"],
          ([f"{run['peer']} {run['version']}", metric(run),
            axb_metric(run), run["rows_a"], run["pairs_peer"], run["pairs_axb"], same(run),
            f"{run['scores_differ']} ({run['greatest_difference']:.1g})"] for run in runs))


def examples(runs):
    print("Where the sets differ: the first pairs of each kind\n")
    table(["peer", "metric", "a", "b", "its score", "axb's", "why"],
          ([run["peer"], metric(run), f"`{example['a']}`", f"`{example['b']}`", example["peer"],
            example["axb"], example["why"]] for run in runs for example in run["examples"]))


def times(runs, alone):
    rows_a, rows_b = ((alone[0]["rows_a"], alone[0]["rows_b"]) if alone
                      else (YARDSTICK_ROWS, YARDSTICK_ROWS))
    print(f"Times, {runs[0]['workers']} workers. axb: whole process, CSV in to CSV out, median of 5.",
          f"Extrapolated: {rows_a:,} x {rows_b:,} pairs at the peer's rate.\n")
    measured = {(run["metric"], run["min"]): run["seconds"] for run in alone}
    table(["peer", "metric", "rows a side", "its seconds: comparison (whole)", "M pairs/s",
           "M pairs/s a core", "axb's seconds", "times as long", "extrapolated hours",
           "axb there, seconds", "times as long there, extrapolated"],
          (time_row(run, rows_a * rows_b, measured.get((run["axb_metric"], run["min"])))
           for run in runs))


def time_row(run, pairs, axb_there):
    hours = pairs / rate(run) / 3600
    there = [f"{axb_there:.2f}", figure(hours * 3600 / axb_there)] if axb_there else ["", ""]
    return [run["peer"], metric(run), run["rows_a"],
            f"{run['seconds_compared']:.2f} ({run['seconds_whole']:.2f})", figure(rate(run) / 1e6),
            figure(rate(run) / 1e6 / run["workers"]), f"{run['seconds_axb']:.3f}",
            figure(run["seconds_compared"] / run["seconds_axb"]), figure(hours), *there]


def lone(alone):
    print("axb alone: all rows (CSV in to count out, median of 3), and --no-prune on the first",
          f"{alone[0]['every_pair_rows']:,} a side: pairs of distinct values that it scored (those of",
          "lengths too different are not), by the join's seconds\n")
    table(["metric", "rows", "pairs that match", "seconds", "G pairs/s", "G pairs/s a core",
           "--no-prune, G pairs scored/s a core"],
          ([metric(run), f"{run['rows_a']} x {run['rows_b']}", run["matches"], f"{run['seconds']:.2f}",
            figure(run["pairs_each_second"] / 1e9),
            figure(run["pairs_each_second"] / 1e9 / run["workers"]),
            scored(run)] for run in alone))


def scored(run):
    if not run["every_pair_join"].endswith("scan"):
        return f"(join {run['every_pair_join']}: no scan)"
    return figure(run["scored_each_second"] / 1e9 / run["workers"])


def main():
    dir_ = sys.argv[1]
    runs, alone = read(f"{dir_}/runs.jsonl"), read(f"{dir_}/axb.jsonl")
    where, day = machine(), datetime.date.today().isoformat()
    with open(f"{dir_}/peers.json", "w", encoding="utf-8") as file:
        json.dump({"machine": where, "date": day, "axb": axb.version(), "runs": runs, "alone": alone},
                  file, ensure_ascii=False, indent=1)
    print(f"axb {axb.version()}, {where}, {day}\n")
    if runs:
        sets(runs)
        examples(runs)
        times(runs, alone)
    if alone:
        lone(alone)


main()
