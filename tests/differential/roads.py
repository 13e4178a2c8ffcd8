"""Ways to run a case: the plain one, and others that must write the same bytes."""

import csv
import gzip
import io
import json
import lzma
import math
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from made_cases import Case, json_lines
from oracle_expression import FIGURES, Term
from oracle_figures import plain
from oracle_metrics import METRICS

Words = list[str]

TIMEOUT = 120  # seconds; nothing here takes one
REFUSED = 71  # by the system; here, for want of memory
STOPPED = 75
MOST_KILLS = 20
MOST_MATCHES = 300  # of a case whose rows are repeated


USAGE, NO_PAIR = 2, b"no pair can match: --m"


class Refused(Exception):
    """axb said that it has too little memory."""


class Unreachable(Exception):
    """axb said that no score can be within --min and --max."""


class Failed(Exception):
    """A status or a message that must not be."""


@dataclass
class Runner:
    """Runs axb on the files of one case in a folder of its own; `log` has the commands."""

    axb: str
    folder: Path
    case: Case
    rng: Random
    log: list[str] = field(default_factory=list)

    def start(self, words: Words, stdin: bytes | None = None, kernels: str = "") -> subprocess.CompletedProcess[bytes]:
        self.log.append(" ".join(f"'{word}'" if " " in word or '"' in word else word for word in words))
        environment = dict(os.environ, OMP_WAIT_POLICY="passive", OMP_NUM_THREADS="2")
        if kernels:
            environment["AXB_ISA"] = kernels
        return subprocess.run(
            [self.axb, *words], cwd=self.folder, input=stdin, capture_output=True, timeout=TIMEOUT, env=environment
        )

    def output(self, words: Words, stdin: bytes | None = None, kernels: str = "") -> bytes:
        done = self.start(words, stdin, kernels)
        if done.returncode == REFUSED and b"memory" in done.stderr:
            raise Refused
        if done.returncode == USAGE and NO_PAIR in done.stderr:
            raise Unreachable
        if done.returncode:
            raise Failed(f"status {done.returncode}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def files(self) -> Words:
        return ["A.csv"] if self.case.verb == "dedupe" else ["A.csv", "B.csv"]

    def words(self, files: Words | None = None) -> Words:
        return [self.case.verb, *(files or self.files()), *self.case.question(), "-q"]

    def write_tables(self) -> None:
        (self.folder / "A.csv").write_bytes(self.case.a.csv())
        if self.case.verb == "match":
            (self.folder / "B.csv").write_bytes(self.case.b.csv())

    def plain(self) -> bytes:
        self.write_tables()
        return self.output([*self.words(), "-j1"])


def lines_of(output: bytes) -> int:
    """Matches in an output without texts of the tables."""
    return output.count(b"\n") - 1


# ---- Roads: each gives the bytes by its way ------------------------------------------------------------------------


def workers(run: Runner) -> bytes:
    return run.output([*run.words(), f"-j{run.rng.choice((2, 7))}"])


def kernels(run: Runner) -> bytes:
    return run.output(run.words(), kernels=run.rng.choice(("v2", "v3", "v4")))


def no_prune(run: Runner) -> bytes:
    return run.output([*run.words(), "--no-prune"])


def double_loop(run: Runner) -> bytes:
    """A metric alone, pair by pair."""
    return run.output([*run.words(), "--no-prune", "--algorithm", "scan"])


JOINS = {
    "edits": ("edit index", "edit scan", "count index"),
    "jaro": ("jaro index", "jaro scan", "count index"),
    "partial": ("partial index", "count index"),
    "token set": ("words in common",),
    "union": ("union",),
    "sets": ("sets", "set scan"),
    "codes": ("sounds",),
    "alike": ("alike sounds",),
    "ends": ("common ends",),
    "places": ("places",),
    "numbers": ("numbers",),
    "words": ("words",),
    "equal": ("equal",),
}
NO_SUCH_JOIN = b"--algorithm: no join"


def by_one_join(run: Runner, more: Words, kernels: str = "") -> bytes:
    """By one join; as axb chooses where no join was right."""
    names = [name for family in JOINS.values() for name in family]
    run.rng.shuffle(names)
    likely = {join for term in run.case.terms() for join in JOINS.get(METRICS[term.metric].family, ())}
    for name in sorted(names, key=lambda name: name not in likely)[:3]:
        done = run.start([*run.words(), "--algorithm", name, *more], kernels=kernels)
        if done.returncode == 0:
            return done.stdout
        if NO_SUCH_JOIN not in done.stderr:
            raise Failed(f"status {done.returncode}: {done.stderr.decode(errors='replace')}")
    return run.output([*run.words(), *more], kernels=kernels)


def joins(run: Runner) -> bytes:
    """By one join, on one kind of kernels."""
    return by_one_join(run, [], run.rng.choice(("", "v2", "v3", "v4")))


def audited(run: Runner) -> bytes:
    return run.output([*run.words(), "--audit", "30"])


def named_tables(run: Runner) -> bytes:
    name = f"differential-{os.getpid()}-{run.case.seed}"
    names = []
    try:
        for file in run.files():
            if run.rng.random() < 0.7:
                names.append(f"{name}-{file[0]}")
                run.output(["data", "load", names[-1], file, "-q"])
        given = {loaded[-1]: f"@{loaded}" for loaded in names}
        return run.output(run.words([given.get(file[0], file) for file in run.files()]))
    finally:
        if names:
            run.start(["data", "rm", *names])


def compressed(run: Runner) -> bytes:
    files = []
    for file in run.files():
        content = (run.folder / file).read_bytes()
        end = run.rng.choice((".gz", ".xz", ".zst"))
        if end == ".zst":
            subprocess.run(["zstd", "-q", file], cwd=run.folder, check=True)
        else:
            pack = gzip.compress if end == ".gz" else lzma.compress
            (run.folder / (file + end)).write_bytes(pack(content))
        files.append(file + end)
    return run.output(run.words(files))


def delimited(run: Runner) -> bytes:
    """By tabs, or from stdin."""
    files = run.files()
    if run.rng.random() < 0.5:
        side = run.rng.randrange(len(files))
        content = (run.folder / files[side]).read_bytes()
        return run.output(run.words([*files[:side], "-", *files[side + 1 :]]), stdin=content)
    for side, table in zip(files, (run.case.a, run.case.b), strict=False):
        (run.folder / f"{side[0]}.tsv").write_bytes(table.csv("\t"))
    return run.output(run.words([f"{file[0]}.tsv" for file in files]))


def shards(run: Runner) -> bytes:
    n = run.rng.choice((1, 2, 2, 3, 5))
    parts = [f"part-{i}" for i in range(1, n + 1)]
    for i, part in enumerate(parts, 1):
        run.output([*run.words(), "--shard", f"{i}/{n}", "-o", part, f"-j{run.rng.choice((1, 2))}"])
    run.rng.shuffle(parts)
    return run.output(["merge", *parts, "-q"])


def prepared(run: Runner) -> bytes:
    """Prepared once, done whole or in parts, which are merged into one file or into several that follow each other."""
    by_one_join(run, ["--prepare", "case.axbrun"])
    for file in run.files():
        (run.folder / file).unlink()
    n = run.rng.choice((0, 1, 2, 3, 5))
    if n == 0:
        return run.output(["run", "case.axbrun", "-q", f"-j{run.rng.choice((1, 2))}"])
    parts = [f"part-{i}" for i in range(1, n + 1)]
    for i, part in enumerate(parts, 1):
        run.output(["run", "case.axbrun", "-q", "--shard", f"{i}/{n}", "-o", part, f"-j{run.rng.choice((1, 2))}"])
    run.rng.shuffle(parts)
    return merged_in_ranges(run, parts, run.rng.choice((1, 2, 4)))


def merged_in_ranges(run: Runner, parts: Words, n: int) -> bytes:
    """One file after the other; in one where parts are ranges of rows themselves, since no join was made for them."""
    files = []
    for i in range(1, n + 1):
        try:
            files.append(run.output(["merge", *parts, "-q", "--range", f"{i}/{n}"]))
        except Failed as e:
            if i > 1 or "whose rows can be looked up" not in str(e):
                raise
            return run.output(["merge", *parts, "-q"])
    return b"".join(files)


def interrupted(run: Runner, words: Words, number: signal.Signals, seconds: float) -> bytes:
    """Started again until it is through, each time for a while that is often too short."""
    words = [*words, "-j2", "-o", "out.csv", "--resume", "journal", "--checkpoint", "0"]
    run.log.append(f"{' '.join(words)}  # and {number.name}, again and again")
    for _ in range(MOST_KILLS):
        process = subprocess.Popen([run.axb, *words], cwd=run.folder, stderr=subprocess.PIPE)
        time.sleep(run.rng.uniform(0, seconds))
        process.send_signal(number)
        message = process.communicate(timeout=TIMEOUT)[1]
        if process.returncode not in (0, -number, STOPPED):
            raise Failed(f"status {process.returncode} after {number.name}: {message.decode(errors='replace')}")
        if process.returncode == 0 or run.rng.random() < 0.4:
            break
    if not (run.folder / "out.csv").exists() or (run.folder / "journal").exists():
        run.output(words)
    left = sorted(path.name for path in run.folder.iterdir() if path.name.startswith(("journal", "out.csv.")))
    if left:
        raise Failed(f"left after it was through: {left}")
    return (run.folder / "out.csv").read_bytes()


SCORER = """#include <axb.h>
#include <unistd.h>

double score(const axb_row_a *a, const axb_row_b *b)
{{
    usleep({microseconds});
    return axb_{metric}(a->{a}, b->{b}{arguments});
}}
"""
MOST_SLEEPS = 12000


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


def write_scorer(run: Runner, microseconds: int) -> Words:
    """The metric by a C function; the words of the run."""
    term = run.case.score
    assert isinstance(term, Term)
    given = term.arguments or METRICS[term.metric].arguments[:1]
    source = SCORER.format(
        microseconds=microseconds,
        metric=term.metric + term.view,
        a=term.a.name,
        b=term.b.name,
        arguments="".join(f", {argument}" for argument in given if term.view == ""),
    )
    (run.folder / "score.c").write_text(source)
    words = ["--score", "score.c", *run.case.bounds(), *run.case.output_words()]
    return [run.case.verb, *run.files(), *words, "-q"]


def scorer(run: Runner) -> bytes:
    return run.output(write_scorer(run, 0))


def slow_scorer_killed(run: Runner) -> bytes:
    """Slow enough for a journal that has done some rows."""
    pairs = max(1, len(run.case.a.rows) * len(run.case.b.rows))
    words = write_scorer(run, 40 if pairs <= MOST_SLEEPS else 0)
    return interrupted(run, words, run.rng.choice((signal.SIGKILL, signal.SIGTERM)), 0.5)


def killed(run: Runner) -> bytes:
    return interrupted(run, run.words(), signal.SIGKILL, 0.03)


def terminated(run: Runner) -> bytes:
    return interrupted(run, run.words(), signal.SIGTERM, 0.03)


def little_memory(run: Runner) -> bytes:
    return run.output([*run.words(), "--max-memory", f"{run.rng.choice((16, 17, 18, 19, 20, 22, 25, 30, 100))}M"])


def latin1(run: Runner) -> bytes:
    for file, table in zip(run.files(), (run.case.a, run.case.b), strict=False):
        (run.folder / file).write_bytes(table.csv().decode().encode("latin-1"))
    return run.output([*run.words(), "--encoding", "latin1"])


def may_be_latin1(case: Case) -> bool:
    return all(not table.bom and all(ord(c) < 256 for c in table.csv().decode()) for table in (case.a, case.b))


def as_json(run: Runner) -> bytes:
    return run.output([*run.words(), "--format", "jsonl"])


def same_json(case: Case, got: bytes) -> bool:
    lines = [json.loads(line, parse_int=float) for line in got.split(b"\n") if line]
    wanted = json_lines(case)
    if not case.exact:
        return len(lines) == len(wanted)
    return [list(line.items()) for line in lines] == [list(line.items()) for line in wanted]


def packed_file(run: Runner, name: str, words: Words) -> bytes:
    """What is written to a file of this name, with or without .gz or .zst."""
    name += run.rng.choice(("", ".gz", ".zst"))
    run.output([*words, "-o", name, f"-j{run.rng.choice((1, 2))}"])
    if name.endswith(".zst"):
        done = subprocess.run(["zstd", "-dcq", name], cwd=run.folder, check=True, capture_output=True)
        return done.stdout
    content = (run.folder / name).read_bytes()
    return gzip.decompress(content) if name.endswith(".gz") else content


def into_csv(run: Runner) -> bytes:
    return packed_file(run, "out.csv", run.words())


def into_json(run: Runner) -> bytes:
    """The array, as lines."""
    pairs = json.loads(packed_file(run, "out.json", run.words()), parse_int=float)
    return b"".join(json.dumps(pair).encode() + b"\n" for pair in pairs)


def into_tsv(run: Runner) -> bytes:
    return packed_file(run, "out.tsv", run.words())


def same_fields(plain: bytes, tabs: bytes) -> bool:
    """The same records by commas and by tabs."""
    texts = (io.StringIO(plain.decode(), newline=""), io.StringIO(tabs.decode(), newline=""))
    return list(csv.reader(texts[0])) == list(csv.reader(texts[1], delimiter="\t"))


def counted(run: Runner) -> bytes:
    """--count: the figure as so many empty lines, to be compared with those of the plain run."""
    return run.output([*run.words(), "--count"])


@dataclass(frozen=True)
class Road:
    go: Callable[[Runner], bytes]
    weight: int
    compare: str = "bytes"  # or: count, json, fields, self (dedupe by match), swapped
    possible: Callable[[Case], bool] = lambda case: True
    many_rows: bool = False  # is it worth more when there are more of them?


def match_with_itself(run: Runner) -> bytes:
    return run.output(["match", "A.csv", "A.csv", *run.case.question(), "-q"])


def swapped(run: Runner) -> bytes:
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
    "into-csv": Road(into_csv, 2, many_rows=True),
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
