"""axb and Splink in turns on one file: seconds, memory, and how good pairs and clusters are. Prints Markdown.

usage: dedupe_versus.py DIR WORKERS RUNS OUT        DIR has A.csv and truth.csv, as `axb-sample DIR ROWS --dedupe` writes
                                                    them; files and figures go to OUT

Both are timed from CSV to clusters and golden records. The pairs of Splink are written after the clock stops; axb writes its
own within its time.
"""
import collections
import csv
import json
import os
import statistics
import subprocess
import sys
import time

import duckdb

import dedupe_clean
import dedupe_splink

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = "build/release"
# Weights: a logistic regression on the truth of seed 2. Threshold: looked at on seeds 1 and 2.
SCORE = ("0.25 * if_missing(jaro_winkler(first), 0.67) + 0.075 * if_missing(jaro_winkler(last), 0.78)"
         " + 0.38 * if_missing(osa(dob), 0.79) + 0.076 * if_missing(jaro_winkler(street), 0.14)"
         " + 0.034 * if_missing(equal(zip), 0) + 0.06 * if_missing(equal(phone), 0.1)"
         " + 0.125 * if_missing(equal(email), 0.1)")
WHERE = "a.dob == b.dob || a.email == b.email || a.phone == b.phone || a.full == b.full"
MIN = "0.74"


def timed(command, out):
    """Runs a command: (seconds, peak bytes of all of its processes, what it printed)."""
    began = time.perf_counter()
    done = subprocess.run([f"{BUILD}/bench/peak", f"{out}/peak", *command], check=True, stdout=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - began
    with open(f"{out}/peak", encoding="ascii") as file:
        return seconds, int(file.read().split()[0]), done.stdout


def run_axb(dir_, workers, out):
    seconds, peak, _ = timed([f"{BUILD}/axb", "dedupe", f"{dir_}/A.csv", "--id", "id", "--score", SCORE, "--where", WHERE,
                              "--min", MIN, "-j", workers, "-q", "--stats", f"{out}/axb.json", "-o", f"{out}/axb.csv",
                              "--clusters", f"{out}/axb_clusters.csv", "--golden", f"{out}/axb_golden.csv",
                              *dedupe_clean.options()], out)
    with open(f"{out}/axb.json", encoding="utf-8") as file:
        return {"seconds": seconds, "peak_bytes": peak, "phases": json.load(file)["seconds"]}


def run_splink(dir_, workers, out):
    seconds, peak, printed = timed([sys.executable, f"{HERE}/dedupe_splink.py", f"{dir_}/A.csv", workers,
                                    f"{out}/splink_clusters.csv", f"{out}/splink_golden.csv", f"{out}/splink.csv"], out)
    told = json.loads(printed)
    phases = told["seconds"]
    return {"seconds": sum(phases.values()), "peak_bytes": peak, "phases": phases,
            "whole_process_seconds": seconds, "versions": [told["splink"], told["duckdb"]]}


def read_pairs(path):
    with open(path, encoding="utf-8", newline="") as file:
        return {tuple(sorted(record[:2])) for record in list(csv.reader(file))[1:]}


def read_clusters(path, record, cluster):
    with open(path, encoding="utf-8", newline="") as file:
        return {line[record]: line[cluster] for line in csv.DictReader(file)}


def pairs_of(clusters):
    members = collections.defaultdict(list)
    for record, cluster in clusters.items():
        members[cluster].append(record)
    return {tuple(sorted((a, b))) for group in members.values() for i, a in enumerate(group) for b in group[:i]}


def rates(true, found, both):
    precision, recall = both / found, both / true
    return precision, recall, 2 * precision * recall / (precision + recall)


def b_cubed(clusters, truth):
    """Bagga and Baldwin 1998: of each record the share of its cluster, and of its person, that is right; the means."""
    both = collections.Counter((clusters[record], truth[record]) for record in truth)
    size, person = collections.Counter(clusters.values()), collections.Counter(truth.values())
    precision = sum(n * n / size[c] for (c, _), n in both.items()) / len(truth)
    recall = sum(n * n / person[p] for (_, p), n in both.items()) / len(truth)
    return precision, recall, 2 * precision * recall / (precision + recall)


def never_scored(dir_, true):
    """The true pairs that no blocking rule of Splink brings together."""
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE people AS {dedupe_clean.select(f'{dir_}/A.csv')}")
    connection.execute("CREATE TABLE pair AS SELECT r1.id AS a, r2.id AS b FROM "
                       f"read_csv('{dir_}/truth.csv') r1 JOIN read_csv('{dir_}/truth.csv') r2 "
                       "ON r1.cluster = r2.cluster AND r1.id < r2.id")

    def key(side, column):
        return column.replace("(", f"({side}.") if "(" in column else f"{side}.{column}"

    rules = " OR ".join("(" + " AND ".join(f"{key('l', c)} = {key('r', c)}" for c in rule) + ")"
                        for rule in dedupe_splink.BLOCKING)
    missed = connection.execute("SELECT a, b FROM pair JOIN people l ON l.id = a JOIN people r ON r.id = b "
                                f"WHERE NOT coalesce(({rules}), false)").fetchall()
    return true & set(missed)


def three(values):
    return " / ".join(f"{value:.4f}" for value in values)


def report(runs, quality, rows):
    print("| | seconds: median (least-most) | peak memory | pairs: precision / recall / F1 |"
          " pairs of clusters | B-cubed |\n|---|---|---|---|---|---|")
    for name in runs:
        seconds = sorted(run["seconds"] for run in runs[name])
        peak = max(run["peak_bytes"] for run in runs[name])
        print(f"| {name} | {statistics.median(seconds):.2f} ({seconds[0]:.2f}-{seconds[-1]:.2f}) | {peak / 2**20:.0f} MiB |",
              " | ".join(three(quality[name][what]) for what in ("pairs", "clusters", "b_cubed")), "|")
    print(f"\n{rows:,} records. Phases, medians in seconds:\n")
    for name in runs:
        phases = {phase: statistics.median(run["phases"][phase] for run in runs[name]) for phase in runs[name][0]["phases"]}
        print(f"* {name}:", ", ".join(f"{phase} {seconds:.2f}" for phase, seconds in phases.items()))


def main():
    dir_, workers, n_runs, out = sys.argv[1:]
    truth = read_clusters(f"{dir_}/truth.csv", "id", "cluster")
    true = pairs_of(truth)
    runs = {"axb": [], "Splink": []}
    for _ in range(int(n_runs)):
        runs["axb"].append(run_axb(dir_, workers, out))
        runs["Splink"].append(run_splink(dir_, workers, out))
    pairs = {"axb": read_pairs(f"{out}/axb.csv"), "Splink": read_pairs(f"{out}/splink.csv")}
    clusters = {"axb": read_clusters(f"{out}/axb_clusters.csv", "record", "cluster"),
                "Splink": read_clusters(f"{out}/splink_clusters.csv", "record", "cluster")}
    quality = {}
    for name, found in pairs.items():
        joined = pairs_of(clusters[name])
        quality[name] = {"pairs": rates(len(true), len(found), len(true & found)),
                         "clusters": rates(len(true), len(joined), len(true & joined)),
                         "b_cubed": b_cubed(clusters[name], truth)}
    report(runs, quality, len(truth))
    missed = never_scored(dir_, true)
    print(f"\nOf {len(true):,} true pairs, Splink's blocking rules never bring {len(missed):,} together;",
          f"axb found {len(missed & pairs['axb']):,} of these. {len(true & pairs['axb'] - pairs['Splink']):,} true pairs are",
          f"axb's alone, {len(true & pairs['Splink'] - pairs['axb']):,} Splink's alone.")
    with open(f"{out}/dedupe.json", "w", encoding="utf-8") as file:
        json.dump({"rows": len(truth), "workers": int(workers), "runs": runs, "quality": quality}, file, indent=1)


main()
