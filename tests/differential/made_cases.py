"""A case: tables, a command, and what it must write; made of a seed, and of nothing else."""

import math
import re
from dataclasses import dataclass, replace
from functools import cache, cached_property
from random import Random

from made_expressions import Writer
from made_tables import LENGTHS, Record, Table, Texts, csv_field, make_table
from oracle_expression import FIGURES, Binary, Call, Column, Node, Pair, Term, Value, is_true, terms_of
from oracle_figures import plain
from oracle_metrics import KM_TOLERANCE, METRICS, WordWeights
from oracle_text import OFTEN, STEPS, cleaned

COLUMN_NAMES = ("x", "y", "name", "full name", "größe", "Zip", "last_2")
MOST_TERMS = 6  # of one command; each costs a table of distances

MOST_QUESTIONS = 4  # until some pair has a score


@dataclass
class Case:
    seed: int
    metric: str  # the one that the case is about
    verb: str
    a: Table
    b: Table  # the same as a for dedupe
    score: Node
    where: Node | None
    minimum: float
    steps: dict[int, frozenset[str]]  # of --normalize, by place
    normalize: str
    id_column: bool
    keep: list[tuple[str, int]]  # side and place
    output_terms: bool
    asked: dict[tuple[str, int], str]  # of --decimal and --dates, by kind and place
    formats: list[str]
    short_form: bool = False  # --on and --metric
    maximum: float = math.inf  # without --max

    # ---- The command ----

    def question(self) -> list[str]:
        """What is asked, without verb, files and how it is done."""
        words = self.on_words() if self.short_form else ["--score", str(self.score)]
        if self.where:
            words += ["--where", str(self.where)]
        return words + self.bounds() + self.output_words()

    def bounds(self) -> list[str]:
        """--min and --max, or one of them."""
        words = [f"--max={self.maximum!r}"] if self.maximum < math.inf else []
        return words if words and self.minimum == -math.inf else [f"--min={self.minimum!r}", *words]

    def on_words(self) -> list[str]:
        assert isinstance(self.score, Term)
        a, b = self.score.a.name, self.score.b.name
        metric = self.score.metric + self.score.view
        return [
            "--on",
            a if a == b else f"{a}={b}",
            "--metric",
            ":".join((metric, *self.score.arguments)),
        ]

    def output_words(self) -> list[str]:
        words = ["--normalize", self.normalize] if self.normalize else []
        words += self.formats
        if self.id_column:
            words += ["--id", self.a.names[0]]
        if self.keep:
            words += ["--keep", ",".join(f"{side}.{self.table(side).names[at]}" for side, at in self.keep)]
        return words + (["--output-terms"] if self.output_terms else [])

    def table(self, side: str) -> Table:
        return self.a if side == "a" else self.b

    # ---- What must come out ----

    def normalized_rows(self, table: Table) -> list[Record]:
        def field_of(text: str | None, at: int) -> str | None:
            return text if at not in self.steps else cleaned(text, self.steps[at])

        return [tuple(field_of(text, at) for at, text in enumerate(row)) for row in table.rows]

    def figures(self, table: Table) -> list[dict[str, Record]]:
        """Of each row, for each kind of figures the fields in plain text."""
        rows: list[dict[str, Record]] = [{} for _ in table.rows]
        for kind in FIGURES:
            columns = [
                [None if text is None else read(text) for text in column]
                for at, column in enumerate(zip(*table.rows, strict=True))
                for read in (plain(kind, column, self.asked.get((kind, at), "")),)
            ]
            for row, fields in zip(rows, zip(*columns, strict=True), strict=True):
                row[kind] = fields
        return rows

    def pairs(self) -> list[tuple[int, int, Pair]]:
        """All of them: the full double loop."""
        rows_a, rows_b = self.normalized_rows(self.a), self.normalized_rows(self.b)
        figures_a, figures_b = self.figures(self.a), self.figures(self.b)

        @cache
        def weights(of_a: Column, of_b: Column) -> WordWeights:
            columns = [
                [cleaned(row[c.at], c.steps) if c.rules else row[c.at] for row in (table.rows if c.rules else rows)]
                for c, table, rows in ((of_a, self.a, rows_a), (of_b, self.b, rows_b))
            ]
            return WordWeights(*columns[: 1 if self.verb == "dedupe" and of_a.swapped() == of_b else 2])

        return [
            (i, j, Pair(a, b, self.a.rows[i], self.b.rows[j], figures_a[i], figures_b[j], weights))
            for i, a in enumerate(rows_a)
            for j, b in enumerate(rows_b)
            if self.verb == "match" or i < j
        ]

    @cached_property
    def scores(self) -> list[tuple[int, int, float, Pair]]:
        """Of pairs that pass --where and have a score."""
        found = []
        for i, j, pair in self.pairs():
            if self.where and not is_true(self.where.value(pair)):
                continue
            score = self.score.value(pair)
            if score is not None:
                found.append((i, j, score, pair))
        return found

    def matches(self) -> list[tuple[int, int, float, Pair]]:
        return [found for found in self.scores if self.minimum <= found[2] <= self.maximum]

    @property
    def weighed(self) -> bool:
        """Do scores depend on all records, so that fewer or more of them change the others?"""
        return any(METRICS[term.metric].weighed for term in self.terms())

    @property
    def exact(self) -> bool:
        return all(METRICS[term.metric].exact for term in self.terms())

    def terms(self) -> tuple[Term, ...]:
        return terms_of(self.score, self.where)

    def header(self) -> list[str]:
        terms = [term.header() for term in self.terms()] if self.output_terms else []
        kept = [f"{side}.{self.table(side).names[at]}" for side, at in self.keep]
        return ["a", "b", "score", *terms, *kept]

    def line(self, i: int, j: int, score: float, pair: Pair, rows_before: int) -> str:
        ids = [self.a.rows[i][0], self.b.rows[j][0]] if self.id_column else [str(rows_before + i + 1), str(j + 1)]
        terms = [shortest(term.figure(pair)) for term in self.terms()] if self.output_terms else []
        kept = [csv_field((pair.raw_a if side == "a" else pair.raw_b)[at]) for side, at in self.keep]
        return ",".join([*(csv_field(text) for text in ids), shortest(score), *terms, *kept])

    def expected(self, repeats: int = 1) -> bytes:
        """All bytes; with the rows of A so often one after the other."""
        lines = [",".join(csv_field(name) for name in self.header())]
        found = self.matches()
        n = len(self.a.rows)
        lines += [self.line(i, j, score, pair, k * n) for k in range(repeats) for i, j, score, pair in found]
        return "".join(line + "\n" for line in lines).encode()

    def repeated(self, repeats: int) -> "Case":
        """With the rows of A so often one after the other: many rows of which the oracle knows all."""
        return replace(self, a=replace(self.a, rows=self.a.rows * repeats, quoted=set()))

    def without(self, side: str, rows: range) -> "Case":
        """The same with some rows less."""
        table = self.table(side)
        kept = [row for i, row in enumerate(table.rows) if i not in rows]
        less = replace(table, rows=kept, quoted=set())
        if self.verb == "dedupe":
            return replace(self, a=less, b=less)
        return replace(self, **{side: less})


def json_lines(case: Case) -> list[dict[str, object]]:
    """What --format jsonl must say."""
    found = []
    for i, j, score, pair in case.matches():
        ids = [case.a.rows[i][0], case.b.rows[j][0]] if case.id_column else [str(i + 1), str(j + 1)]
        terms = [term.figure(pair) for term in case.terms()] if case.output_terms else []
        kept = [(pair.raw_a if side == "a" else pair.raw_b)[at] for side, at in case.keep]
        found.append(dict(zip(case.header(), [*ids, score, *terms, *kept], strict=True)))
    return found


def shortest(x: Value) -> str:
    """With the fewest digits that read back to the same double, as %g writes them; -0 is 0."""
    if x is None:
        return ""
    x += 0.0
    return next(text for text in (f"{x:.{digits}g}" for digits in (15, 16, 17)) if float(text) == x)


def same_output(case: Case, got: bytes, wanted: bytes) -> bool:
    """To the last byte; where sines are in it, scores may differ in the last digits."""
    return got == wanted or (not case.exact and rounded(got) == rounded(wanted))


def rounded(output: bytes) -> list[str]:
    """Six digits are more than KM_TOLERANCE asks for."""
    figure = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?")
    lines = output.decode().splitlines()
    return [figure.sub(lambda found: f"{float(found[0]):.6f}", line) for line in lines]


# ---- Making one ----------------------------------------------------------------------------------------------------


def metric_of(seed: int) -> str:
    """The metric that a case is about: each in turn."""
    return list(METRICS)[seed % len(METRICS)]


def make_case(seed: int) -> Case:
    rng = Random(f"axb {seed}")
    metric = metric_of(seed)
    kinds = make_kinds(rng, metric)
    has_ids = rng.random() < 0.8
    names = [*(["id"] if has_ids else []), *rng.sample(COLUMN_NAMES, len(kinds))]
    sizes = list(LENGTHS)
    size = rng.choices(sizes, [LENGTHS[name][3] for name in sizes])[0]
    columns = [Texts(rng, kind, size if k == 0 else "tiny") for k, kind in enumerate(kinds)]
    verb = rng.choice(("match", "match", "dedupe"))
    a = make_table(rng, names, columns)
    b = a if verb == "dedupe" else make_table(rng, names, columns)
    steps, normalize = make_steps(rng, names)
    asked, formats = make_formats(rng, names)
    writer = make_writer(rng, metric, names, kinds, steps, a, b)
    kept = {(rng.choice("ab"), rng.randrange(len(names))) for _ in range(rng.choice((0, 0, 1, 2)))}
    id_column, output_terms = has_ids and rng.random() < 0.25, rng.random() < 0.25
    for _ in range(MOST_QUESTIONS):
        score, where, short_form = make_question(rng, writer, verb)
        case = Case(
            seed=seed,
            metric=metric,
            verb=verb,
            a=a,
            b=b,
            score=score,
            where=where,
            minimum=0.0,
            steps=steps,
            normalize=normalize,
            id_column=id_column,
            keep=sorted(kept, key=lambda column: column[0]),  # those of A are written first, as seen
            output_terms=output_terms,
            asked=asked,
            formats=formats,
            short_form=short_form,
        )
        if case.scores:
            break
    case.minimum = make_minimum(rng, case)
    if case.exact and rng.random() < 0.25:
        make_maximum(rng, case)
    return case


def make_maximum(rng: Random, case: Case) -> None:
    """A --max at the score of a pair, or a last digit beside it; mostly in place of --min."""
    scores = sorted({score for _, _, score, _ in case.scores if math.isfinite(score)})
    if rng.random() < 0.7:
        case.minimum = -math.inf
    above = [score for score in scores if score >= case.minimum]
    if not above:
        case.minimum = min(case.minimum, 0.0) if case.minimum != -math.inf else 0.0
        return
    at = above[min(rng.randrange(len(above)) for _ in range(2))]
    case.maximum = rng.choice((at, at, math.nextafter(at, math.inf), math.nextafter(at, -math.inf)))
    if case.maximum < case.minimum:
        case.maximum = case.minimum


def make_kinds(rng: Random, metric: str) -> list[str]:
    """Of the columns; the first is for the metric."""
    kinds = [METRICS[metric].kind]
    if rng.random() < 0.85 or not METRICS[metric].exact:
        kinds.append(rng.choice(("text", "text", "words", "name")))
    if rng.random() < 0.5:
        kinds.append(rng.choice(("text", "number", "date", "name", "number")))
    return kinds


def make_steps(rng: Random, names: list[str]) -> tuple[dict[int, frozenset[str]], str]:
    """--normalize for all columns, for some, or for all with one that has rules of its own."""
    if rng.random() < 0.65:
        return {}, ""
    chosen = draw_steps(rng)
    everywhere = {at: frozenset(chosen) for at in range(len(names))}
    choice = rng.random()
    if choice < 0.5:
        return everywhere, ",".join(chosen)
    at = rng.randrange(len(names))
    if choice < 0.7:
        own = draw_steps(rng)
        return everywhere | {at: frozenset(own)}, f"{' , '.join(chosen)},{names[at]}:{','.join(own)}"
    return {at: frozenset(chosen)}, f"{names[at]} : {rng.choice('+,').join(chosen)}"


def draw_steps(rng: Random) -> list[str]:
    names = OFTEN if rng.random() < 0.8 else STEPS
    return list(dict.fromkeys(rng.choice(names) for _ in range(rng.randint(1, 4))))


def make_formats(rng: Random, names: list[str]) -> tuple[dict[tuple[str, int], str], list[str]]:
    """--decimal and --dates, for all columns or for one."""
    asked: dict[tuple[str, int], str] = {}
    words = []
    for option, kinds, formats in (
        ("--decimal", ("number", "place"), (".", ",")),
        ("--dates", ("date",), ("dmy", "mdy", "ymd")),
    ):
        if rng.random() < 0.75:
            continue
        said = rng.choice(formats)
        places = range(len(names)) if rng.random() < 0.6 else (rng.randrange(len(names)),)
        asked |= {(kind, at): said for kind in kinds for at in places}
        words += [option, said if len(places) > 1 or len(names) == 1 else f"{names[places[0]]}:{said}"]
    return asked, words


def make_writer(
    rng: Random,
    metric: str,
    names: list[str],
    kinds: list[str],
    steps: dict[int, frozenset[str]],
    a: Table,
    b: Table,
) -> Writer:
    columns: dict[str, list[tuple[str, int]]] = {}
    texts: dict[int, list[str]] = {}
    for at, kind in enumerate(kinds, len(names) - len(kinds)):
        columns.setdefault(kind, []).append((names[at], at))
        texts[at] = [text for table in (a, b) for row in table.rows if (text := row[at]) is not None]
    return Writer(rng, columns, texts, metric, steps)


def both_ways_round(node: Node, rng: Random) -> Node:
    """What has the same value if A and B are exchanged; dedupe refuses other scores."""
    other = node.swapped()
    return node if other == node else Call(rng.choice(("min", "max")), (node, other))


def make_question(rng: Random, writer: Writer, verb: str) -> tuple[Node, Node | None, bool]:
    """Score, where, and whether --on says it."""
    asks_short = rng.random() < 0.25
    where = None
    while True:
        score = writer.term(writer.primary) if asks_short else writer.score()
        if verb == "dedupe":
            score = both_ways_round(score, rng)
        short_form = asks_short and isinstance(score, Term) and not (score.a.rules or score.b.rules)
        if rng.random() < 0.35:
            where = writer.condition(rng.randint(0, 2))
            if verb == "dedupe" and where.swapped() != where:
                where = Binary("||", where, where.swapped())
        if rng.random() < 0.25:
            where = writer.with_one_sided(where)
        if len(terms_of(score, where)) <= MOST_TERMS:
            return score, where, short_form


def make_minimum(rng: Random, case: Case) -> float:
    """At the score of a pair, a last digit above or below it, or between; more often a high one."""
    scores = sorted({score for _, _, score, _ in case.scores if math.isfinite(score)})
    if not scores:
        return rng.choice((0.5, 0.85, 0.0))
    rank = max(rng.randrange(len(scores)) for _ in range(rng.choice((1, 1, 2))))
    at = scores[rank]
    if not case.exact:
        return at - 1000 * KM_TOLERANCE * (1 + abs(at)) if clear(scores, at) else -math.inf
    choice = rng.random()
    if choice < 0.4:
        return at
    if choice < 0.6:
        return math.nextafter(at, -math.inf)
    if choice < 0.75:
        return math.nextafter(scores[max(0, rank - 1)], math.inf)
    return round(at - rng.random() * 0.2, rng.choice((1, 2, 6)))


def clear(scores: list[float], at: float) -> bool:
    """Is no score near the place that is less than this one by a thousand tolerances?"""
    place = at - 1000 * KM_TOLERANCE * (1 + abs(at))
    return all(abs(score - place) > 100 * KM_TOLERANCE * (1 + abs(at)) for score in scores)
