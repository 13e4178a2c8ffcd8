"""What is compared, from the arguments of Python to those of the program.

`match`, `dedupe`, `plan` and `explain` take the same description of a score: it is checked here, the function is
shipped, the columns that are read are sent, and descriptors stand for all of them. What the words of the program mean
is not looked into: it knows expressions, metrics and columns, and says what is wrong with them.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import json
import math
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import ExitStack
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from . import _notebook, _result, _run, _values
from ._errors import AxbError, DataError, ScorerError, UsageError, in_python
from ._progress import Progress

if TYPE_CHECKING:
    from ._model import Model
    from ._several import Several
    from ._table import Sent

P = ParamSpec("P")
R = TypeVar("R")

# ---- Names of arguments ----------------------------------------------------------------------------

# What others call it: pandas, RapidFuzz, Splink, recordlinkage, joblib.
_OTHER_NAMES = {
    "score_cutoff": "min",
    "threshold": "min",
    "cutoff": "min",
    "min_score": "min",
    "match_threshold": "min",
    "threshold_match_probability": "min",
    "max_distance": "max",
    "distance": "max",
    "max_score": "max",
    "n_jobs": "workers",
    "n_workers": "workers",
    "num_workers": "workers",
    "processes": "workers",
    "jobs": "workers",
    "scorer": "score",
    "func": "score",
    "function": "score",
    "left": "a",
    "right": "b",
    "df": "a",
    "df1": "a",
    "df2": "b",
    "df_a": "a",
    "df_b": "b",
    "other": "b",
    "left_on": "on",
    "right_on": "on",
    "by": "on",
    "column": "on",
    "columns": "keep",
    "kinds": "kind",
    "types": "kind",
    "model": "score",
    "random_state": "seed",
    "suffixes": "keep",
    "limit": "top",
    "k": "top",
    "n_matches": "top",
    "how": "unmatched",
    "indicator": "unmatched",
    "keep_unmatched": "unmatched",
    "left_join": "linked",
    "mutual": "best",
    "assignment": "one_to_one",
    "validate": "one_to_one",
    "return_clusters": "clusters",
    "survivorship": "golden",
    "similarity": "metric",
    "method": "metric",
    "processor": "normalize",
    "preprocess": "normalize",
    "normalise": "normalize",
    "clean": "normalize",
    "cleaning": "normalize",
    "regex": "replace",
    "substitute": "replace",
    "aliases": "synonyms",
    "nicknames": "synonyms",
    "stopwords": "stop_words",
    "stop": "stop_words",
    "decimal_sep": "decimal",
    "decimal_comma": "decimal",
    "dayfirst": "dates",
    "date_format": "dates",
    "parse_dates": "dates",
    "na_values": "null",
    "null_values": "null",
    "nulls": "null",
    "read_options": "read",
    "read_csv": "read",
    "libraries": "libs",
    "link": "libs",
    "ldflags": "libs",
    "block": "where",
    "block_on": "where",
    "blocking_rules": "where",
    "memory": "max_memory",
    "timeout": "pair_timeout",
    "errors": "on_error",
    "tqdm": "progress",
    "verbose": "progress",
    "show_progress": "progress",
    "index": "id",
    "key": "id",
}


def names_known(function: Callable[P, R]) -> Callable[P, R]:
    """Have a function say which argument was meant by one that it does not have, and blame the caller's line alone."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            _check_arguments(function.__name__, signature, args, kwargs)
            return function(*args, **kwargs)
        except AxbError as error:
            # Where in the package it was found out says nothing to the user.
            raise error.with_traceback(None)  # noqa: B904 - it is the same error

    return checked


def _check_arguments(function: str, signature: inspect.Signature, args: Any, kwargs: Any) -> None:
    for name in kwargs:
        if name not in signature.parameters:
            raise UsageError(unknown(function, name, list(signature.parameters)))
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise UsageError(f"{function}: {error}") from None


def unknown(function: str, name: str, names: list[str]) -> str:
    """Say which argument was meant by one that a function does not have."""
    meant = _OTHER_NAMES.get(name.lower())
    reading = _values.reading_name(name)
    if "read" in names and meant not in names and name not in names and reading:
        meant = f'read={{"{reading}": ...}}'
        return f"{function} has no argument {name}: did you mean {meant}?"
    near = [meant] if meant in names else difflib.get_close_matches(name, names, 2, 0.6)
    ask = f"did you mean {' or '.join(near)}?" if near else f"it has {', '.join(names)}"
    return f"{function} has no argument {name}: {ask}"


# ---- What is asked ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """The description of a score, as the user gave it."""

    on: str | Mapping[str, str] | None = None
    metric: str | None = None
    score: Any = None
    where: str | None = None
    min: float | None = None
    max: float | None = None
    normalize: str | Iterable[str] | Mapping[Any, Any] | None = None
    replace: Any = None
    synonyms: Any = None
    stop_words: Any = None
    decimal: str | Mapping[Any, str] | None = None
    dates: str | Mapping[Any, str] | None = None
    null: str | Iterable[str] | None = None
    read: Mapping[str, Any] | None = None
    libs: str | None = None
    batch: bool = False
    pair_timeout: float | None = None

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Asked:
        """Take what describes the score from the arguments of a function: its `locals()`, before it has others."""
        return cls(**{one.name: arguments[one.name] for one in fields(cls) if one.name in arguments})

    @functools.cached_property
    def model(self) -> Model | None:
        """The model that the score is, or the file of one; None if it is another score."""
        if self.score is None or callable(self.score):
            return None
        from . import _model

        return _model.model_of(self.score)

    def check(self) -> None:
        """Refuse what contradicts itself, before anything is read."""
        if self.on is not None and self.score is not None:
            raise UsageError("on is short for score, and both are given", "give one of them")
        if self.on is None and self.score is None:
            raise UsageError("what is to be compared?", 'for example: on="name", or score="jaro(name)"')
        if self.score is not None and self.metric is not None:
            raise UsageError("metric is for on, and score is given", "leave metric out")
        if self.batch and not is_function(self.score):
            raise UsageError("batch is for a function of Python: f(a, bs)")
        if self.where is not None and not isinstance(self.where, str):
            raise UsageError(f"where is an expression, a str; this is {_a(self.where)}")
        if self.min is not None and math.isnan(check_number("min", self.min)):
            raise UsageError("min is NaN, which no score reaches", "for example: min=0.9")
        if self.max is not None and math.isnan(check_number("max", self.max)):
            raise UsageError("max is NaN, which no score is below", "for example: max=2")

    def arguments(self, send: _values.Send, are_files: list[bool]) -> list[str]:
        """Return the options of the program for all but a score that is no text.

        Parameters
        ----------
        send : callable
            Gives the program a text in memory.
        are_files : list of bool
            For each table, whether it is a file.
        """
        out = []
        if self.on is not None:
            out += self._of_on()
        if self.where:
            out += [f"--where={self.where}"]
        if self.min is not None:
            out += [f"--min={float(self.min)!r}"]
        if self.max is not None:
            out += [f"--max={float(self.max)!r}"]
        out += _values.normalize(self.normalize) + _values.replace(self.replace)
        out += _values.synonyms(self.synonyms, send) + _values.stop_words(self.stop_words, send)
        out += _values.format_of("decimal", self.decimal) + _values.format_of("dates", self.dates)
        out += _values.reading(self.read, self.null, are_files)
        if self.libs is not None:
            out += [f"--libs={check_text('libs', self.libs)}"]
        if self.pair_timeout is not None:
            out += [f"--pair-timeout={check_number('pair_timeout', self.pair_timeout)!r}"]
        return out

    def _of_on(self) -> list[str]:
        a, b = self.columns_of_on()
        metric = [f"--metric={check_text('metric', self.metric)}"] if self.metric is not None else []
        a, b = _values.quoted(a), _values.quoted(b)
        return [f"--on={a}" if a == b else f"--on={a}={b}", *metric]

    def columns_of_on(self) -> tuple[str, str]:
        """Return the two columns of `on`."""
        if isinstance(self.on, str) and self.on:
            return self.on, self.on
        pairs = list(self.on.items()) if isinstance(self.on, Mapping) else []
        if len(pairs) == 1 and all(isinstance(name, str) and name for name in pairs[0]):
            return pairs[0]
        raise UsageError(
            f"on is the name of a column, or {{column of a: column of b}}; this is {self.on!r}",
            "for several columns: score='0.6 * jaro_winkler(name) + 0.4 * levenshtein(city)'",
        )

    def columns(self) -> set[str]:
        """Return all names that could be those of columns that the texts mean."""
        names = set() if self.on is None else set(self.columns_of_on())
        texts = [self.where or "", self.score if isinstance(self.score, str) else ""]
        return names.union(*map(words, texts))


def words(expression: str) -> set[str]:
    """Return the words and the quoted names of an expression; the columns that it reads are among them."""
    found = re.findall(r"\w+", expression)
    for quoted in re.findall(r'"([^"]*)"|\'([^\']*)\'|`([^`]*)`', expression):
        found += filter(None, quoted)
    return set(found)


def quote(name: str) -> str:
    """Quote the name of a column for an expression."""
    for mark in "\"'`":
        if mark not in name:
            return f"{mark}{name}{mark}"
    raise UsageError(f"the name of the column {name!r} has quotes of all kinds in it: rename it")


def _a(value: object) -> str:
    """Name the type of a value: "a list", "an int"."""
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def check_text(name: str, value: Any) -> str:
    """Return a text, or refuse what is none."""
    if not isinstance(value, str):
        raise UsageError(f"{name} is a str; this is {_a(value)}: {value!r}")
    return value


def check_number(name: str, value: Any) -> float:
    """Return a number, or refuse what is none."""
    if isinstance(value, (bool, str)) or not hasattr(type(value), "__float__"):
        raise UsageError(f"{name} is a number; this is {_a(value)}: {value!r}")
    return float(value)


def check_count(name: str, value: Any, least: int = 1) -> int:
    """Return a whole number, or refuse what is none."""
    if isinstance(value, bool) or not hasattr(type(value), "__index__") or int(value) < least:
        raise UsageError(f"{name} is a whole number of at least {least}; this is {value!r}")
    return int(value)


def limits(workers: Any, max_memory: Any) -> list[str]:
    """Return the options of the program for what a run may take."""
    options = [] if workers is None else [f"--workers={check_count('workers', workers)}"]
    return [*options, *([] if max_memory is None else [f"--max-memory={max_memory}"])]


# ---- The scorer ------------------------------------------------------------------------------------


_C = (".c", ".cpp", ".cc", ".cxx")  # what the program compiles


def is_scorer(score: Any) -> bool:
    """Say whether it is what ``%%axb`` and `axb.Scorer` make."""
    module = sys.modules.get(f"{__package__}._scorer")
    return module is not None and isinstance(score, module.Scorer)


def is_function(score: Any) -> bool:
    """Say whether it is a function of Python, in this process or in a file."""
    return (callable(score) and not is_scorer(score)) or (path_of(score) or "").endswith(".py")


def path_of(score: Any) -> str | None:
    """Return the path of a scorer that is a file; None for anything else."""
    if isinstance(score, os.PathLike):
        return os.fsdecode(score)
    is_path = isinstance(score, str) and score.endswith((*_C, ".so", ".py")) and "\n" not in score
    return score if is_path else None


@dataclass
class Score:
    """How the score goes to the program.

    Attributes
    ----------
    name : str
        As messages have it.
    columns : set of str, or None
        Names of columns that it may read; None for all.
    head : dict or None
        Of a shipment.
    give : callable
        Gets the two tables as they were sent, and the stack on which descriptors are closed; returns options.
    """

    name: str
    columns: set[str] | None
    give: Callable[[Sent, Sent, ExitStack, list[int]], list[str]]


def make_score(asked: Asked, a: Any, b: Any) -> Score:
    """Find out what the score is, and what it reads."""
    score, path, model = asked.score, path_of(asked.score), asked.model
    if score is None:
        return Score("the score", set(), lambda *_: [])
    if model is not None:
        return _of_model(model)
    if is_scorer(score):
        return _of_source(score.text, score.filename, [a, b], score.fd)
    if path is not None:
        return _of_file(path, [a, b])
    if isinstance(score, str):
        return Score("the score", set(), lambda *_: [f"--score={score}"])
    if callable(score):
        return _of_function(score, asked.batch)
    raise UsageError(f"score is an expression, a model, a function, a Scorer or a path; this is {_a(score)}")


def _of_model(model: Model) -> Score:
    def give(_a: Sent, _b: Sent, stack: ExitStack, fds: list[int]) -> list[str]:
        return [model.send(functools.partial(send, stack, fds))]

    return Score("the model", model.column_names(), give)


def _of_source(text: str, name: str, frames: list[Any], open_fd: Callable[[], int]) -> Score:
    def give(_a: Sent, _b: Sent, stack: ExitStack, fds: list[int]) -> list[str]:
        fd = open_fd()
        stack.callback(os.close, fd)
        fds.append(fd)
        return [f"--score=fd:{fd}:{name}"]

    return Score(name, columns_of_source(text, frames), give)


def columns_of_source(text: str, frames: Iterable[Any]) -> set[str] | None:
    """Return the columns that C source may read: those all of whose words are in it; None for all.

    The program makes C names of columns by rules that leave the words of ASCII as they are. What is outside ASCII,
    and a name without a word, is taken to be read.
    """
    if re.search(r'#\s*include\s*"', text):
        return None
    columns: set[str] = set()
    for frame in frames:
        names = _result.names_of(frame) if frame is not None else []
        if names is None:
            return None
        plain = [name for name in names if isinstance(name, str)]
        columns.update(n for n in plain if not n.isascii() or all(w in text for w in re.findall(r"[A-Za-z0-9]+", n)))
    return columns


def _of_file(path: str, frames: list[Any]) -> Score:
    options = [f"--score={path if os.path.dirname(path) else os.path.join('.', path)}"]
    if path.endswith(".py"):
        from . import _ship

        columns = _columns_of_head(_ship.read_source(path).head)
        return Score(path, columns, lambda *_: [*options, f"--python={sys.executable}"])
    if not path.endswith((*_C, ".so")):
        raise UsageError(f"score: {path} is neither a .c, a .cpp, a .so nor a .py file")
    columns = None
    if path.endswith(_C) and os.path.isfile(path):
        with open(path, errors="replace") as file:
            columns = columns_of_source(file.read(), frames)
    return Score(path, columns, lambda *_: options)


def _of_function(function: Callable[..., Any], batch: bool) -> Score:
    from . import _ship

    shipment = _ship.ship(function, call="batch" if batch else "pair")
    for text in shipment.warnings:
        warnings.warn(text, stacklevel=6)

    def give(a: Sent, b: Sent, stack: ExitStack, fds: list[int]) -> list[str]:
        fd = shipment.write(a.types, b.types)
        stack.callback(os.close, fd)
        fds.append(fd)
        return [f"--score=fd:{fd}", f"--python={sys.executable}"]

    return Score(shipment.head["name"], _columns_of_head(shipment.head), give)


def _columns_of_head(head: dict[str, Any]) -> set[str] | None:
    """Return the columns that a shipped function reads; None for all, where that is not known."""
    if head["a"]["open"] or head["b"]["open"]:
        return None
    return {*head["a"]["reads"], *head["b"]["reads"]}


# ---- Ready to run ----------------------------------------------------------------------------------


@dataclass
class Ready:
    """A query whose tables and functions are sent.

    Attributes
    ----------
    frames : list
        The tables of the user, of both sides; of `dedupe` one.
    sources : array or None
        Of several tables that are one: the name of that of each record.
    paths : list of str
        What the program is given for them.
    options : list of str
    fds : list of int
    """

    frames: list[Any]
    score_name: str
    sources: Any = None
    indexes: list[Any] = field(default_factory=list)
    n_rows: list[int | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    fds: list[int] = field(default_factory=list)

    @property
    def is_self(self) -> bool:
        """Is one table compared with itself?"""
        return len(self.frames) == 1

    @property
    def verb(self) -> str:
        """The verb of the program that finds pairs of these tables."""
        return "dedupe" if self.is_self else "match"

    def side(self, side: int) -> int:
        """Return which of the tables a side is."""
        return 0 if self.is_self else side

    def frame(self, side: int) -> Any:
        """Return the table of a side, if its rows are at hand."""
        return self.frames[self.side(side)]

    def index(self, side: int) -> Any:
        """Return the index of a side's table, if it has one."""
        return self.indexes[self.side(side)]

    def label(self, side: int, row: int, id_column: str | None = None) -> Any:
        """Return what identifies a record for the user."""
        import numpy as np

        rows = np.array([row], np.uint32)
        if id_column is not None and _result.kind_of(self.frame(side)) not in ("program", "stream"):
            return plain(_result.column(self.frame(side), id_column, rows)[0])
        return row if self.index(side) is None else plain(self.index(side)[row])


def plain(label: Any) -> Any:
    """Return a label without the type of NumPy or Arrow: 7 for np.int64(7)."""
    if hasattr(label, "as_py"):
        return label.as_py()
    return label.item() if type(label).__module__ == "numpy" else label


def prepare(
    a: Any, b: Any, asked: Asked, stack: ExitStack, *, at_hand: bool = False, also: Set[str] | None = frozenset()
) -> Ready:
    """Send all that a run needs.

    Parameters
    ----------
    a, b : table
        `b` None: `a` is compared with itself. Then it may be a `Several`.
    asked : Asked
        Checked.
    stack : ExitStack
        Closes the descriptors.
    at_hand : bool
        The values of the tables' columns will be asked for.
    also : set of str, or None
        Further columns that the program needs; None for all.
    """
    from . import _several, _table

    if isinstance(a, _several.Several):
        return _prepare_several(a, asked, stack, also)
    frames = [frame_of(frame, at_hand) for frame in ([a] if b is None else [a, b])]
    score = make_score(asked, *(frames * 2)[:2])
    columns = columns_sent(score, asked, also)
    ready = Ready([origin_of(frame) for frame in frames], score.name)
    sent: list[Sent] = []
    for name, frame in zip("ab", frames):
        again = bool(sent) and frame is frames[0]
        sent.append(sent[0] if again else stack.enter_context(_table.write(frame, columns, shown=name)))
        ready.indexes.append(sent[-1].index)
        ready.n_rows.append(sent[-1].n_rows)
        ready.paths.append(sent[-1].path)
        if sent[-1].fd is not None and not again:
            ready.fds.append(sent[-1].fd)
    are_files = [one.kind == "path" for one in sent]
    ready.options = score.give(sent[0], sent[-1], stack, ready.fds)
    ready.options += asked.arguments(functools.partial(send, stack, ready.fds), are_files)
    return ready


def columns_sent(score: Score, asked: Asked, also: Set[str] | None) -> Set[str] | None:
    """Return the columns that the program needs; None for all."""
    return None if score.columns is None or also is None else score.columns | asked.columns() | also


def _prepare_several(a: Several, asked: Asked, stack: ExitStack, also: Set[str] | None) -> Ready:
    """Send several tables, which the program takes as one."""
    from . import _table

    a.check_each()
    frame = a.joined()
    score = make_score(asked, frame, frame)
    columns = columns_sent(score, asked, also)
    ready = Ready([frame], score.name)
    sent = [
        stack.enter_context(_table.write(one, columns, shown=str(name)))
        for name, one in zip(a.names, a.frames, strict=True)
    ]
    # What is loaded has no name of its own, and the program tells the tables apart by their names.
    ready.paths = [
        one.path if one.fd is None else f"fd:{one.fd}:{name}" for name, one in zip(a.names, sent, strict=True)
    ]
    ready.fds = [one.fd for one in sent if one.fd is not None]
    ready.indexes, ready.sources = [a.index(sent)], a.sources([one.n_rows or 0 for one in sent])
    ready.n_rows = [len(ready.sources)]
    whole = replace(sent[0], types=_types_of(sent), owned=False)
    ready.options = score.give(whole, whole, stack, ready.fds)
    ready.options += asked.arguments(functools.partial(send, stack, ready.fds), [False])
    return ready


def _types_of(sent: list[Sent]) -> dict[str, str]:
    """Return the types of the columns of several tables: "str" where they differ."""
    types: dict[str, str] = {}
    for one in sent:
        for name, kind in one.types.items():
            types[name] = kind if types.get(name, kind) == kind else "str"
    return types


def send(stack: ExitStack, fds: list[int], text: str, shown: str) -> str:
    """Put a text into memory, for the program to read; return its path."""
    fd = memory(f"axb {shown}", stack)
    fds.append(fd)
    with open(fd, "wb", closefd=False) as file:
        file.write(text.encode(errors="surrogateescape"))
    os.lseek(fd, 0, os.SEEK_SET)
    return f"fd:{fd}:{shown}"


def memory(name: str, stack: ExitStack) -> int:
    """Make a file in memory for the program to write, which the stack closes; return its descriptor."""
    fd = os.memfd_create(name, os.MFD_CLOEXEC)
    stack.callback(os.close, fd)
    return fd


def frame_of(frame: Any, at_hand: bool) -> Any:
    """Return a table that can be read more than once, if its values will be asked for."""
    return _result.materialize(frame) if at_hand else frame


def origin_of(frame: Any) -> Any:
    """Return what a Table was loaded from; its rows are those."""
    module = sys.modules.get(f"{__package__}._load")
    return frame.frame if module is not None and isinstance(frame, module.Table) else frame


# ---- The answer ------------------------------------------------------------------------------------

_MOST_NOTES = 12


def ask(
    ready: Ready,
    verb: str,
    options: Sequence[str],
    *,
    ids: tuple[str | None, str | None] = (None, None),
    progress: bool | None = False,
) -> dict[str, Any]:
    """Have the program say something of the tables in JSON; show its notes, and raise the exception of a failure.

    Parameters
    ----------
    ready : Ready
    verb : str
    options : sequence of str
        Further ones.
    ids : tuple
        The columns that name the records of both tables in messages.
    progress : bool, optional
        As for `Progress`.
    """
    arguments = [verb, "--json", *ready.options, *options, "--", *ready.paths]
    with Progress(progress) as bar:
        outcome = _run.run(arguments, pass_fds=ready.fds, on_progress=bar.update, on_stderr=bar.write)
    show_notes(outcome.notes)
    raise_for(outcome, ready, ids)
    answer: dict[str, Any] = json.loads(outcome.stdout)
    return answer


def show_notes(notes: Iterable[str]) -> list[str]:
    """Print what the program noted, each once, and of very many the first ones; return all of it."""
    texts = [in_python(note) for note in dict.fromkeys(notes)]
    for text in texts[:_MOST_NOTES]:
        print(f"axb: {text}", file=sys.stderr)
    if len(texts) > _MOST_NOTES:
        print(f"axb: {len(texts) - _MOST_NOTES} more notes are not shown", file=sys.stderr)
    return texts


def raise_for(outcome: _run.Outcome, ready: Ready, ids: tuple[str | None, str | None] = (None, None)) -> None:
    """Raise the exception of a run that failed; of a scorer with the pair on which it did."""
    error = outcome.exception()
    if error is None:
        return
    if isinstance(error, ScorerError):
        error.stderr = outcome.stderr
        if outcome.failures and "row_a" in outcome.failures[-1]:
            error = _of_pair(outcome.failures[-1], ready, ids, outcome.stderr)
    raise error


def _of_pair(failure: dict[str, Any], ready: Ready, ids: tuple[str | None, str | None], stderr: str) -> AxbError:
    rows = failure["row_a"], failure["row_b"]
    pair = ready.label(0, rows[0], ids[0]), ready.label(1, rows[1], ids[1])
    a, b = (_result.record(ready.frame(side), rows[side]) for side in (0, 1))
    lines = [f"{ready.score_name} {failure['reason']}, on the pair {pair[0]!r}, {pair[1]!r}"]
    lines += [f"  {name}: {_short(values)}" for name, values in (("a", a), ("b", b)) if values]
    traceback = _notebook.with_cells(failure.get("traceback") or "")
    if traceback:
        lines += ["", traceback.rstrip()]
    return ScorerError(
        "\n".join(lines), pair=pair, a=a, b=b, type=failure.get("type"), traceback=traceback, stderr=stderr
    )


def _short(values: dict[str, Any]) -> str:
    """Write a record in a line; of one that is long, what fits."""
    parts = []
    for name, value in list(values.items())[:20]:
        text = repr(value)
        parts.append(f"{name}={text if len(text) <= 80 else text[:79] + '…'}")
    return ", ".join(parts) + (", …" if len(values) > 20 else "")


def check_columns(frame: Any, names: Iterable[str], what: str) -> None:
    """Refuse names of columns that a table at hand does not have."""
    if _result.kind_of(frame) == "program":
        return
    known = _result.names_of(frame) or []
    for name in names:
        if known.count(name) > 1:
            raise DataError(f"{what}: several columns are called {name!r}", "rename them", column=name)
        if name not in known:
            near = difflib.get_close_matches(name, [str(n) for n in known], 3, 0.5) or [str(n) for n in known[:5]]
            raise UsageError(f"{what}: there is no column {name!r}", f"nearest: {', '.join(near)}")
