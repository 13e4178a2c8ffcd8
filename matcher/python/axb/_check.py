"""`Scorer.check`: compiles a scorer for two tables and tries it on their first rows, by `axb check`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from . import _run, _table

if TYPE_CHECKING:
    from ._scorer import Scorer

# So many rows of a table are enough to try a scorer on, and cost next to nothing to send.
SAMPLE_ROWS = 2000


def check(scorer: Scorer, tables: Sequence[Any], names: Sequence[str], page: list[str], libs: str | None = None) -> str:
    """Try `scorer` on one or two tables, which messages call `names`; return what the program says of it."""
    with ExitStack() as closed_after:
        sent = [
            closed_after.enter_context(_table.write(first_rows(table), shown=name))
            for table, name in ((tables[0], names[0]), (tables[-1], names[-1]))
        ]
        fd = scorer.fd()
        closed_after.callback(os.close, fd)
        arguments = ["check", *page, f"fd:{fd}:{scorer.name}", *(table.path for table in sent)]
        if libs is not None:
            arguments.insert(1, f"--libs={libs}")
        outcome = _run.run(arguments, pass_fds=[fd, *(table.fd for table in sent if table.fd is not None)])
    error = outcome.exception()
    if error:
        raise error
    return "\n".join([*outcome.notes, plainly(outcome.stdout.decode(), names)])  # notes are warnings of the compiler


def first_rows(table: Any) -> Any:
    """Cut a table short, whatever library it is of; files and tables in shared memory are taken whole."""
    if isinstance(table, list):
        return table[:SAMPLE_ROWS]
    if isinstance(table, Mapping):
        return {name: column[:SAMPLE_ROWS] for name, column in table.items()}
    # pandas and Polars, Arrow, DuckDB.
    for method, arguments in (("head", (SAMPLE_ROWS,)), ("slice", (0, SAMPLE_ROWS)), ("limit", (SAMPLE_ROWS,))):
        if hasattr(table, method):
            return getattr(table, method)(*arguments)
    return table


def plainly(text: str, names: Sequence[str]) -> str:
    """Name records as Python does; leave out what concerns the command line, or tables that are whole."""
    shown = {"A": names[0], "B": names[-1]}
    text = re.sub(r"\b([AB]) row (\d+):", lambda row: f"{shown[row[1]]} row {int(row[2]) - 1}:", text)
    text = re.sub(r", fingerprint \w+$", "", text, flags=re.MULTILINE).replace("axb match --plan", "axb.plan")
    return "\n".join(line for line in text.splitlines() if not line.startswith("all "))
