"""`match` and `dedupe`: all pairs of two tables, or of one, that match."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _clusters, _query, _report, _result, _run, _several, _values
from ._choice import Choice, check_min
from ._clusters import Grouping
from ._errors import UsageError
from ._progress import Progress, clock, count
from ._query import Asked, Ready

if TYPE_CHECKING:
    from ._result import Pairs

MOST_UNASKED_PAIRS = 1e9  # for a function of Python, without `where`
CALL_SECONDS = 1e-7  # of a function of Python that does next to nothing


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
    top_b: int | None = None,
    best: str | None = None,
    one_to_one: bool | str = False,
    unmatched: str | None = None,
    linked: bool = False,
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
    report: str | os.PathLike[str] | None = None,
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
    score : str, Model, callable, Scorer or path, optional
        An expression such as ``"0.6 * jaro_winkler(name) + 0.4 * levenshtein(city)"``; what `learn` returns, or its
        ``.axb`` file; a function ``f(a, b) -> float`` (None or NaN: no match); what ``%%axb`` made; a ``.c``,
        ``.cpp``, ``.so`` or ``.py`` file.
    where : str, optional
        An expression: which pairs are scored at all. It is done by lossless joins. ``""`` lets a function be called
        for more than 1e9 pairs.
    min : float
        Needed unless `max`, `top`, `top_b`, `best` or `linked` is given; then a pair must score above 0, and
        ``min=float("-inf")`` takes other scores too. `one_to_one` needs it, and so do `clusters` and `golden` of
        `dedupe`. A model has a threshold of its own; `min` is in bits then.
    max : float, optional
        The highest score of a match, as for a distance: ``metric="levenshtein_distance", max=2``.
    top, top_b : int, optional
        Keep the `top` best pairs of each record of `a`, the `top_b` best of each record of `b`; with both a pair must
        be among both. Of equally good pairs those with the lower rows come first. The best score is the highest; for
        a distance, and with `max` alone, the lowest.
    best : {"a", "b", "mutual"}, optional
        Keep the best pair of each record of `a`, of `b`, or the pairs of which each record is the best of the other.
    one_to_one : bool or "optimal"
        Give each record one partner at most: the best pair first, then the best of the records that are left.
        "optimal": of all ways to do so the one with the greatest total score; of a distance the one with the most
        pairs, and of these the least total. It suits files of which nearly every record
        has a partner; where many have none, True is as good or better.
    unmatched : {"a", "b", "both"}, optional
        Add the records that have no partner: a left, right or full join. What the row says of the other table is
        missing, and so is the score.
    linked : bool
        Return the columns of `a`, the score, and the columns of the best match in `b` beside them: a row for each
        record of `a`, matched or not, with the index of `a`. With `top`, `top_b`, `best` or `one_to_one` there is a
        row for each pair that these keep: ``best="b"`` keeps the best of each record of `b`.
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
        Values that mean a missing value, besides None, NaN and the like of tables in memory. A model says it itself.
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
    report : path, optional
        Write a page to this file, whose name ends in ".html": what was done and what came of it, for others to read. It
        is one file that needs no network, and no program but a browser. It names records by their positions from 0.
    progress : bool, optional
        Show a bar; default: if it takes longer than a second, in a notebook or on a terminal.

    Returns
    -------
    DataFrame
        Columns a, b and score, then the terms, then a.COL and b.COL of `keep`. It is of the kind of `a`: pandas,
        polars, pyarrow; of a mapping, and of a file without pandas, a dict of arrays. Figures of the run are in
        ``attrs["axb"]`` of a DataFrame of pandas.

        With `unmatched` the columns of a side that may be missing have types with missing values, whether any is
        missing or not: Int64 for int64, boolean for bool. All others keep their types.

        With `linked` all columns of both tables, or those of `keep`. The score is "axb.score" if `a` has a column
        "score", and a column of `b` whose name is taken begins with "b.". The index is that of `a`; an index of `b`
        that has a name becomes a column. `id` is the first column of each side.

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
    >>> axb.match(customers, people, on="name", min=0.85, best="mutual")
    >>> axb.match(customers, people, on="name", min=0.85, linked=True)  # customers, each with its person
    >>> axb.match(a, b, score=lambda x, y: 1 / (1 + abs(x.age - y.age)), where="a.zip == b.zip", min=0.5)
    """
    if b is None:
        raise UsageError("b is None", "axb.dedupe(a, ...) compares a table with itself")
    asked, page = Asked.of(locals()), _report.options(match, locals())
    output = Output.of(asked, locals(), is_self=False, page=page)
    return _find(a, b, asked, output, progress)


@_query.names_known
def dedupe(
    a: Any,
    on: str | Mapping[str, str] | None = None,
    *,
    clusters: bool | str = False,
    max_cluster: int | None = None,
    cluster_floor: float | None = None,
    golden: str | Mapping[str, Any] | None = None,
    across: bool = False,
    metric: str | None = None,
    score: Any = None,
    where: str | None = None,
    min: float | None = None,
    max: float | None = None,
    top: int | None = None,
    best: str | None = None,
    one_to_one: bool = False,
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
    report: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> Any:
    """Find all pairs of different records of `a` whose score is at least `min`, or groups of records.

    Parameters
    ----------
    a : as for `match`, or a list or mapping {name: table} of several
        Several tables are compared as one, whose columns are joined by name. The column "source" says of which table a
        record is: its place in the list from 0, or its name. Expressions may read it: ``where="a.source == 'crm'"``.
    clusters : bool or {"auto", "connected", "complete", "average", "best-link"}
        Return a row for each record in place of pairs: in which group of records that belong together it is.
        "connected": records are in one cluster if pairs that match lead from one to the other, so two records of a
        cluster need not match each other. "complete": all records of a cluster match each other; "average": clusters
        are joined, those that belong together most first, while the average score of all pairs across is at least
        `min`; "best-link": each cluster has a centre that all its records match, the best matches first; a record
        stays alone if all records that it matches have joined other centres. True and "auto" are "average" where
        `score` is a model, and else "connected".
    max_cluster : int, optional
        No cluster of more records. "complete" and "average" join no more. With "connected" a larger cluster is cut at a
        match that alone holds it together, the weakest first; one without such a match stays as it is.
    cluster_floor : float, optional
        Of "average": what a pair counts at least, so that no single one keeps a cluster apart. Pairs below `min` count
        as well, down to this; those below count this. Default: 2 bits below `min` where `score` is a model; else pairs
        below `min` count 0.
    golden : str, or mapping {column: rule}, optional
        Return a row for each cluster in place of pairs, with one value for each column: "most-frequent", "longest",
        "shortest", "first", "last", "max", "min", ("newest", column), ("oldest", column), or "concat", which joins all
        different values to a text. In a mapping "*" is for all other columns, which default to "most-frequent". A
        missing value is taken only if all are missing.
    across : bool
        Of several tables: compare records of different tables alone.
    top : int, optional
        Keep a pair if it is among the `top` best of either record.
    best : {"a", "b", "mutual"}, optional
        Keep a pair if it is the best of either record ("a" and "b" are the same here), or of both.
    one_to_one : bool
        Give each record one partner at most.
    on, metric, score, where, min, max, normalize, replace, synonyms, stop_words, decimal, dates, null, read, id
    keep, terms, batch, libs, workers, max_memory, on_error, pair_timeout, max_results, report
    progress : as for `match`

    Returns
    -------
    DataFrame
        Pairs as `match` has them; each pair once, the lower row first. Of several tables also the columns a.source and
        b.source.

        With `clusters` a row for each record of `a`, in its order and with its index: the columns `cluster`, which
        counts from 0 in the order of the first records, `score`, the best one of the record with another of its cluster
        (NaN in a cluster of one), and `size`, how many records the cluster has. Before them stand `source`, of
        several tables, and `id` if that is given; after them the columns of `keep`.

        With `golden` a row for each cluster, with the label of its first record: `cluster` and `size`, then the
        columns of `a`, or those of `keep`, in their types. A column whose name is taken is called "record.NAME".

    Examples
    --------
    >>> people.join(axb.dedupe(people, on="name", min=0.92, clusters=True))
    >>> axb.dedupe(people, on="name", min=0.92, golden={"name": "longest", "phone": ("newest", "updated")})
    >>> axb.dedupe({"crm": crm, "shop": shop}, on="name", min=0.92, across=True)
    """
    if isinstance(on, Mapping):
        raise UsageError("dedupe compares a column with itself: on is a str", 'for example: on="name"')
    asked, page = Asked.of(locals()), _report.options(dedupe, locals())
    several = _several.several_of(a)
    if across and several is None:
        raise UsageError("across is for several tables, and one is given", "for example: axb.dedupe([a, b], ...)")
    grouping = Grouping.of(clusters, max_cluster, cluster_floor, golden)
    output = Output.of(asked, locals(), is_self=True, grouping=grouping, page=page)
    return _find(several or a, None, asked, output, progress)


# ---- What is written -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Output:
    """What the result is to have, and what it may take."""

    choice: Choice
    grouping: Grouping | None
    ids: tuple[str | None, str | None]
    keep: list[str]  # as given
    skip: bool
    options: list[str]

    @classmethod
    def of(
        cls,
        asked: Asked,
        arguments: Mapping[str, Any],
        *,
        is_self: bool,
        grouping: Grouping | None = None,
        page: Iterable[str] = (),
    ) -> Output:
        """Take what says so from the arguments of a function, as its `locals()`, and check it with the score."""
        asked.check()
        choice, given = Choice.of(arguments), arguments.get
        choice = choice if is_self else choice.of_model(asked.model)
        check_min(asked, choice)
        on_error, terms, max_results = given("on_error", "raise"), given("terms"), given("max_results")
        if on_error not in ("raise", "skip"):
            raise UsageError(f'on_error is "raise" or "skip"; this is {on_error!r}')
        if terms and grouping:
            raise UsageError("terms are of pairs, and clusters are asked for", "leave terms out")
        options = [*choice.options(), *_query.limits(given("workers"), given("max_memory"))]
        if max_results is not None:
            options += [f"--max-results={_query.check_count('max_results', max_results)}"]
        if terms:
            options += ["--output-terms"]
        if given("across"):
            options += ["--across"]
        options += page
        return cls(choice, grouping, ids_of(given("id")), _keeps(given("keep")), on_error == "skip", options)

    def wants_values(self) -> bool:
        """Are values of the tables' columns asked for?"""
        return any(self.ids) or bool(self.keep) or self.choice.linked or self.wants_golden()

    def wants_golden(self) -> bool:
        """Is a record for each cluster asked for?"""
        return self.grouping is not None and self.grouping.golden is not None

    def columns_sent(self) -> set[str] | None:
        """Return the columns that the program needs for what it writes; None for all."""
        if self.grouping is None or self.grouping.golden is None:
            return set()
        kept = {name[2:] if name.startswith(("a.", "b.")) else name for name in self.keep}
        return kept | self.grouping.columns() if kept and "*" not in kept else None


def ids_of(given: Any) -> tuple[str | None, str | None]:
    """Return the columns of `id`, of both sides."""
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


def kept_of(ready: Ready, side: int, output: Output) -> list[Any]:
    """Return the columns of a side that are kept; "*" of a table whose columns the program alone knows."""
    frame, kept = ready.frame(side), dict[Any, None]()
    for name in output.keep:
        of, dot, rest = name.partition(".")
        one_side = bool(dot) and of in ("a", "b")
        column = rest if one_side else name
        if one_side and of != "ab"[side] and output.grouping is None:  # records of clusters have no sides
            continue
        if column == "*":
            kept.update(dict.fromkeys(_all_of(frame)))
        elif one_side or _has(frame, column) or not _has(ready.frame(1 - side), column):
            kept[column] = None
    if not kept and (output.choice.linked or output.wants_golden()):
        return _all_of(frame)
    return ["*"] if "*" in kept and by_program(frame) else list(kept)


def _all_of(frame: Any) -> list[Any]:
    return ["*"] if by_program(frame) else _result.names_of(frame) or []


def _has(frame: Any, column: str) -> bool:
    """Say whether a table has a column; one of a file may have any."""
    return by_program(frame) or column in (_result.names_of(frame) or [])


# ---- A run -----------------------------------------------------------------------------------------


def _find(a: Any, b: Any, asked: Asked, output: Output, progress: bool | None) -> Any:
    """Run a match, and make a table of what it has found."""
    with ExitStack() as stack:
        ready = _query.prepare(a, b, asked, stack, at_hand=output.wants_values(), also=output.columns_sent())
        _check_number_of_pairs(asked, ready)
        run = _Run(ready, output, stack)
        with Progress(progress) as bar:
            outcome = _run.run(run.arguments(), pass_fds=run.fds, on_progress=bar.update, on_stderr=bar.write)
        notes = _query.show_notes(_clusters.without_closing(outcome.notes))
        _query.raise_for(outcome, ready, output.ids)
        return run.table({**run.figures(outcome.result), "notes": notes}, outcome.result.get("terms", []))


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
        self.keep = tuple(kept_of(ready, side, output) for side in (0, 1))
        self.fds = list(ready.fds)
        self.texts = self._texts()
        self.records = self._records() if output.grouping else None
        self.out = self._memory("axb pairs", stack)
        self.rejects = self._memory("axb rejects", stack) if output.skip else None

    def _memory(self, name: str, stack: ExitStack) -> int:
        fd = _query.memory(name, stack)
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
        arguments = [self.ready.verb, *self.ready.options, *self.output.options, *self._writes()]
        if self.rejects is not None:
            arguments += ["--on-crash=skip", f"--rejects=fd:{self.rejects}"]
        return [*arguments, "--", *self.ready.paths]

    def _writes(self) -> list[str]:
        """Return the options that say what is written, and how."""
        if self.output.grouping:
            return self.output.grouping.options(self.out, self.keep[0])
        kept = ",".join(_values.item(text, "keep") for text in self.texts)
        form = [f"--keep={kept}", "--format=jsonl"] if self.texts else ["--format=pairs"]
        return [f"--output=fd:{self.out}", *form]

    def table(self, figures: dict[str, Any], terms: list[str]) -> Any:
        """Make the result of what was written."""
        ready, output = self.ready, self.output
        if output.grouping and self.records:
            return _clusters.table_of(self.out, self.records, output.grouping, figures)
        pairs = _result.read_lines(self.out, terms, self.texts) if self.texts else _result.read_pairs(self.out, terms)
        return table_of(ready, output, pairs, figures)

    def _records(self) -> _clusters.Records:
        """Return the records of which clusters are made."""
        ready, ids = self.ready, self.output.ids
        if by_program(ready.frame(0)) and (self.texts or self.output.wants_golden()):
            raise UsageError(
                "id, keep and golden of clusters need a table in this process",
                "load the file first, as by pandas.read_csv",
            )
        return _clusters.Records(
            ready.frame(0), ready.index(0), ready.n_rows[0], ready.sources, ids[0], list(self.keep[0])
        )

    def figures(self, result: dict[str, Any]) -> dict[str, Any]:
        """Return what is said of the run in `attrs`."""
        figures = {name: result[name] for name in ("pairs", "matches", "join", "workers", "kernels")}
        figures["seconds"] = result["seconds"]["total"]
        figures["tables"] = 1 if self.ready.is_self else 2  # of how many tables pairs are, for `cluster` and `evaluate`
        figures.update({name: result[name] for name in ("unmatched",) if name in result})
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


def table_of(ready: Ready, output: Output, pairs: Pairs, figures: dict[str, Any]) -> Any:
    """Make the result of pairs of rows, of the kind of the first table."""
    if output.choice.may_miss(0) or output.choice.may_miss(1):
        pairs = pairs.masked()
    return (_linked_of if output.choice.linked else _pairs_of)(ready, output, pairs, figures)


def _pairs_of(ready: Ready, output: Output, pairs: Pairs, figures: dict[str, Any]) -> Any:
    """Make the columns a, b, score, sources, terms, and those that are kept."""
    columns: list[tuple[str, Any]] = [
        ("a", _labels(ready, output, 0, pairs)),
        ("b", _labels(ready, output, 1, pairs)),
        ("score", pairs.score),
    ]
    if ready.sources is not None:
        columns += [("a.source", ready.sources[pairs.a]), ("b.source", ready.sources[pairs.b])]
    columns += pairs.terms.items()
    for side, name in enumerate("ab"):
        columns += [(f"{name}.{column}", values) for column, values in _kept(ready, output, side, pairs)]
    _result.check_unique([name for name, _ in columns])
    return _result.make(dict(columns), _result.kind_of(ready.frame(0)), figures)


def _labels(ready: Ready, output: Output, side: int, pairs: Pairs) -> Any:
    """Return what identifies the records of a side."""
    column, index, rows = output.ids[side], ready.index(side), pairs.rows(side)
    may_miss = output.choice.may_miss(side)
    if column is not None:
        return _values_of(ready, output, side, column, pairs)
    if index is not None:
        return _result.index_labels(index, rows, may_miss=may_miss)
    return _result.positions(rows, may_miss=may_miss)


def _kept(ready: Ready, output: Output, side: int, pairs: Pairs) -> list[tuple[Any, Any]]:
    """Return the columns of a side that are kept, by their names in its table."""
    kept = kept_of(ready, side, output)
    if by_program(ready.frame(side)) and "*" in kept:
        kept = [text[2:] for text in pairs.texts if text.startswith("ab"[side] + ".")]
    return [(column, _values_of(ready, output, side, column, pairs)) for column in kept]


def _values_of(ready: Ready, output: Output, side: int, column: Any, pairs: Pairs) -> Any:
    frame = ready.frame(side)
    if by_program(frame):
        return pairs.texts[f"{'ab'[side]}.{column}"]
    return _result.column(frame, column, pairs.rows(side), may_miss=output.choice.may_miss(side))


# ---- Tables beside each other ----------------------------------------------------------------------


def _linked_of(ready: Ready, output: Output, pairs: Pairs, figures: dict[str, Any]) -> Any:
    """Make the columns of a, the score, the terms, and the columns of b, with the index of a."""
    a, b = (_linked_columns(ready, output, side, pairs) for side in (0, 1))
    index = ready.index(1)
    if output.ids[1] is None and getattr(index, "nlevels", 0) == 1 and index.name is not None:
        b.insert(0, (index.name, _labels(ready, output, 1, pairs)))
    numbers = [("score", pairs.score), *pairs.terms.items()]
    names = [name for name, _ in a]
    names += _give_way([name for name, _ in numbers], names, "axb.")
    names += _give_way([name for name, _ in b], names, "b.")
    _result.check_unique(names)
    columns = dict(zip(names, [values for _, values in (*a, *numbers, *b)], strict=True))
    figures["linked"] = True
    kind, index = _result.kind_of(ready.frame(0)), ready.index(0)
    if kind != "pandas" or index is None:
        return _result.make(columns, kind, figures)
    labels = _result.index_of(index, pairs.a, may_miss=output.choice.may_miss(0))
    return _result.make(columns, kind, figures, labels)


def _linked_columns(ready: Ready, output: Output, side: int, pairs: Pairs) -> list[tuple[Any, Any]]:
    """Return the columns of a side; one that identifies its records comes first."""
    id, kept = output.ids[side], _kept(ready, output, side, pairs)
    first = [] if id is None else [(id, _values_of(ready, output, side, id, pairs))]
    return first + [(name, values) for name, values in kept if name != id]


def _give_way(names: list[Any], taken: list[Any], prefix: str) -> list[Any]:
    """Give names that are taken so many prefixes, all the same number, that none is taken."""
    times = 1
    while True:
        others = [prefix * times + str(name) if name in taken else name for name in names]
        if not any(new in taken or (new != old and new in names) for old, new in zip(names, others, strict=True)):
            return others
        times += 1
