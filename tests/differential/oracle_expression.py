"""Expressions as README.md and `axb match --help` say them: written out, and evaluated for one pair of records.

A record is a tuple of fields; a field that is missing is None. A value is a double, or None for no value.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, reduce
from typing import Self

from oracle_metrics import METRICS, WordWeights, date_text, days_of, metric_of, number_of, soft_min
from oracle_text import STEPS, cleaned, normalized

Field = str | None
Record = Sequence[Field]
Value = float | None

APPLIED = ("nfkc", "strip-accents", "casefold", *STEPS[STEPS.index("punct") :])
FIGURES = ("number", "date", "place")


@dataclass(frozen=True)
class Pair:
    """Two records: as they are compared (normalized), as they stand in the files, and for each kind of figures as
    plain text of these, which is read from the files."""

    a: Record
    b: Record
    raw_a: Record
    raw_b: Record
    figures_a: dict[str, Record]
    figures_b: dict[str, Record]
    weights: Callable[["Column", "Column"], WordWeights]  # of a column of A and one of B


@dataclass(frozen=True)
class Column:
    """A column of one side by its place; `name` as an expression says it. `rules` are functions that clean it, besides
    what --normalize says; `steps` are both."""

    side: str
    at: int
    name: str
    rules: tuple[str, ...] = ()
    steps: frozenset[str] = frozenset()

    def __str__(self) -> str:
        plain = self.name.isascii() and self.name.isidentifier()
        return self.within(f"{self.side}.{self.name}" if plain else f'{self.side}."{self.name}"')

    def within(self, name: str) -> str:
        """In its functions, which the program writes in the order in which they apply."""
        ordered = [rule for rule in APPLIED if rule in self.rules]
        return "".join(rule.replace("-", "_") + "(" for rule in ordered) + name + ")" * len(ordered)

    def header(self) -> str:
        """As --output-terms writes it: there any letters make a plain word, and others stand in single quotes."""
        name = self.name if all(c.isalnum() or c == "_" for c in self.name) else f"'{self.name}'"
        return self.within(f"{self.side}.{name}")

    def swapped(self) -> Self:
        return replace(self, side="b" if self.side == "a" else "a")

    def text(self, pair: Pair) -> Field:
        if self.rules:
            return cleaned((pair.raw_a if self.side == "a" else pair.raw_b)[self.at], self.steps)
        return (pair.a if self.side == "a" else pair.b)[self.at]

    def figure(self, pair: Pair, kind: str) -> Field:
        """Plain text of a number, a date or a place."""
        return (pair.figures_a if self.side == "a" else pair.figures_b)[kind][self.at]


class Node:
    """A part of an expression."""

    precedence = 9  # of what is written; a part of a lower one stands in parentheses

    def children(self) -> Sequence["Node"]:
        return ()

    def value(self, pair: Pair) -> Value:
        raise NotImplementedError

    def is_missing(self, pair: Pair) -> bool:
        """Is something missing that it is computed from, or has it no value?"""
        return any(child.is_missing(pair) for child in self.children()) or self.value(pair) is None

    def swapped(self) -> "Node":
        """The same with A and B exchanged."""
        raise NotImplementedError

    def terms(self) -> Iterator["Term"]:
        for child in self.children():
            yield from child.terms()

    def within(self, precedence: int) -> str:
        return str(self) if self.precedence >= precedence else f"({self})"


def is_true(value: Value) -> bool:
    return value is not None and value != 0


@dataclass(frozen=True)
class Number(Node):
    text: str

    def __str__(self) -> str:
        return self.text

    def value(self, pair: Pair) -> Value:
        return float(self.text)

    def swapped(self) -> Node:
        return self


@dataclass(frozen=True)
class Term(Node):
    """A metric of two columns, in one of its views."""

    metric: str
    view: str
    a: Column
    b: Column
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        is_short = self.a.swapped() == self.b and '"' not in str(self.a)
        columns = self.a.within(self.a.name) if is_short else f"{self.a}, {self.b}"
        return f"{self.metric}{self.view}({', '.join((columns, *self.arguments))})"

    def header(self) -> str:
        """Its column with --output-terms; an argument that is the default is not written."""
        arguments = () if self.arguments == METRICS[self.metric].arguments[:1] else self.arguments
        return f"{self.metric}{self.view}({', '.join((self.a.header(), self.b.header(), *arguments))})"

    def fields(self, pair: Pair) -> tuple[Field, Field]:
        """What the metric compares: figures as they stand in the files, which no rule cleans, or texts."""
        kind = METRICS[self.metric].kind
        if kind in FIGURES:
            return self.a.figure(pair, kind), self.b.figure(pair, kind)
        return self.a.text(pair), self.b.text(pair)

    def figure(self, pair: Pair) -> Value:
        if METRICS[self.metric].weighed:
            x, y = self.a.text(pair), self.b.text(pair)
            of = getattr(pair.weights(self.a, self.b), self.metric)
            return 0.0 if x is None or y is None else of(x, y)
        x, y = self.fields(pair)
        if self.metric == "date_osa":
            x, y = date_text(x), date_text(y)
        return metric_of(self.metric, self.view, self.arguments, x, y)

    def value(self, pair: Pair) -> Value:
        return self.figure(pair)

    def is_missing(self, pair: Pair) -> bool:
        if self.metric == "date_osa" and None in (date_text(c.figure(pair, "date")) for c in (self.a, self.b)):
            return True
        return None in self.fields(pair) or self.value(pair) is None

    def swapped(self) -> Node:
        return Term(self.metric, self.view, self.b.swapped(), self.a.swapped(), self.arguments)

    def terms(self) -> Iterator["Term"]:
        yield self


@dataclass(frozen=True)
class Read(Node):
    """A column read as a number or a date; `bare` is a column in arithmetic, which is a number."""

    how: str  # number, days, bare
    column: Column

    def __str__(self) -> str:
        return str(self.column) if self.how == "bare" else f"{self.how}({self.column})"

    def value(self, pair: Pair) -> Value:
        field = self.column.figure(pair, "date" if self.how == "days" else "number")
        if field is None:
            return None
        return days_of(field) if self.how == "days" else number_of(field)

    def swapped(self) -> Node:
        return Read(self.how, self.column.swapped())


@dataclass(frozen=True)
class SameText(Node):
    """A column compared with another, or with a text; `!=` too is false where one is missing."""

    left: Column
    right: Column | str
    negated: bool
    steps: frozenset[str] = frozenset()  # the text is normalized as the column is, as seen
    precedence = 4

    def __str__(self) -> str:
        right = self.right if isinstance(self.right, Column) else f'"{self.right}"'
        return f"{self.left} {'!=' if self.negated else '=='} {right}"

    def fields(self, pair: Pair) -> tuple[Field, Field]:
        left = self.left.text(pair)
        if isinstance(self.right, Column):
            return left, self.right.text(pair)
        return left, normalized(self.right, self.steps)

    def value(self, pair: Pair) -> Value:
        left, right = self.fields(pair)
        return float(left is not None and right is not None and (left == right) != self.negated)

    def is_missing(self, pair: Pair) -> bool:
        return None in self.fields(pair)

    def swapped(self) -> Node:
        right = self.right.swapped() if isinstance(self.right, Column) else self.right
        return SameText(self.left.swapped(), right, self.negated, self.steps)

    def terms(self) -> Iterator["Term"]:
        """As seen: two columns that are compared are one, of A and of B."""
        if isinstance(self.right, Column):
            yield Term("equal", "", *sorted((self.left, self.right), key=lambda column: column.side))


def quotient(x: float, y: float) -> Value:
    return None if y == 0 else x / y


ARITHMETIC = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": quotient,
}
COMPARISONS = {
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
    "==": lambda x, y: x == y,
    "!=": lambda x, y: x != y,
}
PRECEDENCE = {"||": 2, "&&": 3, **dict.fromkeys(COMPARISONS, 4), "+": 5, "-": 5, "*": 6, "/": 6}


@dataclass(frozen=True)
class Binary(Node):
    operator: str
    left: Node
    right: Node

    @property
    def precedence(self) -> int:  # type: ignore[override]
        return PRECEDENCE[self.operator]

    def __str__(self) -> str:
        level = self.precedence
        chained = self.operator in COMPARISONS  # which do not chain
        return f"{self.left.within(level + chained)} {self.operator} {self.right.within(level + 1)}"

    def children(self) -> Sequence[Node]:
        return self.left, self.right

    def value(self, pair: Pair) -> Value:
        x, y = self.left.value(pair), self.right.value(pair)
        if self.operator == "&&":
            return float(is_true(x) and is_true(y))
        if self.operator == "||":
            return float(is_true(x) or is_true(y))
        if x is None or y is None:
            return 0.0 if self.operator in COMPARISONS else None
        if self.operator in COMPARISONS:
            return float(COMPARISONS[self.operator](x, y))
        found = ARITHMETIC[self.operator](x, y)
        return None if found is None or math.isnan(found) else found

    def swapped(self) -> Node:
        return Binary(self.operator, self.left.swapped(), self.right.swapped())


def rounded(x: float, how: str) -> float:
    return math.copysign(float(math.floor(x) if how == "floor" else math.ceil(x)), x) if math.isfinite(x) else x


@dataclass(frozen=True)
class Call(Node):
    """min, max, soft_min, abs, sqrt, floor, ceil."""

    function: str
    arguments: tuple[Node, ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.arguments))})"

    def children(self) -> Sequence[Node]:
        return self.arguments

    def value(self, pair: Pair) -> Value:
        values = [argument.value(pair) for argument in self.arguments]
        if None in values:
            return None
        known = [value for value in values if value is not None]
        match self.function:
            case "min":
                return min(known)
            case "max":
                return max(known)
            case "soft_min":
                return reduce(soft_min, known)
            case "abs":
                return abs(known[0])
            case "sqrt":
                return None if known[0] < 0 else math.sqrt(known[0])
            case how:
                return rounded(known[0], how)

    def swapped(self) -> Node:
        return Call(self.function, tuple(argument.swapped() for argument in self.arguments))


@dataclass(frozen=True)
class Steps(Node):
    """steps(x, w0, t1, w1, ...): w0 below t1, w1 from t1 on."""

    of: Node
    numbers: tuple[str, ...]

    def __str__(self) -> str:
        return f"steps({', '.join((str(self.of), *self.numbers))})"

    def children(self) -> Sequence[Node]:
        return (self.of,)

    def value(self, pair: Pair) -> Value:
        x = self.of.value(pair)
        if x is None:
            return None
        reached = sum(x >= float(threshold) for threshold in self.numbers[1::2])
        return float(self.numbers[2 * reached])

    def swapped(self) -> Node:
        return Steps(self.of.swapped(), self.numbers)


@dataclass(frozen=True)
class Prefixed(Node):
    """! and the minus sign."""

    operator: str
    operand: Node
    precedence = 7

    def __str__(self) -> str:
        return self.operator + self.operand.within(8)

    def children(self) -> Sequence[Node]:
        return (self.operand,)

    def value(self, pair: Pair) -> Value:
        value = self.operand.value(pair)
        if self.operator == "!":
            return float(not is_true(value))
        return None if value is None else -value

    def swapped(self) -> Node:
        return Prefixed(self.operator, self.operand.swapped())


@dataclass(frozen=True)
class Choice(Node):
    condition: Node
    then: Node
    otherwise: Node
    precedence = 1

    def __str__(self) -> str:
        return f"{self.condition.within(2)} ? {self.then.within(2)} : {self.otherwise.within(2)}"

    def children(self) -> Sequence[Node]:
        return self.condition, self.then, self.otherwise

    def chosen(self, pair: Pair) -> Node:
        return self.then if is_true(self.condition.value(pair)) else self.otherwise

    def value(self, pair: Pair) -> Value:
        return self.chosen(pair).value(pair)

    def is_missing(self, pair: Pair) -> bool:
        return self.condition.is_missing(pair) or self.chosen(pair).is_missing(pair)

    def swapped(self) -> Node:
        return Choice(self.condition.swapped(), self.then.swapped(), self.otherwise.swapped())


@dataclass(frozen=True)
class IfMissing(Node):
    of: Node
    instead: Node

    def __str__(self) -> str:
        return f"if_missing({self.of}, {self.instead})"

    def children(self) -> Sequence[Node]:
        return self.of, self.instead

    def value(self, pair: Pair) -> Value:
        return (self.instead if self.of.is_missing(pair) else self.of).value(pair)

    def is_missing(self, pair: Pair) -> bool:
        return self.of.is_missing(pair) and self.instead.is_missing(pair)

    def swapped(self) -> Node:
        return IfMissing(self.of.swapped(), self.instead.swapped())


@dataclass(frozen=True)
class Missing(Node):
    """Of a column: is the field missing? Of anything else: as if_missing asks."""

    of: Node | Column

    def __str__(self) -> str:
        return f"missing({self.of})"

    def children(self) -> Sequence[Node]:
        return (self.of,) if isinstance(self.of, Node) else ()

    def value(self, pair: Pair) -> Value:
        if isinstance(self.of, Column):
            return float(self.of.text(pair) is None)
        return float(self.of.is_missing(pair))

    def is_missing(self, pair: Pair) -> bool:
        return False

    def swapped(self) -> Node:
        return Missing(self.of.swapped())


@cache
def terms_of(*roots: Node | None) -> tuple[Term, ...]:
    """All metrics in the order of their first appearance, each once."""
    found: dict[str, Term] = {}
    for root in roots:
        for term in root.terms() if root else ():
            found.setdefault(term.header(), term)
    return tuple(found.values())
