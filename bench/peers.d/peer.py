"""What the peers in Python share: reading, writing, and the line that a peer prints.

A peer is called as  PEER A.csv B.csv METRIC MIN WORKERS PAIRS.csv . It reads the column text of both
files, writes a,b,score for each pair with score >= MIN (rows from 1, any order; of a distance, score <= MIN)
and prints one line: the seconds of its comparison, from values in memory to matches in memory, and its version.
"""
import csv


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [record["text"] for record in csv.DictReader(file)]


def write(path, pairs):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["a", "b", "score"])
        writer.writerows((a, b, repr(score)) for a, b, score in pairs)
