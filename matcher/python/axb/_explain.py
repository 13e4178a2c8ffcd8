"""`explain`: why two records match, or do not, with the score part by part."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any

from . import _picture, _query, _result, _values
from ._errors import UsageError, in_python
from ._model import name_of
from ._query import Asked


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
        The score, part by part: what it is, and what it adds. Of a model these are bits: first the odds before a look
        at the pair, then each column; where it has related pairs, what they take away comes last.
    posterior : float or None
        With a model: how likely the records match, from 0 to 1.
    data : dict
        All that the program says of the pair; with a model also `model`.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.score: float | None = data["value"]
        self.match: bool | None = data["match"]
        self.highest_min: float | None = data["highest_min"]
        self.lowest_max: float | None = data.get("lowest_max")
        self.terms: list[dict[str, Any]] = data["terms"]
        model = data.get("model")
        self.parts: list[tuple[str, float | None]] = parts_of_model(model) if model else parts_of(data["score"])
        self.posterior: float | None = model["posterior"] if model else None

    def __repr__(self) -> str:
        text: str = self.data["text"]
        return text.rstrip("\n")

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        model = self.data.get("model")
        picture = _picture.waterfall(self.parts, self.score, self.data["min"])
        return "".join(
            (
                "<div>",
                _verdict(self.data),
                _columns(self.data["columns"]),
                _bits(model, self.data["min"]) if model else _terms(self.terms) + picture,
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


# ---- A model ---------------------------------------------------------------------------------------

_BEFORE = "before a look"


def parts_of_model(model: dict[str, Any]) -> list[tuple[str, float | None]]:
    """Return what a model adds up: its prior, each column, and what related pairs take away."""
    parts: list[tuple[str, float | None]] = [(_BEFORE, model["prior_bits"])]
    parts += [(_why(column), column["bits"]) for column in model["columns"]]
    related = model["related_bits"] is not None
    return [*parts, ("related pairs", model["score"] - model["random_bits"])] if related else parts


def _why(column: dict[str, Any]) -> str:
    """Say how a column agrees: "name: equal, as 1 of 500 records are"."""
    if column["level"] is None:
        how = "missing"
    elif column["frequency"] is not None:
        how = f"equal, as 1 of {1 / column['frequency']:,.0f} records are"
    else:
        how = "equal" if column["value"] == 1 else f"{column['value']:.3g}"
    return f"{name_of(column)}: {how}"


def _bits(model: dict[str, Any], min: float | None) -> str:
    """Draw the bits of a pair; against related pairs, too, where the model has them."""
    if model["related_bits"] is None:
        return _picture.waterfall(parts_of_model(model), model["score"], min) + _odds(model)
    rows, at = [], [0.0, 0.0]
    steps = [(_BEFORE, model["prior_bits"], model["related_prior_bits"])]
    steps += [(_why(column), column["bits"], column["related_bits"]) for column in model["columns"]]
    for label, *values in steps:
        bars = [_picture.step(at[0], values[0]), _picture.step(at[1], values[1], _picture.OTHER)]
        rows.append(_picture.Row(label, bars, _both(*values)))
        at = [at[0] + values[0], at[1] + values[1]]
    rows.append(_picture.Row("sum", [(0.0, at[0], _picture.TOTAL), (0.0, at[1], _picture.OTHER)], _both(*at)))
    rows.append(_picture.Row("score", [(0.0, model["score"], _picture.TOTAL)], f"{model['score']:.2f}"))
    legend = f"<div>above: against random pairs; below, in <span style='color:{_picture.OTHER}'>violet</span>: against "
    return f"{legend}related pairs, such as people of one household</div>{_picture.draw(rows, min)}{_odds(model)}"


def _both(random: float, related: float) -> str:
    return f"{random:+.1f}, {related:+.1f}"


def _odds(model: dict[str, Any]) -> str:
    """Say how likely the records match."""
    score = model["score"]
    odds = f"{2 ** abs(score):.3g} to 1 that they {'match' if score > 0 else 'do not match'}"
    return f"<div>{'even odds that they match' if abs(score) < 0.05 else odds}: p = {model['posterior']:.6g}</div>"


# ---- HTML ------------------------------------------------------------------------------------------


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
        rows.append(f"<tr>{_cell(term['term'])}{_cell(_picture.text(term['value']))}{_cell(asked)}</tr>")
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _cell(text: str) -> str:
    return f"<td style='text-align:left'>{html.escape(text)}</td>"


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

    asked = Asked.of(locals())
    asked.check()
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise UsageError(f"pair names two records, such as (17, 4); this is {pair!r}")
    ids = _match.ids_of(id)
    with ExitStack() as stack:
        ready = _query.prepare(a, b, asked, stack, at_hand=id is not None)
        named = [f"--pair={','.join(_names(ready, pair, ids))}", *_id_option(ready, ids)]
        return Explanation(_with_labels(_query.ask(ready, "explain", named, ids=ids), pair))


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
