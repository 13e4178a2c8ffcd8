"""How values are cleaned, and how files are read: from arguments of Python to options of the program.

Columns are named as the program names them, with quotes where a name needs them; words that are in this process go
over in memory, under a descriptor, and leave no file behind. Not here: what a rule, a pattern or a format means. The
program knows, and says what is wrong.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ._errors import UsageError

# ---- Columns ---------------------------------------------------------------------------------------


def item(column: Any, what: str) -> str:
    """Write what a key names: "name", "a.name", "*", or a pair (column of a, column of b)."""
    if isinstance(column, tuple) and len(column) == 2 and all(isinstance(name, str) and name for name in column):
        return f"{quoted(column[0])}={quoted(column[1])}"
    if not isinstance(column, str) or not column:
        raise UsageError(
            f"{what}: {column!r} names no column",
            'for example "name" of both tables, "a.name" of one, or the pair ("name", "customer")',
        )
    side, rest = (column[:2], column[2:]) if column[:2] in ("a.", "b.") and len(column) > 2 else ("", column)
    return side + (rest if rest == "*" else quoted(rest))


def quoted(name: str) -> str:
    """Quote the name of a column where a list of columns needs it."""
    if re.fullmatch(r"\w+(?: \w+)*", name):
        return name
    return '"' + name.replace('"', '""') + '"'


def _by_column(given: Any, what: str) -> list[tuple[str, Any]]:
    """Return what is said of columns: of all as ("", value), of some with a colon after their names."""
    if not isinstance(given, Mapping):
        return [("", given)]
    return [(f"{item(column, what)}:", value) for column, value in given.items()]


# ---- Rules, patterns, formats ----------------------------------------------------------------------


def normalize(given: Any) -> list[str]:
    """Return the option for the rules of all columns, or of some."""
    if given is None:
        return []
    rules = [f"{of}{_rules(value, '+' if of else ',')}" for of, value in _by_column(given, "normalize")]
    return [f"--normalize={','.join(rules)}"] if rules else []


def _rules(given: Any, between: str) -> str:
    if isinstance(given, str):
        return given.replace(",", between)
    rules = list(given) if isinstance(given, Iterable) and not isinstance(given, Mapping) else []
    if not all(isinstance(rule, str) for rule in rules) or not isinstance(given, Iterable):
        raise UsageError(f"normalize is a str, a list of str, or {{column: rules}}; this is {given!r}")
    return between.join(rules) or "none"


def format_of(name: str, given: Any) -> list[str]:
    """Return the option `decimal` or `dates`: for all columns, or for some."""
    if given is None:
        return []
    formats = []
    for of, value in _by_column(given, name):
        if not isinstance(value, str):
            raise UsageError(f"{name} is a str or {{column: str}}; this is {value!r}")
        formats.append(f'{of}"{value}"' if of else value)
    return [f"--{name}={','.join(formats)}"] if formats else []


def replace(given: Any) -> list[str]:
    """Return an option for each regular expression."""
    if given is None:
        return []
    return [
        f"--replace={of}{_expression(one)}"
        for of, value in _by_column(given, "replace")
        for one in (value if isinstance(value, list) else [value])
    ]


_DELIMITERS = "/|#!~%@;"  # data/text_replace.h


def _expression(given: Any) -> str:
    """Write (pattern, replacement, flags) as the program has it; a str is so already."""
    if isinstance(given, str):
        return given
    if not isinstance(given, tuple) or len(given) not in (2, 3) or not all(isinstance(x, str) for x in given):
        raise UsageError(
            f"replace is (pattern, replacement) or (pattern, replacement, flags), or a list of them; this is {given!r}",
            "for example: replace=(r' (jr|sr)$', '', 'i')",
        )
    pattern, replacement, flags = (*given, "")[:3]
    group = re.search(r"\\(\d|g<)", replacement)
    if group:
        raise UsageError(
            f"replace: {group[0]} in the replacement {replacement!r} is not a group of the program's",
            "groups are $1 and ${name}, the match is $0",
        )
    mark = next((mark for mark in _DELIMITERS if mark not in pattern + replacement), "/")
    parts = [
        re.sub(rf"(\\.)|{re.escape(mark)}", lambda found: found[1] or "\\" + mark, text)
        for text in (pattern, replacement)
    ]
    return mark.join(["", *parts, flags])


# ---- Words -----------------------------------------------------------------------------------------

Send = Callable[[str, str], str]  # gets a text and what messages call it; returns what the program opens


def synonyms(given: Any, send: Send) -> list[str]:
    """Return the options for words that become others: {word: word}, a path, or these by column."""
    of_columns = isinstance(given, Mapping) and any(isinstance(x, (Mapping, os.PathLike)) for x in given.values())
    options = []
    for of, value in _by_column(given, "synonyms") if of_columns else [("", given)]:
        if isinstance(value, Mapping):
            lines = [f"{_word('synonyms', word)}\t{_word('synonyms', to)}\n" for word, to in value.items()]
            options += _words("synonyms", of, lines, send)
        elif value is not None:
            options.append(f"--synonyms={of}{_path('synonyms', value, '{word: word}')}")
    return options


def stop_words(given: Any, send: Send) -> list[str]:
    """Return the options for words that are dropped: an iterable, a path, or these by column."""
    options = []
    for of, value in _by_column(given, "stop_words"):
        if isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping)):
            options += _words("stop-words", of, [f"{_word('stop_words', word)}\n" for word in value], send)
        elif value is not None:
            options.append(f"--stop-words={of}{_path('stop_words', value, 'an iterable of words')}")
    return options


def _words(option: str, of: str, lines: list[str], send: Send) -> list[str]:
    # A colon before the path is needed, since the path has colons itself.
    return [f"--{option}={of or '*:'}{send(''.join(lines), option.replace('-', '_'))}"] if lines else []


def _word(what: str, word: Any) -> str:
    if not isinstance(word, str) or re.search(r'["\r\n\0]', word):
        raise UsageError(f"{what}: a word is a str without quotes and line ends; this is {word!r}")
    return f'"{word}"'


def _path(what: str, given: Any, other: str) -> str:
    if isinstance(given, (str, os.PathLike)):
        return os.fsdecode(given)
    raise UsageError(f"{what} is {other}, or the path of a file; this is {given!r}")


# ---- How files are read ----------------------------------------------------------------------------

_READ = ("delimiter", "encoding", "header", "skip", "comment", "escape", "lenient", "null")
_READ_OTHERS = {
    "sep": "delimiter",
    "separator": "delimiter",
    "quote_char": "escape",
    "escapechar": "escape",
    "skiprows": "skip",
    "skip_rows": "skip",
    "has_header": "header",
    "na_values": "null",
    "null_values": "null",
    "nulls": "null",
    "on_bad_lines": "lenient",
    "ignore_errors": "lenient",
    "comment_prefix": "comment",
}


def reading(read: Any, null: Any, are_files: list[bool], names: tuple[str, ...] = ("a", "b")) -> list[str]:
    """Return the options for reading files.

    Parameters
    ----------
    read : mapping or None
    null : str, iterable of str, or None
        Also of tables in memory; ``read={"null": ...}`` is of files alone.
    are_files : list of bool
        For each table, whether it is a file.
    names : tuple of str
        What the tables are called, where each may be read in its own way; else empty.
    """
    if read is not None and not isinstance(read, Mapping):
        raise UsageError(f'read is a mapping, such as {{"delimiter": ";"}}; this is {read!r}')
    given = read or {}
    missing = None if null is None or "null" in given else _nulls("null", null)
    options = [option for key, value in given.items() for option in _reading_of(key, value, are_files, names)]
    return [*([] if missing is None else [f"--{missing}"]), *options]


def _reading_of(key: Any, value: Any, are_files: list[bool], names: tuple[str, ...]) -> list[str]:
    """Return the options for one member of `read`, for the tables that are files."""
    side, _, name = key.partition("_") if isinstance(key, str) and key[:2] in ("a_", "b_") else ("", "", key)
    if name not in _READ or (side and side not in names[: len(are_files)]):
        raise UsageError(f"read has no {key!r}", _meant(name, side))
    text = _reading_text(name, key, value)
    if side and not are_files[names.index(side)]:
        raise UsageError(f"read: {key} is for a file, and {side} is none")
    if not any(are_files):
        raise UsageError("read says how files are read, and no file is given")
    if not side and not all(are_files):
        side = names[are_files.index(True)]
    return [] if text is None else [f"--{side + '-' if side else ''}{text}"]


def reading_name(name: str) -> str | None:
    """Return what `read` calls that which others call `name`; None if it is nothing of the kind."""
    return name if name in _READ else _READ_OTHERS.get(name.lower())


def _meant(name: Any, side: str) -> str:
    meant = reading_name(str(name))
    near = [meant] if meant else difflib.get_close_matches(str(name), _READ, 1, 0.6)
    if near and near[0] != name:
        return f"did you mean {side + '_' if side else ''}{near[0]}?"
    return f"it has {', '.join(_READ)}; for one of two files a_delimiter, b_delimiter and so on"


def _reading_text(name: str, key: str, value: Any) -> str | None:
    """Write an option without its dashes; None where it is the default."""
    if name in ("header", "lenient"):
        if not isinstance(value, bool):
            raise UsageError(f"read: {key} is True or False; this is {value!r}")
        flag = {"header": None if value else "no-header", "lenient": "lenient" if value else None}
        return flag[name]
    if name == "skip":
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise UsageError(f"read: {key} is a number of lines; this is {value!r}")
        return f"skip={value}"
    if name == "null":
        return _nulls(key, value)
    if not isinstance(value, str):
        raise UsageError(f"read: {key} is a str; this is {value!r}")
    return f"{name}={value}"


def _nulls(key: str, given: Any) -> str | None:
    if isinstance(given, str):
        return f"null={given}"
    values = list(given) if isinstance(given, Iterable) else [given]
    for value in values:
        if not isinstance(value, str) or "," in value:
            raise UsageError(f"{key} is a list of texts that mean a missing value, without commas; this is {value!r}")
    return f"null={','.join(values)}" if values else None
