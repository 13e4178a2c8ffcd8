"""`axb.spark`: all pairs of two DataFrames of Spark that match, as a DataFrame of Spark.

    import axb.spark
    pairs = axb.spark.match(people, clients, on="name", min=0.9, id="id")

Nothing runs before an action. Then the columns that are read or kept go to one task, which prepares the run; its files
are broadcast, and each part of the run is a task. What tasks do is in `_engine`; here it is said in Spark's words.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from . import _engine, _store
from ._engine import Task
from ._errors import UsageError
from ._store import Piece

_engine.package("pyspark", "spark")
pyarrow: Any = _engine.package("pyarrow", "spark")

if TYPE_CHECKING:
    Batches = Iterator[Any]

# What tasks give each other: the columns of Spark, for rows that `_row` makes.
_SENT = "side int, part int, batch int, bytes binary"  # a batch of a table
_FILES = "run string, file string, at long, bytes binary"  # a piece of a file of a run
_PARTS = "part int, run string, file string, at long, bytes binary"  # a piece of the file of a part
_OF_ALL = 0  # in place of a part: what all of them need
_TYPES = {"int": pyarrow.int32(), "long": pyarrow.int64(), "string": pyarrow.string(), "binary": pyarrow.binary()}
_BATCH_ROWS = 100_000


def match(
    a: Any,
    b: Any,
    on: str | Mapping[str, str] | None = None,
    *,
    id: str | Mapping[str, str] | None = None,
    keep: str | Iterable[str] | None = None,
    parts: int | None = None,
    shared: str | None = None,
    **options: Any,
) -> Any:
    """Find all pairs of `a` x `b` that match, as `axb.match` does, on a cluster of Spark.

    Parameters
    ----------
    a, b : pyspark.sql.DataFrame
        One task gets the columns of both that are read or kept: a worker needs memory for twice these. Give a table
        that is larger as `a`, a piece at a time (see Examples). That is right unless a score or a choice depends on
        other records of `a`, as `cosine_idf` and `one_to_one` do.
    on, id, keep : as for `axb.match`
        `id` is needed, unless `linked` is given: records of Spark have no numbers.
    parts : int, optional
        How many tasks find the pairs. Default: two for each core of the cluster.
    shared : str, optional
        A folder that all workers see. The files of the run stay there, until you remove them. Default: they are
        broadcast, which takes memory of the driver and the executors. Use it from some hundred megabytes on.
    **options
        All else that `axb.match` takes, but for `progress`, `max_results`, `on_error`, `report` and `read`.
        ``unmatched="a"`` is possible. `workers` is how many processes a task starts; default: ``spark.task.cpus``.

    Returns
    -------
    pyspark.sql.DataFrame
        The columns of `axb.match`. Its rows have no order. The pairs and scores are those of `axb.match` on the
        collected tables; of equally good matches it keeps those whose records come first when the columns that it reads
        are collected. Spark may give another order each time, unless the tables are read from files or persisted.

    Raises
    ------
    UsageError, DataError
        What is wrong with the arguments, before anything runs. Errors of tasks are Spark's.

    Examples
    --------
    >>> pairs = axb.spark.match(people, clients, on="name", min=0.9, id="id", keep="city")
    >>> pairs.write.parquet("pairs.parquet")

    A table that is larger than the memory of a worker, in eight pieces:

    >>> for i in range(8):
    ...     piece = people.where(f"pmod(hash(id), 8) = {i}")
    ...     pairs = axb.spark.match(piece, clients, on="name", min=0.9, id="id")
    ...     pairs.write.mode("append").parquet("pairs.parquet")
    """
    given = {"on": on, "id": id, "keep": keep, **options}
    task = Task.of("axb.spark.match", given, is_self=False, needs_id=True)
    return _planned(task, [a, b], parts, shared)


def dedupe(
    a: Any,
    on: str | None = None,
    *,
    id: str | None = None,
    keep: str | Iterable[str] | None = None,
    parts: int | None = None,
    shared: str | None = None,
    **options: Any,
) -> Any:
    """Find all pairs of different records of `a` that match, as `axb.dedupe` does, on a cluster of Spark.

    Parameters
    ----------
    a : pyspark.sql.DataFrame
    on, id, keep, parts, shared, **options : as for `match`
        Clusters and golden records are made of all pairs: collect these, and give them to `axb.cluster`.

    Returns
    -------
    pyspark.sql.DataFrame

    Examples
    --------
    >>> axb.spark.dedupe(people, on="name", min=0.92, id="id")
    """
    given = {"on": on, "id": id, "keep": keep, **options}
    task = Task.of("axb.spark.dedupe", given, is_self=True, needs_id=True)
    return _planned(task, [a], parts, shared)


# ---- The plan --------------------------------------------------------------------------------------


def _planned(task: Task, frames: list[Any], parts: int | None, shared: str | None) -> Any:
    """Make the DataFrame of the result: three stages, of which the last one is for choices alone."""
    _engine.check_tables(frames, _is_table, "a pyspark.sql.DataFrame", "spark.createDataFrame")
    n = _parts_of(frames[0]) if parts is None else _engine.check_parts(parts)
    empty = [_schema(frame).empty_table() for frame in frames]
    task, expected = _engine.expect(task, empty)
    result = _spark_schema(expected.schema)
    names = _engine.columns(task, empty)
    files = _gathered(task, frames, names, shared)
    tasks = _each_part(frames[0].sparkSession, n, files)
    if not task.looks_across():
        return tasks.mapInArrow(functools.partial(_find, task, n, _arrow_schema(result)), result)
    found = tasks.mapInArrow(functools.partial(_find_files, task, n), _PARTS)
    return found.repartition(1).mapInArrow(functools.partial(_choose, task, _arrow_schema(result)), result)


def _is_table(frame: Any) -> bool:
    return type(frame).__module__.startswith("pyspark.sql")


def _parts_of(frame: Any) -> int:
    """Return the default of `parts`."""
    try:
        return 2 * int(frame.sparkSession.sparkContext.defaultParallelism)
    except Exception:  # noqa: BLE001 - what Spark Connect raises differs by version
        raise UsageError("how many cores has the cluster? Spark Connect does not say", "give parts=") from None


def _schema(frame: Any) -> Any:
    return _arrow_schema(frame.schema)


def _spark_schema(schema: Any) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema)


def _arrow_schema(schema: Any) -> Any:
    from pyspark.sql.pandas.types import to_arrow_schema

    return to_arrow_schema(schema)


def _gathered(task: Task, frames: list[Any], names: tuple[list[Any], ...], shared: str | None) -> Any:
    """Plan that the tables go to one task, in the order of their partitions, which gives the files of the run."""
    sent, schemas = None, []
    for side, (frame, columns) in enumerate(zip(frames, names)):
        chosen = frame.select(*[f"`{name.replace('`', '``')}`" for name in columns])
        schemas.append(_schema(chosen))
        batches = chosen.mapInArrow(functools.partial(_send, side), _SENT)
        sent = batches if sent is None else sent.unionAll(batches)
    assert sent is not None
    return sent.repartition(1).mapInArrow(functools.partial(_gather, task, schemas, shared), _FILES)


def _each_part(session: Any, n: int, files: Any) -> Any:
    """Plan a task for each part, which gets its number beside each piece of the files.

    They are broadcast, so they are made once for all parts: parts of two runs do not fit together if Spark gets the
    records of a table in another order the second time.
    """
    from pyspark.sql import functions

    numbers = session.range(1, n + 1, 1, n).select(functions.col("id").cast("int").alias("part"))
    return numbers.crossJoin(functions.broadcast(files))


# ---- In tasks --------------------------------------------------------------------------------------


def _cores() -> int:
    """Return how many cores Spark gives to a task."""
    from pyspark import TaskContext

    context = TaskContext.get()
    return 1 if context is None else max(1, int(context.cpus()))


def _send(side: int, batches: Batches) -> Batches:
    """Make bytes of the batches of a partition."""
    from pyspark import TaskContext

    context = TaskContext.get()
    assert context is not None
    for i, batch in enumerate(batches):
        sink = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        yield _row(_SENT, side, context.partitionId(), i, sink.getvalue().to_pybytes())


def _gather(task: Task, schemas: list[Any], shared: str | None, batches: Batches) -> Batches:
    """Make tables of their batches, prepare the run, and give its files."""
    sent = sorted(_rows(batches), key=lambda row: row[:3])
    tables = [_table(schema, [row[3] for row in sent if row[0] == side]) for side, schema in enumerate(schemas)]
    files = _engine.gather(task, tables, _cores(), shared)
    for piece in files.pieces():
        yield _row(_FILES, piece.run, piece.file, piece.at, piece.data)


def _table(schema: Any, sent: list[Any]) -> Any:
    """Make a table of its batches. They say their types better than the schema, which has no time zones."""
    batches = [batch for data in sent for batch in pyarrow.ipc.open_stream(data)]
    return pyarrow.Table.from_batches(batches) if batches else schema.empty_table()


class _Pieces:
    """The pieces of the files that a task gets, and of which parts it is to do."""

    def __init__(self, batches: Batches) -> None:
        self.parts: set[int] = set()
        self._rows = _rows(batches)

    def __iter__(self) -> Iterator[Piece]:
        for part, run, file, at, data in self._rows:
            self.parts.add(part)
            yield Piece(run, file, at, data)

    def all_parts(self) -> list[int]:
        """Read what is left, which is not needed where the files are at hand, and return the parts."""
        for _ in self:
            pass
        return sorted(self.parts)


def _find(task: Task, n: int, schema: Any, batches: Batches) -> Batches:
    """Do a part; give the batches of its pairs."""
    pieces = _Pieces(batches)
    with _store.at_hand(pieces) as folder:
        for number in pieces.all_parts():
            table = _engine.part(task, folder, (number, n), _cores())
            yield from table.cast(schema).to_batches(_BATCH_ROWS)


def _find_files(task: Task, n: int, batches: Batches) -> Batches:
    """Do a part of a run that looks across records; give its file, and with the first one what choosing needs."""
    pieces = _Pieces(batches)
    with _store.at_hand(pieces) as folder:
        for number in pieces.all_parts():
            given = {number: _store.of_bytes("part", _engine.part_file(task, folder, (number, n), _cores()))}
            if number == 1:
                given[_OF_ALL] = _engine.tables_of(folder)
            for of, files in given.items():
                for piece in files.pieces():
                    yield _row(_PARTS, of, piece.run, piece.file, piece.at, piece.data)


def _choose(task: Task, schema: Any, batches: Batches) -> Batches:
    """Choose from the pairs of all parts; give the batches of those that are kept."""
    pieces: dict[int, list[Piece]] = {}
    for number, run, file, at, data in _rows(batches):
        pieces.setdefault(number, []).append(Piece(run, file, at, data))
    of_all = pieces.pop(_OF_ALL)
    parts = [b"".join(piece.data for piece in sorted(part, key=lambda x: x.at)) for part in pieces.values()]
    with _store.at_hand(of_all) as folder:
        yield from _engine.choose(task, folder, parts).cast(schema).to_batches(_BATCH_ROWS)


# ---- Rows ------------------------------------------------------------------------------------------


def _row(columns: str, *values: Any) -> Any:
    """Make a batch of one row."""
    fields = [column.split() for column in columns.split(", ")]
    schema = pyarrow.schema([(name, _TYPES[kind]) for name, kind in fields])
    return pyarrow.RecordBatch.from_arrays(
        [pyarrow.array([value], field.type) for value, field in zip(values, schema)], schema=schema
    )


def _rows(batches: Batches) -> Iterator[tuple[Any, ...]]:
    """Go through rows; the bytes, which come last, are not copied."""
    for batch in batches:
        *others, last = batch.columns
        for values in zip(*(column.to_pylist() for column in others), last):
            yield (*values[:-1], values[-1].as_buffer())
