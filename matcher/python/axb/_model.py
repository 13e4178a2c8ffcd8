"""`Model`: how pairs are scored, as `learn` finds it or a file has it.

A model is a value: what a file of ``axb learn`` has, and perhaps what was said when it was learned. The program's own
reader checks it (``ext/_axb/models.c``). Not here: learning one (`_learn`), the drawings (`_picture`).
"""

from __future__ import annotations

import copy
import html
import json
import os
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from . import _axb, _picture, _query, _values
from ._errors import DataError, UsageError, in_python

ENDING = ".axb"  # of a model's file: by it the program knows one
_NAME = "model.axb"  # in messages, of one without a file
_COLUMN = 16  # characters of a column's name, in text


class Model:
    """How pairs are scored: which columns are compared, by which metric, and what each level of agreement is worth.

    ``score=model`` uses it in `match`, `dedupe`, `plan` and `explain`. A score is in bits: 0 are even odds that the two
    records match, 10 are 1024 to 1, -10 are 1 to 1024. In a notebook a model is a table.

    Parameters
    ----------
    data : mapping
        As `to_dict` returns it, and as the file has it: ``man axb-model`` has the members.
    report : dict, optional
        What was said when it was learned.

    Attributes
    ----------
    columns : list of dict
        Of each comparison `a`, `b`, `kind`, `metric`, and its levels from differing to equal values: `at_least`, where
        each begins on the scale of the metric, and `bits`, what it adds to a score. `related_bits` is the same against
        related pairs, such as two people of one household; None if the model does not tell them from matches.
        `most_bits` is what an equal value adds that hardly any other record has.
    threshold : float
        The least score that matches, where `min` does not say otherwise.
    matches : float
        How many matches learning found.
    one_to_one : bool
        No table has a record twice: `match` gives each record one partner at most.
    placeholders : list of dict
        Records that stand for nobody and match none, such as {"first": "test", "last": "patient"}: the values that they
        have, by column of `a`.
    report : dict or None
        None of a model from a file. Else `columns`, `left_out` (`side`, `column`, `why`), `placeholders`, `beliefs`
        (`matches`, `precision`, `recall` …), `doubts`, `advice`, `seconds`, `text`.

    Examples
    --------
    >>> model = axb.learn(crm, billing)
    >>> model.save("model.axb")
    >>> axb.match(crm, billing, score=axb.Model.load("model.axb"), min=3)
    >>> strict = axb.Model({**model.to_dict(), "threshold_bits": 6})
    """

    def __init__(self, data: Mapping[str, Any], report: dict[str, Any] | None = None, *, name: str = _NAME) -> None:
        if not isinstance(data, Mapping):
            raise UsageError(
                f"a model is made of a mapping; this is {data!r}", 'axb.Model.load("model.axb") reads a file'
            )
        self._text = text_of(data)
        self._data: dict[str, Any] = json.loads(self._text)
        self._name = name
        weights = _weights(self._text, name)
        self.columns: list[dict[str, Any]] = [
            _column(column, *of) for column, of in zip(self._data["columns"], weights, strict=True)
        ]
        self.threshold: float = self._data["threshold_bits"]
        self.matches: float = self._data["matches"]
        self.one_to_one: bool = self._data["one_to_one"]
        self.placeholders: list[dict[str, str]] = [
            {c["a"]: v for c, v in zip(self.columns, one["values"], strict=True) if v is not None}
            for one in self._data.get("placeholders", [])
        ]
        self.report = report

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Model:
        """Read a file that `save` or ``axb learn`` wrote.

        Raises
        ------
        DataError
            There is no such file, or it is no model.
        """
        path = os.fspath(path)
        try:
            with open(path, encoding="utf-8") as file:
                data = json.load(file)
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise DataError(f"{path}: {error}", "a model is JSON") from None
        if not isinstance(data, dict):
            raise DataError(f"{path}: this is no model", "axb.learn makes one, and its save writes such a file")
        return cls(data, name=path if path.endswith(ENDING) else _NAME)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file, which people can read and edit; ``--score`` of the program takes it as well.

        The report is not part of the file.
        """
        path = os.fspath(path)
        if not path.endswith(ENDING):
            raise UsageError(
                f"the name of a model ends in .axb; this is {path!r}", 'for example: model.save("model.axb")'
            )
        part = f"{path}.{os.getpid()}.part"
        try:
            with open(part, "w", encoding="utf-8") as file:
                file.write(self._text)
            os.replace(part, path)
        except OSError as error:
            raise DataError(f"{path} cannot be written: {error.strerror}") from None

    def to_dict(self) -> dict[str, Any]:
        """Return what the file has, as a copy that may be changed: ``axb.Model(changed)`` makes a model of it."""
        return copy.deepcopy(self._data)

    def send(self, send: _values.Send) -> str:
        """Give it to the program; return the option."""
        return f"--score={send(self._text, self._name)}"

    def column_names(self) -> set[str]:
        """Return the columns that it reads, of both tables."""
        return {column[side] for column in self.columns for side in ("a", "b")}

    def __eq__(self, other: object) -> bool:
        return self._data == other._data if isinstance(other, Model) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> tuple[Any, ...]:
        return Model, (self._data, self.report)

    def __repr__(self) -> str:
        text = in_python(self.report["text"]) if self.report else _text_of_columns(self)
        return text.rstrip("\n")

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        return f"<div>{_table(self)}{_said(self.report) if self.report else _matches(self)}</div>"


def model_of(score: Any) -> Model | None:
    """Return the model that a score is, or the file of one; None if it is another score."""
    if isinstance(score, Model):
        return score
    path = os.fsdecode(score) if isinstance(score, os.PathLike) else score
    return Model.load(path) if isinstance(path, str) and path.endswith(ENDING) and "\n" not in path else None


def _weights(text: str, name: str) -> list[tuple[list[float], list[float] | None, float]]:
    """Have the program's reader check a model, and say what its levels weigh."""
    with ExitStack() as stack:
        fds: list[int] = []
        path = _query.send(stack, fds, text, name)
        try:
            return _axb.model_weights(path)
        except ValueError as error:
            raise DataError(*map(in_python, error.args)) from None


def _column(data: dict[str, Any], bits: list[float], related: list[float] | None, rarest: float) -> dict[str, Any]:
    column = {name: data[name] for name in ("a", "b", "kind", "metric")}
    column["at_least"] = [level["at_least"] for level in data["levels"]]
    return {**column, "bits": bits, "related_bits": related, "most_bits": rarest}


def name_of(column: Mapping[str, Any]) -> str:
    """Name a comparison: "city", or "city = town" where the tables have two names."""
    a, b = str(column["a"]), str(column["b"])
    return a if a == b else f"{a} = {b}"


# ---- The text of a file ----------------------------------------------------------------------------


def text_of(data: Mapping[str, Any]) -> str:
    """Write a model as the program does: a level a line."""
    members = [
        f"{_json(name)}: {_columns_text(data[name]) if name == 'columns' else _json(data[name])}" for name in data
    ]
    return "{\n  " + ",\n  ".join(members) + "\n}\n"


def _columns_text(columns: Any) -> str:
    if not isinstance(columns, (list, tuple)) or not all(isinstance(column, Mapping) for column in columns):
        return _json(columns)
    return "[\n    " + ",\n    ".join(map(_column_text, columns)) + "\n  ]"


def _column_text(column: Mapping[str, Any]) -> str:
    members = [f"{_json(name)}: {_json(value)}" for name, value in column.items() if name != "levels"]
    lines = [", ".join(part) for part in (members[:2], members[2:]) if part]
    levels = column.get("levels", ())
    if isinstance(levels, (list, tuple)) and levels:
        lines.append('"levels": [\n        ' + ",\n        ".join(map(_json, levels)) + "\n      ]")
    return "{" + ",\n     ".join(lines) + "}"


def _json(value: Any) -> str:
    try:
        return json.dumps(_whole(value), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(f"a model is JSON, and cannot have {value!r}: {error}") from None


def _whole(value: Any) -> Any:
    """Write 3.0 as 3, as the program does."""
    if isinstance(value, Mapping):
        return {name: _whole(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


# ---- As text and as HTML ---------------------------------------------------------------------------


def _text_of_columns(model: Model) -> str:
    """Show a model from a file as the program shows one that it has learned."""
    lines = [f"  {'column':{_COLUMN}} {'kind':8} {'metric':12}  bits, from differing to equal values"]
    for column in model.columns:
        bits = "".join(f" {x:5.1f}" for x in column["bits"])
        lines.append(f"  {name_of(column)[:_COLUMN]:{_COLUMN}} {column['kind']:8} {column['metric']:12}{bits}")
    return "\n".join([*lines, _expects(model)])


def _expects(model: Model) -> str:
    return f"{model.matches:,.0f} matches expected, and a pair matches from {model.threshold:g} bits on"


def _matches(model: Model) -> str:
    return f"<div>{html.escape(_expects(model))}</div>"


_LEFT = "text-align:left;vertical-align:middle"


def _table(model: Model) -> str:
    """Show the columns, each with a picture of its bits on one scale."""
    filled = [min(column["filled"]) for column in model.report["columns"]] if model.report else None
    scale = _picture.Scale.of([x for column in model.columns for x in (*column["bits"], column["most_bits"])])
    head = ("column", "kind", "metric", *(("have a value",) if filled else ()), "bits, from differing to equal values")
    rows = []
    for i, column in enumerate(model.columns):
        cells = [name_of(column), column["kind"], column["metric"], *([f"{100 * filled[i]:.0f} %"] if filled else [])]
        shown = "".join(f"<td style='{_LEFT}'>{html.escape(cell)}</td>" for cell in cells)
        rows.append(f"<tr>{shown}<td style='{_LEFT}'>{_picture.levels(column, scale)}</td></tr>")
    titles = "".join(f"<th style='{_LEFT}'>{title}</th>" for title in head)
    return f"<div style='overflow-x:auto'><table><tr>{titles}</tr>{''.join(rows)}</table></div>"


def _said(report: dict[str, Any]) -> str:
    """Show what was left out, what is believed, and what to doubt."""
    beliefs = report["beliefs"]
    believed = (
        f"{beliefs['matches']:,.0f} matches expected; precision {beliefs['precision']:.3f} and recall "
        f"{beliefs['recall']:.3f} believed"
    )
    doubts = [f"<b>doubt</b> {_escaped(text)}" for text in report["doubts"]]
    lines = [believed, *doubts, *map(_escaped, report["advice"])]
    nobody = sum(report["placeholders"]["records"])
    lines += [f"{nobody:,} records that stand for nobody match none (<code>placeholders</code>)"] if nobody else []
    left_out = [
        f"<li>{_escaped((one['side'] + '.' if one['side'] else '') + one['column'] + ': ' + one['why'])}</li>"
        for one in report["left_out"]
    ]
    noun = "column" if len(left_out) == 1 else "columns"
    more = f"<details><summary>{len(left_out)} {noun} left out</summary><ul>{''.join(left_out)}</ul></details>"
    return "".join(f"<div>{line}</div>" for line in lines) + (more if left_out else "")


def _escaped(text: str) -> str:
    return html.escape(in_python(text))
