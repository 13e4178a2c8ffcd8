"""`plan`: what a match would do, and how long it should take, without doing it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any

from . import _query, _several
from ._match import Output
from ._query import Asked


class Plan:
    """The plan of a match.

    Attributes
    ----------
    seconds : float or None
        How long finding the pairs should take; None where that depends on a function in Python.
    pairs : float
        How many there are.
    kind : str
        "join": a join finds the pairs that match. "refine": joins find candidates, and each is looked at, or all
        pairs are. "loop": every pair is scored. "rounds": the best of each record are found by one
        threshold after the other. "nothing": no pair can match.
    data : dict
        All that the program says of it.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.seconds: float | None = data["seconds"]
        self.pairs: float = data["pairs"]
        self.kind: str = data["kind"]

    def __repr__(self) -> str:
        text: str = self.data["text"]
        return text.rstrip("\n")

    def _repr_html_(self) -> str:
        """Show it in a notebook: the same words, in a table."""
        rows = "".join(
            f"<tr><th style='text-align:left;vertical-align:top'>{html.escape(label)}</th>"
            f"<td style='text-align:left'>{'<br>'.join(map(html.escape, lines))}</td></tr>"
            for label, lines in labelled(self.data["text"])
        )
        return f"<table>{rows}</table>"


def labelled(text: str) -> list[tuple[str, list[str]]]:
    """Split a text of the program into its labels, the first ten columns of a line, and the lines of each."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line[:10].strip() or not found:
            found.append((line[:10].strip(), []))
        found[-1][1].append(line[10:])
    return found


@_query.names_known
def plan(
    a: Any,
    b: Any = None,
    on: str | Mapping[str, str] | None = None,
    *,
    metric: str | None = None,
    score: Any = None,
    where: str | None = None,
    min: float | None = None,
    max: float | None = None,
    top: int | None = None,
    top_b: int | None = None,
    best: str | None = None,
    one_to_one: bool | str = False,
    unmatched: str | None = None,
    linked: bool = False,
    across: bool = False,
    normalize: Any = None,
    replace: Any = None,
    synonyms: Any = None,
    stop_words: Any = None,
    decimal: str | Mapping[Any, str] | None = None,
    dates: str | Mapping[Any, str] | None = None,
    null: str | Iterable[str] | None = None,
    read: Mapping[str, Any] | None = None,
    batch: bool = False,
    libs: str | None = None,
    workers: int | None = None,
    max_memory: int | str | None = None,
) -> Plan:
    """Say what `match` would do with these arguments, or `dedupe` if `b` is not given.

    Parameters
    ----------
    a, b, on, metric, score, where, min, max, top, top_b, best, one_to_one, unmatched, linked, normalize, replace
    synonyms, stop_words, decimal, dates, null, read, batch, libs, workers, max_memory : as for `match`
    across : as for `dedupe`

    Returns
    -------
    Plan

    Examples
    --------
    >>> axb.plan(a, b, on="name", min=0.9).seconds
    >>> axb.plan(a, b, on="name", best="a")
    """
    asked = Asked.of(locals())
    output = Output.of(asked, locals(), is_self=b is None)
    several = _several.several_of(a) if b is None else None
    with ExitStack() as stack:
        ready = _query.prepare(several or a, b, asked, stack)
        return Plan(_query.ask(ready, ready.verb, ["--plan", *output.options]))
