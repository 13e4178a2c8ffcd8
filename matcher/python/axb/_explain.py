"""`explain`: why two records match, or do not, with the score part by part."""

from __future__ import annotations

import builtins
import html
import json
import math
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any

from . import _query, _result, _run, _values
from ._errors import UsageError, in_python
from ._query import Asked

_PLUS, _MINUS, _TOTAL = "#3a8f5c", "#c2543d", "#4a7fb5"  # readable on white and on black
_BAR, _ROW, _LABELS, _WIDTH = 14, 22, 300, 320  # heights and widths, in pixels
_MOST_CHARACTERS = 44


class Explanation:
    """Why two records match, or do not. In a notebook it is a table, and a drawing of the score.

    Attributes
    ----------
    score : float or None
    match : bool or None
        None if no `min` was given.
    highest_min : float or None
        The highest `min` at which the pair matches; None if there is none, or if `max` is given.
    lowest_max : float or None
        With `max`: the lowest one at which the pair matches.
    terms : list of dict
        Each metric: `term`, `value`, `need` (what `min` asks of it), `reached`.
    parts : list of tuple
        The score, part by part: what it is, and what it adds.
    data : dict
        All that the program says of the pair.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.score: float | None = data["value"]
        self.match: bool | None = data["match"]
        self.highest_min: float | None = data["highest_min"]
        self.lowest_max: float | None = data.get("lowest_max")
        self.terms: list[dict[str, Any]] = data["terms"]
        self.parts: list[tuple[str, float | None]] = parts_of(data["score"])

    def __repr__(self) -> str:
        text: str = self.data["text"]
        return text.rstrip("\n")

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        return "".join(
            (
                "<div>",
                _verdict(self.data),
                _columns(self.data["columns"]),
                _terms(self.terms),
                waterfall(self.parts, self.score, self.data["min"]),
                "".join(f"<div>{html.escape(line.strip())}</div>" for line in self.data["plan"]),
                "</div>",
            )
        )


def parts_of(score: dict[str, Any]) -> list[tuple[str, float | None]]:
    """Return the addends of a score, with a constant that has no part of its own; of another score itself."""
    parts = [
        (f"- {part['text']}" if part["sign"] == "-" else part["text"], _number(part["value"]))
        for part in score["parts"]
        if part["sign"]
    ]
    total = _number(score["value"])
    if not parts or total is None:
        return [(score["text"], total)]
    rest = total - math.fsum(value or 0 for _, value in parts)
    return parts if abs(rest) < 1e-9 * max(1, abs(total)) else [*parts, ("constant", rest)]


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


# ---- HTML ------------------------------------------------------------------------------------------


def _text(value: float | None) -> str:
    return "no value" if value is None else f"{value:.6g}"


def _verdict(data: dict[str, Any]) -> str:
    last = [line[10:] for line in data["text"].splitlines() if line.startswith("match ")]
    words = {True: "match", False: "no match", None: "score"}[data["match"]]
    why = last[0].removeprefix("yes: ").removeprefix("no: ") if last else ""
    return f"<div><b>{words}</b> {html.escape(why)}</div>"


def _columns(columns: list[dict[str, Any]]) -> str:
    """Show values as they stand and, where it differs, what each rule makes of them, up to what is compared."""
    rows = []
    for column in columns:
        value = _quoted(column["value"])
        steps = "".join(f" → {step['rule']} {_quoted(step['value'])}" for step in column.get("steps", ()))
        compared = "" if column["same"] else steps or f" as {_quoted(column['compared_as'])}"
        rows.append(f"<tr>{_cell(column['side'] + '.' + column['column'])}{_cell(value + compared)}</tr>")
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _quoted(value: str | None) -> str:
    return "(missing)" if value is None else json.dumps(value, ensure_ascii=False)


def _terms(terms: list[dict[str, Any]]) -> str:
    rows = []
    for term in terms:
        asked = "" if term["reached"] is None else "is never enough"
        if term["need"] is not None:
            asked = f"{term['asks'].replace('>=', '≥').replace('<=', '≤')} {term['need']:.6g}"
            asked += " ✓" if term["reached"] else " ✗"
        rows.append(f"<tr>{_cell(term['term'])}{_cell(_text(term['value']))}{_cell(asked)}</tr>")
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _cell(text: str) -> str:
    return f"<td style='text-align:left'>{html.escape(text)}</td>"


# ---- The drawing -----------------------------------------------------------------------------------


def waterfall(parts: list[tuple[str, float | None]], total: float | None, min: float | None) -> str:
    """Draw how the parts add up to the score, with a line at `min`; "" for a score without a value."""
    if total is None:
        return ""
    bars, at = [], 0.0
    for text, value in parts if len(parts) > 1 else []:
        bars.append((text, at, at + (value or 0), _PLUS if (value or 0) >= 0 else _MINUS, value))
        at += value or 0
    bars.append(("score", 0.0, total, _TOTAL, total))
    ends = [0.0, *([min] if min is not None else []), *(x for bar in bars for x in bar[1:3])]
    lowest, highest = builtins.min(ends), max(ends)
    return _svg(bars, lowest, (highest - lowest) or 1.0, min)


def _svg(
    bars: list[tuple[str, float, float, str, float | None]],
    lowest: float,
    span: float,
    threshold: float | None,
) -> str:
    def place(x: float) -> float:
        return _LABELS + (x - lowest) / span * _WIDTH

    height, all_width = _ROW * len(bars) + 18, _LABELS + _WIDTH + 90
    shapes = []
    for i, (text, begin, end, color, value) in enumerate(bars):
        y = i * _ROW + 4
        left, width = place(sorted((begin, end))[0]), abs(end - begin) / span * _WIDTH
        shapes.append(
            f"<text x='{_LABELS - 8}' y='{y + 11}' text-anchor='end'>{html.escape(_shortened(text))}"
            f"<title>{html.escape(text)}</title></text>"
            f"<rect x='{left:.1f}' y='{y}' width='{max(width, 1):.1f}' height='{_BAR}' fill='{color}'/>"
            f"<text x='{_LABELS + _WIDTH + 8}' y='{y + 11}'>{_text(value)}</text>"
        )
    if threshold is not None:
        x = place(threshold)
        shapes.append(
            f"<line x1='{x:.1f}' y1='0' x2='{x:.1f}' y2='{height - 14}' stroke='currentColor' stroke-dasharray='3 3'/>"
            f"<text x='{x:.1f}' y='{height - 2}' text-anchor='middle'>min {_text(threshold)}</text>"
        )
    return (
        f"<svg role='img' aria-label='the score, part by part' viewBox='0 0 {all_width} {height}' "
        f"width='{all_width}' style='max-width:100%;height:auto;color:inherit' font-family='inherit' "
        f"font-size='12' fill='currentColor'>"
        f"{''.join(shapes)}</svg>"
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"


# ---- A run -----------------------------------------------------------------------------------------


@_query.names_known
def explain(
    a: Any,
    b: Any,
    pair: tuple[Any, Any],
    on: str | Mapping[str, str] | None = None,
    *,
    metric: str | None = None,
    score: Any = None,
    where: str | None = None,
    min: float | None = None,
    max: float | None = None,
    normalize: Any = None,
    replace: Any = None,
    synonyms: Any = None,
    stop_words: Any = None,
    decimal: str | Mapping[Any, str] | None = None,
    dates: str | Mapping[Any, str] | None = None,
    null: str | Iterable[str] | None = None,
    read: Mapping[str, Any] | None = None,
    id: str | Mapping[str, str] | None = None,
    libs: str | None = None,
    pair_timeout: float | None = None,
) -> Explanation:
    """Say why two records match, or do not.

    Parameters
    ----------
    a, b : as for `match`
        `b` None: two records of `a`, as in `dedupe`.
    pair : tuple
        What identifies the two records, as in the columns a and b of the result of `match`: labels of the index of a
        DataFrame, else positions from 0; values of `id` if that is given.
    on, metric, score, where, min, max, normalize, replace, synonyms, stop_words, decimal, dates, null, read, id, libs
    pair_timeout : as for `match`

    Returns
    -------
    Explanation

    Examples
    --------
    >>> axb.explain(a, b, (17, 4), on="name", min=0.9)
    """
    from . import _match

    asked = Asked(
        on=on,
        metric=metric,
        score=score,
        where=where,
        min=min,
        max=max,
        normalize=normalize,
        replace=replace,
        synonyms=synonyms,
        stop_words=stop_words,
        decimal=decimal,
        dates=dates,
        null=null,
        read=read,
        libs=libs,
        pair_timeout=pair_timeout,
    )
    asked.check()
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise UsageError(f"pair names two records, such as (17, 4); this is {pair!r}")
    ids = _match.ids_of(id)
    with ExitStack() as stack:
        ready = _query.prepare(a, b, asked, stack, at_hand=id is not None)
        named = [f"--pair={','.join(_names(ready, pair, ids))}", *_id_option(ready, ids)]
        arguments = ["explain", "--json", *ready.options, *named, "--", *ready.paths]
        outcome = _run.run(arguments, pass_fds=ready.fds)
        _query.show_notes(outcome.notes)
        _query.raise_for(outcome, ready, ids)
        return Explanation(_with_labels(json.loads(outcome.stdout), pair))


def _with_labels(data: dict[str, Any], pair: Any) -> dict[str, Any]:
    """Have the text speak as Python does: it names the records as the user does, not by rows from 1."""
    lines = data["text"].splitlines()
    for side, line in enumerate(lines[:2]):
        lines[side] = f"{line[:10]}{data['ab'[side]]['name']}, {_query.plain(pair[side])!r}"
    return {**data, "text": in_python("\n".join(lines))}


def _names(ready: _query.Ready, pair: Any, ids: tuple[str | None, str | None]) -> list[str]:
    """Return the rows of both records, from 1; or their ids, if the program is to look for them."""
    return [
        str(pair[side]) if _id_option(ready, ids) else str(row_of(ready, side, pair[side], ids[side]) + 1)
        for side in (0, 1)
    ]


def _id_option(ready: _query.Ready, ids: tuple[str | None, str | None]) -> list[str]:
    """Return --id where the program alone knows the ids of both tables."""
    from ._match import by_program

    if ids == (None, None) or not all(by_program(ready.frame(side)) for side in (0, 1)):
        return []
    return [f"--id={_values.quoted(ids[0] or '')}={_values.quoted(ids[1] or '')}"]


def row_of(ready: _query.Ready, side: int, label: Any, id_column: str | None) -> int:
    """Return the row of a record, from 0.

    Raises
    ------
    UsageError
        There is none, or several are called so.
    """
    name, frame, index = "ab"[side], ready.frame(side), ready.index(side)
    if id_column is not None:
        _query.check_columns(frame, [id_column], "id")
        return _only(_rows_with(frame, id_column, label, ready.n_rows[ready.side(side)] or 0), label, name)
    if index is not None:
        return _only([row for row, other in enumerate(index) if _same(other, label)], label, name)
    rows = ready.n_rows[ready.side(side)]
    if isinstance(label, bool) or not hasattr(type(label), "__index__"):
        raise UsageError(f"pair: {label!r} is not a position in {name}, which is a whole number from 0")
    row = int(label)
    if row < 0 or (rows is not None and row >= rows):
        raise UsageError(f"pair: {name} has no row {row}", f"it has {rows} rows, counted from 0")
    return row


def _rows_with(frame: Any, column: str, label: Any, n_rows: int) -> list[int]:
    import numpy as np

    if _result.kind_of(frame) in ("program", "stream"):
        raise UsageError("pair: records of a file and of a table cannot both be named by id", "give positions from 0")
    values = _result.column(frame, column, np.arange(n_rows, dtype=np.uint32))
    values = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
    return [row for row, value in enumerate(values) if _same(value, label)]


def _same(x: Any, y: Any) -> bool:
    return x is y or bool(x == y)


def _only(rows: list[int], label: Any, name: str) -> int:
    if len(rows) == 1:
        return rows[0]
    if not rows:
        raise UsageError(f"pair: {name} has no record {label!r}", "name records as the result of match does")
    raise UsageError(f"pair: {name} has {len(rows)} records {label!r}, in the rows {rows[0]} and {rows[1]} (from 0)")
