"""Random expressions over the columns of two tables: valid ones alone, such as a user would write, and odder."""

from dataclasses import dataclass
from random import Random

from oracle_expression import (
    FIGURES,
    Binary,
    Call,
    Choice,
    Column,
    IfMissing,
    Missing,
    Node,
    Number,
    Prefixed,
    Read,
    SameText,
    Steps,
    Term,
)
from oracle_metrics import METRICS
from oracle_text import STEPS, cleaned

# Is if_missing drawn within if_missing and missing? The value of an inner one is a value.
NESTED_IF_MISSING = True

WEIGHTS = ("0.1", "0.25", "0.3", "0.5", "0.6", "1", "2", "0.7")
THRESHOLDS = ("0", "0.3", "0.5", "0.6", "0.75", "0.8", "0.85", "0.9", "1", "0.6666666666666667")
CONSTANTS = ("0", "1", "2", "0.5", "0.1", "3", "10", "1e3", "0.001")
COMPARISONS = (">=", ">=", ">", "<", "<=", "==", "!=")
LEAST = ("min", "max", "soft_min")
STEP_EDGES = ("0.2", "0.3333333333333333", "0.5", "0.75", "0.8", "0.9", "0.95", "1", "2", "3.5", "7")
STEP_WEIGHTS = ("-7.25", "-3", "-1", "-0.1", "0", "0.3", "1", "2.5", "4", "8", "13.125")
MOST_BYTES = 255  # of a text in an expression, as seen

# What is drawn, as often as it stands here.
NUMBERS = ("sum", "sum", "product", "quotient", "minmax", "call", "choice", "missing", "minus", "condition", "steps")
CONDITIONS = ("threshold", "threshold", "threshold", "distance", "compare", "same", "missing", "binary")
SCORES = ("one", "sum", "sum", "sum", "minmax", "steps", "model", "missing", "tree", "tree", "choice", "product")


def may_be_written(text: str) -> bool:
    return not set(text) & set('"\\\n\r') and len(text.encode()) <= MOST_BYTES


@dataclass
class Writer:
    """`columns` maps a kind of text to the names and places of such columns, the same on both sides."""

    rng: Random
    columns: dict[str, list[tuple[str, int]]]
    texts: dict[int, list[str]]  # values by place, for comparisons with a text
    primary: str  # the metric that this case is about
    steps: dict[int, frozenset[str]]  # of --normalize, by place
    inside_missing: int = 0

    # ---- Leaves ----

    def column(self, side: str, kind: str) -> Column:
        name, at = self.rng.choice(self.columns[kind])
        if kind in FIGURES or self.rng.random() < 0.85:
            return Column(side, at, name)
        rules = tuple(self.rng.sample(STEPS[1:], self.rng.choice((1, 1, 2))))
        return Column(side, at, name, rules, self.steps.get(at, frozenset()) | set(rules))

    def metric(self) -> str:
        possible = [name for name, metric in METRICS.items() if metric.kind in self.columns and metric.exact]
        if (METRICS[self.primary].exact and self.rng.random() < 0.5) or not possible:
            return self.primary
        cheap = [name for name in possible if METRICS[name].cost == "flat"]
        return self.rng.choice(cheap if cheap and self.rng.random() < 0.4 else possible)

    def term(self, metric: str | None = None, views: bool = True) -> Term:
        name = metric or self.metric()
        row = METRICS[name]
        a, b = self.column("a", row.kind), self.column("b", row.kind)
        if self.rng.random() < 0.7:
            b = a.swapped()
        view = self.rng.choice(row.views) if views and self.rng.random() < 0.3 else ""
        arguments = (self.rng.choice(row.arguments),) if row.arguments and self.rng.random() < 0.7 else ()
        return Term(name, view, a, b, arguments)

    def read(self, bare: bool = False) -> Node | None:
        kinds = [kind for kind in ("number", "date") if kind in self.columns]
        if not kinds:
            return None
        kind = self.rng.choice(kinds)
        column = self.column(self.rng.choice("ab"), kind)
        if kind == "date":
            return Read("days", column)
        return Read("bare" if bare and self.rng.random() < 0.5 else "number", column)

    def constant(self) -> Number:
        return Number(self.rng.choice(CONSTANTS))

    # ---- Numbers ----

    def number(self, depth: int, bare: bool = False) -> Node:
        """Never of constants alone."""
        if depth <= 0:
            read = self.read(bare) if self.rng.random() < 0.2 else None
            return read or self.term()
        rng = self.rng
        match rng.choice(NUMBERS):
            case "sum":
                return Binary(rng.choice("+-"), self.number(depth - 1, bare=True), self.other(depth - 1))
            case "product":
                return Binary("*", self.other(depth - 1), self.number(depth - 1, bare=True))
            case "quotient":
                return self.quotient(depth - 1)
            case "minmax":
                parts = [self.number(depth - 1), *(self.other(depth - 1) for _ in range(rng.randint(1, 2)))]
                return Call(rng.choice(LEAST), tuple(parts))
            case "steps":
                return self.steps_of(self.number(depth - 1))
            case "call":
                return Call(rng.choice(("abs", "sqrt", "floor", "ceil")), (self.number(depth - 1),))
            case "choice":
                return Choice(self.condition(depth - 1), self.number(depth - 1), self.other(depth - 1))
            case "missing":
                return self.if_missing(depth - 1)
            case "minus":
                return Prefixed("-", self.number(depth - 1))
        return self.condition(depth - 1)

    def steps_of(self, of: Node) -> Steps:
        """Of weights that rise, or of any; thresholds ascend."""
        rng = self.rng
        thresholds = sorted(rng.sample(STEP_EDGES, rng.randint(1, 4)), key=float)
        weights = rng.sample(STEP_WEIGHTS, len(thresholds) + 1)
        if rng.random() < 0.7:
            weights.sort(key=float)
        numbers = [weights[0]]
        for threshold, weight in zip(thresholds, weights[1:], strict=True):
            numbers += [threshold, weight]
        return Steps(of, tuple(numbers))

    def level(self, first: Term) -> Node:
        """What a model has for a column: steps, or bits of the value where texts are equal."""
        bits = Call("max", (Number("0"), Binary("-", Term("rarity", "", first.a, first.b), self.constant())))
        equal = Binary("==", Term("equal", "", first.a, first.b), Number("1"))
        return IfMissing(Choice(equal, bits, self.steps_of(first)), Number("0"))

    def quotient(self, depth: int) -> Node:
        if self.rng.random() < 0.5:
            return Binary("/", self.number(depth), Number(self.rng.choice(("2", "3", "0.5", "10"))))
        return Binary("/", self.other(depth), self.number(depth))

    def other(self, depth: int) -> Node:
        return self.constant() if self.rng.random() < 0.4 else self.number(depth)

    def if_missing(self, depth: int) -> Node:
        if self.inside_missing and not NESTED_IF_MISSING:
            return self.number(depth)
        self.inside_missing += 1
        of = self.number(depth)
        self.inside_missing -= 1
        plain = self.inside_missing or self.rng.random() < 0.7
        return IfMissing(of, self.constant() if plain else self.number(depth - 1))

    # ---- Conditions ----

    def condition(self, depth: int) -> Node:
        rng = self.rng
        if depth > 0 and rng.random() < 0.4:
            match rng.choice(("&&", "||", "!")):
                case "!":
                    return Prefixed("!", self.condition(depth - 1))
                case operator:
                    return Binary(operator, self.condition(depth - 1), self.condition(depth - 1))
        match rng.choice(CONDITIONS):
            case "threshold":
                return Binary(rng.choice(COMPARISONS), self.term(views=False), self.threshold())
            case "distance":
                return self.distance()
            case "compare":
                return self.comparison(depth)
            case "same":
                return self.same_text()
            case "missing":
                return self.missing(depth)
        return self.term(views=False)

    def with_one_sided(self, where: Node | None) -> Node:
        """The condition, and one or two more, each of one side alone."""
        for _ in range(self.rng.randint(1, 2)):
            side = self.rng.choice("ab")
            more = self.one_sided(side)
            if self.rng.random() < 0.2:
                more = Binary("||", more, self.one_sided(side))
            where = more if where is None else Binary("&&", *self.rng.sample((where, more), 2))
        return where

    def one_sided(self, side: str) -> Node:
        """Of column against text, of a number, or of what is missing."""
        kind = self.rng.choice([kind for kind in self.columns if kind != "place"] or list(self.columns))
        column = self.column(side, kind)
        if self.rng.random() < 0.3:
            missing = Missing(column)
            return missing if self.rng.random() < 0.3 else Prefixed("!", missing)
        steps, plain, other = self.possible_texts(column)
        text = self.rng.choice([*plain, other] if self.rng.random() < 0.8 else [other, ""])
        return SameText(column, text, self.rng.random() < 0.6, steps)

    def possible_texts(self, column: Column) -> tuple[frozenset[str], list[str], str]:
        """How a text is cleaned that a column is compared with; texts of which something is left: of the column, and
        one more, or ""."""
        steps = column.steps if column.rules else self.steps.get(column.at, frozenset())
        found = [text for text in self.texts[column.at] if may_be_written(text) and cleaned(text, steps) is not None]
        return steps, found, next((text for text in ("x7", "xy") if cleaned(text, steps) is not None), "")

    def threshold(self) -> Number:
        return Number(self.rng.choice(THRESHOLDS))

    def distance(self) -> Node:
        term = self.term()
        if "_distance" not in METRICS[term.metric].views:
            return Binary(">=", term, self.threshold())
        term = Term(term.metric, "_distance", term.a, term.b)
        return Binary(self.rng.choice(("<=", "<=", "<", ">", "==")), term, Number(str(self.rng.randint(0, 4))))

    def comparison(self, depth: int) -> Node:
        left = self.number(depth - 1)
        right = self.read() if self.rng.random() < 0.5 else None
        return Binary(self.rng.choice(COMPARISONS), left, right or self.other(depth - 1))

    def same_text(self) -> Node:
        kind = self.rng.choice([kind for kind in self.columns if kind != "place"])
        left, right = self.column("a", kind), self.column("b", kind)
        negated = self.rng.random() < 0.25
        if self.rng.random() < 0.6:
            return SameText(left, right, negated)
        column = self.rng.choice((left, right))
        steps, plain, other = self.possible_texts(column)
        return SameText(column, self.rng.choice(plain or [other]), negated, steps)

    def missing(self, depth: int) -> Node:
        if self.inside_missing and not NESTED_IF_MISSING:
            return self.same_text()
        if self.rng.random() < 0.5:
            return Missing(self.column(self.rng.choice("ab"), self.rng.choice(list(self.columns))))
        self.inside_missing += 1
        node = Missing(self.number(depth - 1))
        self.inside_missing -= 1
        return node

    # ---- Whole scores ----

    def score(self) -> Node:
        if not METRICS[self.primary].exact:
            return self.inexact()
        rng = self.rng
        first = self.term(self.primary)
        match rng.choice(SCORES):
            case "one":
                return first
            case "sum":
                return self.weighted(first)
            case "minmax":
                parts = [first, *(self.weighted(self.term()) for _ in range(rng.randint(1, 2)))]
                return Call(rng.choice(LEAST), tuple(parts))
            case "steps":
                return Binary("+", self.steps_of(first), self.steps_of(self.term()))
            case "model":
                return Call("soft_min", tuple(Binary("+", self.constant(), self.level(first)) for _ in range(2)))
            case "missing":
                term = IfMissing(self.nested(first), Number(rng.choice(THRESHOLDS)))
                return Binary("+", self.times(term), self.times(self.term(views=False)))
            case "choice":
                return Choice(self.condition(1), first, self.weighted(self.term()))
            case "product":
                return Binary("*", first, self.term(views=False))
        return Binary("+", first, self.number(rng.randint(1, 3), bare=True))

    def nested(self, node: Node) -> Node:
        """Itself, or within if_missing, or a sum of both."""
        if not NESTED_IF_MISSING or self.rng.random() < 0.5:
            return node
        inner = IfMissing(node, Number(self.rng.choice(THRESHOLDS)))
        return inner if self.rng.random() < 0.6 else Binary("+", inner, self.times(self.term(views=False)))

    def times(self, node: Node) -> Node:
        return Binary("*", Number(self.rng.choice(WEIGHTS)), node)

    def weighted(self, first: Node) -> Node:
        """0.6 * x + 0.4 * y, of up to three."""
        total = self.times(first)
        for _ in range(self.rng.randint(0, 2)):
            total = Binary("+", total, self.times(self.term(views=False)))
        return total

    def inexact(self) -> Node:
        """A metric whose last digit may be another: nowhere compared."""
        first = self.term(self.primary)
        if self.rng.random() < 0.5:
            return first
        return Binary("+", self.times(first), self.times(self.term(views=False)))
