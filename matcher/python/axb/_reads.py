"""Which columns a function reads of its two records, found in its bytecode.

A worker fills the columns that are read before each call, and loads no others: that is what makes
a call cheap. So this looks for ``a.name`` and ``a["full name"]``, in the function, in functions
inside of it, and in those that it hands a whole record to. Where a record goes anywhere else, its
side is "open": all columns are loaded then. That is slower, never wrong, and so the answer wherever
this file is in doubt. It executes nothing of the user's.
"""

from __future__ import annotations

import dis
import functools
import inspect
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

LONGEST_NAME = 1000  # characters; a longer constant is no column

# Attributes of a record that are about all of its columns.
WHOLE = frozenset({"keys", "values", "items", "get"})

# Functions that reach local variables without naming them.
SEES_LOCALS = frozenset({"locals", "vars", "eval", "exec", "dir"})

SILENT = frozenset("CACHE RESUME PRECALL PUSH_NULL EXTENDED_ARG NOP NOT_TAKEN MAKE_CELL COPY_FREE_VARS".split())
OF_LOCALS = re.compile("(LOAD|STORE|DELETE)_(FAST|DEREF)")
JUMPS = frozenset(dis.hasjrel + dis.hasjabs)


class Side(NamedTuple):
    """Stands for a record, where a call's arguments are written down."""

    name: str


A = Side("a")
B = Side("b")
UNKNOWN = object()  # stands for any other argument


@dataclass
class Reads:
    """What was found."""

    columns: dict[Side, set[str]] = field(default_factory=lambda: {A: set(), B: set()})
    open: dict[Side, bool] = field(default_factory=lambda: {A: False, B: False})
    names: set[str] = field(default_factory=set)


def find_reads(function: Any) -> Reads:
    """Find what ``function(a, b)`` reads of the records `a` and `b`."""
    reads = Reads()
    _Search(reads).call(function, [A, B], {})
    for side in (A, B):
        if reads.open[side]:
            reads.names |= reads.columns[side]
    return reads


def find_names(code: types.CodeType) -> set[str]:
    """Return all names and texts in code and the code inside of it: columns may be among them."""
    names = set(code.co_names)
    waiting: list[Any] = list(code.co_consts)
    while waiting:
        constant = waiting.pop()
        if isinstance(constant, str) and len(constant) <= LONGEST_NAME:
            names.add(constant)
        elif isinstance(constant, (tuple, frozenset)):
            waiting += constant
        elif isinstance(constant, types.CodeType):
            names |= find_names(constant)
    return names


# ---- Bytecode as steps ---------------------------------------------------------------------------


class Step(NamedTuple):
    """What an instruction does, as far as it matters here, in the words of no version of Python.

    `do` is "load" and "store" of a local variable, "cell" (it is handed to a function inside),
    "global", "const", "attribute", "subscript", "keywords" (names of a call's last arguments),
    "call" (value: how many arguments), "call keywords" (their names were loaded last) or "other".
    """

    do: str
    value: Any
    is_joint: bool  # jumps, or may be jumped to


def _steps(code: types.CodeType) -> list[Step]:
    return [step for i in dis.get_instructions(code) if i.opname not in SILENT for step in _step(i, code)]


def _step(i: dis.Instruction, code: types.CodeType) -> Iterator[Step]:
    """Translate one instruction; those that do two things are two steps."""
    is_joint = i.is_jump_target or i.opcode in JUMPS
    locals_touched = OF_LOCALS.findall(i.opname)
    if locals_touched:
        names = i.argval if isinstance(i.argval, tuple) else (i.argval,)
        for (verb, kind), name in zip(locals_touched, names):
            yield Step(_touch(verb, kind, name, i.opname, code), name, is_joint)
        return
    do, value = "other", i.argval
    if i.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
        do = "global"
    elif i.opname.startswith("LOAD_CONST") or i.opname == "LOAD_SMALL_INT":
        do = "const"
    elif i.opname in ("LOAD_ATTR", "LOAD_METHOD"):
        do = "attribute"
    elif i.opname == "BINARY_SUBSCR" or (i.opname == "BINARY_OP" and i.argrepr == "[]"):
        do = "subscript"
    elif i.opname == "LOAD_CLOSURE":  # up to 3.12
        do = "cell"
    elif i.opname == "KW_NAMES":  # 3.11 and 3.12
        do, value = "keywords", code.co_consts[i.arg or 0]
    elif i.opname in ("CALL", "CALL_FUNCTION", "CALL_METHOD"):
        do = "call"
    elif i.opname in ("CALL_KW", "CALL_FUNCTION_KW"):
        do = "call keywords"
    yield Step(do, value, is_joint)


def _touch(verb: str, kind: str, name: str, opname: str, code: types.CodeType) -> str:
    """Return what an instruction does to a local variable."""
    if verb != "LOAD" or opname == "LOAD_FAST_AND_CLEAR":
        return "store"
    if kind == "FAST" and name in code.co_cellvars + code.co_freevars:
        return "cell"  # from 3.13 on
    return "load"


def _is_of(step: Step, variable: str) -> bool:
    return step.do in ("load", "store") and step.value == variable


# ---- The search ----------------------------------------------------------------------------------


class _Search:
    """Follows records from call to call. `known` is what is known of local variables."""

    def __init__(self, reads: Reads) -> None:
        self.reads = reads
        self.seen: set[tuple[types.CodeType, tuple[tuple[str, Side], ...]]] = set()

    def call(self, target: Any, args: Sequence[Any], keywords: Mapping[str, Any]) -> None:
        """Search what `target` does with its arguments."""
        try:
            function, known = _bind(target, args, keywords)
        except (TypeError, ValueError):
            self.give_away([*args, *keywords.values()])
            return
        for value in known.values():
            if isinstance(value, (tuple, dict)):  # *args, **keywords
                self.give_away(value.values() if isinstance(value, dict) else value)
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            known.setdefault(name, _content(cell))
        self.code(function.__code__, function.__globals__, known)

    def give_away(self, values: Any) -> None:
        """Records among these may be read in any way."""
        for value in values:
            if isinstance(value, Side):
                self.reads.open[value] = True

    def code(self, code: types.CodeType, namespace: Mapping[str, Any], known: dict[str, Any]) -> None:
        """Search a piece of code, and what is inside of it."""
        sides = tuple(sorted((k, v) for k, v in known.items() if isinstance(v, Side)))
        if (code, sides) in self.seen:
            return
        self.seen.add((code, sides))
        self.reads.names |= find_names(code)
        steps = self.settle(_steps(code), code, known)
        followed = self.follow_calls(steps, namespace, known)
        for at, step in enumerate(steps):
            if step.do == "load" and at not in followed and isinstance(known.get(step.value), Side):
                self.use(known[step.value], steps[at + 1 : at + 3])
        for inside in code.co_consts:
            if isinstance(inside, types.CodeType):
                self.code(inside, namespace, {n: known[n] for n in inside.co_freevars if n in known})

    def settle(self, steps: list[Step], code: types.CodeType, known: dict[str, Any]) -> list[Step]:
        """Forget variables that are not always the same thing; what is in doubt is given away.

        ``a = a.name`` at the begin, before any jump, is no doubt: later loads of `a` become loads
        of None, which is no variable.
        """
        shared = code.co_cellvars + code.co_freevars  # with functions that run at any time
        plain = next((at for at, step in enumerate(steps) if step.is_joint), len(steps))
        for at, step in enumerate(steps):
            name = step.value
            if step.do == "store" and name in known and at < plain and name not in shared:
                rest = [s._replace(value=None) if _is_of(s, name) else s for s in steps[at:]]
                return self.settle(steps[:at] + rest, code, known)
            if step.do in ("store", "other") and isinstance(name, str) and name in known:
                self.give_away([known.pop(name)])
            elif step.do == "global" and name in SEES_LOCALS:
                self.give_away(known.values())
        return steps

    def use(self, side: Side, then: Sequence[Step]) -> None:
        """A record was loaded: is it a column that happens to it?"""
        if then and then[0].do == "attribute" and not then[0].value.startswith("__"):
            self.column(side, then[0].value)
        elif [step.do for step in then] == ["const", "subscript"] and isinstance(then[0].value, str):
            self.reads.columns[side].add(then[0].value)
        else:
            self.reads.open[side] = True

    def column(self, side: Side, name: str) -> None:
        if name in WHOLE:
            self.reads.open[side] = True
        else:
            self.reads.columns[side].add(name)

    def follow_calls(self, steps: list[Step], namespace: Mapping[str, Any], known: Mapping[str, Any]) -> set[int]:
        """Search the functions that records are handed to; return the steps that load these."""
        followed: set[int] = set()
        for at, step in enumerate(steps):
            if step.do in ("call", "call keywords"):
                found = _arguments(steps, at)
                if not found:
                    continue
                base, arguments, keywords = found
                values = [_value(steps[i:j], namespace, known) for i, j in arguments]
                target = _value(steps[base : arguments[0][0]], namespace, known) if arguments else UNKNOWN
                if any(isinstance(v, Side) for v in values) and target is not UNKNOWN:
                    n = len(values) - len(keywords)
                    self.call(target, values[:n], dict(zip(keywords, values[n:])))
                    followed |= {i for (i, _), v in zip(arguments, values) if isinstance(v, Side)}
        return followed


def _arguments(steps: list[Step], at: int) -> tuple[int, list[tuple[int, int]], tuple[str, ...]] | None:
    """Where the callee and the arguments of the call `steps[at]` are loaded, if in a plain way.

    Returns the first step of the callee, each argument's first step and the one after its last, and
    the names of the last arguments. None if one of them is more than a variable with attributes, or
    if a jump leads in between.
    """
    end, keywords = at, ()
    if steps[at].do == "call keywords" or steps[at - 1].do == "keywords":
        end, keywords = at - 1, steps[at - 1].value
    first, arguments = end, list[tuple[int, int]]()
    for _ in range(steps[at].value + 1):
        begin = _operand(steps, first)
        if begin is None:
            return None
        arguments.insert(0, (begin, first))
        first = begin
    if any(step.is_joint for step in steps[first + 1 : at + 1]):
        return None
    return first, arguments[1:], keywords


def _operand(steps: list[Step], end: int) -> int | None:
    """Return where an operand begins that ends before `end`: ``x``, ``x.y`` or ``x["y"]``."""
    at = end - 1
    while at >= 0:
        if steps[at].do in ("load", "global", "const"):
            return at
        if steps[at].do == "subscript" and at >= 1 and steps[at - 1].do == "const":
            at -= 1
        elif steps[at].do != "attribute":
            return None
        at -= 1
    return None


def _value(steps: list[Step], namespace: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
    """Return what an operand is: an object, a `Side` or UNKNOWN."""
    first = steps[0]
    if first.do == "const" or any(step.do != "attribute" for step in steps[1:]):
        return UNKNOWN
    value = (known if first.do == "load" else namespace).get(first.value, UNKNOWN)
    for step in steps[1:]:
        value = _attribute(value, step.value)
    return value


def _attribute(owner: Any, name: str) -> Any:
    """Return an attribute that is a function, without executing a property; else UNKNOWN."""
    if isinstance(owner, Side) or owner is UNKNOWN:
        return UNKNOWN
    if isinstance(owner, types.ModuleType):
        return vars(owner).get(name, UNKNOWN)
    found = inspect.getattr_static(owner, name, UNKNOWN)
    kind = owner if isinstance(owner, type) else type(owner)
    if isinstance(found, staticmethod):
        return found.__func__
    if isinstance(found, classmethod):
        return types.MethodType(found.__func__, kind)
    of_instance = kind is not owner and name not in getattr(owner, "__dict__", {})
    if isinstance(found, types.FunctionType):
        return types.MethodType(found, owner) if of_instance else found
    return UNKNOWN


def _bind(target: Any, args: Sequence[Any], keywords: Mapping[str, Any]) -> tuple[types.FunctionType, dict[str, Any]]:
    """Return the Python function that a call ends in, and its arguments by name.

    TypeError or ValueError where there is none, or where it does not take these.
    """
    if isinstance(target, types.MethodType):
        return _bind(target.__func__, [target.__self__, *args], keywords)
    if isinstance(target, functools.partial):
        return _bind(target.func, [*target.args, *args], {**target.keywords, **keywords})
    if isinstance(target, functools._lru_cache_wrapper):
        return _bind(target.__wrapped__, args, keywords)
    if isinstance(target, types.FunctionType):
        signature = inspect.signature(target, follow_wrapped=False)
        return target, dict(signature.bind(*args, **keywords).arguments)
    called = inspect.getattr_static(type(target), "__call__", None)
    if isinstance(called, types.FunctionType):
        return _bind(called, [target, *args], keywords)
    raise TypeError("no function in Python")


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # a variable that is not set yet
        return UNKNOWN
