"""A function on its way to other processes: `ship` makes a shipment of it.

A shipment is a head that the program reads and a body that only workers read:

    "AXBSHIP1"; u64 head_bytes, little endian; head, a JSON object; body

The body is a pickle of the function, with the notebook's part of what it uses, then the text of
its cells as JSON; or the text of a score.py. What cannot be copied is refused here, with the way to
it: a worker would only say that it failed. How a worker opens a shipment is in `_worker.py`.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import fcntl
import importlib.util
import inspect
import json
import linecache
import os
import sys
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from axb import _reads, _ways
from axb._errors import ShipError, UsageError
from axb._worker import MAGIC, SCORER_FUNCTION, text_of_path

WARN_BYTES = 1 << 20

# Where the names come from that every Python has; IPython adds more to `builtins`.
BUILTIN_MODULES = frozenset({"builtins", "io", "_io", "_sitebuiltins", "_frozen_importlib"})


@dataclass
class Shipment:
    """A function with what belongs to it, ready to be written."""

    head: dict[str, Any]
    body: bytes
    warnings: list[str] = field(default_factory=list)

    def to_bytes(self) -> bytes:
        """Return the whole shipment."""
        head = json.dumps(self.head).encode()
        return b"".join((MAGIC, len(head).to_bytes(8, "little"), head, self.body))

    def write(self, types_a: dict[str, str], types_b: dict[str, str]) -> int:
        """Write it to memory that all workers can map, and return the descriptor.

        Parameters
        ----------
        types_a, types_b : dict
            The types of the columns of each table, such as "int"; without one, a column is text.

        Returns
        -------
        int
            A sealed memfd. The caller closes it.
        """
        for side, kinds in (("a", types_a), ("b", types_b)):
            self.head["types"][side] = {c: kind for c, kind in kinds.items() if kind != "str"}
        fd = os.memfd_create("axb-shipment", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        with open(fd, "wb", closefd=False) as out:
            out.write(self.to_bytes())
        os.lseek(fd, 0, os.SEEK_SET)
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
        return fd


def ship(function: Callable[..., Any], call: str = "pair") -> Shipment:
    """Pack a function for workers.

    Parameters
    ----------
    function : callable
        It is called with two records ("pair"), a record and many ("batch"), or an item ("map").
    call : {"pair", "batch", "map"}

    Raises
    ------
    UsageError
        It does not take so many arguments.
    ShipError
        Something that it uses cannot be copied.
    """
    name = _ways.name_of(function)
    check_call(function, name, 1 if call == "map" else 2)
    pickled, by_value, warnings = _pack(function, name)
    reads = _reads.Reads() if call == "map" else _reads.find_reads(function)
    for inner in by_value:
        reads.names |= _reads.find_names(inner.__code__)
    sources = json.dumps(_sources(by_value)).encode()
    head = {**_head(name, call, "pickle", reads), "function_bytes": len(pickled)}
    return Shipment(head, pickled + sources, warnings)


def read_source(path: str | os.PathLike[str]) -> Shipment:
    """Pack the file of a scorer in Python, which has a function ``score(a, b)``. Executes nothing.

    Raises
    ------
    UsageError
        The file cannot be read, is no Python or has no such function.
    """
    filename = os.path.abspath(path)
    try:
        with open(filename, "rb") as file:
            text = importlib.util.decode_source(file.read())
        tree = ast.parse(text, filename)
    except OSError as e:
        raise UsageError(f"{os.fspath(path)}: {e.strerror}") from None
    except (SyntaxError, ValueError) as e:
        line = getattr(e, "lineno", None) or 1
        raise UsageError(f"{os.fspath(path)}:{line}: {getattr(e, 'msg', e)}") from None
    reads = _reads_of_source(tree, filename, os.fspath(path))
    head = _head(SCORER_FUNCTION, "pair", "source", reads)
    return Shipment({**head, "filename": text_of_path(filename)}, text.encode())


def check_call(function: Any, name: str, n: int) -> None:
    """Raise UsageError if `function` cannot be called with n arguments by position."""
    if not callable(function):
        raise UsageError(f"{name} is not a function but {_ways.a(type(function).__name__)}")
    if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
        raise UsageError(f"{name} returns no value when it is called: it has `yield` or is `async`")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return  # many functions in C do not say
    try:
        signature.bind(*range(n))
    except TypeError as e:
        wanted = "two records, as in f(a, b)" if n == 2 else "one item, as in f(x)"
        raise UsageError(f"{name}{signature} cannot be called with {wanted}: {e}") from None


# ---- The head ------------------------------------------------------------------------------------


def _head(name: str, call: str, kind: str, reads: _reads.Reads) -> dict[str, Any]:
    cwd = _working_directory()
    return {
        "version": 1,
        "name": name,
        "call": call,
        "kind": kind,
        "a": {"reads": _columns(reads.columns[_reads.A]), "open": reads.open[_reads.A]},
        "b": {"reads": _columns(reads.columns[_reads.B]), "open": reads.open[_reads.B]},
        "names": _columns(reads.names),
        "types": {"a": {}, "b": {}},
        "where": None,
        "python": sys.executable,
        "package": os.path.dirname(os.path.abspath(__file__)),
        "cwd": None if cwd is None else text_of_path(cwd),
        "sys_path": [text_of_path(os.path.join(cwd or "/", folder)) for folder in sys.path],
    }


def _columns(names: Iterable[str]) -> list[str]:
    """Return those that a column may be called: UTF-8 has no lone surrogates, a header no zeros."""
    return sorted(n for n in names if "\0" not in n and n == n.encode(errors="ignore").decode())


def _working_directory() -> str | None:
    try:
        return os.getcwd()
    except FileNotFoundError:  # it was removed
        return None


def _reads_of_source(tree: ast.Module, filename: str, shown: str) -> _reads.Reads:
    """Find what the `score` of a file reads, from its code alone."""
    module = compile(tree, filename, "exec", dont_inherit=True)
    functions = _plain_functions(tree, module)
    score = functions.get(SCORER_FUNCTION)
    if score:
        check_call(score, f"{shown}: {SCORER_FUNCTION}", 2)
        return _reads.find_reads(score)
    if SCORER_FUNCTION not in module.co_names:
        near = difflib.get_close_matches(SCORER_FUNCTION, functions)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        raise UsageError(f"{shown}: has no function `{SCORER_FUNCTION}(a, b)`{hint}")
    # Decorated, imported or made otherwise: only its execution tells what it is.
    return _reads.Reads(open={_reads.A: True, _reads.B: True}, names=_reads.find_names(module))


def _plain_functions(tree: ast.Module, module: types.CodeType) -> dict[str, types.FunctionType]:
    """Return the functions at the top of a file that are what they look like. Not to be called."""
    definitions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    codes = {(c.co_name, c.co_firstlineno): c for c in module.co_consts if inspect.iscode(c)}
    namespace: dict[str, Any] = {}
    for name, node in definitions.items():
        code = codes.get((name, node.lineno))
        if code and not node.decorator_list:
            defaults = (None,) * len(node.args.defaults)
            namespace[name] = types.FunctionType(code, namespace, name, defaults)
    return namespace


# ---- The body ------------------------------------------------------------------------------------


def _pack(function: Any, name: str) -> tuple[bytes, list[types.FunctionType], list[str]]:
    """Return the pickle of a function, the notebook's functions that are in it, and warnings."""
    from axb import _pickle  # needs cloudpickle, which a score.py does not

    try:
        pickled, by_value = _pickle.dump(function)
    except _pickle.Refused as e:
        raise ShipError(_refusal(function, name, e.found, e.what, e.__cause__)) from e.__cause__
    except _pickle.TooLarge:
        raise ShipError(
            f"{name} takes more than {_pickle.MOST_BYTES >> 20} MB along{_largest(function)}; "
            "put that into a file that the function reads, or into a column"
        ) from None
    _check_names(by_value, name)
    warnings = []
    if len(pickled) > WARN_BYTES:
        warnings.append(f"{name} takes {_ways.megabytes(len(pickled))} along to each worker{_largest(function)}")
    return pickled, by_value, warnings


def _refusal(function: Any, name: str, found: object, what: str, cause: BaseException | None) -> str:
    way = " -> ".join([name, *_ways.find(function, found)])
    text = f"{name} cannot be copied to the workers: {way} is {what}"
    if cause is None:
        return f"{text}; make it inside of the function"
    while cause.__cause__ is not None:
        cause = cause.__cause__
    return f"{text} ({type(cause).__name__}: {cause})"


def _largest(function: Any) -> str:
    """Return which of the globals and variables of `function` is the largest, as words."""
    from axb import _pickle

    sizes = []
    for step, obj in _ways.parts(function):
        try:
            sizes.append((len(_pickle.dump(obj)[0]), step))
        except _pickle.TooLarge:
            sizes.append((_pickle.MOST_BYTES, step))
        except _pickle.Refused:
            continue
    if not sizes:
        return ""
    size, step = max(sizes)
    more = "over " if size == _pickle.MOST_BYTES else ""
    return f", most of it {step} ({more}{_ways.megabytes(size)})"


# ---- Names that are nowhere ----------------------------------------------------------------------


def _check_names(functions: Iterable[types.FunctionType], name: str) -> None:
    """Raise ShipError for a global that a function uses and a worker would not find."""
    made = set[str]().union(*(_ways.globals_of(f.__code__)[1] for f in functions))
    for function in functions:
        here = function.__globals__
        used, _ = _ways.globals_of(function.__code__)
        for missing in sorted(used - made - here.keys()):
            if not _in_every_python(missing):
                raise ShipError(_missing(missing, here, name, _ways.name_of(function)))


def _missing(missing: str, here: dict[str, Any], name: str, inner: str) -> str:
    who = name if name == inner else f"{name} -> {inner}"
    if hasattr(builtins, missing):
        return f"{who} uses `{missing}`, which only the notebook has, not its workers"
    near = difflib.get_close_matches(missing, [*here, *dir(builtins)], n=3)
    hint = f"; near names: {', '.join(near)}" if near else ""
    return f"{who} uses `{missing}`, which is not defined{hint}"


def _in_every_python(name: str) -> bool:
    if name == "_" or not hasattr(builtins, name):
        return False
    return getattr(getattr(builtins, name), "__module__", "builtins") in BUILTIN_MODULES


# ---- Source lines --------------------------------------------------------------------------------


def _sources(functions: Iterable[types.FunctionType]) -> dict[str, str]:
    """Return the text of each file and cell that the functions are from."""
    texts = {f.__code__.co_filename: "" for f in functions}
    for filename in texts:
        texts[filename] = "".join(linecache.getlines(filename))
    return {filename: text for filename, text in texts.items() if text}
