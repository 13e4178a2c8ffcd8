"""`match` and `dedupe`: all pairs of two tables, or of one, that match."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _query, _result, _run, _values
from ._errors import UsageError
from ._progress import Progress, clock, count
from ._query import Asked, Ready

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from ._result import Pairs

MOST_UNASKED_PAIRS = 1e9  # for a function of Python, without `where`
CALL_SECONDS = 1e-7  # of a function of Python that does next to nothing
MOST_WITHOUT_MIN = 100_000_000  # pairs of a match with `top` and without `min`
_OWN_MIN = "--min -inf "  # begins a note about what is given here where there is no `min`


@_query.names_known
def match(
    a: Any,
    b: Any,
    on: str | Mapping[str, str] | None = None,
    *,
    metric: str | None = None,
    score: Any = None,
    where: str | None = None,
    min: float | None = None,
    max: float | None = None,
    top: int | None = None,
    normalize: Any = None,
    replace: Any = None,
    synonyms: Any = None,
    stop_words: Any = None,
    decimal: str | Mapping[Any, str] | None = None,
    dates: str | Mapping[Any, str] | None = None,
    null: str | Iterable[str] | None = None,
    read: Mapping[str, Any] | None = None,
    id: str | Mapping[str, str] | None = None,
    keep: str | Iterable[str] | None = None,
    terms: bool = False,
    batch: bool = False,
    libs: str | None = None,
    workers: int | None = None,
    max_memory: int | str | None = None,
    on_error: str = "raise",
    pair_timeout: float | None = None,
    max_results: int | None = None,
    progress: bool | None = None,
) -> Any:
    """Find all pairs of `a` x `b` whose score is at least `min`, by row of `a`, then row of `b`.

    Every record is compared with every record; nothing is lost to blocking.

    Parameters
    ----------
    a, b : DataFrame, anything with ``__arrow_c_stream__``, mapping of columns, list of dicts, path, "@name", or Table
    on : str or mapping {column of a: column of b}, optional
        Short for ``score="METRIC(on)"``.
    metric : str, optional
        With `on`: how alike two values are; default "jaro_winkler". ``axb metrics`` lists them.
    score : str, callable, Scorer or path, optional
        An expression such as ``"0.6 * jaro_winkler(name) + 0.4 * levenshtein(city)"``; a function
        ``f(a, b) -> float`` (None or NaN: no match); what ``%%axb`` made; a ``.c``, ``.cpp``, ``.so`` or ``.py`` file.
    where : str, optional
        An expression: which pairs are scored at all. It is done by lossless joins. ``""`` lets a function be called
        for more than 1e9 pairs.
    min : float
        Needed unless `max` or `top` is given.
    max : float, optional
        The highest score of a match, as for a distance: ``metric="levenshtein_distance", max=2``.
    top : int, optional
        Keep for each record of `a` the `top` best pairs, those with the highest scores, or with `max` and no `min` the
        lowest; of equal ones those that come first in `b`.
    normalize : str, list of str, or mapping {column: rules}, optional
        Rules by which compared values are cleaned, such as ``"casefold,punct,space"``. A column is "name" of both
        tables, "a.name" of one, ("name", "customer") for one that `b` calls otherwise. ``axb match --help`` lists the
        rules; the program knows in which order they apply.
    replace : tuple (pattern, replacement) or (pattern, replacement, flags), list of tuples, or mapping, optional
        Regular expressions (PCRE2), before other rules: ``(r" (jr|sr)$", "", "i")``. In the replacement ``$1`` is a
        group. A str is one as the command line has it, ``"/PATTERN/REPLACEMENT/FLAGS"``. By column in a mapping.
    synonyms : mapping {word: word}, or path, optional
        Words that become others: ``{"Bob": "Robert", "St.": "Saint"}``. By column: ``{"name": {"Bob": "Robert"}}``.
    stop_words : iterable of str, or path, optional
        Words and phrases that are dropped. By column in a mapping.
    decimal : str, or mapping {column: str}, optional
        The decimal sign of numbers, "." or ","; default: found in the values of each column.
    dates : str, or mapping {column: str}, optional
        "dmy", "mdy", "ymd", or a format such as "%d %b %Y"; default: found in the values of each column.
    null : iterable of str, optional
        Values in files that mean a missing value. Tables in memory have missing values of their own.
    read : mapping, optional
        How files are read, where it is not found out: `delimiter`, `encoding`, `header` (bool), `skip` (lines),
        `comment`, `escape`, `lenient` (bool), `null`. With "a_" or "b_" before it, of one file alone:
        ``{"b_encoding": "latin1"}``.
    id : str or mapping {column of a: column of b}, optional
        What identifies records in the result; default: the index of a DataFrame, else positions from 0.
    keep : str or list of str, optional
        Further columns for the result: "city" of both tables, "a.name" or "b.name" of one, "*", "a.*" or "b.*" for
        all. Of a file they are text; with "*" they are known only where a pair matches.
    terms : bool
        Add a column for each metric of an expression.
    batch : bool
        ``f(a, bs)`` takes one record and its candidates (at most 1024) as arrays, and returns an array.
    libs : str, optional
        Libraries that a scorer in C or C++ is linked to: ``"-L/folder -lname"``.
    workers : int, optional
        Processes; default: one for each core that may be used. The result does not depend on it.
    max_memory : int or str, optional
        Bytes, or such as "2G".
    on_error : {"raise", "skip"}
        "skip": a pair on which the scorer fails is no match, and is in ``result.attrs["axb"]["skipped"]``. More than
        1000 such pairs are a ScorerError.
    pair_timeout : float, optional
        Seconds; a pair that takes longer has failed.
    max_results : int, optional
        More pairs are a LimitError.
    progress : bool, optional
        Show a bar; default: if it takes longer than a second, in a notebook or on a terminal.

    Returns
    -------
    DataFrame
        Columns a, b and score, then the terms, then a.COL and b.COL of `keep`. It is of the kind of `a`: pandas,
        polars, pyarrow; of a mapping, and of a file without pandas, a dict of arrays. Figures of the run are in
        ``attrs["axb"]`` of a DataFrame of pandas.

    Raises
    ------
    UsageError (ValueError), DataError (ValueError), ScorerError, ShipError (TypeError), LimitError (MemoryError),
    Stopped, VersionError (ImportError)
        All are AxbError.

    Examples
    --------
    >>> axb.match(customers, people, on="name", min=0.9, keep="city")
    >>> axb.match("crm.csv", "billing.jsonl", on={"Company Name": "customer"}, min=0.9, keep="*",
    ...           normalize="casefold,company-suffixes", synonyms={"Intl": "International"})
    >>> axb.match(a, b, score=lambda x, y: 1 / (1 + abs(x.age - y.age)), where="a.zip == b.zip", min=0.5)
    """
    if b is None:
        raise UsageError("b is None", "axb.dedupe(a, ...) compares a table with itself")
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
        batch=batch,
        pair_timeout=pair_timeout,
    )
    output = Output.of(asked, top, id, keep, terms, workers, max_memory, on_error, max_results)
    return _find(a, b, asked, output, progress, _table_of)


@_query.names_known
def dedupe(
    a: Any,
    on: str | Mapping[str, str] | None = None,
    *,
    clusters: bool = False,
    metric: str | None = None,
    score: Any = None,
    where: str | None = None,
    min: float | None = None,
    max: float | None = None,
    top: int | None = None,
    normalize: Any = None,
    replace: Any = None,
    synonyms: Any = None,
    stop_words: Any = None,
    decimal: str | Mapping[Any, str] | None = None,
    dates: str | Mapping[Any, str] | None = None,
    null: str | Iterable[str] | None = None,
    read: Mapping[str, Any] | None = None,
    id: str | None = None,
    keep: str | Iterable[str] | None = None,
    terms: bool = False,
    batch: bool = False,
    libs: str | None = None,
    workers: int | None = None,
    max_memory: int | str | None = None,
    on_error: str = "raise",
    pair_timeout: float | None = None,
    max_results: int | None = None,
    progress: bool | None = None,
) -> Any:
    """Find all pairs of different records of `a` whose score is at least `min`.

    Parameters
    ----------
    a : as for `match`
    clusters : bool
        Return a row for each record in place of pairs: the columns `id` and `cluster`, then those of `keep`. Records
        are in one cluster if pairs that match lead from one to the other (connected components), so two records of a
        cluster need not match each other. Clusters are numbered from 0, in the order of their first records.
    on, metric, score, where, min, max, top, normalize, replace, synonyms, stop_words, decimal, dates, null, read, id
    keep, terms, batch, libs, workers, max_memory, on_error, pair_timeout, max_results, progress : as for `match`

    Returns
    -------
    DataFrame
        As `match` does; each pair once, the lower row first.

    Examples
    --------
    >>> axb.dedupe(people, on="name", min=0.92, clusters=True)
    """
    if isinstance(on, Mapping):
        raise UsageError("dedupe compares a column with itself: on is a str", 'for example: on="name"')
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
        batch=batch,
        pair_timeout=pair_timeout,
    )
    output = Output.of(asked, top, id, keep, terms, workers, max_memory, on_error, max_results)
    return _find(a, None, asked, output, progress, _clusters_of if clusters else _table_of)


# ---- What is written -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Output:
    """What the result is to have, and what it may take."""

    top: int | None
    ids: tuple[str | None, str | None]
    keep: list[str]  # as given
    terms: bool
    skip: bool
    options: list[str]

    @classmethod
    def of(
        cls,
        asked: Asked,
        top: Any,
        id: Any,
        keep: Any,
        terms: bool,
        workers: Any,
        max_memory: Any,
        on_error: Any,
        max_results: Any,
    ) -> Output:
        """Check the arguments that say so."""
        asked.check()
        if asked.min is None and asked.max is None and top is None:
            raise UsageError("min is missing: which score is a match?", "for example: min=0.9, or top=3")
        if on_error not in ("raise", "skip"):
            raise UsageError(f'on_error is "raise" or "skip"; this is {on_error!r}')
        options = []
        if workers is not None:
            options += [f"--workers={_query.check_count('workers', workers)}"]
        if max_memory is not None:
            options += [f"--max-memory={max_memory}"]
        if max_results is not None:
            options += [f"--max-results={_query.check_count('max_results', max_results)}"]
        elif asked.min is None and asked.max is None:
            options += [f"--max-results={MOST_WITHOUT_MIN}"]
        if asked.min is None and asked.max is None:
            options += ["--min=-inf"]
        if terms:
            options += ["--output-terms"]
        if top is not None:
            top = _query.check_count("top", top)
        return cls(top, _ids(id), _keeps(keep), bool(terms), on_error == "skip", options)

    def wants_values(self) -> bool:
        """Are values of the tables' columns asked for?"""
        return any(self.ids) or bool(self.keep)


def _ids(given: Any) -> tuple[str | None, str | None]:
    if given is None or isinstance(given, str):
        return given, given
    pairs = list(given.items()) if isinstance(given, Mapping) else []
    if len(pairs) != 1 or not all(isinstance(name, str) for name in pairs[0]):
        raise UsageError(f"id is the name of a column, or {{column of a: column of b}}; this is {given!r}")
    return pairs[0]


def _keeps(given: Any) -> list[str]:
    names = [given] if isinstance(given, str) else list(given) if isinstance(given, Iterable) else given
    if names is None:
        return []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageError(f"keep is a list of columns; this is {given!r}")
    return names


def _kept_of(ready: Ready, side: int, keep: list[str]) -> list[Any]:
    """Return the columns of a side that are kept; "*" of a table whose columns the program alone knows."""
    frame, kept = ready.frame(side), dict[Any, None]()
    for name in keep:
        of, dot, rest = name.partition(".")
        one_side = bool(dot) and of in ("a", "b")
        column = rest if one_side else name
        if one_side and of != "ab"[side]:
            continue
        if column == "*":
            kept.update(dict.fromkeys(["*"] if by_program(frame) else _result.names_of(frame) or []))
        elif one_side or _has(frame, column) or not _has(ready.frame(1 - side), column):
            kept[column] = None
    return ["*"] if "*" in kept and by_program(frame) else list(kept)


def _has(frame: Any, column: str) -> bool:
    """Say whether a table has a column; one of a file may have any."""
    return by_program(frame) or column in (_result.names_of(frame) or [])


# ---- A run -----------------------------------------------------------------------------------------


def _find(
    a: Any,
    b: Any,
    asked: Asked,
    output: Output,
    progress: bool | None,
    make: Callable[[Ready, Output, Pairs, dict[str, Any]], Any],
) -> Any:
    """Run a match, and make of its pairs what `make` makes."""
    with ExitStack() as stack:
        ready = _query.prepare(a, b, asked, stack, at_hand=output.wants_values())
        _check_number_of_pairs(asked, ready)
        run = _Run(ready, output, stack)
        with Progress(progress) as bar:
            outcome = _run.run(run.arguments(), pass_fds=run.fds, on_progress=bar.update, on_stderr=bar.write)
        notes = _query.show_notes(note for note in outcome.notes if not note.startswith(_OWN_MIN))
        _query.raise_for(outcome, ready, output.ids)
        pairs = run.pairs(outcome.result)
        if output.top is not None:
            pairs = pairs.best(output.top, lowest=asked.min is None and asked.max is not None)
        return make(ready, output, pairs, {**run.figures(outcome.result), "notes": notes})


def _check_number_of_pairs(asked: Asked, ready: Ready) -> None:
    """Refuse a function that would be called for more pairs than anybody waits for, unless that is meant."""
    rows = ready.n_rows
    if not _query.is_function(asked.score) or asked.where is not None or None in rows:
        return
    n = [row or 0 for row in rows]
    pairs = n[0] * (n[0] - 1) / 2 if ready.is_self else n[0] * n[1]
    if pairs <= MOST_UNASKED_PAIRS:
        return
    cores = len(os.sched_getaffinity(0))
    least = clock(pairs * CALL_SECONDS / cores)
    raise UsageError(
        f"{ready.score_name} would be called for {count(pairs)} pairs, which takes {least} at least, on {cores} cores",
        "say with where which pairs are to be scored, such as where='a.zip == b.zip'; where='' calls it for all",
    )


class _Run:
    """Where a run writes, and what that is read back as."""

    def __init__(self, ready: Ready, output: Output, stack: ExitStack) -> None:
        self.ready, self.output = ready, output
        self.keep = tuple(_kept_of(ready, side, output.keep) for side in (0, 1))
        self.fds = list(ready.fds)
        self.texts = self._texts()
        self.out = self._memory("axb pairs", stack)
        self.rejects = self._memory("axb rejects", stack) if output.skip else None

    def _memory(self, name: str, stack: ExitStack) -> int:
        fd = os.memfd_create(name, os.MFD_CLOEXEC)
        stack.callback(os.close, fd)
        self.fds.append(fd)
        return fd

    def _texts(self) -> list[str]:
        """Return the columns that the program writes: those of tables whose values it alone knows."""
        texts = []
        for side, name in enumerate("ab"):
            wanted = [column for column in (self.output.ids[side], *self.keep[side]) if column is not None]
            if by_program(self.ready.frame(side)):
                texts += [f"{name}.{column}" for column in dict.fromkeys(wanted)]
            else:
                _query.check_columns(self.ready.frame(side), self.keep[side], "keep")
                _query.check_columns(self.ready.frame(side), filter(None, [self.output.ids[side]]), "id")
        return texts

    def arguments(self) -> list[str]:
        """Return the command line."""
        verb = "dedupe" if self.ready.is_self else "match"
        arguments = [verb, *self.ready.options, *self.output.options, f"--output=fd:{self.out}"]
        kept = ",".join(_values.item(text, "keep") for text in self.texts)
        arguments += [f"--keep={kept}", "--format=jsonl"] if self.texts else ["--format=pairs"]
        if self.rejects is not None:
            arguments += ["--on-crash=skip", f"--rejects=fd:{self.rejects}"]
        return [*arguments, "--", *self.ready.paths]

    def pairs(self, result: dict[str, Any]) -> Pairs:
        """Read what was written."""
        terms = result.get("terms", [])
        if self.texts:
            return _result.read_lines(self.out, terms, self.texts)
        return _result.read_pairs(self.out, terms)

    def figures(self, result: dict[str, Any]) -> dict[str, Any]:
        """Return what is said of the run in `attrs`."""
        figures = {name: result[name] for name in ("pairs", "matches", "join", "workers", "kernels")}
        figures["seconds"] = result["seconds"]["total"]
        if self.rejects is not None:
            figures["skipped"] = self._skipped()
        return figures

    def _skipped(self) -> list[tuple[Any, Any, str]]:
        """Return the pairs that were left out, and why."""
        assert self.rejects is not None
        text = os.pread(self.rejects, os.fstat(self.rejects).st_size, 0).decode(errors="replace")
        ids = self.output.ids
        return [
            (self.ready.label(0, int(a) - 1, ids[0]), self.ready.label(1, int(b) - 1, ids[1]), reason)
            for a, b, reason in list(csv.reader(io.StringIO(text)))[1:]
        ]


def by_program(frame: Any) -> bool:
    """Does the program alone know the values of this table?"""
    return _result.kind_of(frame) in ("program", "stream")


# ---- The table -------------------------------------------------------------------------------------


def _table_of(ready: Ready, output: Output, pairs: Pairs, figures: dict[str, Any]) -> Any:
    """Make the columns a, b, score, terms, and those that are kept."""
    columns: list[tuple[str, Any]] = []
    for side, (name, rows) in enumerate((("a", pairs.a), ("b", pairs.b))):
        columns.append((name, _labels(ready, output, side, rows, pairs.texts)))
    columns.append(("score", pairs.score))
    columns += pairs.terms.items()
    for side, (name, rows) in enumerate((("a", pairs.a), ("b", pairs.b))):
        columns += _kept(ready, output, side, name, rows, pairs.texts)
    _result.check_unique([name for name, _ in columns])
    return _result.make(dict(columns), _result.kind_of(ready.frame(0)), figures)


def _labels(ready: Ready, output: Output, side: int, rows: NDArray[np.uint32], texts: dict[str, Any]) -> Any:
    """Return what identifies the records of these rows."""
    import numpy as np

    column, frame = output.ids[side], ready.frame(side)
    if column is not None:
        name = f"{'ab'[side]}.{column}"
        return texts[name] if by_program(frame) else _result.column(frame, column, rows)
    if ready.index(side) is not None:
        return _result.index_labels(ready.index(side), rows)
    return rows.astype(np.int64)


def _kept(
    ready: Ready, output: Output, side: int, name: str, rows: NDArray[np.uint32], texts: dict[str, Any]
) -> list[tuple[str, Any]]:
    frame = ready.frame(side)
    return [
        (f"{name}.{column}", texts[f"{name}.{column}"] if by_program(frame) else _result.column(frame, column, rows))
        for column in _columns_kept(ready, output, side, texts)
    ]


def _columns_kept(ready: Ready, output: Output, side: int, texts: dict[str, Any]) -> list[Any]:
    kept = _kept_of(ready, side, output.keep)
    if by_program(ready.frame(side)) and "*" in kept:
        return [text[2:] for text in texts if text.startswith("ab"[side] + ".")]
    return kept


# ---- Clusters --------------------------------------------------------------------------------------


def _clusters_of(ready: Ready, output: Output, pairs: Pairs, figures: dict[str, Any]) -> Any:
    """Make a row for each record, with the number of its cluster."""
    import numpy as np

    if by_program(ready.frame(0)) or ready.n_rows[0] is None:
        raise UsageError("clusters are of a table in this process", "load the file first, as by pandas.read_csv")
    rows = np.arange(ready.n_rows[0], dtype=np.uint32)
    columns = {"id": _labels(ready, output, 0, rows, {}), "cluster": cluster_numbers(len(rows), pairs.a, pairs.b)}
    columns.update(_kept(ready, output, 0, "a", rows, {}))
    named = {name.removeprefix("a."): values for name, values in columns.items()}
    return _result.make(named, _result.kind_of(ready.frame(0)), figures)


def cluster_numbers(n: int, a: NDArray[np.uint32], b: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Number the connected components of n records, which these pairs join, by their first records.

    Each record points to a record that is not after it, in the end to the first of its component. As long as a pair
    has two firsts, the later one is made to point to the earlier, and then all point to their firsts again
    (Shiloach and Vishkin, 1982).
    """
    import numpy as np

    first = np.arange(n)
    while True:
        x, y = first[a], first[b]
        apart = x != y
        if not apart.any():
            break
        np.minimum.at(first, np.maximum(x, y)[apart], np.minimum(x, y)[apart])
        while True:
            further = first[first]
            if np.array_equal(further, first):
                break
            first = further
    numbers: NDArray[np.int64] = np.cumsum(first == np.arange(n))[first] - 1
    return numbers
