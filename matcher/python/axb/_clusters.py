"""Groups of records that belong together: `cluster`, and what `dedupe` returns with `clusters` and `golden`.

The program groups records and chooses the values of golden records. It says so by rows, so that labels and values are
those of the user's own tables, in their types. Not here: how pairs are found (`_match`).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _query, _result, _run, _several, _values
from ._errors import DataError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METHODS = ("auto", "connected", "complete", "average", "best-link")
_RULES = ("most-frequent", "longest", "shortest", "first", "last", "newest", "oldest", "max", "min", "concat")
_CLOSING = re.compile(r"clusters? of two records or more holds? ")  # the program's closing line; the table says it


def without_closing(notes: Iterable[str]) -> list[str]:
    """Return the notes of a run without that which says how many clusters it has made."""
    return [note for note in notes if not _CLOSING.search(note)]


# ---- What is asked ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Grouping:
    """The arguments that say how records are grouped, checked."""

    method: str = "auto"
    max_cluster: int | None = None
    floor: float | None = None
    golden: list[str] | None = None  # rules as the program has them

    @classmethod
    def of(cls, clusters: Any, max_cluster: Any, floor: Any, golden: Any, name: str = "clusters") -> Grouping | None:
        """Check the arguments, of which `clusters` is called `name`; None if no clusters are asked for."""
        if clusters is True:
            clusters = "auto"
        if clusters is not False and clusters not in METHODS:
            raise UsageError(f"{name} is one of {', '.join(METHODS)}; this is {clusters!r}")
        if max_cluster is not None:
            max_cluster = _query.check_count("max_cluster", max_cluster)
        if floor is not None:
            floor = _query.check_number("cluster_floor", floor)
        if clusters is False and golden is None:
            for option, value in (("max_cluster", max_cluster), ("cluster_floor", floor)):
                if value is not None:
                    raise UsageError(f"{option} is about clusters, and none are asked for", "add clusters=True")
            return None
        return cls(clusters or "auto", max_cluster, floor, None if golden is None else _rules(golden))

    def columns(self) -> set[str]:
        """Return all names that could be those of columns that rules read."""
        rules = self.golden or []
        by = [found[1] for rule in rules if (found := re.search(r"(?:newest|oldest):(.+)", rule))]
        return {*by, *(name.removesuffix('"') for name in by)}.union(*map(_query.words, rules))

    def options(self, out: int, kept: Sequence[Any], *, verb: str = "dedupe") -> list[str]:
        """Return the options of the program; it writes rows to the descriptor `out`."""
        options = [f"--cluster-method={self.method}"]
        options += [] if self.max_cluster is None else [f"--max-cluster={self.max_cluster}"]
        options += [] if self.floor is None else [f"--cluster-floor={self.floor!r}"]
        if self.golden is None:
            # No columns are written, so none is asked for.
            output = [f"--clusters=fd:{out}:the result", "--keep="] if verb == "dedupe" else [f"--output=fd:{out}"]
            return [*options, *output, "--format=pairs"]
        options += [f"--golden=fd:{out}:the result", "--golden-rows", "--format=jsonl"]
        options += [f"--golden-rule={rule}" for rule in self.golden]
        return [*options, *([f"--keep={','.join(_values.quoted(name) for name in kept)}"] if kept else [])]


def _rules(golden: Any) -> list[str]:
    rules = golden if isinstance(golden, Mapping) else {"*": golden}
    return [_rule(name, *_parts(rule)) for name, rule in rules.items()]


def _rule(name: Any, kind: str, by: str = "") -> str:
    """Write the rule of a column, or with "*" of all others. A column `by` stands as it is, but for commas."""
    if name == "*":
        return f"{kind}:{_one_item(by)}" if by else kind
    return f"{_values.item(name, 'golden')}:" + _one_item(f"{kind}:{by}" if by else kind)


def _one_item(text: str) -> str:
    """Quote what follows a colon in a list, where a comma would end it."""
    return f'"{text}"' if "," in text else text


def _parts(given: Any) -> tuple[str, ...]:
    """Return the kind of a rule, and the column that it chooses by if there is one."""
    parts = given if isinstance(given, tuple) else tuple(given.split(":", 1)) if isinstance(given, str) else ()
    if len(parts) in (1, 2) and all(isinstance(part, str) for part in parts) and parts[0] in _RULES:
        return parts
    raise UsageError(
        f"golden is a rule, or {{column: rule}}; {given!r} is none",
        f'rules are {", ".join(_RULES)}; newest and oldest with a column: ("newest", "updated")',
    )


# ---- Tables ----------------------------------------------------------------------------------------


@dataclass
class Records:
    """The records of which clusters are made.

    Attributes
    ----------
    frame : table or None
    index : Index or array, or None
        What identifies them; None for positions from 0.
    n : int or None
        None where the program alone knows.
    sources : array or None
        Of several tables: of which of them they are.
    id : str or None
    keep : list
        Columns.
    source_name : str
        What the column of `sources` is called.
    """

    frame: Any
    index: Any
    n: int | None
    sources: Any = None
    id: str | None = None
    keep: list[Any] | None = None
    source_name: str = _several.SOURCE

    def labels(self) -> list[Any]:
        """Return what identifies each record, with its table if there are several."""
        import numpy as np

        if self.id is not None:
            rows = np.arange(self.n or 0, dtype=np.uint32)
            labels = _result.listed(_result.column(self.frame, self.id, rows))
        else:
            labels = list(range(self.n or 0)) if self.index is None else _result.listed(self.index)
        return labels if self.sources is None else list(zip(self.sources.tolist(), labels, strict=True))

    def of_rows(self, rows: NDArray[np.uint32], own: dict[str, Any]) -> dict[Any, Any]:
        """Return columns for these rows: source, id, then `own`, by their names."""
        columns: dict[Any, Any] = {}
        if self.sources is not None:
            columns[self.source_name] = self.sources[rows]
        if self.id is not None:
            columns["id"] = _result.column(self.frame, self.id, rows)
        return columns | own

    def make(self, columns: dict[Any, Any], rows: NDArray[np.uint32], figures: dict[str, Any]) -> Any:
        """Make a table with the labels of these rows: as its index in pandas, else as a column unless there is `id`."""
        kind = _result.kind_of(self.frame)
        if hasattr(self.index, "nlevels"):
            return _result.make(columns, "pandas", figures, self.index.take(rows))
        if self.id is None and (self.frame is None or len(rows) != self.n):
            columns = {"record": _result.positions(rows) if self.index is None else self.index[rows]} | columns
        return _result.make(columns, kind, figures)


def table_of(fd: int, records: Records, grouping: Grouping, figures: dict[str, Any]) -> Any:
    """Make the table of clusters, or of golden records, of what the program has written."""
    return (_clusters_table if grouping.golden is None else _golden_table)(fd, records, figures)


def _clusters_table(fd: int, records: Records, figures: dict[str, Any]) -> Any:
    import numpy as np

    found = _result.read_pairs(fd, [])  # each record with the first one of its cluster
    n = len(found)
    first, score = np.empty(n, np.uint32), np.empty(n)
    first[found.a], score[found.a] = found.b, found.score
    rows = np.arange(n, dtype=np.uint32)
    numbers = np.cumsum(first == rows) - 1
    score = _result.masked(score, np.isnan(score))  # None in polars, NaN in pandas
    own = {"cluster": numbers[first], "score": score, "size": np.bincount(first, minlength=n)[first]}
    columns = records.of_rows(rows, own)
    for name in records.keep or []:
        columns[_free(name, columns)] = _result.column(records.frame, name, rows)
    records.n = n
    return records.make(columns, rows, figures)


def _golden_table(fd: int, records: Records, figures: dict[str, Any]) -> Any:
    import numpy as np

    with os.fdopen(os.dup(fd), "rb") as file:
        file.seek(0)
        lines = [list(json.loads(line).values()) for line in file]
    names = records.keep or []
    # In the program's order: cluster, size, record; of several tables their name; then the columns.
    at = 4 if records.sources is not None else 3
    first = np.array([line[2] - 1 for line in lines], np.uint32)
    sizes = np.array([line[1] for line in lines], np.int64)
    columns = records.of_rows(first, {"cluster": np.arange(len(lines)), "size": sizes})
    for i, name in enumerate(names):
        values = [line[at + i] for line in lines]
        columns[_free(name, columns)] = _golden_values(records.frame, name, values, first)
    return records.make(columns, first, figures)


def _golden_values(frame: Any, name: Any, values: list[Any], first: NDArray[np.uint32]) -> Any:
    """Take the values that the program has chosen by their rows; texts are values that it has joined.

    Where all records of a cluster have none, the first one has none either.
    """
    import numpy as np

    if any(isinstance(value, str) for value in values):
        return values
    rows = [first[i] if value is None else value - 1 for i, value in enumerate(values)]
    return _result.column(frame, name, np.array(rows, np.uint32))


def _free(name: Any, columns: Mapping[Any, Any]) -> Any:
    """Return the name of a column in a table that has columns of its own."""
    while name in columns:
        name = f"record.{name}"
    return name


# ---- Groups of pairs from anywhere -----------------------------------------------------------------


@_query.names_known
def cluster(
    pairs: Any,
    records: Any = None,
    *,
    method: str = "auto",
    max_cluster: int | None = None,
    cluster_floor: float | None = None,
    golden: str | Mapping[str, Any] | None = None,
    min: float | None = None,
    max: float | None = None,
    tables: int | None = None,
    id: str | None = None,
    keep: str | Iterable[str] | None = None,
) -> Any:
    """Make groups of records from pairs: those of `match` and `dedupe`, or any others, such as checked ones.

    Parameters
    ----------
    pairs : table
        Its first two columns name two records. The score is in the column "score", else in the third one if that
        holds numbers. Columns a.source and b.source name the tables of the records, of several.
    records : table, or list or mapping {name: table} of several, optional
        The records that the pairs name, by their labels. Those without a pair are clusters of one. Default: the records
        are those that the pairs name. A list [a, b] is for pairs of two tables.
    method : {"auto", "connected", "complete", "average", "best-link"}
        How clusters are made, as `clusters` of `dedupe`; "auto" is "connected".
    max_cluster, cluster_floor, golden : as for `dedupe`
        `golden` needs `records`.
    min, max : float, optional
        Pairs with other scores are left out. With `max` alone the score is a distance.
    tables : {1, 2}, optional
        Without `records`: the same name in both columns is one record (1), or one of `a` and one of `b` (2). Pairs that
        `match` or `dedupe` of this package has found say so themselves in pandas.
    id : str, optional
        The column of `records` that the pairs name them by; default: its index, else positions from 0.
    keep : str or list of str, optional
        Further columns of `records` for the result.

    Returns
    -------
    DataFrame
        As `dedupe` returns it with `clusters`, or with `golden`. Without `records` its index, or its column `record`,
        has what the pairs call a record; of two tables the column `table` is "A" or "B".

    Examples
    --------
    >>> pairs = axb.dedupe(people, on="name", min=0.8)
    >>> people.join(axb.cluster(pairs[pairs.score >= 0.9], people))
    """
    grouping = Grouping.of(method, max_cluster, cluster_floor, golden, "method")
    assert grouping is not None
    named = _Pairs.of(pairs, tables)
    if records is None:
        if golden is not None or keep is not None or id is not None:
            raise UsageError(
                "golden, keep and id are of records, and none are given", "axb.cluster(pairs, people, ...)"
            )
        found = named.records()
    else:
        found = _records_given(records, id, keep, grouping)
    rows = named.rows(found)
    with ExitStack() as stack:
        return _run_cluster(rows, named, found, grouping, _bounds(min, max), stack)


def _bounds(min: Any, max: Any) -> list[str]:
    bounds = [("min", min), ("max", max)]
    return [f"--{name}={_query.check_number(name, value)!r}" for name, value in bounds if value is not None]


@dataclass
class _Pairs:
    """Pairs as they name records.

    Attributes
    ----------
    labels : list of two lists
        None where a record has no partner.
    sources : list of two lists, or None
    score : dict
        The column that may have it, by its name.
    tables : int or None
        Of how many tables they are, if that is known.
    """

    labels: list[list[Any]]
    sources: list[list[Any]] | None
    score: dict[str, Any]
    tables: int | None

    @classmethod
    def of(cls, pairs: Any, tables: Any) -> _Pairs:
        """Read a table of pairs."""
        import numpy as np

        pairs = _result.materialize(pairs)
        names = _result.names_of(pairs)
        if names is None:
            raise UsageError("pairs are a table in this process", "load the file first, as by pandas.read_csv")
        if len(names) < 2:
            raise DataError("pairs have two columns at least, which name two records")
        tables = _result.tables_of(pairs, tables, "pairs")
        rows = np.arange(_result.n_rows(pairs), dtype=np.uint32)
        score = "score" if "score" in names else names[2] if len(names) > 2 else None
        several = "a.source" in names and "b.source" in names

        def listed(name: Any) -> list[Any]:
            return _result.listed(_result.column(pairs, name, rows))

        return cls(
            [listed(name) for name in names[:2]],
            [listed(name) for name in ("a.source", "b.source")] if several else None,
            {} if score is None else {str(score): _result.column(pairs, score, rows)},
            tables,
        )

    def keys(self, side: int) -> list[Any]:
        """Return what names the record of each pair, with its table if that is named."""
        labels = self.labels[side]
        if self.sources is None:
            return labels
        sources = self.sources[side]
        return [None if label is None else (source, label) for source, label in zip(sources, labels, strict=True)]

    def records(self) -> Records:
        """Return the records that the pairs name: in their order if they are numbers, else as they come."""
        keys = [[key for key in dict.fromkeys(self.keys(side)) if key is not None] for side in (0, 1)]
        tables = self.tables
        if tables is None and self.sources is None and set(keys[0]) & set(keys[1]):
            name = next(key for key in keys[0] if key in set(keys[1]))
            raise UsageError(
                f"{name!r} is in both columns of the pairs: is that one record, or two?",
                "tables=1: the pairs are of one table; tables=2: of two; or give records",
            )
        if tables == 2 and self.sources is None:
            named = [_in_order(side) for side in keys]
            sources = _objects(["A"] * len(named[0]) + ["B"] * len(named[1]))
            return Records(None, _index_of(named[0] + named[1]), len(sources), sources, source_name="table")
        both = _in_order(list(dict.fromkeys(keys[0] + keys[1])))
        if self.sources is None:
            return Records(None, _index_of(both), len(both))
        return Records(None, _index_of([label for _, label in both]), len(both), _objects([of for of, _ in both]))

    def rows(self, records: Records) -> list[list[int | None]]:
        """Return the rows of the records that the pairs name."""
        if self.sources is not None and records.sources is None:
            raise UsageError("the pairs are of several tables, and records is one", "give records=[a, b, ...]")
        keys, places = [self.keys(side) for side in (0, 1)], _places(records)
        if records.sources is not None and self.sources is None:
            names = list(dict.fromkeys(records.sources.tolist()))
            if len(names) != 2:
                raise UsageError(
                    f"the pairs do not say of which of {len(names)} tables their records are",
                    "they need the columns a.source and b.source",
                )
            if self.tables == 1:
                raise UsageError("the pairs are of one table, and records are of two", "give that table as records")
            keys = [
                [None if key is None else (name, key) for key in side] for name, side in zip(names, keys, strict=True)
            ]
        several = records.sources is not None
        return [_rows_of(side, places, several) for side in keys]


def _in_order(keys: list[Any]) -> list[Any]:
    return sorted(keys) if all(isinstance(key, int) for key in keys) else keys


def _objects(values: list[Any]) -> Any:
    import numpy as np

    made = np.empty(len(values), object)
    made[:] = values
    return made


def _index_of(labels: list[Any]) -> Any:
    """Make an index of pandas of labels, or where that is missing an array."""
    try:
        import pandas
    except ImportError:
        return _objects(labels)
    return pandas.Index(labels, dtype=None if labels else object)


def _places(records: Records) -> dict[Any, int]:
    """Return the rows of records by what they are called."""
    labels = records.labels()
    places = {label: row for row, label in enumerate(labels)}
    if len(places) < len(labels):
        again = next(label for row, label in enumerate(labels) if places[label] != row)
        raise DataError(
            f"several records are called {_called(again, records.sources is not None)}",
            "give id, a column that tells them apart",
        )
    return places


def _rows_of(keys: list[Any], places: dict[Any, int], several: bool) -> list[int | None]:
    try:
        return [None if key is None else places[key] for key in keys]
    except KeyError as error:
        raise DataError(
            f"the pairs name a record {_called(error.args[0], several)}, which records does not have",
            "id is the column of records that they are named by",
        ) from None


def _called(key: Any, several: bool) -> str:
    """Say which record a key names; of several tables it is (table, label)."""
    return f"{key[1]!r} of table {key[0]!r}" if several else repr(key)


def _records_given(given: Any, id: Any, keep: Any, grouping: Grouping) -> Records:
    """Return the records of tables that are given."""
    import numpy as np

    several = _several.several_of(given)
    frame = several.joined() if several else _result.materialize(_query.origin_of(given))
    if _result.kind_of(frame) in ("program", "stream"):
        raise UsageError("records is a table in this process", "load the file first, as by pandas.read_csv")
    kept = [keep] if isinstance(keep, str) else list(keep or [])
    kept = kept if "*" not in kept else list(_result.names_of(frame) or [])
    _query.check_columns(frame, kept, "keep")
    _query.check_columns(frame, [] if id is None else [_query.check_text("id", id)], "id")
    if grouping.golden is not None and not kept:
        kept = list(_result.names_of(frame) or [])
    n = _result.n_rows(frame)
    if several is None:
        return Records(frame, getattr(frame, "index", None) if _is_pandas(frame) else None, n, None, id, kept)
    frames = [_query.origin_of(one) for one in several.frames]
    indexes = [one.index if _is_pandas(one) else np.arange(_result.n_rows(one)) for one in frames]
    index = _several.appended(indexes)
    return Records(frame, index, n, several.sources([len(one) for one in indexes]), id, kept)


def _is_pandas(frame: Any) -> bool:
    return _result.kind_of(frame) == "pandas"


def _run_cluster(
    rows: list[list[int | None]],
    pairs: _Pairs,
    records: Records,
    grouping: Grouping,
    bounds: list[str],
    stack: ExitStack,
) -> Any:
    """Have the program make clusters of pairs of rows."""
    import numpy as np

    from . import _table

    columns = {"a": _numbers(rows[0]), "b": _numbers(rows[1]), **pairs.score}
    table: Any = {"record": np.zeros(records.n or 0, np.int8)}
    if grouping.golden is not None:
        # The program reads all columns that it is given, so it gets those that are kept or read by rules.
        wanted, rows_of = {*(records.keep or []), *grouping.columns()}, np.arange(records.n or 0, dtype=np.uint32)
        names = [name for name in _result.names_of(records.frame) or [] if name in wanted]
        table = {name: _result.column(records.frame, name, rows_of) for name in names}
    sent = [
        stack.enter_context(_table.write(columns, shown="pairs")),
        stack.enter_context(_table.write(table, shown="records")),
    ]
    out, other = (_query.memory(name, stack) for name in ("axb clusters", "axb golden"))
    options = grouping.options(out, records.keep or [], verb="cluster")
    if grouping.golden is not None:
        options += [f"--output=fd:{other}"]  # the clusters, which nobody asked for
    arguments = ["cluster", *options, *bounds, f"--records={sent[1].path}", "--", sent[0].path]
    fds = [out, other, *(one.fd for one in sent if one.fd is not None)]
    outcome = _run.run(arguments, pass_fds=fds)
    notes = _query.show_notes(without_closing(outcome.notes))
    error = outcome.exception()
    if error is not None:
        raise error
    return table_of(out, records, grouping, {"notes": notes})


def _numbers(rows: list[int | None]) -> Any:
    """Return numbers of rows from 1, as the program calls records."""
    return [None if row is None else row + 1 for row in rows]
