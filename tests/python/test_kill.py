"""After kill -9 of the user's process, of the program or of a worker nothing is left.

A process like a notebook's kernel matches two tables by a Python function, again and again; at a random
moment one of all these processes is killed. 12 times, or 200 with AXB_TEST_LONG.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

TRIALS = 200 if os.environ.get("AXB_TEST_LONG") else 12
GONE_SECONDS = 5.0

KERNEL = """
import signal
import axb
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
a = [{"x": str(i), "k": str(i % 7)} for i in range(300)]
def f(p, q):
    t = 0
    for i in range(200):
        t += i
    return 1.0 if p.x == q.x else 0.5
print("ready", flush=True)
for _ in range(3):
    pairs = axb.match(a, a, score=f, where="a.k == b.k", min=0.9, workers=2, progress=False)
    assert len(pairs["a"]) == 300, len(pairs["a"])
print("done", flush=True)
"""


def marked(mark: str) -> dict[int, str]:
    """Return the processes with this mark in their environment, and what each is."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if (
                mark.encode() in (entry / "environ").read_bytes()
                and (entry / "stat").read_text().split(") ")[1][0] != "Z"
            ):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                is_worker = b"-c" in words and any(b"_axb_worker" in w for w in words)
                is_program = words[0].endswith(b"axb")
                found[int(entry.name)] = "worker" if is_worker else "program" if is_program else "kernel"
        except OSError:
            continue  # it has ended meanwhile
    return found


def wait_for(condition: object, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("what", ["kernel", "program", "worker"])
def test_kill(what: str, tmp_path: Path) -> None:
    chance = random.Random(what)
    hit = 0
    for _trial in range(-(-TRIALS // 3)):
        mark = f"AXB_TEST_MARK={uuid.uuid4()}"
        name, value = mark.split("=")
        with subprocess.Popen(
            [sys.executable, "-c", KERNEL],
            env={**os.environ, name: value, "TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as kernel:
            assert kernel.stdout
            assert kernel.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0, 0.8))
            victims: list[int] = []
            wait_for(lambda: victims.extend(p for p, w in marked(mark).items() if w == what) or victims, 2)  # noqa: B023
            if not victims:
                kernel.kill()
                continue
            hit += 1
            os.kill(chance.choice(victims), signal.SIGKILL)
            out, err = kernel.communicate(timeout=60)
            if what == "worker":  # another took its place, and the result is the same
                assert kernel.returncode == 0 and out == "done\n", err
            elif what == "kernel":
                assert kernel.returncode == -signal.SIGKILL
            else:  # a program that was just about to end has given its result already
                assert "axb._errors." in err if kernel.returncode == 1 else out == "done\n", err
            assert wait_for(lambda: not marked(mark), GONE_SECONDS), marked(mark)  # noqa: B023
    assert hit >= 2
    assert list(tmp_path.iterdir()) == []


def test_interrupt() -> None:
    """SIGINT, as control-C and Jupyter send it to the whole group, ends all within two seconds."""
    mark = f"AXB_TEST_MARK={uuid.uuid4()}"
    name, value = mark.split("=")
    code = KERNEL.replace("range(200)", "range(10**9)")
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, name: value},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as kernel:
        assert kernel.stdout
        assert kernel.stdout.readline() == "ready\n"
        assert wait_for(lambda: "worker" in marked(mark).values(), 10)
        start = time.monotonic()
        os.killpg(kernel.pid, signal.SIGINT)
        try:
            _, err = kernel.communicate(timeout=20)
        finally:
            kernel.kill()
        assert time.monotonic() - start < 4
        assert "KeyboardInterrupt" in err
        assert wait_for(lambda: not marked(mark), GONE_SECONDS), marked(mark)


def test_nothing_grows(tmp_path: Path) -> None:
    """Two hundred runs in one process leave its descriptors as they were, and no file."""
    code = """
import os, axb
a = {"x": ["a", "b", None], "n": [1, 2, 3]}
def runs(n):
    for _ in range(n):
        axb.match(a, a, on="x", min=1, progress=False)
def fds():
    return sorted(os.readlink(f"/proc/self/fd/{f}").split(":")[0] for f in os.listdir("/proc/self/fd") if os.path.islink(f"/proc/self/fd/{f}"))
runs(2)
before = fds()
runs(200)
axb.match(a, a, score=lambda p, q: 1.0, min=1, progress=False)
try:
    axb.match(a, a, score=lambda p, q: 1 / 0, min=1, progress=False)
except axb.ScorerError:
    pass
assert fds() == before, (before, fds())
"""
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120, env=env)
    assert list(tmp_path.iterdir()) == []
