"""`evaluate`: how good pairs or clusters are against a truth.

The program counts; here both become what it reads. Not here: what the figures are (``matcher/eval``).
"""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

from . import _query, _report, _result, _run, _table
from ._errors import UsageError


class Measures(NamedTuple):
    """Three figures, each from 0 to 1."""

    precision: float
    recall: float
    f1: float

    @classmethod
    def of(cls, data: dict[str, Any]) -> Measures:
        """Take them from what the program says."""
        return cls(data["precision"], data["recall"], data["f1"])


class Evaluation:
    """How good pairs or clusters are.

    Attributes
    ----------
    precision, recall, f1 : float
        Of the pairs: the share of those found that are true, the share of the true ones that were found, and their
        harmonic mean.
    pairs, true, both : int
        How many pairs were found, are true, and are both.
    bcubed, within : Measures
        The mean over all records (B-cubed), and of the pairs within clusters. Of pairs, clusters are those that are
        connected.
    clusters : dict
        More figures of clusters: `records`, `found`, `true`, `same`, `largest_found`, `largest_true`, `adjusted_rand`,
        `homogeneity`, `completeness`, `v_measure`.
    records : dict
        For how many records of "a" and of "b" a partner was found.
    thresholds : list of dict
        The same as of the pairs for each `min`, if there are scores.
    best : dict or None
        That with the greatest f1.
    data : dict
        All that the program says.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.precision, self.recall, self.f1 = Measures.of(data)
        self.pairs: int = data["pairs"]
        self.true: int = data["true"]
        self.both: int = data["both"]
        self.bcubed, self.within = (Measures.of(data["clusters"][name]) for name in ("bcubed", "within"))
        self.clusters = {name: value for name, value in data["clusters"].items() if name not in ("bcubed", "within")}
        self.records: dict[str, dict[str, Any]] = data["records"]
        self.thresholds: list[dict[str, Any]] = data["thresholds"]
        self.best: dict[str, Any] | None = data["best"]

    def __repr__(self) -> str:
        text: str = self.data["text"]
        return text.rstrip("\n")

    def _repr_html_(self) -> str:
        """Show it in a notebook: the figures in a table, and those of thresholds below."""
        rows = [("pairs", Measures.of(self.data)), ("B-cubed", self.bcubed), ("pairs within clusters", self.within)]
        rows += [(f"min ≥ {step['min']:.4g}, {step['pairs']:,} pairs", Measures.of(step)) for step in self.thresholds]
        head = "".join(f"<th>{name}</th>" for name in ("", "precision", "recall", "F1"))
        body = "".join(
            f"<tr><th style='text-align:left'>{html.escape(label)}</th>"
            + "".join(f"<td>{value:.4f}</td>" for value in measures)
            + "</tr>"
            for label, measures in rows
        )
        counts = f"{self.pairs:,} pairs, {self.true:,} true, {self.both:,} in both"
        return f"<div>{counts}</div><table><tr>{head}</tr>{body}</table>"


@_query.names_known
def evaluate(
    found: Any, truth: Any, *, tables: int | None = None, report: str | os.PathLike[str] | None = None
) -> Evaluation:
    """Measure pairs or clusters against what is true.

    Parameters
    ----------
    found : table
        Pairs, as `match` and `dedupe` return them: the first two columns name records, a third one is the score. Or
        clusters, as `dedupe` and `cluster` return them: the column "cluster" says in which cluster a record is; the
        column "record" or "id" names it, else the index. Records are compared by their labels.
    truth : table, Series, pair of Series, or iterable of pairs
        As `found`. A Series has the true cluster of each record by its index, such as ``people["person_id"]``; records
        without a value are clusters of their own. Of two tables a pair of Series, one for each.
    tables : {1, 2}, optional
        Of how many tables the pairs are: 1: the same label in both columns is one record. Default: as `match` and
        `dedupe` have left it in ``attrs`` of pandas; else 1 for clusters and 2 for pairs.
    report : path, optional
        Write a page to this file, as `match` does.

    Returns
    -------
    Evaluation

    Examples
    --------
    >>> axb.evaluate(axb.dedupe(people, on="name", min=0.9), people["person_id"]).f1
    >>> axb.evaluate(axb.match(a, b, on="name", min=0.9), (a["person_id"], b["person_id"]))
    """
    page = _report.options(evaluate, locals())
    tables = _result.tables_of(found, tables, "found")
    with ExitStack() as stack:
        sent = [
            stack.enter_context(_table.write(readable(given, name), shown=name))
            for name, given in (("found", found), ("truth", truth))
        ]
        options = page if tables is None else [f"--tables={tables}", *page]
        arguments = ["eval", "--json", *options, "--", *(one.path for one in sent)]
        outcome = _run.run(arguments, pass_fds=[one.fd for one in sent if one.fd is not None])
    error = outcome.exception()
    if error is not None:
        raise error
    _query.show_notes(note for note in outcome.notes if ": read as clusters: " not in note)
    return Evaluation(json.loads(outcome.stdout))


# ---- What the program reads ------------------------------------------------------------------------


def readable(given: Any, what: str) -> Any:
    """Make columns of pairs or clusters, in the order in which the program expects them."""
    if isinstance(given, (str, os.PathLike)):
        return given
    if isinstance(given, tuple) and len(given) == 2 and all(map(_is_series, given)):
        sides = [_of_series(series) for series in given]
        return {
            "record": [label for side in sides for label in side["record"]],
            "cluster": [value for side in sides for value in side["cluster"]],
            "table": [name for name, side in zip("AB", sides, strict=True) for _ in side["record"]],
        }
    if _is_series(given):
        return _of_series(given)
    is_index = hasattr(given, "nlevels") and hasattr(given, "to_frame")  # of pairs, as recordlinkage has it
    if is_index or (isinstance(given, (list, tuple)) and not any(isinstance(item, Mapping) for item in given)):
        return _of_pairs(given)
    given = _result.materialize(given)
    names = _result.names_of(given)
    if not names or not all(isinstance(name, str) for name in names):
        return _of_pairs(given)
    return _of_table(given, names, what)


def _is_series(given: Any) -> bool:
    return hasattr(given, "index") and hasattr(given, "iloc") and not hasattr(given, "columns")


def _of_series(series: Any) -> dict[str, list[Any]]:
    labels, values = _result.listed(series.index), _result.listed(series)
    known = [(label, value) for label, value in zip(labels, values, strict=True) if value is not None]
    return {"record": [label for label, _ in known], "cluster": [value for _, value in known]}


def _of_pairs(given: Iterable[Any]) -> dict[str, list[Any]]:
    pairs = list(given) if isinstance(given, Iterable) else [given]
    if not all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in pairs):
        raise UsageError("found and truth are tables, a Series, or pairs (label of a, label of b)")
    return {"a": [pair[0] for pair in pairs], "b": [pair[1] for pair in pairs]}


def _of_table(frame: Any, names: list[str], what: str) -> dict[str, Any]:
    """Take the columns that say something of a table of pairs or of clusters."""
    import numpy as np

    rows = np.arange(_result.n_rows(frame), dtype=np.uint32)

    def column(name: str) -> Any:
        return _result.column(frame, name, rows)

    if "cluster" not in names:
        if len(names) < 2:
            raise UsageError(f"{what} has one column: pairs have two, clusters have one that is called cluster")
        sources = [f"{side}.source" for side in "ab"]
        if all(source in names for source in sources):
            keys = [_with_source(column(source), column(name)) for source, name in zip(sources, names, strict=False)]
            return {"a": keys[0], "b": keys[1], **{name: column(name) for name in names[2:3]}}
        return {name: column(name) for name in names[:3]}
    own = next((name for name in ("record", "id") if name in names), None)
    index = getattr(frame, "index", None) if _result.kind_of(frame) == "pandas" else None
    records = column(own) if own else _result.listed(index) if index is not None else rows.astype(np.int64)
    if "source" in names:
        records = _with_source(column("source"), records)
    made = {"record": records, "cluster": column("cluster")}
    return made | ({"table": column("table")} if "table" in names else {})


def _with_source(sources: Any, labels: Any) -> list[str | None]:
    """Name records of several tables: the name of the table, then their own."""
    pairs = zip(_result.listed(sources), _result.listed(labels), strict=True)
    return [None if label is None else f"{source}: {label}" for source, label in pairs]
