"""axb as the comparison calls it, and its times."""
import json
import statistics
import subprocess
import tempfile
import time

AXB = "build/release/axb"


def match(dir_, metric, least, out, workers=1, more=()):
    """Writes the pairs of DIR/A.csv x DIR/B.csv to OUT; returns (seconds of the process, statistics)."""
    with tempfile.TemporaryDirectory() as home:
        stats = f"{home}/stats.json"
        command = [AXB, "match", f"{dir_}/A.csv", f"{dir_}/B.csv", "--on", "text", "--metric", metric,
                   "--min", str(least), "-j", str(workers), "-q", "--stats", stats, *more]
        began = time.perf_counter()
        subprocess.run(command + (["-o", out] if out else ["--count"]), check=True,
                       stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
        with open(stats, encoding="utf-8") as file:
            return seconds, json.load(file)


def median_seconds(times, *arguments):
    """The median seconds of so many runs, and the statistics of the last."""
    runs = [match(*arguments) for _ in range(times)]
    return statistics.median(seconds for seconds, _ in runs), runs[-1][1]


def version():
    return subprocess.run([AXB, "--version"], capture_output=True, text=True).stdout.split()[-1]

