"""What goes wrong, as exceptions. All of them are `AxbError`.

Most texts are the program's own words; here they become exceptions, with the options of the command line called as
the arguments of Python are.
"""

from __future__ import annotations

import re
from typing import Any


class AxbError(Exception):
    """Any error of axb.

    Attributes
    ----------
    hint : str
        What to do about it; may be empty. It is part of the message as well.
    """

    def __init__(self, text: str = "", hint: str = "") -> None:
        super().__init__(f"{text}\n{hint}" if hint else text)
        self.hint = hint

    def _render_traceback_(self) -> list[str]:
        """Have IPython show the user's lines, and none of the package."""
        from ._notebook import rendered

        return rendered(self)


class UsageError(AxbError, ValueError):
    """The call asks for something that cannot be."""


class DataError(AxbError, ValueError):
    """A table holds something that axb cannot take.

    Attributes
    ----------
    column : str or None
    row : int or None
        From 0.
    label : object
        Of the index, in that row.
    """

    def __init__(
        self, text: str = "", hint: str = "", *, column: Any = None, row: int | None = None, label: Any = None
    ) -> None:
        super().__init__(text, hint)
        self.column, self.row, self.label = column, row, label


class ScorerError(AxbError):
    """A scorer failed, on a pair or before the first.

    Attributes
    ----------
    pair : tuple or None
        What identifies the two records: the labels of the index, or those of `id`.
    a, b : dict
        Both records; empty if there is no pair.
    type : str or None
        What was raised, such as "ZeroDivisionError"; None for a crash.
    traceback : str
        Of the scorer, with its own lines.
    stderr : str
        What it has written to stderr and stdout, at most 64 KiB.
    """

    def __init__(
        self,
        text: str = "",
        hint: str = "",
        *,
        pair: tuple[Any, Any] | None = None,
        a: dict[str, Any] | None = None,
        b: dict[str, Any] | None = None,
        type: str | None = None,
        traceback: str = "",
        stderr: str = "",
    ) -> None:
        super().__init__(text, hint)
        self.pair, self.a, self.b = pair, a or {}, b or {}
        self.type, self.traceback, self.stderr = type, traceback, stderr


class ShipError(AxbError, TypeError):
    """A function cannot be copied into other processes."""


class MapError(AxbError):
    """A function failed on an item of `map`.

    Attributes
    ----------
    index : int or None
        Of the item, from 0.
    item : object
    type : str or None
    traceback : str
    """

    def __init__(
        self,
        text: str = "",
        hint: str = "",
        *,
        index: int | None = None,
        item: Any = None,
        type: str | None = None,
        traceback: str = "",
    ) -> None:
        super().__init__(text, hint)
        self.index, self.item, self.type, self.traceback = index, item, type, traceback


class LimitError(AxbError, MemoryError):
    """A run would need more than it may have: memory, or `max_results`."""


class Stopped(AxbError):
    """A run was stopped by a signal from outside."""


class VersionError(AxbError, ImportError):
    """The package and the program are of different versions, or the program is missing."""


# ---- What the program says -------------------------------------------------------------------------

# Exit statuses, as in core/err.h.
USAGE, DATA, NOINPUT, SYSTEM, IO, STOPPED, SCORER = 2, 65, 66, 71, 74, 75, 76

_CLASSES: dict[int, type[AxbError]] = {
    USAGE: UsageError,
    DATA: DataError,
    NOINPUT: DataError,
    SYSTEM: LimitError,
    STOPPED: Stopped,
    SCORER: ScorerError,
}

_OPTION = re.compile(r"--([a-z]+(?:-[a-z]+)*)")
_ON_PAIR = re.compile(r"--(on|id) '([^'=]+)=([^'=]+)'")
_WITH_VALUE = re.compile(r"--([a-z]+(?:-[a-z]+)*)[ =](-?\d[\d.]*\b|'[^'\n]*'|\b(?:dmy|mdy|ymd)\b)")
_READING = re.compile(r"--((?:[ab]-)?(?:delimiter|no-header|encoding|lenient|skip|comment|escape)|[ab]-null)\b")
_DESCRIPTOR = re.compile(r"\bfd:\d+:")  # before the name of what is in memory
_NOT_HERE = re.compile(r" \(--max-rejects\)|, or raise --max-rejects")  # which the package does not offer


def in_python(text: str) -> str:
    """Call options as arguments of Python are called: ``--pair-timeout 2`` is ``pair_timeout=2``."""
    text = _DESCRIPTOR.sub("", _NOT_HERE.sub("", text))
    text = _ON_PAIR.sub(r"\1={'\2': '\3'}", text)
    text = _READING.sub(lambda option: f'read["{_name_of(option[1]).replace("no_header", "header")}"]', text)
    text = _WITH_VALUE.sub(lambda option: f"{_name_of(option[1])}={_value_of(option[2])}", text)
    return _OPTION.sub(lambda option: _name_of(option[1]), text)


# What the package calls otherwise.
_OTHERS = {"cluster-method": "clusters", "golden-rule": "golden", "optimal": 'one_to_one="optimal"'}


def _name_of(option: str) -> str:
    return _OTHERS.get(option, option.replace("-", "_"))


def _value_of(value: str) -> str:
    return f"'{value}'" if value.isalpha() else value


def from_program(status: int, text: str, hint: str = "") -> AxbError:
    """Make an exception of how the program ended.

    Parameters
    ----------
    status : int
        Its exit status; negative: the signal that killed it.
    text, hint : str
        What it said.
    """
    if status < 0:
        return _killed(-status)
    kind = _CLASSES.get(status, AxbError)
    if status == STOPPED and "max-results" in text + hint:
        kind = LimitError
    return kind(in_python(text), in_python(hint))


def _killed(number: int) -> AxbError:
    import signal

    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    if number == signal.SIGKILL:
        return LimitError(f"the program was killed by {name}, as when memory runs out")
    if number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        return Stopped(f"the program was stopped by {name}")
    return AxbError(f"the program was killed by {name}; please report it")
