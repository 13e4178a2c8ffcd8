#!/usr/bin/env python3
"""What axb keeps of the pairs must be what a plain recomputation keeps of the file of all pairs.

A case is known by its seed: random names, a score, and a choice. Each is run by several roads: 1, 2 and 7 workers,
without pruning, in shards that are merged, with a journal, killed in between, and by one more. All must write the same
bytes.
"""

import csv
import pathlib
import random
import sys

import by_seed
from by_seed import Asked, Told
from more_roads import ROADS, one_more
from roads import Failed, Runner, killed, shards

FIRST = ["anna", "ana", "hanna", "bert", "berta", "bob", "carl", "karl", "carla", "dora", "doris", "emil", "emilia"]
LAST = ["may", "mayer", "meyer", "meier", "smith", "smyth", "schmidt", "novak", "nowak", "li", "lee", "leigh"]
SCORES = [
    ["--on", "name", "--min", "0.8"],
    ["--on", "name", "--min", "0.5", "--metric", "levenshtein"],
    ["--on", "name", "--metric", "levenshtein_distance", "--max", "4"],
    ["--score", "0.5 * jaro_winkler(name) + 0.5 * levenshtein(city)", "--min", "0.6"],
    ["--score", "levenshtein(name) > 0.6 ? 1 : 0.5", "--min", "0.4"],
    ["--on", "name", "--min", "0.4", "--where", "a.city == b.city"],
    ["--on", "name", "--min", "0.7", "--replace", "/y/i/", "--replace", "/^k/c/"],
    ["--on", "name", "--min", "0.7", "--where", 'a.city == "1"'],
]
CHOICES = [
    ["--top", "1"], ["--top", "3"], ["--top-b", "1"], ["--top-b", "2"], ["--top", "2", "--top-b", "3"],
    ["--best", "a"], ["--best", "b"], ["--best", "mutual"], ["--one-to-one"], ["--one-to-one", "--optimal"],
]  # fmt: skip
SELF_CHOICES = [["--top", "1"], ["--top", "2"], ["--best", "mutual"], ["--one-to-one"]]


def table(rng: random.Random, path: pathlib.Path, n: int) -> None:
    with path.open("w", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["id", "name", "city"])
        for i in range(n):
            name = "" if rng.random() < 0.03 else f"{rng.choice(FIRST)} {rng.choice(LAST)}"
            rows.writerow([f"{path.stem}{i}", name, rng.choice(["1", "2", "3", ""])])


class Pairs:
    """The pairs of a file, in its order: rows, scores, and the lines as they stand."""

    def __init__(self, text: str, falls: bool):
        self.head, *self.lines = text.splitlines(keepends=True)
        fields = [line.split(",") for line in self.lines]
        self.pairs = [(int(f[0]), int(f[1]), float(f[2])) for f in fields]
        self.falls = falls

    def rank(self, k: int) -> float:
        return self.pairs[k][2] if self.falls else -self.pairs[k][2]

    def best(self, side: int, most: int) -> set[int]:
        """The pairs that are among the best of their row of a side; of equal ones the lower row of the other."""
        rows: dict[int, list[int]] = {}
        for k, pair in enumerate(self.pairs):
            rows.setdefault(pair[side], []).append(k)
        kept = (sorted(r, key=lambda k: (self.rank(k), self.pairs[k][1 - side]))[:most] for r in rows.values())
        return {k for r in kept for k in r}

    def best_of_either(self, most: int, both: bool) -> set[int]:
        """In dedupe: the pairs that are among the best of one of their records, or of both."""
        of: dict[int, list[int]] = {}
        for k, (a, b, _) in enumerate(self.pairs):
            of.setdefault(a, []).append(k)
            of.setdefault(b, []).append(k)
        times: dict[int, int] = {}
        for row, all_of in of.items():
            other = {k: self.pairs[k][0] + self.pairs[k][1] - row for k in all_of}
            for k in sorted(all_of, key=lambda k: (self.rank(k), other[k]))[:most]:
                times[k] = times.get(k, 0) + 1
        return {k for k, n in times.items() if n > both}

    def greedy(self, is_self: bool) -> set[int]:
        used: set[tuple[int, int]] = set()
        kept = set()
        for k in sorted(range(len(self.pairs)), key=lambda k: (self.rank(k), self.pairs[k][:2])):
            mine = {(0, self.pairs[k][0]), (0 if is_self else 1, self.pairs[k][1])}
            if not mine & used:
                used |= mine
                kept.add(k)
        return kept

    def text(self, kept: set[int]) -> str:
        return self.head + "".join(self.lines[k] for k in sorted(kept))


def best_total(weight: list[list[float]]) -> float:
    """The greatest total of one weight of each row, no two of one column: Kuhn and Munkres, with potentials, for a
    square matrix."""
    n = len(weight)
    row_of, u, v = [0] * (n + 1), [0.0] * (n + 1), [0.0] * (n + 1)
    for row in range(1, n + 1):
        row_of[0], column = row, 0
        least, way, done = [float("inf")] * (n + 1), [0] * (n + 1), [False] * (n + 1)
        while row_of[column]:
            done[column] = True
            delta, following = float("inf"), 0
            for k in range(1, n + 1):
                if done[k]:
                    continue
                slack = -weight[row_of[column] - 1][k - 1] - u[row_of[column]] - v[k]
                if slack < least[k]:
                    least[k], way[k] = slack, column
                if least[k] < delta:
                    delta, following = least[k], k
            for k in range(n + 1):
                if done[k]:
                    u[row_of[k]] += delta
                    v[k] -= delta
                else:
                    least[k] -= delta
            column = following
        while column:
            row_of[column] = row_of[way[column]]
            column = way[column]
    return sum(weight[row_of[k] - 1][k - 1] for k in range(1, n + 1))


def check_optimal(pairs: Pairs, text: str) -> None:
    """Is it one to one, of these pairs, and is there no better total? Of a distance: no more pairs, and no lesser."""
    kept = Pairs(text, pairs.falls)
    if not set(kept.lines) <= set(pairs.lines):
        raise Failed("--optimal keeps a pair that does not match")
    for side in (0, 1):
        rows = [pair[side] for pair in kept.pairs]
        if len(rows) != len(set(rows)):
            raise Failed("--optimal gives a record two partners")
    n = max((max(a, b) for a, b, _ in pairs.pairs), default=0)
    weight = [[0.0] * n for _ in range(n)]
    worth = (lambda score: 1000 - score) if pairs.falls else (lambda score: score)
    for a, b, score in pairs.pairs:
        weight[a - 1][b - 1] = worth(score)
    total, most = sum(worth(score) for _, _, score in kept.pairs), best_total(weight)
    if abs(total - most) >= 1e-7:
        raise Failed(f"--optimal has a total of {total}, but {most} is possible")


def expected(pairs: Pairs, choice: list[str], is_self: bool) -> str:
    asked = dict(zip(choice[::2], choice[1::2])) if choice != ["--one-to-one"] else {}
    best = asked.get("--best")
    top = int(asked.get("--top", 1 if best in ("a", "mutual") else 0))
    top_b = int(asked.get("--top-b", 1 if best in ("b", "mutual") else 0))
    if choice == ["--one-to-one"]:
        return pairs.text(pairs.greedy(is_self))
    if is_self:
        return pairs.text(pairs.best_of_either(top, best == "mutual"))
    kept = set(range(len(pairs.pairs)))
    for side, most in ((0, top), (1, top_b)):
        kept &= pairs.best(side, most) if most else kept
    return pairs.text(kept)


def check(asked: Asked) -> Told:
    rng = random.Random(asked.seed)
    is_self = rng.random() < 0.35
    table(rng, asked.folder / "A.csv", rng.choice([1, 7, 40, 150]))
    table(rng, asked.folder / "B.csv", rng.choice([1, 9, 60, 200]))
    score = rng.choice(SCORES[:-1] if is_self else SCORES)
    choice = rng.choice(SELF_CHOICES if is_self else CHOICES)
    keep = rng.choice([[], ["--keep", "name"]])
    verb, by_road = "dedupe" if is_self else "match", random.Random(f"road {asked.seed}")
    pairs = Pairs(Runner(asked.axb, asked.folder, by_road, verb, score + keep).plain().decode(), "--max" in score)
    run = Runner(asked.axb, asked.folder, by_road, verb, score + keep + choice)
    plain = run.plain()
    if "--optimal" in choice:
        right = plain.decode()
        check_optimal(pairs, right)
    else:
        right = expected(pairs, choice, is_self)
    same(run, "1 worker", plain, right)
    for more in (["-j2"], ["-j7"], ["--no-prune"], ["--audit", "5"]):
        same(run, " ".join(more), run.output([*run.words(), *more]), right)
    if int(run.output([*run.words(), "-c"])) != right.count("\n") - 1:
        raise Failed(f"another count: {run.log[-1]}")
    same(run, "shards", shards(run), right)
    same(run, "killed", killed(run), right)
    return one_more(run, right.encode(), {}, asked.road)


def same(run: Runner, how: str, got: bytes, right: str) -> None:
    if got.decode() != right:
        raise Failed(f"{how}: {run.log[-1]}\nright:\n{right[:2000]}\ngot:\n{got.decode()[:2000]}")


if __name__ == "__main__":
    sys.exit(by_seed.main(__doc__, 40, check, ROADS))
