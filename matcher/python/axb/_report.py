"""The page that `report` asks for: who writes it is the program, and what was called is said here.

The program knows descriptors in place of tables and functions, so it cannot say what to run again. Not here: what a
page shows (``matcher/report``).
"""

from __future__ import annotations

import inspect
import numbers
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ._errors import UsageError

_MOST_CHARACTERS = 200  # of an argument; of a longer one its name is shown


def options(function: Callable[..., Any], arguments: Mapping[str, Any], name: str = "") -> list[str]:
    """Return the options of the program for a page, if one is asked for.

    Parameters
    ----------
    function : callable
        What was called.
    arguments : mapping
        Its `locals()`, before it has others; "report" is one of them.
    name : str, optional
        What the page calls the function; default: "axb.NAME".
    """
    path = arguments["report"]
    if path is None:
        return []
    if not isinstance(path, (str, os.PathLike)):
        raise UsageError(f'report is the path of a page, such as "report.html"; this is {path!r}')
    call = call_of(function, arguments, name or f"axb.{function.__name__}")
    return [f"--report={os.fsdecode(path)}", f"--called-as={call}"]


def call_of(function: Callable[..., Any], arguments: Mapping[str, Any], name: str) -> str:
    """Write a call as its user could have: without what is left at its default."""
    parts = []
    for one in inspect.signature(function).parameters.values():
        value = _number(arguments[one.name])
        if one.name == "self" or value is one.default or (_is_plain(value) and value == one.default):
            continue
        text = _text_of(value, one.name)
        parts.append(text if one.kind is one.POSITIONAL_OR_KEYWORD and one.name in "ab" else f"{one.name}={text}")
    return f"{name}({', '.join(parts)})"


def _number(value: Any) -> Any:
    """Return a number of NumPy as one of Python; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return value
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def _text_of(value: Any, name: str) -> str:
    """Write a value; in place of a table, a function and the like stands a name."""
    if isinstance(value, os.PathLike):
        value = os.fsdecode(value)
    if _is_plain(value):
        text = repr(value)
        return text if len(text) <= _MOST_CHARACTERS else name
    called = getattr(value, "__name__", name)
    return called if isinstance(called, str) and called.isidentifier() else name


def _is_plain(value: Any) -> bool:
    if isinstance(value, Mapping):
        return type(value) is dict and all(map(_is_plain, [*value.keys(), *value.values()]))
    if isinstance(value, (list, tuple)):
        return len(value) <= _MOST_CHARACTERS and _all_plain(value)
    return value is None or type(value) in (str, bool, int, float)


def _all_plain(values: Iterable[Any]) -> bool:
    return all(map(_is_plain, values))
