"""The ways to run a case of `differential.py`: those of roads.py, and those that need to know what was drawn."""

import csv
import io
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from made_cases import Case, json_lines
from oracle_expression import FIGURES, Term
from oracle_figures import plain
from oracle_metrics import METRICS
from roads import (
    JOINS,
    Runner,
    Words,
    audited,
    compressed,
    from_stdin,
    joins,
    kernels,
    killed,
    little_memory,
    named_tables,
    no_prune,
    packed,
    packed_file,
    prepared,
    scorer,
    shards,
    slow_scorer_killed,
    terminated,
    workers,
)

MOST_MATCHES = 300  # of a case whose rows are repeated


class CaseRunner(Runner):
    """Runs axb on the files of one case."""

    def __init__(self, axb: str, folder: Path, case: Case, rng: Random) -> None:
        likely = {join for term in case.terms() for join in JOINS.get(METRICS[term.metric].family, ())}
        super().__init__(axb, folder, rng, case.verb, case.question(), likely=likely)
        self.case = case

    def write_tables(self) -> None:
        (self.folder / "A.csv").write_bytes(self.case.a.csv())
        if self.verb == "match":
            (self.folder / "B.csv").write_bytes(self.case.b.csv())

    def plain(self) -> bytes:
        self.write_tables()
        return super().plain()

    def function(self) -> tuple[str, Words] | None:
        term = self.case.score
        if not may_be_scorer(self.case):
            return None
        assert isinstance(term, Term)
        given = term.arguments or METRICS[term.metric].arguments[:1]
        arguments = "".join(f", {argument}" for argument in given if term.view == "")
        call = f"axb_{term.metric + term.view}(a->{term.a.name}, b->{term.b.name}{arguments})"
        return call, [*self.case.bounds(), *self.case.output_words()]

    def n_pairs(self) -> int:
        return max(1, len(self.case.a.rows) * len(self.case.b.rows))


# ---- Roads: each gives the bytes by its way ------------------------------------------------------------------------


def double_loop(run: CaseRunner) -> bytes:
    """A metric alone, pair by pair."""
    return run.output([*run.words(), "--no-prune", "--algorithm", "scan"])


def delimited(run: CaseRunner) -> bytes:
    """By tabs, or from stdin."""
    if run.rng.random() < 0.5:
        return from_stdin(run)
    files = run.files()
    for side, table in zip(files, (run.case.a, run.case.b), strict=False):
        (run.folder / f"{side[0]}.tsv").write_bytes(table.csv("\t"))
    return run.output(run.words([f"{file[0]}.tsv" for file in files]))


def may_read_alone(case: Case) -> bool:
    """A scorer reads a number or a date from its text alone: is it the same without the column?"""
    assert isinstance(case.score, Term)
    kind = METRICS[case.score.metric].kind
    alone = plain(kind, (), "")
    return all(
        case.steps.get(column.at) is None
        and (text is None or alone(text) == row[kind][column.at])
        for column in (case.score.a, case.score.b)
        for table in (case.table(column.side),)
        for text, row in zip((row[column.at] for row in table.rows), case.figures(table), strict=True)
    )


def may_be_scorer(case: Case) -> bool:
    """A metric alone, in a view that axb.h has, of columns whose names suit C."""
    if not isinstance(case.score, Term) or not case.short_form or case.where or case.output_terms:
        return False
    names = (case.score.a.name, case.score.b.name)
    if METRICS[case.score.metric].weighed or case.score.metric == "date_osa":
        return False
    if METRICS[case.score.metric].kind in FIGURES and not may_read_alone(case):
        return False
    return case.score.view in ("", "_distance") and all(name.isascii() and name.isidentifier() for name in names)


def latin1(run: CaseRunner) -> bytes:
    for file, table in zip(run.files(), (run.case.a, run.case.b), strict=False):
        (run.folder / file).write_bytes(table.csv().decode().encode("latin-1"))
    return run.output([*run.words(), "--encoding", "latin1"])


def may_be_latin1(case: Case) -> bool:
    return all(not table.bom and all(ord(c) < 256 for c in table.csv().decode()) for table in (case.a, case.b))


def as_json(run: CaseRunner) -> bytes:
    return run.output([*run.words(), "--format", "jsonl"])


def same_json(case: Case, got: bytes) -> bool:
    lines = [json.loads(line, parse_int=float) for line in got.split(b"\n") if line]
    wanted = json_lines(case)
    if not case.exact:
        return len(lines) == len(wanted)
    return [list(line.items()) for line in lines] == [list(line.items()) for line in wanted]


def into_json(run: CaseRunner) -> bytes:
    """The array, as lines."""
    pairs = json.loads(packed_file(run, "out.json", run.words()), parse_int=float)
    return b"".join(json.dumps(pair).encode() + b"\n" for pair in pairs)


def into_tsv(run: CaseRunner) -> bytes:
    return packed_file(run, "out.tsv", run.words())


def same_fields(plain: bytes, tabs: bytes) -> bool:
    """The same records by commas and by tabs."""
    texts = (io.StringIO(plain.decode(), newline=""), io.StringIO(tabs.decode(), newline=""))
    return list(csv.reader(texts[0])) == list(csv.reader(texts[1], delimiter="\t"))


def counted(run: CaseRunner) -> bytes:
    """--count: the figure as so many empty lines, to be compared with those of the plain run."""
    return run.output([*run.words(), "--count"])


@dataclass(frozen=True)
class Road:
    go: Callable[[CaseRunner], bytes]
    weight: int
    compare: str = "bytes"  # or: count, json, fields, self (dedupe by match), swapped
    possible: Callable[[Case], bool] = lambda case: True
    many_rows: bool = False  # is it worth more when there are more of them?


def match_with_itself(run: CaseRunner) -> bytes:
    return run.output(["match", "A.csv", "A.csv", *run.question, "-q"])


def swapped(run: CaseRunner) -> bytes:
    return run.output(["match", "B.csv", "A.csv", *swapped_question(run.case), "-q"])


def swapped_question(case: Case) -> Words:
    words = ["--score", str(case.score.swapped())]
    if case.where:
        words += ["--where", str(case.where.swapped())]
    words += case.bounds()
    return words + (["--normalize", case.normalize] if case.normalize else []) + case.formats


def may_loop(case: Case) -> bool:
    """A metric of which something is asked."""
    alone = isinstance(case.score, Term) and case.short_form and not case.where
    return alone and case.score.view == "" and 0 < case.minimum <= 1 and case.maximum == math.inf


def may_swap(case: Case) -> bool:
    plain = not (case.id_column or case.keep or case.output_terms)
    return case.verb == "match" and plain and all(METRICS[term.metric].symmetric for term in case.terms())


def may_match_itself(case: Case) -> bool:
    return case.verb == "dedupe" and not (case.id_column or case.keep or case.weighed)


ROADS = {
    "workers": Road(workers, 3, many_rows=True),
    "kernels": Road(kernels, 3),
    "no-prune": Road(no_prune, 3),
    "joins": Road(joins, 8),
    "double-loop": Road(double_loop, 2, possible=may_loop),
    "audit": Road(audited, 1),
    "named-tables": Road(named_tables, 2),
    "compressed": Road(compressed, 2),
    "delimited": Road(delimited, 2),
    "shards": Road(shards, 3, many_rows=True),
    "prepared": Road(prepared, 4, many_rows=True),
    "killed": Road(killed, 3, many_rows=True),
    "slow-scorer-killed": Road(slow_scorer_killed, 2, possible=may_be_scorer, many_rows=True),
    "scorer": Road(scorer, 3, possible=may_be_scorer),
    "terminated": Road(terminated, 2, many_rows=True),
    "little-memory": Road(little_memory, 2, many_rows=True),
    "latin1": Road(latin1, 3, possible=may_be_latin1),
    "json-lines": Road(as_json, 2, "json"),
    "into-csv": Road(packed, 2, many_rows=True),
    "into-json": Road(into_json, 2, "json"),
    "into-tsv": Road(into_tsv, 2, "fields"),
    "count": Road(counted, 2, "count"),
    "match-itself": Road(match_with_itself, 4, "self", may_match_itself),
    "swapped": Road(swapped, 4, "swapped", may_swap),
}


def choose_road(rng: Random, case: Case) -> str:
    possible = [name for name, road in ROADS.items() if road.possible(case)]
    return rng.choices(possible, [ROADS[name].weight for name in possible])[0]


def choose_repeats(rng: Random, road: str, case: Case) -> int:
    """How often the rows of A stand one after the other."""
    n = len(case.a.rows)
    if case.weighed or not (ROADS[road].many_rows and case.verb == "match" and 0 < len(case.matches()) < MOST_MATCHES):
        return 1
    return max(1, rng.choice((1, 100, 500, 3000)) // n)


def same_by_road(road: str, case: Case, plain: bytes, got: bytes) -> bool:
    """Do the bytes by a road say what the plain ones say?"""
    match ROADS[road].compare:
        case "count":
            return got == b"%d\n" % len(case.matches())
        case "json":
            return same_json(case, got)
        case "fields":
            return same_fields(plain, got)
        case "self":
            return upper_half(got) == plain
        case "swapped":
            return transposed(got) == plain
    return got == plain


def upper_half(output: bytes) -> bytes:
    """The lines of i < j."""
    header, *lines = output.splitlines(keepends=True)
    kept = [line for line in lines if int(line.split(b",")[0]) < int(line.split(b",")[1])]
    return header + b"".join(kept)


def transposed(output: bytes) -> bytes:
    """Lines j,i,score as i,j,score in their order."""
    header, *lines = output.splitlines(keepends=True)
    parts = [line.split(b",", 2) for line in lines]
    parts = [[i, j, rest] for j, i, rest in parts]
    parts.sort(key=lambda part: (int(part[0]), int(part[1])))
    return header + b"".join(b",".join(part) for part in parts)
