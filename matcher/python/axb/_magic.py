"""The cell magic `%%axb NAME [A [B]]`: a cell of C becomes a Scorer. It needs IPython, which loads it."""

from __future__ import annotations

from typing import Any

from ._errors import AxbError, UsageError
from ._scorer import Scorer

USAGE = "%%axb NAME [A [B]]: the cell is C; NAME becomes a Scorer, tried at once where tables are given"


def load_ipython_extension(shell: Any) -> None:
    """Add ``%%axb`` to an IPython; called by ``%load_ext axb``."""

    def axb(line: str, cell: str) -> None:
        """Make a Scorer of a cell of C: %%axb NAME [A [B]].

        With tables (A alone for dedupe) it is compiled and tried on their first rows at once, and errors
        are those of the cell's lines. Without, it is compiled when a match uses it.
        """
        try:
            run_cell(shell, line, cell)
        except AxbError as error:
            raise plainly(error) from None

    shell.register_magic_function(axb, "cell", "axb")


def run_cell(shell: Any, line: str, cell: str) -> None:
    """Do what a cell says that begins with `%%axb` and `line`."""
    name, *tables = line.split() or [""]
    if not name.isidentifier() or len(tables) > 2:
        raise UsageError(USAGE)
    # The first line of the cell is that of the magic.
    scorer = Scorer(cell, name, f"cell [{number_of(shell)}]", line=2)
    frames = [table_of(shell, table) for table in tables]
    if frames:
        print(scorer.check(*frames, names=tables))
    shell.user_ns[name] = scorer


def number_of(shell: Any) -> int:
    """Return the number of the cell that runs: its place in `In`; new IPythons count on before a cell runs."""
    return len(shell.user_ns["In"]) - 1


def table_of(shell: Any, name: str) -> Any:
    """Look up a table of the notebook by its name; what begins with @ is one in shared memory."""
    if name.startswith("@"):
        return name
    if name not in shell.user_ns:
        raise UsageError(f"{name} is not defined\n{USAGE}")
    return shell.user_ns[name]


def plainly(error: AxbError) -> AxbError:
    """Have a notebook show the error's text alone: no line of Python is at fault."""
    text = f"{type(error).__name__}: {error}"
    error.__dict__["_render_traceback_"] = text.splitlines
    return error
