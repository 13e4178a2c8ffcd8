"""Writes what every peer reads: ROWS values of COLUMN, one column called text.

usage: data.py FILE COLUMN ROWS OUT.csv

The rows are spread evenly over FILE (.zst too); ROWS 0 means all. Missing and empty values are left out,
because the peers do not agree on what they are; row numbers count what is written.
"""
import csv
import io
import subprocess
import sys


def open_text(path):
    if not path.endswith(".zst"):
        return open(path, encoding="utf-8", newline="")
    unpacked = subprocess.Popen(["zstd", "-dc", path], stdout=subprocess.PIPE)
    return io.TextIOWrapper(unpacked.stdout, encoding="utf-8", newline="")


def main():
    path, column, rows, out = sys.argv[1:]
    records = csv.DictReader(open_text(path))
    if column not in records.fieldnames:
        sys.exit(f"data.py: {path} has no column {column}; it has {', '.join(records.fieldnames)}")
    values = [record[column] for record in records if record[column]]
    wanted = min(int(rows) or len(values), len(values))
    chosen = (values[k * len(values) // wanted] for k in range(wanted))
    with open(out, "w", encoding="utf-8", newline="") as file:
        file.write("text\n")
        csv.writer(file, lineterminator="\n").writerows([value] for value in chosen)


main()
