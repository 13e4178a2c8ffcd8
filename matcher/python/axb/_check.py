"""`Scorer.check`: compiles a scorer for two tables and tries it on their first rows, by `axb check`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import _errors, _run, _table

if TYPE_CHECKING:
    from ._scorer import Scorer

# So many rows of a table are enough to try a scorer on, and cost next to nothing to send.
SAMPLE_ROWS = 2000


def check(scorer: Scorer, tables: Sequence[Any], names: Sequence[str]) -> str:
    """Try `scorer` on one or two tables, which messages call `names`; return what the program says of it."""
    a, b = first_rows(tables[0]), first_rows(tables[-1])
    fd = scorer.fd()
    try:
        with _table.write(a, shown=names[0]) as sent_a, _table.write(b, shown=names[-1]) as sent_b:
            shown = {f"fd:{fd}": scorer.name, sent_a.path: names[0], sent_b.path: names[-1]}
            fds = [fd, *(sent.fd for sent in (sent_a, sent_b) if sent.fd is not None)]
            outcome = _run.run(["check", f"fd:{fd}", sent_a.path, sent_b.path], pass_fds=fds)
            _errors.raise_for(outcome, shown)
            return plainly(outcome.stdout, shown)
    finally:
        os.close(fd)


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


def plainly(text: str, shown: Mapping[str, str]) -> str:
    """Put names for descriptors, and leave out what concerns the command line or the whole tables."""
    for path, name in shown.items():
        text = re.sub(rf"(?<!\w){re.escape(path)}(?!\w)", name, text)
    text = re.sub(r", fingerprint \w+$", "", text, flags=re.MULTILINE)
    text = text.replace("axb match --plan", "axb.plan")
    return "\n".join(line for line in text.splitlines() if not line.startswith("all "))
