"""Functions of a notebook: each is shipped in one process, and called in a fresh one.

A cell defines `f`, in `__main__`. What it gives for a few pairs is compared between the process
that defined it and one that knows nothing but the bytes of the shipment.
"""

from __future__ import annotations

import json
import os
import pickletools
import subprocess
import sys
from pathlib import Path
from typing import Any

import cloudpickle
import pytest

from axb import _pickle, _ship, _worker
from axb._errors import UsageError

PACKAGE = Path(_ship.__file__).parent

# Ships the `f` of each cell, a JSON object on the standard input: {name: source}. Writes for each
# NAME.ship and NAME.json: what f gives, or the exception of `ship`.
SHIPPER = r"""
import json, linecache, sys, types
from axb import _ship
folder, cells = sys.argv[1], json.load(sys.stdin)

class Record:  # of a module, as axb's are
    pass

def outcome(f, pairs):
    return [repr(f(types.SimpleNamespace(**a), types.SimpleNamespace(**b))) for a, b in pairs]

PAIRS = [({"name": "Ann", "zip": 3}, {"name": "Anna", "zip": 3}), ({"name": "Bo", "zip": 1}, {"name": "Bo", "zip": 2})]
from axb import _pickle
most_bytes = _pickle.MOST_BYTES
for name, source in cells.items():
    _pickle.MOST_BYTES = most_bytes
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    filename = f"<cell {name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), main.__dict__)
    try:
        shipment = _ship.ship(main.f)
        result = {"head": shipment.head, "warnings": shipment.warnings}
        with open(f"{folder}/{name}.ship", "wb") as out:
            out.write(shipment.to_bytes())
        result["gives"] = None if "raises" in name else outcome(main.f, PAIRS)
    except Exception as e:
        result = {"error": type(e).__name__, "text": str(e)}
    with open(f"{folder}/{name}.json", "w") as out:
        json.dump(result, out)
"""

# Loads a shipment as a worker does, and says what its function gives, or what it raises.
LOADER = r"""
import json, runpy, sys, types
worker = runpy.run_path(sys.argv[1], run_name="axb worker")
PAIRS = [({"name": "Ann", "zip": 3}, {"name": "Anna", "zip": 3}), ({"name": "Bo", "zip": 1}, {"name": "Bo", "zip": 2})]
f = None
try:
    f = worker["load"](open(sys.argv[2], "rb").read())
    print(json.dumps([repr(f(types.SimpleNamespace(**a), types.SimpleNamespace(**b))) for a, b in PAIRS]))
except BaseException as e:
    print(json.dumps(worker["describe"](e, f)))
"""

WORK = {
    "lambda": "f = lambda a, b: a.zip - b.zip",
    "def": "def f(a, b): return float(a.name == b.name)",
    "closure": "def g(k):\n def f(a, b): return k * a.zip\n return f\nf = g(7)",
    "nested": "def f(a, b):\n def g(x): return x + 1\n return g(a.zip)",
    "recursion": "def f(a, b, n=5): return a.zip if n == 0 else f(a, b, n - 1)",
    "mutual recursion": "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n != 0 and even(n - 1)\n"
    "def f(a, b): return even(a.zip)",
    "global dict": "table = {'Ann': 1, 'Bo': [2]}\ndef f(a, b): return table[a.name]",
    "global regex": "import re\nfirst = re.compile('A(.)')\ndef f(a, b): return first.sub(r'\\1', b.name)",
    "dataclass": "from dataclasses import dataclass\n@dataclass(order=True, frozen=True)\nclass P:\n x: int\n y: str = 'q'\n"
    "def f(a, b): return P(a.zip) < P(b.zip), P(1)",
    "enum": "import enum\nclass Color(enum.Enum):\n RED = 1\n BLUE = 3\ndef f(a, b): return Color(a.zip).name, Color.RED",
    "flags": "import enum\nclass F(enum.Flag):\n A = 1\n B = 2\nboth = F.A | F.B\ndef f(a, b): return both, F.A in both",
    "callable object": "class K:\n def __init__(self): self.k = 4\n def __call__(self, a, b): return self.k + a.zip\nf = K()",
    "bound method": "class K:\n k = 3\n def score(self, a, b): return self.k * a.zip\nf = K().score",
    "static method": "class K:\n @staticmethod\n def score(a, b): return a.zip\nf = K.score",
    "class method": "class K:\n k = 2\n @classmethod\n def score(cls, a, b): return cls.k + a.zip\nf = K.score",
    "inheritance": "class A:\n def g(self, x): return x\nclass B(A):\n def g(self, x): return super().g(x) + 1\n"
    "def f(a, b): return B().g(a.zip)",
    "property": "class A:\n @property\n def p(self): return 3\ndef f(a, b): return A().p",
    "abstract": "import abc\nclass A(abc.ABC):\n @abc.abstractmethod\n def g(self): ...\nclass B(A):\n def g(self): return 1\n"
    "def f(a, b): return B().g()",
    "partial": "import functools\ndef g(k, a, b): return k + a.zip\nf = functools.partial(g, 10)",
    "lru_cache": "import functools\n@functools.lru_cache(maxsize=9)\ndef g(x): return x + 1\n"
    "def f(a, b): return g(a.zip), g.cache_parameters()",
    "cache, recursive": "from functools import cache\n@cache\ndef fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\n"
    "def f(a, b): return fib(40 + a.zip)",
    "cached itself": "from functools import lru_cache\n@lru_cache\ndef g(x): return x\nf = lambda a, b: g(a.zip)",
    "cached method": "from functools import lru_cache\nclass K:\n @lru_cache\n def g(self, x): return x\n"
    "k = K()\ndef f(a, b): return k.g(a.zip)",
    "cached property": "from functools import cached_property\nclass K:\n @cached_property\n def p(self): return 5\n"
    "k = K()\ndef f(a, b): return k.p",
    "wraps": "import functools\ndef d(g):\n @functools.wraps(g)\n def w(*args, **kw): return 1 + g(*args, **kw)\n return w\n"
    "@d\ndef f(a, b): return a.zip",
    "generator inside": "def pieces(x):\n for c in x: yield c\ndef f(a, b): return list(pieces(a.name))",
    "defaults": "k = 3\ndef f(a, b, weight=k, *, power=k + 1): return a.zip * weight ** power",
    "numpy": "import numpy as np\nweights = np.arange(3.0)\ndef f(a, b): return float(weights @ np.ones(3)), np.int64(a.zip)",
    "import inside": "def f(a, b):\n import statistics\n return statistics.mean([a.zip, b.zip])",
    "imported function": "from os.path import join\ndef f(a, b): return join(a.name, b.name)",
    "imported submodule": "import os.path, xml.dom.minidom\ndef f(a, b): return xml.dom.minidom.parseString('<a/>').toxml()",
    "module of the folder": "import notebook_helpers\nfrom notebook_helpers import one\n"
    "def f(a, b): return notebook_helpers.two(a) + one(b)",
    "function of a module": "from notebook_helpers import both as f",
    "annotations": "from typing import NewType, TypeVar, Optional\nclass R: pass\nT = TypeVar('T')\nU = NewType('U', int)\n"
    "def f(a: R, b: 'Optional[R]', c: U = U(3)) -> T: return a.zip + c",
    "generic class": "from typing import Generic, TypeVar\nT = TypeVar('T')\nclass Box(Generic[T]):\n x: T\n"
    "def f(a: Box[int], b): return Box[int].__origin__ is Box",
    "f-string": "k = 2\ndef f(a, b): return f'{a.name!r:>8}{k:.{k}f}'",
    "walrus": "def f(a, b): return (n := len(a.name)) and n + b.zip",
    "match": "def f(a, b):\n match a.name:\n  case 'Ann': return 1\n  case str(x): return x",
    "comprehensions": "def f(a, b): return [a.name + c for c in b.name], {c: a.zip for c in b.name}, sum(a.zip for c in b.name)",
    "global counter": "counter = 0\ndef f(a, b):\n global counter\n counter += 1\n return 1",
    "slots": "class S:\n __slots__ = ('x', 'y')\n def __init__(self): self.x = 3\ns = S()\ndef f(a, b): return s.x, hasattr(s, 'y')",
    "namedtuple": "from collections import namedtuple\nP = namedtuple('P', 'x y')\np = P(1, 2)\ndef f(a, b): return p, P(a.zip, 0)",
    "typed namedtuple": "from typing import NamedTuple\nclass P(NamedTuple):\n x: int\n y: int = 3\ndef f(a, b): return P(a.zip)",
    "metaclass": "class M(type):\n def __len__(cls): return 7\nclass K(metaclass=M): pass\ndef f(a, b): return len(K)",
    "exception of the notebook": "class Bad(Exception): pass\ndef f(a, b):\n try: raise Bad(a.zip)\n except Bad as e: return e.args",
    "builtin": "import operator\nf = operator.is_",
    "type": "f = lambda a, b: (complex(a.zip, b.zip), Ellipsis, NotImplemented)",
    "print": "import sys\nout = sys.stderr\ndef f(a, b):\n print('x', file=out)\n return 1",
    "logger": "import logging\nlog = logging.getLogger('x')\ndef f(a, b):\n log.debug('x')\n return 1",
    "datetime": "import datetime as dt\nday = dt.date(2020, 1, 31)\ndef f(a, b): return day + dt.timedelta(a.zip)",
    "random": "import random\nr = random.Random(5)\ndef f(a, b): return random.Random(a.zip).random(), isinstance(r, random.Random)",
    "set": "words = {'a', 'b'}\nfrozen = frozenset(words)\ndef f(a, b): return sorted(words | frozen)",
    "star arguments": "def f(*args, **kw): return args[0].zip, kw",
    "weak set by import": "import weakref\ndef f(a, b): return len(weakref.WeakSet())",
    "name of a cell later": "def g(): return h()\ndef h(): return 4\ndef f(a, b): return g()",
    "sets a global": "def f(a, b):\n global seen\n seen = a.zip\n return seen",
    "class in a function": "def f(a, b):\n class K:\n  def g(self): return __class__.__name__\n return K().g()",
    "string io": "import io\nbuffer = io.StringIO('abc')\ndef f(a, b): return buffer.getvalue()",
    "async helper": "import asyncio\nasync def g(x): return x\ndef f(a, b): return asyncio.run(g(a.zip))",
}

REFUSED = {
    # source, what the message must have
    "lock": (
        "import threading\nlock = threading.Lock()\ndef f(a, b):\n with lock: return 1",
        "f -> global lock is a lock",
    ),
    "rlock in a dict": (
        "import threading\nt = {'x': [threading.RLock()]}\ndef f(a, b): return t",
        "global t -> ['x'] -> [0] is a lock",
    ),
    "event": (
        "import threading\ne = threading.Event()\ndef f(a, b): return e",
        "global e -> ._cond -> ._lock is a lock",
    ),
    "generator": ("g = (i for i in range(3))\ndef f(a, b): return next(g)", "f -> global g is a generator"),
    "socket": ("import socket\ns = socket.socket()\ndef f(a, b): return s.fileno()", "f -> global s is a socket"),
    "database": (
        "import sqlite3\ndb = sqlite3.connect(':memory:')\ndef f(a, b): return db",
        "global db is a database connection",
    ),
    "cursor": (
        "import sqlite3\nc = sqlite3.connect(':memory:').cursor()\ndef f(a, b): return c",
        "global c is a database cursor",
    ),
    "open file": ("log = open('/dev/null')\ndef f(a, b): return log.read()", "f -> global log is an open file"),
    "open binary file": (
        "log = open('/dev/null', 'rb')\ndef f(a, b): return log.read()",
        "f -> global log is an open file",
    ),
    "thread": ("import threading\nt = threading.Thread()\ndef f(a, b): return t", "f -> global t is a thread"),
    "child": (
        "import subprocess\nc = subprocess.Popen(['true'])\nc.wait()\ndef f(a, b): return c",
        "global c is a child process",
    ),
    "in a closure": (
        "import threading\ndef g():\n lock = threading.Lock()\n return lambda a, b: lock\nf = g()",
        "variable lock is a lock",
    ),
    "in a default": (
        "import threading\ndef f(a, b, lock=threading.Lock()): return 1",
        "f -> default of lock is a lock",
    ),
    "in self": (
        "import threading\nclass K:\n def __init__(self): self.lock = threading.Lock()\n def f(self, a, b): return 1\nf = K().f",
        "self -> .lock is a lock",
    ),
    "in a slot": (
        "class K: __slots__ = ('g',)\nk = K()\nk.g = (i for i in ())\ndef f(a, b): return k",
        "global k -> .g is a generator",
    ),
    "in a helper": (
        "g = iter(i for i in ())\ndef h(): return g\ndef f(a, b): return h()",
        "f -> global h -> global g is a generator",
    ),
    "in a partial": (
        "import functools, threading\ndef g(l, a, b): return 1\nf = functools.partial(g, threading.Lock())",
        "argument 0 is a lock",
    ),
    "in a class": (
        "import threading\nclass K:\n lock = threading.Lock()\ndef f(a, b): return K.lock",
        "global K -> .lock is a lock",
    ),
    "cannot be pickled": (
        "import ctypes\np = ctypes.pointer(ctypes.c_int(3))\ndef f(a, b): return p",
        "f -> global p is ",
    ),
    "own way to be pickled": (
        "class K:\n def __reduce__(self): raise RuntimeError('not me')\nk = K()\ndef f(a, b): return k",
        "f -> global k is a K (RuntimeError: not me)",
    ),
    "by its name": (
        "class K:\n __name__ = 'k'\n def __reduce__(self): return 'k'\nk = K()\ndef f(a, b): return k",
        "f -> global k is a K of the notebook",
    ),
    "missing name": (
        "scores = {}\ndef f(a, b): return score[a.name]",
        "f uses `score`, which is not defined; near names: scores",
    ),
    "missing name inside": ("def f(a, b): return [late(x) for x in a.name]", "f uses `late`, which is not defined"),
    "missing name of a helper": (
        "def h(): return late\ndef f(a, b): return h()",
        "f -> h uses `late`, which is not defined",
    ),
    "only in the notebook": (
        "import builtins, difflib\nbuiltins.get_ipython = difflib.get_close_matches\ndef f(a, b): return get_ipython()",
        "`get_ipython`, which only the notebook has",
    ),
    "too large": (
        "from axb import _pickle\n_pickle.MOST_BYTES = 2 << 20\nsmall = [bytes(1 << 20)] * 9\n"
        "large = [bytearray(1 << 20) for _ in range(3)]\ndef f(a, b): return large, small",
        "f takes more than 2 MB along, most of it global large (over 2.0 MB)",
    ),
    "recursion without end": ("x = []\nfor _ in range(100000): x = [x]\ndef f(a, b): return x", "recursion"),
}

USAGE = {
    "no argument": ("def f(): return 1", "f() cannot be called with two records, as in f(a, b)"),
    "one argument": ("def f(a): return 1", "f(a) cannot be called with two records, as in f(a, b)"),
    "three arguments": ("def f(a, b, c): return 1", "f(a, b, c) cannot be called with two records"),
    "needs a keyword": ("def f(a, b, *, k): return 1", "missing a required"),
    "partial takes one": (
        "import functools\ndef g(a, b): return 1\nf = functools.partial(g, 1)",
        "cannot be called with two records",
    ),
    "method takes one": ("class K:\n def f(self, a): return 1\nf = K().f", "cannot be called with two records"),
    "is a generator": ("def f(a, b): yield 1", "has `yield`"),
    "is async": ("async def f(a, b): return 1", "is `async`"),
    "is a number": ("f = 3", "not a function but an int"),
}

RAISES = {
    # source, type, message, in the traceback
    "raises": ("def g(x):\n    return 1 / (x - 3)\ndef f(a, b):\n    return g(a.zip)", "ZeroDivisionError", "division by zero",
               ['File "<cell raises>", line 4, in f\n    return g(a.zip)', "    return 1 / (x - 3)"]),
    "raises SystemExit": ("import sys\ndef f(a, b): sys.exit('done')", "SystemExit", "done", ["sys.exit('done')"]),
    "raises KeyboardInterrupt": ("def f(a, b): raise KeyboardInterrupt", "KeyboardInterrupt", "", ["in f"]),
    "raises without a message": ("class Odd(Exception):\n def __str__(self): return 1 / 0\ndef f(a, b): raise Odd",
                                 "Odd", "its message cannot be shown: str() raised ZeroDivisionError", ["in f"]),
    "raises with a long message": ("def f(a, b): raise ValueError('x' * 10**7 + 'end')", "ValueError", "bytes more", ["in f"]),
    "raises with surrogates": ("def f(a, b): raise ValueError('\\ud800\\0')", "ValueError", "\\ud800\\x00", ["in f"]),
    "raises RecursionError": ("def f(a, b): return f(a, b) + 1", "RecursionError", "maximum recursion depth exceeded", ["more times"]),
    "raises RecursionError of two": ("def g(a, b): return f(a, b) + 1\ndef f(a, b): return g(a, b) + 1", "RecursionError",
                                     "maximum recursion", ["bytes more", "in f"]),
    "raises of a module": ("import json\ndef f(a, b): return json.loads('{')", "json.decoder.JSONDecodeError", "Expecting", ["in f"]),
    "raises from": ("def f(a, b):\n try: 1 / 0\n except Exception as e: raise KeyError(3) from e", "KeyError", "3", ["direct cause"]),
    "raises at load": ("import notebook_gone\nf = notebook_gone.f", "ModuleNotFoundError", "No module named 'notebook_gone'", []),
}  # fmt: skip


class Ships:
    """The cells, shipped by one process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "notebook_helpers.py").write_text(
            "def one(r): return r.zip\ndef two(r): return 2 * r.zip\ndef both(a, b): return one(a) + two(b)\n"
        )
        (folder / "notebook_gone.py").write_text("def f(a, b): return 1\n")
        cells = {**WORK, **{n: row[0] for t in (REFUSED, USAGE, RAISES) for n, row in t.items()}}
        self.path = f"{folder}:{PACKAGE.parent}"
        subprocess.run(
            [sys.executable, "-c", SHIPPER, str(folder)],
            input=json.dumps(cells).encode(), cwd=folder, check=True,
            env={**os.environ, "PYTHONPATH": self.path},
        )  # fmt: skip
        (folder / "notebook_gone.py").unlink()

    def result(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text())
        return found

    def load(self, name: str) -> Any:
        """Call a shipped function in a fresh process."""
        assert "error" not in self.result(name), self.result(name)["text"]
        return load(self.folder / f"{name}.ship")


def load(path: Path) -> Any:
    command = [sys.executable, "-s", "-B", "-c", LOADER, str(PACKAGE / "_worker.py"), str(path)]
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/", env=env)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def ships(tmp_path_factory: pytest.TempPathFactory) -> Ships:
    return Ships(tmp_path_factory.mktemp("ships"))


@pytest.mark.parametrize("name", WORK)
def test_works_in_a_fresh_process(ships: Ships, name: str) -> None:
    if name == "typed namedtuple" and cloudpickle.__version__ < "3":
        pytest.skip("cloudpickle 2 cannot make a class of typing.NamedTuple again")
    gives = ships.load(name)
    assert gives == ships.result(name)["gives"]


@pytest.mark.parametrize("name", WORK)
def test_nothing_stands_by_a_name_of_the_notebook(ships: Ships, name: str) -> None:
    head, body = _worker.open_shipment((ships.folder / f"{name}.ship").read_bytes())
    texts: list[Any] = []
    memo: list[Any] = []
    for opcode, value, _ in pickletools.genops(bytes(body[: head["function_bytes"]])):
        if opcode.name == "STACK_GLOBAL":
            assert texts[-2] != "__main__", texts[-2:]
        elif opcode.name == "MEMOIZE":
            memo.append(texts[-1] if texts else None)
        elif "UNICODE" in opcode.name:
            texts.append(value)
        elif opcode.name in ("BINGET", "LONG_BINGET"):
            texts.append(memo[int(str(value))])
        else:
            texts.append(None)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(ships: Ships, name: str) -> None:
    result = ships.result(name)
    assert (result["error"], REFUSED[name][1] in result["text"]) == ("ShipError", True), result["text"]


@pytest.mark.parametrize("name", USAGE)
def test_usage(ships: Ships, name: str) -> None:
    result = ships.result(name)
    assert (result["error"], USAGE[name][1] in result["text"]) == ("UsageError", True), result["text"]


@pytest.mark.parametrize("name", RAISES)
def test_describe(ships: Ships, name: str) -> None:
    _, kind, message, pieces = RAISES[name]
    described = ships.load(name)
    assert described[0] == kind
    assert message in described[1]
    for piece in pieces:
        assert piece in described[2]
    assert sum(len(text.encode()) for text in described) < 16 << 10
    assert "_worker.py" not in described[2]


def main_function(source: str) -> Any:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(source, namespace)
    return namespace["f"]


def test_limits() -> None:
    assert (_ship.WARN_BYTES, _pickle.MOST_BYTES) == (1 << 20, 256 << 20)


def test_warns_of_much() -> None:
    shipment = _ship.ship(
        main_function("small = 'x' * 1000\ntable = 'y' * (3 << 20)\ndef f(a, b): return small, table")
    )
    assert shipment.warnings == ["f takes 3.0 MB along to each worker, most of it global table (3.0 MB)"]
    assert _ship.ship(main_function("def f(a, b): return 1")).warnings == []


def test_write() -> None:
    shipment = _ship.ship(main_function("def f(a, b): return a.x == b.y"))
    fd = shipment.write({"x": "int", "z": "str"}, {"y": "date"})
    try:
        with open(fd, "rb", closefd=False) as file:
            data = file.read()
        with pytest.raises(OSError, match="not permitted"):
            os.pwrite(fd, b"x", 0)
    finally:
        os.close(fd)
    head, _ = _worker.open_shipment(data)
    assert head["types"] == {"a": {"x": "int"}, "b": {"y": "date"}}
    assert (head["version"], head["name"], head["call"], head["kind"]) == (1, "f", "pair", "pickle")
    assert (head["a"], head["b"]) == ({"reads": ["x"], "open": False}, {"reads": ["y"], "open": False})


def test_map_takes_one_item() -> None:
    assert _ship.ship(main_function("f = lambda x: x"), "map").head["call"] == "map"
    with pytest.raises(UsageError, match=r"cannot be called with one item, as in f\(x\)"):
        _ship.ship(main_function("f = lambda x, y: x"), "map")


# ---- score.py ------------------------------------------------------------------------------------


def test_source(tmp_path: Path) -> None:
    (tmp_path / "near_by.py").write_text("k = 10\n")
    path = tmp_path / "my score.py"
    path.write_text(
        "import near_by\n\ndef score(a, b):\n    return a.zip * near_by.k + helper(b)\n\ndef helper(p): return p.zip\n"
    )
    shipment = _ship.read_source(path)
    assert shipment.head["a"] == {"reads": ["zip"], "open": False} == shipment.head["b"]
    ship = tmp_path / "x.ship"
    with ship.open("wb") as out:
        _worker.ship_main(str(path), out.fileno())
    assert ship.read_bytes() == shipment.to_bytes()
    assert load(ship) == ["33", "12"]


def test_source_is_not_executed(tmp_path: Path) -> None:
    path = tmp_path / "score.py"
    path.write_text("import sys\nsys.exit(3)\ndef score(a, b): return a.x\n")
    assert _ship.read_source(path).head["a"]["reads"] == ["x"]


@pytest.mark.parametrize("source", ["score = max", "@staticmethod\ndef score(a, b): return a.x", "from m import score"])
def test_source_that_only_its_execution_tells(tmp_path: Path, source: str) -> None:
    path = tmp_path / "score.py"
    path.write_text(source)
    assert _ship.read_source(path).head["a"]["open"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def scor(a, b): return 1", r"has no function `score\(a, b\)`; did you mean `scor`\?"),
        ("x = 1\ndef score(a, b)\n", r"score.py:2: expected ':'"),
        ("def score(a): return 1", r"score\(a\) cannot be called with two records"),
        ("# coding: nonsense\n", "score.py:1: unknown encoding"),
        ("x = '\0'", "null bytes"),
    ],
)
def test_source_with_an_error(tmp_path: Path, source: str, message: str) -> None:
    path = tmp_path / "score.py"
    path.write_text(source)
    with pytest.raises(UsageError, match=message):
        _ship.read_source(path)


def test_source_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        _ship.read_source(tmp_path / "score.py")
