"""`suggest`: a threshold for a score, without labels."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any

from . import _picture, _query, _report, _several
from ._errors import in_python
from ._query import Asked


class Suggestion:
    """A threshold for a score, and what is expected of others. In a notebook it is a table and a drawing.

    Attributes
    ----------
    min : float or None
        The threshold that is suggested; None if none separates matches from other pairs, and for a distance.
    max : float or None
        The same for a score of which less is better.
    expected_matches : float or None
    reason : str
        From what it is expected how many pairs are false. It is no measurement.
    thresholds : list of dict
        The best scores first: `score`, how many `pairs` reach it, `expected_false` of them, `expected_precision`.
    data : dict
        All that the program says of it.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        less = data["less_is_better"]
        self.min: float | None = None if less else data["suggested"]
        self.max: float | None = data["suggested"] if less else None
        self.expected_matches: float | None = data["expected_matches"]
        self.reason: str = data["reason"]
        self.thresholds: list[dict[str, Any]] = data["thresholds"]

    def __repr__(self) -> str:
        return in_python(self.data["text"]).rstrip("\n")

    def _repr_html_(self) -> str:
        """Show it in a notebook: how many pairs have which score, and the words."""
        picture = _picture.histogram(self.thresholds, self.data["suggested"])
        key = f"pairs by score; in <span style='color:{_picture.MINUS}'>red</span> those expected to be false"
        return f"<div>{picture}<div>{key if picture else ''}</div><pre>{html.escape(repr(self))}</pre></div>"


@_query.names_known
def suggest(
    a: Any,
    b: Any = None,
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
    workers: int | None = None,
    max_memory: int | str | None = None,
    report: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> Suggestion:
    """Suggest a threshold for a score, from how often it occurs among records that are no matches.

    All pairs are counted by their scores. How many of them are false is expected from how often records of the same
    table have such a score, which are no matches if the table has no duplicates; or from how the number of pairs falls
    as the score rises. The threshold has the greatest F1 by these expectations, which are no measurements.

    Parameters
    ----------
    a, b : as for `match`
        `b` None: the duplicates of `a`.
    min, max : float, optional
        Look at no lower (higher) scores than this; default: where it is found out.
    on, metric, score, where, normalize, replace, synonyms, stop_words, decimal, dates, null, read, workers, max_memory
    report, progress : as for `match`

    Returns
    -------
    Suggestion

    Examples
    --------
    >>> at = axb.suggest(a, b, on="name")
    >>> axb.match(a, b, on="name", min=at.min)
    """
    asked, page = Asked.of(locals()), _report.options(suggest, locals())
    asked.check()
    _several.refuse(a, b, "suggest")
    with ExitStack() as stack:
        ready = _query.prepare(a, b, asked, stack)
        options = [*_query.limits(workers, max_memory), *page]
        return Suggestion(_query.ask(ready, "suggest", options, progress=progress))
