"""`axb.map`: the list that `map` of Python gives, from workers; and all that can go wrong with an item."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import axb
from axb import _map, _run, _ship


def square(x: int) -> int:
    return x * x


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("chunk", [None, 1, 3, 1000])
def test_the_same_as_map(workers: int, chunk: int | None) -> None:
    items = list(range(100))
    assert axb.map(lambda x: x * x, items, workers=workers, chunk=chunk) == [x * x for x in items]


def test_few_items() -> None:
    assert axb.map(lambda x: x, []) == []
    assert axb.map(lambda x: [x], ["a"]) == [["a"]]
    assert axb.map(str, (x for x in (None, 1))) == ["None", "1"]


def test_many_items_in_order() -> None:
    n = 200_000
    assert axb.map(lambda x: x + 1, range(n)) == list(range(1, n + 1))


def test_results_larger_than_a_ring() -> None:
    sizes = [20_000_000, 3, 10_000_000, 0]
    assert [len(x) for x in axb.map(bytes, sizes, workers=2, chunk=1)] == sizes


def test_slow_items_do_not_hold_up_order() -> None:
    def f(x: int) -> int:
        import time

        time.sleep(0.3 if x == 0 else 0)
        return x

    assert axb.map(f, range(20), workers=2, chunk=1) == list(range(20))


def test_workers_are_other_processes() -> None:
    pids = set(axb.map(lambda x: __import__("os").getpid(), range(64), workers=2, chunk=1))
    assert os.getpid() not in pids
    assert len(pids) <= 2


def test_hashes_are_the_same_everywhere() -> None:
    assert len(set(axb.map(lambda x: hash("text"), range(64), workers=2, chunk=1))) == 1


def test_print(capfd: pytest.CaptureFixture[str]) -> None:
    axb.map(lambda x: print("from a worker"), range(2), workers=1)
    assert "from a worker" in capfd.readouterr().err


def fail(f: Any, items: Any, **options: Any) -> axb.MapError:
    with pytest.raises(axb.MapError) as caught:
        axb.map(f, items, **options)
    return caught.value


def test_raises() -> None:
    error = fail(lambda x: 1 / (x - 700), range(1000))
    assert (error.index, error.item, error.type) == (700, 700, "ZeroDivisionError")
    assert "raised ZeroDivisionError: division by zero, on item 700: 700" in str(error)
    assert "1 / (x - 700)" in error.traceback  # the line itself
    assert "_worker.py" not in error.traceback


@pytest.mark.parametrize(
    ("crash", "reason"),
    [
        ("os._exit(3)", "exited with 3"),
        ("ctypes.string_at(0)", "was killed by SIGSEGV"),
        ("os.kill(os.getpid(), 9)", "was killed by SIGKILL"),
        ("sys.exit(2)", "raised SystemExit: 2"),
    ],
)
def test_crash(crash: str, reason: str) -> None:
    f: Any = eval(f"lambda x: {crash} if x == 'bad' else x", {m: __import__(m) for m in ("os", "ctypes", "sys")})
    error = fail(f, ["a", "bad", "c"], workers=2)
    assert (error.index, error.item) == (1, "bad")
    assert reason in str(error)


def test_a_worker_that_others_kill_is_replaced(tmp_path: Path) -> None:
    marker = str(tmp_path / "once")

    def f(x: int) -> int:
        import os
        import signal

        if x == 5:
            try:
                os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return x
            os.kill(os.getpid(), signal.SIGKILL)
        return x

    assert axb.map(f, range(10), workers=2, chunk=2) == list(range(10))
    assert os.path.exists(marker)


def test_item_that_cannot_be_copied() -> None:
    items: list[Any] = [1, 2, 3, {"a": [threading.Lock()]}]
    error = fail(str, items, chunk=2)
    assert (error.index, error.item) == (3, items[3])
    assert "item 3 -> ['a'] -> [0] is a lock, which cannot be copied to the workers" in str(error)


def test_result_that_cannot_be_copied() -> None:
    error = fail(lambda x: threading.Lock() if x == 3 else x, range(10), chunk=5)
    assert (error.index, error.item) == (3, 3)
    assert "its result, of type lock, cannot be copied back" in str(error)
    assert "_worker.py" not in str(error)


def test_item_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("axb._pickle.MOST_BYTES", 1000)
    assert axb.map(len, [b"x" * 300] * 10, chunk=10) == [300] * 10  # as several runs
    error = fail(len, [b"x", b"x" * 2000], chunk=10)
    assert error.index == 1


def test_usage() -> None:
    with pytest.raises(axb.UsageError, match="cannot be called with one item"):
        axb.map(lambda x, y: x, [1])
    with pytest.raises(axb.UsageError, match="did you mean workers"):
        axb.map(str, [1], n_jobs=2)
    with pytest.raises(axb.UsageError, match="chunk is a whole number of at least 1"):
        axb.map(str, [1], chunk=0)
    lock = threading.Lock()
    with pytest.raises(axb.ShipError, match="is a lock"):
        axb.map(lambda x: lock, [1])


NOTEBOOK = """
import dataclasses, enum, json, axb
@dataclasses.dataclass
class P:
    x: int
class Color(enum.Enum):
    RED = 1
points = axb.map(lambda p: P(p.x + 1), [P(i) for i in range(5)], workers=2, chunk=1)
assert points == [P(i + 1) for i in range(5)], points
assert all(type(p) is P for p in points)
assert axb.map(lambda c: c, [Color.RED]) == [Color.RED]
assert [f(1) for f in axb.map(lambda k: lambda x: x + k, [1, 2])] == [2, 3]
print("good")
"""


def test_classes_of_the_notebook_come_back_as_themselves() -> None:
    done = subprocess.run([sys.executable, "-c", NOTEBOOK], capture_output=True, text=True)
    assert done.stdout == "good\n", done.stderr


def test_results_that_differ_the_second_time_are_noticed() -> None:
    fd = os.memfd_create("test")
    try:
        os.write(fd, (4 + 5).to_bytes(8, "little") + b"\0\0\0\0" + b"wrong")
        with pytest.raises(axb.MapError, match="they differ"):
            list(_map._read(fd))
    finally:
        os.close(fd)


def test_the_program_refuses_other_forms() -> None:
    fds = [os.memfd_create("test") for _ in range(3)]
    try:
        shipment = _ship.ship(square, "map").write({}, {})
        fds.append(shipment)
        good = _map._write(_map._runs([1, 2, 3], 2), 3)
        fds.append(good)
        data = bytearray(os.pread(good, 1 << 20, 0))
        for at in (0, 8, 16, 64, 72, 80, 88, 104):  # each a number that the program relies on
            changed = bytearray(data)
            changed[at] ^= 0x55
            os.truncate(fds[0], 0)
            os.pwrite(fds[0], changed, 0)
            outcome = _run.run(["map", f"fd:{shipment}", f"fd:{fds[0]}", f"-ofd:{fds[1]}"], pass_fds=fds)
            assert outcome.status == 70, (at, outcome)
            assert "in a form that is not known" in outcome.error["text"]
    finally:
        for fd in fds:
            os.close(fd)


def test_the_program_takes_descriptors_alone() -> None:
    outcome = _run.run(["map", "x", "y"])
    assert (outcome.status, outcome.error["text"]) == (2, "x is not an open descriptor, such as fd:7")


def test_nothing_is_left() -> None:
    before = os.listdir("/proc/self/fd")
    for _ in range(3):
        axb.map(square, range(10))
        fail(lambda x: 1 / x, [0])
    assert os.listdir("/proc/self/fd") == before
