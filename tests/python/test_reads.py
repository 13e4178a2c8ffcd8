"""Which columns a function reads: many shapes of functions, each with what must be found."""

from __future__ import annotations

import functools
import operator
import types
from typing import Any

import pytest

from axb import _reads

CELLS = {
    # source of f, reads of a ("*": open), reads of b
    "attribute": ("def f(a, b): return a.x == b.y", "x", "y"),
    "nothing": ("def f(a, b): return 1", "", ""),
    "constant": ('def f(a, b): return a["full name"] == b["y"]', "full name", "y"),
    "twice": ("def f(a, b): return a.x + a.z + a.x", "x z", ""),
    "method of a text": ("def f(a, b): return a.x.lower() == b.y.strip('.')", "x", "y"),
    "f-string": ("def f(a, b): return f'{a.x} {b.y!r:>10}'", "x", "y"),
    "branch": ("def f(a, b):\n if a.x: return b.y\n for i in range(3):\n  b.z\n return a.w", "x w", "y z"),
    "try": ("def f(a, b):\n try: return a.x / b.y\n except ZeroDivisionError: return a.z", "x z", "y"),
    "with": ("def f(a, b):\n with C() as c: return a.x", "x", ""),
    "conditional": ("def f(a, b): return (a if b.y else b).x", "x?", "x y"),
    "conditional value": ("def f(a, b): return a.x if b.y else b.z", "x", "y z"),
    "walrus": ("def f(a, b): return (n := a.x) and n == b.y", "x", "y"),
    "match": ("def f(a, b):\n match a.x:\n  case 'q': return b.y\n  case _: return b.z", "x", "y z"),
    "match of a record": ("def f(a, b):\n match a:\n  case C(x='q'): return b.y", "*", "y"),
    "other names": ("def f(left, right): return left.x == right.y", "x", "y"),
    "keyword only": ("def f(a, b, *, k=3): return a.x", "x", ""),
    "computed": ("def f(a, b):\n for c in ('x', 'y'): a[c]\n return b.y", "*", "y"),
    "getattr": ("def f(a, b): return getattr(a, 'x')", "*", ""),
    "stored": ("def f(a, b):\n r = a\n return r.x", "*", ""),
    "in a list": ("def f(a, b): return [a, b]", "*", "*"),
    "returned": ("def f(a, b): return a", "*", ""),
    "dict": ("def f(a, b): return dict(a)", "*", ""),
    "keys": ("def f(a, b): return a.keys()", "*", ""),
    "dunder": ("def f(a, b): return a.__class__", "*", ""),
    "set": ("def f(a, b): a.x = 1", "*", ""),
    "compared": ("def f(a, b): return a == b", "*", "*"),
    "locals": ("def f(a, b): return locals()", "*", "*"),
    "eval": ("def f(a, b): return eval('a.x')", "*", "*"),
    "own value at once": ("def f(a, b):\n a = a.x\n return a.lower() == b.y", "x", "y"),
    "own values at once": ("def f(a, b):\n a, b = a.x, b.y\n a = a.q\n return a.z", "x", "y"),
    "own value later": ("def f(a, b):\n if b.y: a = b.y\n return a.x", "*", "y"),
    "own value in a loop": ("def f(a, b):\n for a in a.x: a.z\n return b.y", "*", "y"),
    "deleted": ("def f(a, b):\n x = a.x\n del a\n return x", "x", ""),
    "generator inside": ("def f(a, b): return any(t == a.x for t in b.y)", "x", "y"),
    "list inside": ("def f(a, b): return [a.x for t in b.y if b.z]", "x", "y z"),
    "list of the same name": ("def f(a, b): return [a for a in b.y]", "?", "y"),
    "lambda inside": ("def f(a, b): return max(b.y, key=lambda t: a.x)", "x", "y"),
    "lambda of the same name": ("def f(a, b): return max(b.y, key=lambda a: a.z)", "", "y"),
    "two levels inside": ("def f(a, b): return (lambda: (lambda: a.x)())()", "x", ""),
    "nonlocal": ("def f(a, b):\n def g():\n  nonlocal a\n  a = 1\n g()\n return a.x", "*", ""),
    "class inside": ("def f(a, b):\n class K: x = a.x\n return K.x", "*", ""),
    "helper": ("def h(p, q): return p.x == q.y\ndef f(a, b): return h(a, b)", "x", "y"),
    "helper, swapped": ("def h(p, q): return p.x == q.y\ndef f(a, b): return h(b, a)", "y", "x"),
    "helper, by name": ("def h(p, q=1, r=2): return p.x, q.y\ndef f(a, b): return h(a, r=1, q=b)", "x", "y"),
    "helper, with more": ("def h(p, q, r): return p.x\ndef f(a, b): return h(a, b.y, 'c')", "x", "y"),
    "helper, twice": ("def h(p): return p.x\ndef f(a, b): return h(a) == h(b)", "x", "x"),
    "helper, after a branch": ("def h(p): return p.x\ndef f(a, b):\n if b.y: return 0\n return h(a)", "x", "y"),
    "helper, chosen": (
        "def h(p): return p.x\ndef g(p): return p.z\ndef f(a, b): return (h if b.y else g)(a)",
        "x z?",
        "y",
    ),
    "helper, argument chosen": ("def h(p): return p.x\ndef f(a, b): return h(a if b.y else 1)", "*", "y"),
    "helper, recursive": (
        "def h(p, n): return h(p, n - 1) if n else p.x\ndef f(a, b): return h(a, 3) + b.y",
        "x?",
        "y",
    ),
    "helper, mutual": (
        "def g(p): return p.z and h(p)\ndef h(p): return p.x or g(p)\ndef f(a, b): return h(a)",
        "x z",
        "",
    ),
    "helper, deep": ("def g(p): return p.x\ndef h(p): return g(p)\ndef f(a, b): return h(a)", "x", ""),
    "helper, in a list": ("def h(p, t): return p.x == t\ndef f(a, b): return [h(a, t) for t in b.y]", "x", "y"),
    "helper, wrong": ("def h(): return 1\ndef f(a, b): return h(a)", "*", ""),
    "helper, *": ("def h(*p): return p[0].x\ndef f(a, b): return h(a, b)", "*", "*"),
    "helper, in C": ("import operator\ndef f(a, b): return operator.attrgetter('x')(a)", "*", ""),
    "helper of a module": ("import m\ndef f(a, b): return m.h(a, b)", "x", "y"),
    "helper in a variable": ("def g():\n h = lambda p: p.x\n return lambda a, b: h(a)\nf = g()", "x", ""),
    "helper that is a class": ("class K:\n def __init__(self, p): self.p = p.x\ndef f(a, b): return K(a)", "*", ""),
    "star call": ("def h(p, q): return p.x\ndef f(a, b): return h(*[a, b])", "*", "*"),
    "star parameters": ("def f(*args): return args[0].x", "*", "*"),
    "partial": ("import functools\ndef g(k, a, b): return k, a.x, b.y\nf = functools.partial(g, 3)", "x", "y"),
    "partial by name": ("import functools\ndef g(a, b, k): return k, a.x\nf = functools.partial(g, k=3)", "x", ""),
    "cached": ("import functools\n@functools.lru_cache\ndef f(a, b): return a.x", "x", ""),
    "wrapped": (
        "import functools\ndef d(g):\n @functools.wraps(g)\n def w(*args): return g(*args)\n return w\n"
        "@d\ndef f(a, b): return a.x",
        "*",
        "*",
    ),
    "callable object": ("class K:\n def __call__(self, a, b): return self.k, a.x\nf = K()", "x", ""),
    "bound method": (
        "class K:\n def one(self, p): return p.x\n def f(self, a, b): return self.one(a) == b.y\nf = K().f",
        "x",
        "y",
    ),
    "static method": ("class K:\n @staticmethod\n def f(a, b): return a.x\nf = K.f", "x", ""),
    "class method": (
        "class K:\n @classmethod\n def f(cls, a, b): return cls.g(b)\n @staticmethod\n def g(p): return p.y\nf = K.f",
        "",
        "y",
    ),
    "property of self": ("class K:\n h = property(lambda s: 1)\n def f(s, a, b): return s.h(a)\nf = K().f", "*", ""),
    "many locals": (
        "def f(a, b):\n x = a.x; y = b.y\n z = x; x = y; y = z\n return x == y and a.z == b.z",
        "x z",
        "y z",
    ),
    "import inside": ("def f(a, b):\n import re\n return re.match(a.x, b.y)", "x", "y"),
    "operators": ("def f(a, b): return -a.x + b.y ** 2 < 3 <= a.z and not b.w", "x z", "y w"),
    "global of that name": ("def f(p, q):\n global a\n a = 3\n return p.x", "x", ""),
}


def define(source: str) -> Any:
    """Execute a cell and return its `f`. There is a module `m` with a function `h`."""
    module = types.ModuleType("m")
    exec("def h(p, q): return p.x == q.y", module.__dict__)
    namespace: dict[str, Any] = {"__name__": "__main__", "m": module}
    exec(source.replace("import m\n", ""), namespace)
    return namespace["f"]


@pytest.mark.parametrize("name", CELLS)
def test_reads(name: str) -> None:
    source, a, b = CELLS[name]
    reads = _reads.find_reads(define(source))
    for side, expected in ((_reads.A, a), (_reads.B, b)):
        if expected.endswith("?"):  # more than one answer is right; the columns must be known then
            assert reads.open[side] or reads.columns[side] == set(expected[:-1].split())
        elif expected == "*":
            assert reads.open[side], side
        else:
            wanted = {"full name"} if expected == "full name" else set(expected.split())
            assert (reads.columns[side], reads.open[side]) == (wanted, False), side


def test_builtin_is_open() -> None:
    reads = _reads.find_reads(operator.eq)
    assert reads.open == {_reads.A: True, _reads.B: True}


def test_rest_of_a_closed_record_is_found_in_names() -> None:
    reads = _reads.find_reads(define("def f(a, b):\n for c in ('first', 'last'): a[c]\n return b.y"))
    assert {"first", "last", "y"} <= reads.names


def test_nothing_is_executed() -> None:
    class Trap:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"asked for {name}")

        def __call__(self, a: Any, b: Any) -> Any:
            return self.helper(a)

    assert _reads.find_reads(functools.partial(Trap())).open[_reads.A]
