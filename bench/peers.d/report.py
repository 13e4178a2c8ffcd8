"""The tables of a comparison, in Markdown, from the lines of JSON; and all of it as one JSON file.

usage: report.py DIR      reads DIR/runs.jsonl (versus.py), DIR/axb.jsonl (alone.py) and DIR/missing.txt (what was not
                          run, and why); writes DIR/peers.json
"""

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

import axb

YARDSTICK_ROWS = 900_000
Record = dict[str, Any]


def read(path: str) -> list[Record]:
    """The lines of a file of JSON."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def machine() -> str:
    """The processor, and how many cores this process may use."""
    told = subprocess.run(["lscpu"], capture_output=True, text=True, check=True).stdout
    fields = dict(line.split(":", 1) for line in told.splitlines() if ":" in line)
    load = f"load {os.getloadavg()[2]:.1f} in the last 15 minutes"
    return f"{fields['Model name'].strip()}, {len(os.sched_getaffinity(0))} cores, {load}"


def table(head: list[str], rows: Iterable[list[Any]]) -> None:
    """A table in Markdown."""
    print("|", " | ".join(head), "|")
    print("|" + "---|" * len(head))
    for row in rows:
        print("|", " | ".join(map(str, row)), "|")
    print()


def figure(value: float) -> str:
    """Three digits that count."""
    return f"{float(f'{value:.3g}'):,.10g}"


def times_as_long(peer: float, ours: float) -> str:
    """How many times as long the peer takes; bold where axb is slower."""
    ratio = figure(peer / ours)
    return f"**{ratio}**" if peer < ours else ratio


def metric(run: Record) -> str:
    """What is asked for."""
    return f"{run['metric']} {run['limit']}"


def axb_metric(run: Record) -> str:
    """What axb is asked for."""
    if run["axb_metric"] == run["metric"] and not run["axb_options"]:
        return "the same"
    return " ".join([run["axb_metric"], *["of its trigrams"] * run["on_trigrams"], *run["axb_options"]])


def same(run: Record) -> str:
    """How the sets of pairs differ."""
    if not run["only_peer"] and not run["only_axb"]:
        return "equal"
    notes = [f"{run['only_peer']} only in its", f"{run['only_axb']} only in axb's"]
    if run["at_threshold"]:
        notes.append(f"{run['at_threshold']} of these have the threshold for their score, but for rounding")
    if run["equal_on_bytes"]:
        notes.append("equal on bytes")
    return ", ".join(notes)


def recall(run: Record) -> str:
    """The share of axb's pairs that the peer found."""
    return "" if run["recall"] is None else f"{run['recall']:.4g}"


def sets(runs: list[Record]) -> None:
    """The table of sets."""
    print("Pair sets. Recall is the share of axb's pairs that the peer finds.\n")
    table(["peer", "how", "metric", "axb's", "rows a side", "its pairs", "axb's pairs", "sets", "recall",
           "scores in both that differ (at most by)"],
          ([f"{run['peer']} {run['version']}", run["how"], metric(run), axb_metric(run), run["rows_a"],
            run["pairs_peer"], run["pairs_axb"], same(run), recall(run),
            f"{run['scores_differ']} ({run['greatest_difference']:.1g})"] for run in runs))  # fmt: skip


def score(value: float | None) -> str:
    """The score of a pair, if one was given."""
    return "" if value is None else f"{value:.6g}"


def examples(runs: list[Record]) -> None:
    """Why sets differ."""
    if not any(run["examples"] for run in runs):
        return
    print("Where the sets differ: the first pairs of each kind. Scores are of that pair alone, where the metric",
          "allows it.\n")  # fmt: skip
    table(["peer", "metric", "a", "b", "its score", "axb's", "why"],
          ([run["peer"], metric(run), f"`{example['a']}`", f"`{example['b']}`", score(example["peer"]),
            score(example["axb"]), example["why"]]
           for run in last_sizes(runs) for example in run["examples"]))  # fmt: skip


def last_sizes(runs: list[Record]) -> list[Record]:
    """The run of the most rows, of those of a peer and a metric."""
    return list({(run["peer"], run["metric"], run["axb_metric"], run["limit"]): run for run in runs}.values())


def cpu(seconds: float | None) -> str:
    """Seconds of all processors, where they could be measured."""
    return "?" if seconds is None else f"{seconds:.2f}"


def times(runs: list[Record]) -> None:
    """The table of times."""
    print(f"Times, {runs[0]['workers']} workers, in turns: axb 5 times, a peer up to 3 times, unless it takes over",
          "10 seconds; medians. Seconds of the comparison, from values in memory to pairs in memory (of axb: the",
          "start of its workers, its index, its join); in brackets those of the whole process, CSV to CSV, and of all",
          "processors.\n")  # fmt: skip
    table(["peer", "metric", "rows a side", "its seconds", "M pairs/s a core", "axb's seconds",
           "times as long: comparison", "whole", "all processors"], map(time_row, runs))  # fmt: skip


def time_row(run: Record) -> list[Any]:
    """A line of the table of times."""
    rate = run["rows_a"] * run["rows_b"] / run["seconds_compared"] / run["workers"]
    theirs, ours = run["seconds_cpu"], run["seconds_axb_cpu"]
    return [run["peer"], metric(run), run["rows_a"],
            f"{run['seconds_compared']:.3f} ({run['seconds_whole']:.2f}, {cpu(theirs)})", figure(rate / 1e6),
            f"{run['seconds_axb_search']:.3f} ({run['seconds_axb']:.2f}, {cpu(ours)})",
            times_as_long(run["seconds_compared"], run["seconds_axb_search"]),
            times_as_long(run["seconds_whole"], run["seconds_axb"]),
            "" if theirs is None else times_as_long(theirs, ours)]  # fmt: skip


def slower(runs: list[Record]) -> None:
    """Where axb takes longer."""
    print("Where axb takes longer than a peer (its seconds, axb's):\n")
    lines = [line for line in map(slower_line, runs) if line]
    print("\n".join(lines) if lines else "* nowhere", end="\n\n")


def slower_line(run: Record) -> str:
    """What axb takes longer for, in one comparison; empty if there is nothing."""
    kinds = [("comparison", run["seconds_compared"], run["seconds_axb_search"]),
             ("whole", run["seconds_whole"], run["seconds_axb"]),
             ("all processors", run["seconds_cpu"], run["seconds_axb_cpu"])]  # fmt: skip
    worse = [f"{kind} {theirs:.3f}, {ours:.3f}" for kind, theirs, ours in kinds if theirs is not None and theirs < ours]
    what = f"* {run['peer']}, {metric(run)}, {run['rows_a']} rows a side: "
    return what + "; ".join(worse) if worse else ""


def extrapolated(runs: list[Record], alone: list[Record]) -> None:
    """What peers that score every pair would take for all rows."""
    loops = [run for run in last_sizes(runs) if run["how"] == "loop"]
    if not loops:
        return
    rows_a, rows_b = (alone[0]["rows_a"], alone[0]["rows_b"]) if alone else (YARDSTICK_ROWS, YARDSTICK_ROWS)
    print(f"Peers that score every pair: hours for {rows_a:,} x {rows_b:,} records, *extrapolated* at the rate above.",
          "axb's seconds there are *measured*.\n" if alone else "`--full` measures axb there.\n")  # fmt: skip
    measured = {(run["metric"], run["limit"]): run["seconds"] for run in alone}
    head = ["peer", "metric", "hours, extrapolated"]
    table(head + ["axb there: seconds", "times as long there, extrapolated"] * bool(alone),
          (there(run, rows_a * rows_b, measured) for run in loops))  # fmt: skip


def there(run: Record, pairs: int, measured: dict[tuple[str, str], float]) -> list[Any]:
    """A line of that table."""
    seconds = pairs / (run["rows_a"] * run["rows_b"]) * run["seconds_compared"]
    row = [run["peer"], metric(run), figure(seconds / 3600)]
    if measured:
        ours = measured.get((run["axb_metric"], run["limit"]))
        row += [f"{ours:.2f}", figure(seconds / ours)] if ours else ["", ""]
    return row


def lone(alone: list[Record]) -> None:
    """The table of axb alone."""
    print("axb alone: all rows (CSV in to count out, median of 3), and --no-prune on the first",
          f"{alone[0]['every_pair_rows']:,} a side: pairs of distinct values that it scored (those of",
          "lengths too different are not), by the join's seconds\n")  # fmt: skip
    table(["metric", "rows", "pairs that match", "seconds", "G pairs/s", "G pairs/s a core",
           "--no-prune, G pairs scored/s a core"],
          ([metric(run), f"{run['rows_a']} x {run['rows_b']}", run["matches"], f"{run['seconds']:.2f}",
            figure(run["pairs_each_second"] / 1e9),
            figure(run["pairs_each_second"] / 1e9 / run["workers"]), scored(run)] for run in alone))  # fmt: skip


def scored(run: Record) -> str:
    """The rate of a scan."""
    if not run["every_pair_join"].endswith("scan"):
        return f"(join {run['every_pair_join']}: no scan)"
    return figure(run["scored_each_second"] / 1e9 / run["workers"])


def missing(dir_: str) -> None:
    """What was not compared."""
    with open(f"{dir_}/missing.txt", encoding="utf-8") as file:
        lines = file.read().splitlines()
    if lines:
        print("Not compared:\n")
        print("\n".join(f"* {line}" for line in lines), end="\n\n")


def main() -> None:
    dir_ = sys.argv[1]
    runs, alone = read(f"{dir_}/runs.jsonl"), read(f"{dir_}/axb.jsonl")
    where, day = machine(), datetime.date.today().isoformat()
    with open(f"{dir_}/peers.json", "w", encoding="utf-8") as file:
        json.dump({"machine": where, "date": day, "axb": axb.version(), "runs": runs, "alone": alone},
                  file, ensure_ascii=False, indent=1)  # fmt: skip
    print(f"axb {axb.version()}, {where}, {day}\n")
    missing(dir_)
    if runs:
        sets(runs)
        examples(runs)
        times(runs)
        slower(runs)
        extrapolated(runs, alone)
    if alone:
        lone(alone)


main()
