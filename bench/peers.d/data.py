"""Writes what every peer reads: the first ROWS values of COLUMN, one column called text.

usage: data.py FILE COLUMN ROWS OUT.csv

FILE may be .zst. Missing and empty values are left out, because the peers do not agree on what they
are; row numbers count what is written. ROWS 0 means all.
"""
import csv
import io
import itertools
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
    values = (record[column] for record in records)
    values = itertools.islice(filter(None, values), int(rows) or None)
    with open(out, "w", encoding="utf-8", newline="") as file:
        file.write("text\n")
        csv.writer(file, lineterminator="\n").writerows([value] for value in values)


main()
