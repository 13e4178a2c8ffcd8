"""How one object holds another: the way from a function to what it uses, as words for messages.

`_ship.py` asks for the way to an object that cannot be copied, "global table -> ['x'] -> .lock",
and for the parts of a function, to name the largest.
"""

from __future__ import annotations

import dis
import functools
import reprlib
import types
from collections import deque
from collections.abc import Iterator

MOST_OBJECTS = 200_000  # a search looks at no more
MOST_STEPS = 10  # that are shown whole

Part = tuple[str, object]  # a step on the way, and the object that it leads to


def name_of(function: object) -> str:
    """Return what a callable is called in messages."""
    if isinstance(function, functools.partial):
        return f"partial({name_of(function.func)})"
    name = getattr(function, "__qualname__", None)
    # As the user wrote it: without the function that it was defined in.
    return name.rpartition("<locals>.")[2] if isinstance(name, str) else type(function).__qualname__


def find(start: object, target: object) -> list[str]:
    """Return the steps of the shortest way from one object to another; ["..."] if none is found."""
    waiting = deque([start])
    # Of each object that was met: itself, so that its address is not used twice, the step to it, and where that began.
    met: dict[int, tuple[object, str, object]] = {id(start): (start, "", start)}
    while waiting:
        obj = waiting.popleft()
        if obj is target:
            return _way_back(met, start, obj)
        for step, part in parts(obj):
            if id(part) not in met and len(met) < MOST_OBJECTS:
                met[id(part)] = (part, step, obj)
                waiting.append(part)
    return ["..."]


def _way_back(met: dict[int, tuple[object, str, object]], start: object, end: object) -> list[str]:
    """Return the steps from `start` to `end`; of many, the first and the last ones."""
    steps: list[str] = []
    while end is not start:
        _, step, end = met[id(end)]
        steps.append(step)
    steps.reverse()
    return steps if len(steps) <= MOST_STEPS else [*steps[:3], "...", *steps[-3:]]


def parts(obj: object) -> Iterator[Part]:
    """What an object holds directly."""
    if isinstance(obj, (str, bytes, int, float, types.ModuleType)):
        return
    if isinstance(obj, types.FunctionType):
        yield from _parts_of_function(obj)
    elif isinstance(obj, types.MethodType):
        yield f"method {obj.__name__}", obj.__func__
        yield "self", obj.__self__
    elif isinstance(obj, functools.partial):
        yield name_of(obj.func), obj.func
        yield from ((f"argument {i}", arg) for i, arg in enumerate(obj.args))
        yield from ((f"argument `{name}`", arg) for name, arg in obj.keywords.items())
    elif isinstance(obj, functools._lru_cache_wrapper):
        yield "without its cache", obj.__wrapped__
    elif isinstance(obj, dict):
        yield from ((f"[{_short(key)}]", value) for key, value in obj.items())
    elif isinstance(obj, (list, tuple)):
        yield from ((f"[{i}]", value) for i, value in enumerate(obj))
    elif isinstance(obj, (set, frozenset)):
        yield from (("element", value) for value in obj)
    else:
        yield from _parts_of_object(obj)


def _parts_of_function(function: types.FunctionType) -> Iterator[Part]:
    code = function.__code__
    used, _ = globals_of(code)
    for name in sorted(used & function.__globals__.keys()):
        yield f"global {name}", function.__globals__[name]
    for name, cell in zip(code.co_freevars, function.__closure__ or ()):
        try:
            yield f"variable {name}", cell.cell_contents
        except ValueError:  # not set yet
            continue
    defaults = function.__defaults__ or ()
    for name, value in zip(code.co_varnames[code.co_argcount - len(defaults) :], defaults):
        yield f"default of {name}", value
    for name, value in (function.__kwdefaults__ or {}).items():
        yield f"default of {name}", value
    yield from ((f".{name}", value) for name, value in function.__dict__.items())


def _parts_of_object(obj: object) -> Iterator[Part]:
    if isinstance(obj, type):
        if obj.__module__ != "__main__":
            return  # a module's, which workers import
    else:
        yield f"class {type(obj).__name__}", type(obj)
    held = getattr(obj, "__dict__", {})
    for name, value in held.items():
        yield (
            f".{name}",
            value.__func__ if isinstance(value, (staticmethod, classmethod)) else value,
        )
    for kind in type(obj).__mro__:
        for name, slot in vars(kind).items():
            if isinstance(slot, types.MemberDescriptorType):
                try:
                    yield f".{name}", slot.__get__(obj)
                except AttributeError:  # not set
                    continue


def globals_of(code: types.CodeType) -> tuple[set[str], set[str]]:
    """Return the globals that code and the code inside of it uses, and those that it sets."""
    used, made = set(), set()
    for instruction in dis.get_instructions(code):
        if instruction.opname == "LOAD_GLOBAL":
            used.add(instruction.argval)
        elif instruction.opname == "STORE_GLOBAL":
            made.add(instruction.argval)
    for inside in code.co_consts:
        if isinstance(inside, types.CodeType):
            more_used, more_made = globals_of(inside)
            used |= more_used
            made |= more_made
    return used, made


def a(noun: str) -> str:
    """Return a noun with its article."""
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"


def megabytes(size: int) -> str:
    """Return a number of bytes as words."""
    return f"{size / (1 << 20):.1f} MB"


def short(value: object) -> str:
    """Return what a value looks like, in at most a line; never raises."""
    shortened = reprlib.Repr()
    shortened.maxstring = shortened.maxother = 80
    return shortened.repr(value)


def _short(key: object) -> str:
    text = repr(key) if isinstance(key, (str, int)) else type(key).__name__
    return text if len(text) <= 40 else text[:37] + "..."
