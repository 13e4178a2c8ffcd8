#!/usr/bin/env python3
"""Random tables, written as files of every kind by Python's csv and json modules, must be read by axb as they are.

A case is known by its seed. Half of the cases say nothing of how the file is written, where it can be found out; the
others say all of it. Values are compared as text; an empty one may be missing, unless it is in quotes.
"""

import csv
import io
import json
import pathlib
import random
import sys

import by_seed
from by_seed import Asked, Told
from roads import Failed

WORDS = ["anna", "Jörg", "12", "3,14", "x;y", "a|b", "t\tb", 'q"r', " blank ", "two\nlines", "", "NULL", "Łódź", "北京"]
PLAIN_WORDS = ["anna", "bert", "12", "3,14", "Rome", "x", "", "Oslo"]
# The delimiters and encodings that axb finds out by itself, and those that it must be told.
FOUND_DELIMITERS, TOLD_DELIMITERS = [",", ";", "\t", "|"], [":", " ", "^"]
FOUND_ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"]
TOLD_ENCODINGS = ["latin-1", "cp1252", "cp1250", "gb18030", "utf-16-be", "cp850"]
ICONV_NAMES = {"latin-1": "latin1", "utf-8-sig": "utf-8", "utf-16-le": "utf-16le", "utf-16-be": "utf-16be"}


class Case:
    """A table, the bytes of its file, and the options that axb needs for it."""

    def __init__(self, seed: int):
        rng = random.Random(seed)
        self.rng, self.options, self.suffix = rng, [], ".csv"
        self.told = rng.random() < 0.5
        self.encoding = rng.choice(FOUND_ENCODINGS + (TOLD_ENCODINGS if self.told else []))
        words = [w for w in (WORDS if rng.random() < 0.7 else PLAIN_WORDS) if self.can_encode(w)]
        n_columns = rng.randint(2, 5)
        self.names = ["id"] + [f"c{k} name" for k in range(1, n_columns)]
        self.rows = [[f"r{i}"] + [rng.choice(words) for _ in self.names[1:]] for i in range(rng.randint(3, 30))]
        self.exact = False
        text = self.json_lines() if rng.random() < 0.15 else self.csv()
        self.bytes = text.encode(self.encoding)

    def can_encode(self, word: str) -> bool:
        try:
            word.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True

    def json_lines(self) -> str:
        self.suffix, self.exact, self.encoding = ".jsonl", True, "utf-8"
        ascii_only = self.rng.random() < 0.5
        return "".join(
            json.dumps(dict(zip(self.names, row)), ensure_ascii=ascii_only) + "\n" for row in self.rows
        )

    def csv(self) -> str:
        rng, out = self.rng, io.StringIO()
        delimiter = rng.choice(FOUND_DELIMITERS + (TOLD_DELIMITERS if self.told else []))
        quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
        line_end = rng.choice(["\n", "\r\n"])
        style = {"delimiter": delimiter, "quoting": quoting, "lineterminator": line_end}
        if self.told and rng.random() < 0.3:
            style |= {"doublequote": False, "escapechar": "\\"}
            self.options += ["--escape", "\\"]
        if self.told:
            names = {"\t": "tab", ";": "semicolon", " ": "space"}
            self.options += ["-d", names.get(delimiter, delimiter)]
            self.options += ["--encoding", ICONV_NAMES.get(self.encoding, self.encoding)]
        if self.told and rng.random() < 0.3:
            lines = rng.randint(1, 3)
            out.write(f'about "this; file,{line_end}' * lines)
            self.options += ["--skip", str(lines)]
        self.exact = quoting != csv.QUOTE_MINIMAL
        if rng.random() < 0.3:
            self.options += ["--lenient"]
        writer = csv.writer(out, **style)
        writer.writerow(self.names)
        writer.writerows(self.rows)
        return out.getvalue()


def read_back(axb: str, path: pathlib.Path, case: Case) -> list[list[str | None]]:
    words = ["match", path.name, path.name, "--on", "id", "--metric", "equal", "--min", "1"]
    words += ["--keep", ",".join(f"a.{k + 1}" for k in range(len(case.names))), "--format", "jsonl", *case.options]
    written = by_seed.run(axb, path.parent, *words)
    try:
        rows = [json.loads(line) for line in written.decode().splitlines()]
        return [[row[f"a.{name}"] for name in case.names] for row in rows]
    except (KeyError, UnicodeDecodeError) as failure:
        raise Failed(f"{words}: {failure!r}") from failure


def check(asked: Asked) -> Told:
    case = Case(asked.seed)
    path = asked.folder / f"file{case.suffix}"
    path.write_bytes(case.bytes)
    rows, expected = read_back(asked.axb, path, case), case.rows
    if not case.exact:
        rows, expected = ([[v or None for v in row] for row in table] for table in (rows, expected))
    if rows != expected:
        raise Failed(f"{path.name} {case.options}: {rows} for {expected}")
    return Told(True)


if __name__ == "__main__":
    sys.exit(by_seed.main(__doc__, 300, check))
