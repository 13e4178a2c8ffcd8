#!/usr/bin/env python3
"""Groups of records and golden records must be those of a plain recomputation from the file of all pairs.

A case is known by its seed: a random table with missing and empty fields, quotes and dates, and a command. Its pairs
are written once; clusters and golden records are made of them in Python, by definition. axb must give the same by
several roads: any number of workers, any format, `axb cluster` on the pairs, however these were found, the table cut
into several files, with a journal after a SIGKILL, and by one more.
"""

import csv
import gzip
import io
import json
import pathlib
import random
import signal
import sys
from collections.abc import Callable

import by_seed
import roads
from by_seed import Asked, Told
from made_tables import csv_field
from more_roads import IN_PARTS, PREPARED, ROADS, Refusals, one_more
from roads import Failed, Runner

FIRST = ["anna", "ana", "hanna", "bert", "berta", "bob", "carl", "karl", "carla", "dora", "emil", "emilia"]
LAST = ["may", "mayer", "meyer", "meier", "smith", "smyth", "novak", "nowak", "li", "lee", "a, b", 'q"q', "größe"]
SCORES = [
    ["--on", "name", "--min", "0.8"],
    ["--on", "name", "--min", "0.93"],
    ["--on", "name", "--min", "0.9", "--normalize", "casefold,strip-accents,punct"],
    ["--on", "name", "--min", "0.6", "--metric", "levenshtein"],
    ["--on", "name", "--metric", "levenshtein_distance", "--max", "2"],
    ["--score", "0.5 * jaro_winkler(name) + 0.5 * levenshtein(city)", "--min", "0.85"],
    ["--on", "name", "--min", "0.7", "--where", "a.city == b.city"],
]
RULES = ["most-frequent", "longest", "shortest", "first", "last", "newest:updated", "oldest:updated", "concat"]
COLUMNS = ["id", "name", "city", "updated", "price"]
Value = str | None  # None is missing
Pairs = list[tuple[int, int, float]]


def drawn_table(rng: random.Random, n: int) -> list[list[Value]]:
    rows: list[list[Value]] = []
    for i in range(n):
        name = None if rng.random() < 0.05 else f"{rng.choice(FIRST)} {rng.choice(LAST)}"
        date = f"20{rng.randrange(10, 25)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
        price = rng.choice([f"{rng.randrange(100)}", f"{rng.randrange(100)}.5"])
        row = [f"r{i}", name, rng.choice(["1", "22", "22\n2", "", "ß"]), date, price]
        rows.append([row[0], *(None if rng.random() < 0.15 else v for v in row[1:])])
    return rows


def write_table(path: pathlib.Path, rows: list[list[Value]], delimiter: str = ",") -> None:
    lines = (delimiter.join(csv_field(value, delimiter) for value in row) for row in [COLUMNS, *rows])
    path.write_bytes("".join(line + "\n" for line in lines).encode())


def write_json_lines(path: pathlib.Path, rows: list[list[Value]]) -> None:
    """Columns in another order, and none that is missing."""
    order = [3, 0, 4, 2, 1]
    records = [{COLUMNS[i]: row[i] for i in order if row[i] is not None or i == 0} for row in rows]
    records = records or [dict.fromkeys(COLUMNS)]
    path.write_bytes("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records).encode())


# ---- What is right -------------------------------------------------------------------------------------------------


class Clusters:
    """cluster[i] of record i, from 0, numbered by first records; the records of each."""

    def __init__(self, of: list[int], pairs: Pairs, least: bool):
        number: dict[int, int] = {}
        self.of = [number.setdefault(c, len(number)) for c in of]
        self.members: list[list[int]] = [[] for _ in number]
        for i, c in enumerate(self.of):
            self.members[c].append(i)
        better = min if least else max
        self.strength: list[float | None] = [None] * len(of)
        for a, b, score in pairs:
            if self.of[a] == self.of[b]:
                for i in (a, b):
                    was = self.strength[i]
                    self.strength[i] = score if was is None else better(was, score)


def connected(n: int, pairs: Pairs, least: bool) -> list[int]:
    del least
    of = list(range(n))
    for a, b, _ in pairs:
        if of[a] != of[b]:
            low, high = sorted((of[a], of[b]))
            of = [low if c == high else c for c in of]
    return of


class Joined:
    """Joins the two clusters of the best linkage, again and again.

    Complete: the linkage is the worst score across, while all pairs across exist. Average: the mean of all scores
    across, where a pair counts `floor` at least, and one that does not exist; while it is at least `mean`. Sums are
    made as the clusters grow, since sums of doubles depend on their order. No cluster gets more than `most` records.
    """

    def __init__(self, least: bool, most: int, mean: float | None, floor: float):
        self.worse, self.sign = (max, 1) if least else (min, -1)
        self.most, self.mean, self.floor = most, mean, floor

    def linkage(self, link: tuple[float, int], pairs: int) -> float | None:
        value, found = link
        if self.mean is None:
            return value if found == pairs else None
        average = (value + (pairs - found) * self.floor) / pairs
        return average if average >= self.mean else None

    def best(self) -> tuple[int, int] | None:
        may = []
        for k, link in self.links.items():
            size = [self.size[k[0]], self.size[k[1]]]
            linkage = self.linkage(link, size[0] * size[1])
            if linkage is not None and not (self.most and sum(size) > self.most):
                may.append((self.sign * linkage, k))
        return min(may)[1] if may else None

    def join(self, low: int, high: int) -> None:
        joined: dict[tuple[int, int], tuple[float, int]] = {}
        for c in set(self.of) - {low, high}:
            across = [self.links[k] for j in (low, high) if (k := (min(c, j), max(c, j))) in self.links]
            if across:
                values = [value for value, _ in across]
                value = self.worse(values) if self.mean is None else sum(values[1:], values[0])
                joined[min(c, low), max(c, low)] = value, sum(found for _, found in across)
        self.links = {k: v for k, v in self.links.items() if not {low, high} & set(k)} | joined
        self.of = [low if c == high else c for c in self.of]
        self.size[low] += self.size[high]

    def __call__(self, n: int, pairs: Pairs, least: bool) -> list[int]:
        del least
        lowest = float("-inf") if self.mean is None else self.floor
        self.of, self.size = list(range(n)), [1] * n
        self.links = {(a, b): (max(score, lowest), 1) for a, b, score in pairs}
        while best := self.best():
            self.join(*best)
        return self.of


def best_link(n: int, pairs: Pairs, least: bool) -> list[int]:
    """Stars: the best pair first; a free record joins a centre, and two free ones make a star."""
    degree = [0] * n
    for a, b, _ in pairs:
        degree[a] += 1
        degree[b] += 1
    centre: list[int | None] = [None] * n
    for a, b, _ in sorted(pairs, key=lambda p: (p[2] if least else -p[2], p[:2])):
        if centre[a] is None and centre[b] is None:
            centre[a] = centre[b] = a if degree[a] >= degree[b] else b
        elif centre[a] is None and centre[b] == b:
            centre[a] = b
        elif centre[b] is None and centre[a] == a:
            centre[b] = a
    of = [i if c is None else c for i, c in enumerate(centre)]
    first: dict[int, int] = {}
    return [first.setdefault(c, i) for i, c in enumerate(of)]


def uncut(n: int, pairs: Pairs, least: bool, most: int) -> Pairs:
    """The pairs that are left when clusters of more than `most` are cut at their bridges, the worst score first."""

    def reached(a: int, without: tuple[int, int, float]) -> set[int]:
        seen, todo = {a}, [a]
        while todo:
            at = todo.pop()
            for p in around[at]:
                other = p[0] + p[1] - at
                if p is not without and p not in gone and other not in seen:
                    seen.add(other)
                    todo.append(other)
        return seen

    around: list[Pairs] = [[] for _ in range(n)]
    gone: Pairs = []
    for p in pairs:
        around[p[0]].append(p)
        around[p[1]].append(p)
    bridges = [p for p in pairs if p[1] not in reached(p[0], p)]
    for p in sorted(bridges, key=lambda p: (-p[2] if least else p[2], -p[0], -p[1])):
        if len(reached(p[0], (0, 0, 0.0))) > most:
            gone.append(p)
    return [p for p in pairs if p not in gone]


def golden_value(rule: str, column: int, rows: list[list[Value]]) -> Value:
    values = [(row[column], row) for row in rows if row[column] is not None]
    if not values:
        return None
    kind, _, by = rule.partition(":")
    texts = [str(v) for v, _ in values]
    if kind == "first":
        return texts[0]
    if kind == "last":
        return texts[-1]
    if kind == "concat":
        return " | ".join(dict.fromkeys(texts))
    if kind == "most-frequent":
        return max(dict.fromkeys(texts), key=texts.count)
    if kind in ("longest", "shortest"):
        return (max if kind == "longest" else min)(texts, key=len)
    if kind in ("max", "min"):
        return (max if kind == "max" else min)(texts, key=float)
    dated = [(row[COLUMNS.index(by)] or "", str(v)) for v, row in values]
    known = [d for d in dated if d[0]]
    if not known:
        return texts[0]
    return (max if kind == "newest" else min)(known, key=lambda d: d[0])[1]


def right_lines(c: Clusters, rows: list[list[Value]], names: list[str]) -> list[dict[str, object]]:
    lines = []
    for number, members in enumerate(c.members):
        for i in members:
            own = {"cluster": number + 1, "record": names[i], "score": c.strength[i], "size": len(members)}
            lines.append({**own, **dict(zip(COLUMNS, rows[i]))})
    return lines


def right_golden(c: Clusters, rows: list[list[Value]], names: list[str], rules: dict[str, str], other: str) -> list:
    lines = []
    for number, members in enumerate(c.members):
        of = [rows[i] for i in members]
        chosen = {k: golden_value(rules.get(k, other), i, of) for i, k in enumerate(COLUMNS)}
        lines.append({"cluster": number + 1, "size": len(members), "record": names[members[0]], **chosen})
    return lines


# ---- What axb writes -----------------------------------------------------------------------------------------------


def read_lines(path: pathlib.Path) -> list[dict[str, object]]:
    content = path.read_bytes()
    if path.suffix == ".gz":
        content, path = gzip.decompress(content), path.with_suffix("")
    text = content.decode()
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines()]
    if path.suffix == ".json":
        return json.loads(text)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if path.suffix == ".tsv" else ","))


def as_texts(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    """As CSV has them: a missing value is nothing, and a number is its digits."""
    return [{k: "" if v is None else f"{v:.17g}" if isinstance(v, float) else str(v) for k, v in x.items()} for x in lines]


def same(path: pathlib.Path, right: list[dict[str, object]]) -> bool:
    found = read_lines(path)
    if {".json", ".jsonl"} & set(path.suffixes):
        return found == right
    for line in found:
        if line.get("score"):
            line["score"] = f"{float(str(line['score'])):.17g}"
    return found == as_texts(right)


REFUSALS: Refusals = {road: ["--clusters depends on all of them"] for road in IN_PARTS}
REFUSALS |= {road: ["--prepare finds no pairs, and --clusters is about them"] for road in PREPARED}


class Case:
    def __init__(self, asked: Asked):
        rng = random.Random(asked.seed)
        self.axb, self.folder, self.rng, self.road = asked.axb, asked.folder, rng, asked.road
        self.by_road = random.Random(f"road {asked.seed}")
        self.rows = drawn_table(rng, rng.choice([1, 2, 30, 60, 100, 150]))
        self.score = rng.choice(SCORES)
        self.least = "--max" in self.score
        self.by_id = rng.random() < 0.5
        self.rules = {k: rng.choice(RULES) for k in COLUMNS if rng.random() < 0.5}
        if rng.random() < 0.5:
            self.rules["price"] = rng.choice(["max", "min"])
        self.other = rng.choice(RULES)
        methods = ["connected", "connected", "complete", "best-link"]
        self.method = rng.choice(methods if self.least else [*methods, "average", "average", "average"])
        self.most = rng.choice([2, 3, 5, 20]) if self.method != "best-link" and rng.random() < 0.5 else 0
        self.grouping = [] if self.method == "connected" else ["--cluster-method", self.method]
        self.grouping += ["--max-cluster", str(self.most)] if self.most else []
        self.draw_floor()
        given = [f"{k}:{v}" for k, v in self.rules.items()]
        self.golden = ["--golden-rule", self.other, *(["--golden-rule", ",".join(given)] if given else [])]
        write_table(self.folder / "A.csv", self.rows)

    def draw_floor(self) -> None:
        """Of an average: what a pair counts at least; pairs from there on are found."""
        self.floor, self.found = 0.0, self.score
        if self.method != "average":
            return
        self.least_mean = float(self.score[self.score.index("--min") + 1])
        if self.rng.random() < 0.7:
            self.floor = self.least_mean - self.rng.choice([0.03, 0.1, 0.25])
            self.grouping += ["--cluster-floor", str(self.floor)]
            self.found = [str(self.floor) if word == str(self.least_mean) else word for word in self.score]

    def run(self, *words: str) -> None:
        by_seed.run(self.axb, self.folder, *words, "-q")

    def fail(self, what: str, words: list[str]) -> None:
        raise Failed(f"{what} is wrong: axb {' '.join(words)}")

    def expect(self, names: list[str]) -> None:
        pairs = [(int(r["a"]) - 1, int(r["b"]) - 1, float(r["score"])) for r in self.pairs]  # type: ignore[arg-type]
        n = len(self.rows)
        if self.most and self.method == "connected":
            pairs = uncut(n, pairs, self.least, self.most)
        mean = self.least_mean if self.method == "average" else None
        joined = Joined(self.least, self.most, mean, self.floor)
        method = {"connected": connected, "best-link": best_link}.get(self.method, joined)
        clusters = Clusters(method(n, pairs, self.least), pairs, self.least)
        self.lines = right_lines(clusters, self.rows, names)
        self.gold = right_golden(clusters, self.rows, names, self.rules, self.other)
        self.several = sum(len(m) > 1 for m in clusters.members)

    def try_dedupe(self, files: list[str], *more: str) -> None:
        form = self.rng.choice(["csv", "tsv", "json", "jsonl", "csv.gz", "jsonl.gz"])
        out = ["--clusters", f"c.{form}", "--golden", "g.jsonl", *self.golden, *self.grouping]
        words = ["dedupe", *files, *self.score, *out, *(["--id", "id"] if self.by_id else []), *more]
        words += ["-o", "o.csv"]
        self.run(*words)
        if (self.folder / "o.csv").read_bytes() != (self.folder / "plain.csv").read_bytes():
            self.fail("--output beside --clusters", words)
        if not same(self.folder / f"c.{form}", self.lines):
            self.fail("--clusters", words)
        if not same(self.folder / "g.jsonl", self.gold):
            self.fail("--golden", words)

    def try_cluster(self) -> None:
        self.find_pairs()
        self.shuffle_pairs()
        least = ["--max", "1e9"] if self.least else []
        least += ["--min", str(self.least_mean)] if self.method == "average" else []
        words = ["cluster", "p.csv", "--records", "A.csv", "-o", "c.jsonl", "--golden", "g.csv", *self.golden, *self.grouping, *least]
        words += ["--id", "id"] if self.by_id else []
        self.run(*words)
        if not same(self.folder / "c.jsonl", self.lines) or not same(self.folder / "g.csv", self.gold):
            self.fail("axb cluster", words)

    def shuffle_pairs(self) -> None:
        """As somebody else might have them: in any order and direction, some twice, or of a record with itself."""
        head, *pairs = (self.folder / "p.csv").read_text().splitlines(keepends=True)
        ends = [line.split(",") for line in pairs]
        worse = 1 if self.least else -0.01
        ends += [[a, b, f"{float(score) + worse}\n"] for a, b, score in ends if self.rng.random() < 0.1]
        ends += [[a, a, "0.95\n"] for a, *_ in ends[:2]]
        self.rng.shuffle(ends)
        ends = [[b, a, score] if self.rng.random() < 0.5 else [a, b, score] for a, b, score in ends]
        (self.folder / "p.csv").write_text(head + "".join(",".join(pair) for pair in ends))

    def runner(self, question: list[str], beside: tuple[str, ...] = ()) -> Runner:
        by_id = ["--id", "id"] if self.by_id else []
        return Runner(self.axb, self.folder, self.by_road, "dedupe", [*question, *by_id], beside=list(beside))

    def find_pairs(self) -> None:
        """Into p.csv: at once, or in parts, which do not make clusters themselves."""
        run = self.runner(self.found)
        plain = run.plain()
        ways: list[Callable[[Runner], bytes]] = [roads.shards, roads.shards_killed, roads.prepared]
        got = self.by_road.choice(ways)(run)
        if got != plain:
            raise Failed(f"the pairs differ: {run.log}")
        (self.folder / "p.csv").write_bytes(got)
        write_table(self.folder / "A.csv", self.rows)

    def try_killed(self) -> None:
        """Killed at any moment, then gone on with."""
        run = self.runner([*self.score, "--clusters", "k.jsonl", *self.grouping], ("k.jsonl",))
        roads.interrupted(run, run.words(), signal.SIGKILL, 0.06)
        if not same(self.folder / "k.jsonl", self.lines):
            raise Failed(f"what a killed run leaves is wrong: {run.log}")

    def one_more(self) -> Told:
        """All that a run can write, by one more road."""
        form = self.rng.choice(["csv", "tsv", "json", "jsonl"])
        beside = (f"c.{form}", "g.jsonl")
        question = [*self.score, "--clusters", beside[0], "--golden", beside[1], *self.golden, *self.grouping]
        run = self.runner(question, beside)
        right = run.plain()
        if not same(self.folder / beside[0], self.lines) or not same(self.folder / beside[1], self.gold):
            raise Failed(f"clusters or golden records are wrong: {run.log}")
        return one_more(run, right, REFUSALS, self.road)

    def try_files(self) -> None:
        """The table in several files of other kinds; a record is called by its row there."""
        n, at = self.rng.choice([2, 3]), [0]
        at += [*sorted(self.rng.randrange(len(self.rows) + 1) for _ in range(n - 1)), len(self.rows)]
        names, files, sources = [], [], []
        for k in range(n):
            part, as_json = self.rows[at[k] : at[k + 1]], k == n - 1 and at[k] < at[k + 1] and self.rng.random() < 0.5
            files.append(f"part{k}." + ("jsonl" if as_json else "csv"))
            if as_json:
                write_json_lines(self.folder / files[k], part)
            else:
                write_table(self.folder / files[k], part, ",;\t"[k])
            names += [str(i + 1) for i in range(at[k + 1] - at[k])]
            sources += [files[k]] * (at[k + 1] - at[k])
        place = {id(row): i for i, row in enumerate(self.rows)}
        self.expect([r[0] for r in self.rows] if self.by_id else names)  # type: ignore[misc]
        of = {str(r[0]): sources[place[id(r)]] for r in self.rows}
        self.lines = [{**dict(list(x.items())[:4]), "source": of[str(x["id"])], **dict(list(x.items())[4:])} for x in self.lines]
        keep = ["--keep", ",".join(COLUMNS)] if self.rng.random() < 0.5 else []
        words = ["dedupe", *files, *self.score, *keep, "--clusters", "c.jsonl", *(["--id", "id"] if self.by_id else [])]
        words += self.grouping
        self.run(*words)
        if not same(self.folder / "c.jsonl", self.lines):
            self.fail("--clusters of several files", words)

    def all(self) -> Told:
        self.run("dedupe", "A.csv", *self.found, "-o", "all.csv")
        self.run("dedupe", "A.csv", *self.score, "-o", "plain.csv", *(["--id", "id"] if self.by_id else []))
        self.pairs = read_lines(self.folder / "all.csv")
        self.expect([str(r[0]) for r in self.rows] if self.by_id else [str(i + 1) for i in range(len(self.rows))])
        self.try_killed()
        for more in (("-j", "1"), ("-j", "2"), ("-j", "7"), ("--no-prune",)):
            self.try_dedupe(["A.csv"], *more)
        self.try_cluster()
        told, several = self.one_more(), self.several
        self.try_files()
        return Told(several > 0, told.road, told.came)


if __name__ == "__main__":
    sys.exit(by_seed.main(__doc__, 40, lambda asked: Case(asked).all(), ROADS))
