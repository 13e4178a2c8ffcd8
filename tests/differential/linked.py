#!/usr/bin/env python3
"""Lines of records without a partner, and columns beside each other: against the same computed in Python from the
pairs alone.

Each case is two random tables, as people have them: names that both have, quotes, line ends in fields, empty and
missing fields. axb writes the pairs as row numbers and scores; from these and the tables the expected bytes follow for
--unmatched, --linked, --keep, --id and every format, for any number of workers and by one more road.
"""

import csv
import random
import struct
import sys

import by_seed
from by_seed import Asked, Told
from made_tables import csv_field
from more_roads import IN_PARTS, RESUMED, ROADS, Refusals, one_more
from roads import Failed, Runner

NAMES = ["name", "city", "score", "b.city", "a.name", "b.b.city", "Straße, Nr", 'say "x"', "note", "axb.score", "x=y"]
WORDS = ["ann", "anna", "bob", "bobby", "o'neil", "zoë", "", None, "ann ", " bob", "-", "4711"]
WORDS += ["a,b", 'q"q', "two\nlines", "tab\there"]
CITIES = ["x", "y", "z", None, "x y"]
NO_ROW = 0xFFFFFFFF


class Table:
    """Columns with names, rows with values; None is missing, "" an empty text in quotes."""

    def __init__(self, rng: random.Random, n: int) -> None:
        others = rng.sample(NAMES[2:], rng.randint(0, 5))
        self.names = ["name", "city", *others]
        rng.shuffle(self.names)
        self.rows = [[rng.choice(CITIES if name == "city" else WORDS) for name in self.names] for _ in range(n)]

    def text(self) -> str:
        lines = [",".join(csv_field(name) for name in self.names)]
        lines += [",".join(csv_field(value) for value in row) for row in self.rows]
        return "".join(line + "\n" for line in lines)


def json_text(value: str | None) -> str:
    if value is None:
        return "null"
    escape = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(escape.get(c, f"\\u00{ord(c):02x}" if c < " " else c) for c in value) + '"'


Pair = tuple[int | None, int | None, tuple[str, ...]]  # rows from 0; score and terms as they are written, "" for none


class Case:
    """Two tables, what is compared, and what is to be written."""

    def __init__(self, asked: Asked) -> None:
        rng = self.rng = random.Random(asked.seed)
        self.axb, self.folder, self.road = asked.axb, asked.folder, asked.road
        self.by_road = random.Random(f"road {asked.seed}")
        n = [rng.choice([0, 1, 5, 30, 90]) for _ in range(2)]
        if rng.random() < 0.05:
            n = [rng.randint(1500, 5000), rng.randint(20, 400)]
        self.tables = [Table(rng, rows) for rows in n]
        for table, path in zip(self.tables, ("A.csv", "B.csv"), strict=True):
            (self.folder / path).write_text(table.text())
        self.asked = ["match", "A.csv", "B.csv", *self.compared()]
        self.format = rng.choice(["csv", "tsv", "json", "jsonl", "pairs"])
        self.linked = self.format != "pairs" and rng.random() < 0.5
        self.which = rng.choice([[], ["--top", "2"], ["--best", "mutual"], ["--one-to-one"], ["--one-to-one", "--optimal"], ["--best", "b"]])
        self.unmatched = rng.choice(["none", "a", "b", "both", "only-a"] + ["only-b"] * (not self.linked))
        self.terms = ["--output-terms"] if rng.random() < 0.3 else []
        self.numbers = self.number_names()
        self.keep: list[tuple[int, str]] = []
        self.id = self.format != "pairs" and rng.random() < 0.3
        if self.format != "pairs" and rng.random() < 0.6:
            self.keep = [(s, name) for s in range(2) for name in self.tables[s].names if rng.random() < 0.3]

    def compared(self) -> list[str]:
        """The score, and how it is found: by joins, by refining, by the loop, or not at all."""
        rng = self.rng
        least = str(rng.choice([0.3, 0.6, 0.8, 1]))
        words = rng.choice(
            [
                ["--on", "name", "--metric", "levenshtein"],
                ["--on", "name", "--metric", "jaro_winkler"],
                ["--on", "city", "--metric", "equal"],
                ["--score", "0.7 * levenshtein(name) + 0.3 * jaro(city)"],
                ["--score", "jaro_winkler(name)", "--where", "equal(city)"],
                ["--score", "jaro_winkler(name)", "--where", "levenshtein(name) > 0.7 && equal(city)"],
                ["--score", "levenshtein(name)", "--where", "jaro(city) > 2"],
            ]
        )
        if rng.random() < 0.2:
            words = [*words, "--no-prune"]
        if rng.random() < 0.2 and "--where" not in words:
            one_sided = ['a.city == "x"', 'b.city == "y"', 'a.city == "z" && b.name != "ann"']
            words = [*words, "--where", rng.choice(one_sided)]
        return [*words, "--min", least, "--null", "" if rng.random() < 0.1 else "never"]

    # ---- axb -----------------------------------------------------------------------------------

    def run(self, *words: str) -> bytes:
        return by_seed.run(self.axb, self.folder, *words)

    def plain(self, *options: str) -> list[list[str]]:
        """The lines of the plain output, with its head."""
        text = self.run(*self.asked, *options, *self.terms, "--format", "csv").decode()
        return list(csv.reader(text.splitlines()))

    def number_names(self) -> list[str]:
        """The names of score and terms in the plain output."""
        return self.plain()[0][2:]

    def found(self, *options: str) -> list[Pair]:
        """The pairs of rows, with their numbers as text."""
        return [(int(a) - 1, int(b) - 1, tuple(numbers)) for a, b, *numbers in self.plain(*options)[1:]]

    def options(self) -> list[str]:
        words = [*self.which, *self.terms, "--format", self.format]
        if self.unmatched != "none":
            words += ["--unmatched", self.unmatched]
        if self.linked:
            words.append("--linked")
        if self.id:
            words += ["--id", "city=name"]
        if self.keep:
            quoted = [f'{"ab"[s]}."{name.replace(chr(34), chr(34) * 2)}"' for s, name in self.keep]
            words += ["--keep", ",".join(quoted)]
        return words

    # ---- what is expected ----------------------------------------------------------------------

    def kept(self) -> list[Pair]:
        """The pairs that are written."""
        pairs = self.found(*self.which)
        if not self.linked or self.which:
            return pairs
        best = set(best_of_a(self.found()))
        return [pair for pair in pairs if pair in best]

    def lines(self) -> list[Pair]:
        """The pairs, and the records without one."""
        pairs = self.kept()
        none = ("",) * len(self.numbers)
        of_a: dict[int, list[Pair]] = {}
        for pair in pairs:
            of_a.setdefault(pair[0], []).append(pair)
        alone_a = self.linked or self.unmatched in ("a", "both", "only-a")
        lines = [p for a in range(len(self.tables[0].rows)) for p in of_a.get(a, [(a, None, none)] if alone_a else [])]
        if self.unmatched.startswith("only"):
            lines = [line for line in lines if line[1] is None]
        if self.unmatched in ("b", "both", "only-b"):
            seen = {b for _, b, _ in pairs}
            lines += [(None, b, none) for b in range(len(self.tables[1].rows)) if b not in seen]
        return lines

    def columns(self) -> list[list[str]]:
        """Those of each side that are written."""
        kept = [[name for s, name in self.keep if s == side] for side in range(2)]
        if not self.linked:
            return kept
        for side, own in enumerate(("city", "name")):
            if not kept[side]:
                kept[side] = list(self.tables[side].names)
            elif self.id:
                kept[side] = list(dict.fromkeys([own, *kept[side]]))
        return kept

    def value(self, side: int, row: int | None, name: str) -> str | None:
        table = self.tables[side]
        value = None if row is None else table.rows[row][table.names.index(name)]
        return None if value == "" and self.asked[-1] == "" else value

    def identity(self, side: int, row: int | None) -> str | None:
        if self.id:
            return self.value(side, row, ("city", "name")[side])
        return None if row is None else str(row + 1)

    def cells(self, line: Pair) -> list[tuple[str, str | None]]:
        """The names and values of a line; the numbers are those from numbers_at on."""
        a, b, numbers = line
        kept = self.columns()
        values = [[(name, self.value(side, row, name)) for name in kept[side]] for side, row in ((0, a), (1, b))]
        if self.linked:
            names = linked_names(kept, self.numbers)
            all_values = [*(v for _, v in values[0]), *numbers, *(v for _, v in values[1])]
            return list(zip(names, all_values, strict=True))
        plain = [(f"a.{name}", v) for name, v in values[0]] + [(f"b.{name}", v) for name, v in values[1]]
        named = zip(self.numbers, numbers, strict=True)
        return [("a", self.identity(0, a)), ("b", self.identity(1, b)), *named, *plain]

    def numbers_at(self) -> range:
        first = len(self.columns()[0]) if self.linked else 2
        return range(first, first + len(self.numbers))

    def expected(self, lines: list[Pair]) -> bytes:
        if self.format == "pairs":
            n = len(self.numbers)
            head = b"AXBPAIR1" + struct.pack("<5I", 1, 8 + 8 * n, 0, 0, n - 1)
            rows = [(NO_ROW if a is None else a, NO_ROW if b is None else b, x) for a, b, x in lines]
            body = [struct.pack(f"<II{n}d", a, b, *(float(s or "nan") for s in x)) for a, b, x in rows]
            return head.ljust(64, b"\0") + b"".join(body)
        at = self.numbers_at()
        if self.format in ("csv", "tsv"):
            delimiter = "," if self.format == "csv" else "\t"
            names = [name for name, _ in self.cells((None, None, ("",) * len(self.numbers)))]
            table = [[csv_field(name, delimiter) for name in names]]
            for line in lines:
                cells = self.cells(line)
                table.append([v if i in at else csv_field(v, delimiter) for i, (_, v) in enumerate(cells)])
            return "".join(delimiter.join(row) + "\n" for row in table).encode()
        objects = []
        for line in lines:
            cells = [(k, (v or "null") if i in at else json_text(v)) for i, (k, v) in enumerate(self.cells(line))]
            objects.append("{" + ",".join(f"{json_text(k)}:{v}" for k, v in cells) + "}\n")
        text = "".join(objects) if self.format == "jsonl" else "[\n" + ",".join(objects) + "]\n"
        return text.encode()

    # ---- roads ---------------------------------------------------------------------------------

    def refusals(self) -> Refusals:
        """A part sees some of the pairs; an array of JSON is written at once; only-a and only-b write no pairs."""
        of: dict[str, list[str]] = {}
        chosen = self.unmatched in ("b", "both", "only-b") or self.which not in ([], ["--top", "2"])
        if chosen and (self.linked or self.unmatched != "none"):
            of |= {road: ["sees some of the pairs"] for road in IN_PARTS}
        if self.format == "json":
            for road in (*IN_PARTS, *RESUMED):
                of.setdefault(road, []).append("the format json cannot be written in parts")
        if self.unmatched.startswith("only"):
            of["audit"] = ["--audit looks at the pairs that are written"]
        return of

    def check(self) -> Told:
        lines = self.lines()
        right = self.expected(lines)
        question = [*self.asked[3:], *self.options()]
        run = Runner(self.axb, self.folder, self.by_road, "match", question, form=self.format)
        for workers in ("-j1", "-j2", "-j7"):
            if run.output([*run.words(), workers]) != right:
                raise Failed(f"{workers}: {run.log[-1]}\nright:\n{right[:2000]!r}")
        told = one_more(run, right, self.refusals(), self.road)
        return Told(bool(lines), told.road, told.came)


def best_of_a(pairs: list[Pair]) -> list[Pair]:
    best: dict[int | None, Pair] = {}
    for pair in pairs:
        if pair[0] not in best or float(pair[2][0]) > float(best[pair[0]][2][0]):
            best[pair[0]] = pair
    return list(best.values())


def linked_names(kept: list[list[str]], numbers: list[str]) -> list[str]:
    """The names of A, of the numbers, of B: those that are taken get prefixes, all equally many."""
    names = list(kept[0])
    for prefix, own in (("axb.", numbers), ("b.", kept[1])):
        taken, times = [name for name in own if name in names], 1
        while any(prefix * times + name in [*names, *own] for name in taken):
            times += 1
        names += [prefix * times + name if name in taken else name for name in own]
    return names


if __name__ == "__main__":
    sys.exit(by_seed.main(__doc__, 60, lambda asked: Case(asked).check(), [name for name in ROADS if name != "formats"]))
