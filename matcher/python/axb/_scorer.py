"""A scorer in C: its source, and the name that the compiler's messages show for it.

It is compiled by the program when it is first used, or by `Scorer.check`; nothing is compiled here.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class Scorer:
    """A scorer written in C, for ``match(score=...)``.

    Parameters
    ----------
    source : str
        C with a function ``double score(const axb_row_a *a, const axb_row_b *b)``.
    name : str, optional
        What it is called.
    filename : str, optional
        What messages of the compiler call it; the name if not given.
    line : int, optional
        The line of `filename` on which the source begins.
    """

    __slots__ = ("filename", "line", "name", "source")

    def __init__(self, source: str, name: str = "score", filename: str | None = None, line: int = 1) -> None:
        if not isinstance(source, str):
            from ._errors import UsageError

            raise UsageError(f"a Scorer is made of C source, a str; this is {type(source).__name__}")
        self.source = source
        self.name = name
        self.filename = filename if filename is not None else name
        self.line = line

    @property
    def text(self) -> str:
        """What is compiled: the source after a line that says where it stands."""
        shown = re.sub(r'[\\"\x00-\x1f]', "?", self.filename)
        return f'#line {self.line} "{shown}"\n{self.source}\n'

    def fd(self) -> int:
        """Put the text into memory and return a descriptor of it, which the caller closes."""
        fd = os.memfd_create(self.name, os.MFD_CLOEXEC)
        with open(fd, "wb", closefd=False) as file:
            file.write(self.text.encode())
        os.lseek(fd, 0, os.SEEK_SET)
        return fd

    def check(
        self,
        a: Any,
        b: Any = None,
        *,
        names: Sequence[str] = ("A", "B"),
        libs: str | None = None,
        report: str | os.PathLike[str] | None = None,
    ) -> str:
        """Compile the scorer for the columns of two tables, and try it on their first rows.

        Parameters
        ----------
        a, b : as for ``match``
            `b` is `a` if not given, as in ``dedupe``.
        names : sequence of str, optional
            What messages call the tables.
        libs : str, optional
            As for ``match``.
        report : path, optional
            Write a page to this file, as ``match`` does: the scores of the first rows, and pairs of them.

        Returns
        -------
        str
            What it reads, and how long a pair takes.

        Raises
        ------
        ScorerError
            It does not compile, or fails on a pair.
        """
        from . import _check, _report

        page = _report.options(Scorer.check, locals(), f"{self.name}.check")
        return _check.check(self, [a] if b is None else [a, b], names, page, libs)

    def __repr__(self) -> str:
        lines = len(self.source.splitlines())
        return f"<axb.Scorer {self.name!r} of {self.filename!r}: {lines} lines of C>"
