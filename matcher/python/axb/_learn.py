"""`learn`: how pairs are scored, found in the tables themselves, without labels."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any

from . import _evaluate, _match, _query, _report, _result, _several, _values
from ._errors import DataError, UsageError
from ._model import Model
from ._query import Asked


@_query.names_known
def learn(
    a: Any,
    b: Any = None,
    *,
    columns: str | Iterable[str | tuple[str, str]] | Mapping[str, str] | None = None,
    kind: Mapping[str, str] | None = None,
    one_to_one: bool = False,
    keep_placeholders: bool = False,
    truth: Any = None,
    id: str | Mapping[str, str] | None = None,
    null: str | Iterable[str] | None = None,
    read: Mapping[str, Any] | None = None,
    seed: int = 0,
    workers: int | None = None,
    max_memory: int | str | None = None,
    report: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> Model:
    """Learn how to score pairs of two tables, or the duplicates of one, without labels.

    Columns are paired by their names, and else by what they hold. Each gets a kind, and a metric that suits the kind.
    How often random pairs agree is counted; how often matches do is fitted to all pairs that could match, by the method
    of Fellegi and Sunter (1969).

    Parameters
    ----------
    a, b : as for `match`
        `b` None: the duplicates of `a`, for `dedupe`.
    columns : str, list, or mapping {column of a: column of b}, optional
        Compare these columns, and no others. In a list a pair ("city", "town") is one that `b` calls otherwise.
    kind : mapping {column: kind}, optional
        What a column holds, where it is not found out: "date", "event", "amount", "category", "code", "name", "text" or
        "words"; or a metric that compares it; or "none", to leave it out.
    one_to_one : bool
        No table has a record twice. Then a record that has a partner speaks against its other partners, and `match`
        gives each record one partner at most by this model.
    keep_placeholders : bool
        Let records match that stand for nobody, such as Test, Patient, 2000-01-01. Otherwise a record that a table has
        20 times or more, with a value in half of the columns at most, matches none.
    truth : table, pairs of labels, or path, optional
        Pairs whose records are named by their labels, or by `id`. With a third column "match", of True or False, some
        pairs that somebody judged; without it, all pairs that match. The model is fitted to them, and cuts where F1 is
        greatest; its report says how well models do that did not see the labels that they are measured by.
    id : str or mapping {column of a: column of b}, optional
        The columns that identify records: they are not compared.
    null : iterable of str, optional
        Values that are missing, besides those that a table itself calls so; default: such as "n/a", "unknown", "-". The
        model remembers them.
    read : mapping, optional
        How files are read, as for `match`.
    seed : int
        Where not all records are looked at, another one looks at others.
    workers, max_memory, report, progress : as for `match`

    Returns
    -------
    Model

    Examples
    --------
    >>> model = axb.learn(crm, billing, one_to_one=True)
    >>> axb.match(crm, billing, score=model, linked=True)
    >>> people.join(axb.dedupe(people, score=axb.learn(people), clusters=True))
    """
    page = _report.options(learn, locals())
    _several.refuse(a, b, "learn")
    if not isinstance(one_to_one, bool):
        raise UsageError(f"one_to_one is True or False; this is {one_to_one!r}")
    if not isinstance(keep_placeholders, bool):
        raise UsageError(f"keep_placeholders is True or False; this is {keep_placeholders!r}")
    pairs, ids = _pairs_of(columns), _match.ids_of(id)
    options = [*_columns(pairs), *_kinds(kind), *_id(ids), *_query.limits(workers, max_memory)]
    options += ["--one-to-one"] if one_to_one else []
    options += ["--keep-placeholders"] if keep_placeholders else []
    options += [f"--seed={_query.check_count('seed', seed, 0)}", *page]
    with ExitStack() as stack:
        a, b = _compared(a, 0, pairs, ids), None if b is None else _compared(b, 1, pairs, ids)
        ready = _query.prepare(a, b, Asked(null=null, read=read), stack, also=None)
        options += _labels(truth, ready, ids, stack)
        said = _query.ask(ready, "learn", options, progress=progress)
        return Model(said["model"], said["report"])


def _pairs_of(columns: Any) -> list[tuple[str, str]]:
    """Return what `columns` names, as pairs of a column of each table."""
    if columns is None:
        return []
    items = [columns] if isinstance(columns, str) else columns.items() if isinstance(columns, Mapping) else columns
    if not isinstance(items, Iterable):
        raise UsageError(f"columns is a list of columns; this is {columns!r}")
    pairs = [(item, item) if isinstance(item, str) else item for item in items]
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2 or not all(isinstance(name, str) and name for name in pair):
            raise UsageError(
                f"columns: {pair!r} names no column",
                'for example "name" of both tables, or the pair ("city", "town")',
            )
    if not pairs:
        raise UsageError("columns is empty", "leave it out, and the columns are found")
    return pairs


def _compared(frame: Any, side: int, pairs: list[tuple[str, str]], ids: tuple[str | None, str | None]) -> Any:
    """Return a table with the columns that are asked for alone, so that the others may hold what cannot be compared.

    Without a choice all of them are looked at, and each needs a name of its own.
    """
    names = _result.names_of(frame)
    if names is None:
        return frame
    if pairs:
        wanted = [name for name in dict.fromkeys([*(pair[side] for pair in pairs), ids[side]]) if name is not None]
        return _narrowed(frame, wanted) if set(wanted) <= set(names) else frame
    for name in names:
        if not isinstance(name, str) or names.count(name) > 1:
            raise DataError(
                f"{'ab'[side]}: the name of column {name!r} is not a text, or stands twice",
                "rename it, or say by columns which ones are compared",
                column=name,
            )
    return frame


def _narrowed(frame: Any, names: list[str]) -> Any:
    kind = _result.kind_of(frame)
    if kind in ("pandas", "polars"):
        return frame[names]
    if kind == "arrow":
        return frame.select(names)
    if kind == "dict":
        return {name: frame[name] for name in names}
    return [{name: row.get(name) for name in names} for row in frame] if kind == "list" else frame


def _labels(truth: Any, ready: _query.Ready, ids: tuple[str | None, str | None], stack: ExitStack) -> list[str]:
    """Give the program the labelled pairs, by the rows of their records if no column has ids."""
    if truth is None:
        return []
    given = _evaluate.readable(truth, "truth")
    if isinstance(given, (str, os.PathLike)):
        return [f"--truth={os.fspath(given)}"]
    if "cluster" in given:
        raise UsageError("truth says which pairs match, and not in which cluster a record is")
    columns = [_result.listed(column) for column in given.values()]
    sides = [_names(columns[side], ready, side) if ids[side] is None else columns[side] for side in (0, 1)]
    judged = columns[2] if list(given)[2:3] == ["match"] else None
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["a", "b"] if judged is None else ["a", "b", "match"])
    lines.writerows(zip(*sides, *([] if judged is None else [map(_judgement, judged)]), strict=True))
    return [f"--truth={_query.send(stack, ready.fds, text.getvalue(), 'truth')}"]


def _names(labels: list[Any], ready: _query.Ready, side: int) -> list[int]:
    """Return the rows of records, from 1, as the program names them."""
    index = ready.index(side)
    if index is None:
        return [int(label) + 1 for label in labels]
    rows = {label: row for row, label in enumerate(_result.listed(index), 1)}
    for label in labels:
        if label not in rows:
            raise UsageError(f"truth: {label!r} is no label of {'ab'[ready.side(side)]}")
    return [rows[label] for label in labels]


def _judgement(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def _columns(pairs: list[tuple[str, str]]) -> list[str]:
    items = [_values.quoted(a) if a == b else f"{_values.quoted(a)}={_values.quoted(b)}" for a, b in pairs]
    return [f"--columns={','.join(items)}"] if items else []


def _kinds(kind: Any) -> list[str]:
    if kind is None:
        return []
    if not isinstance(kind, Mapping):
        raise UsageError(f'kind is {{column: kind}}, such as {{"born": "date"}}; this is {kind!r}')
    for column, value in kind.items():
        if not isinstance(column, str) or not isinstance(value, str) or not column or "," in column + value:
            raise UsageError(f"kind is a column and its kind, texts without commas; this is {column!r}: {value!r}")
    return [f"--kind={column}={value}" for column, value in kind.items()]


def _id(ids: tuple[str | None, str | None]) -> list[str]:
    a, b = ids
    return [] if a is None or b is None else [f"--id={_values.quoted(a)}={_values.quoted(b)}"]
