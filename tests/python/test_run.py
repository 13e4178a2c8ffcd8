"""Runs as children: their end in every way, what they print, the bar, descriptors, the program's version."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import axb
from axb import _errors, _program, _progress, _run

SMALL = pd.DataFrame({"x": ["p", "q"]})

FOREVER = """
#include <axb.h>
double score(const axb_row_a *a, const axb_row_b *b)
{
    (void)a, (void)b;
    for (volatile int i = 1; i;) { }
    return 0;
}
"""

# A program of Python's that matches for ever; the process that runs it prints its pid first.
MATCHES_FOREVER = f"""
import axb, os, sys
print(os.getpid(), flush=True)
axb.match({{"x": ["p"] * 64}}, {{"x": ["p"] * 64}}, score=axb.Scorer({FOREVER!r}), min=0, workers=2)
"""


left_over: set[int] = set()  # processes that are to end; a test that fails leaves none either


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    """A process that matches for ever; killed in the end, with all that it started."""
    made = subprocess.Popen(
        [sys.executable, "-c", MATCHES_FOREVER],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    yield made
    for pid in (*processes_of(made.pid), *left_over, made.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    left_over.clear()
    made.communicate()


def processes_of(pid: int) -> list[int]:
    """The descendants of a process that have not ended."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    found, at = [], [pid]
    while at:
        at = [int(child) for child, parent, state in rows if int(parent) in at and not state.startswith("Z")]
        found += at
    return found


def wait_until(holds: Any, seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)
    return bool(holds())


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def is_worker(pid: int) -> bool:
    try:
        return b"worker\0run" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def started_workers(child: subprocess.Popen[str]) -> list[int]:
    """Wait until a worker scores, and return the processes of the run."""
    assert wait_until(lambda: any(map(is_worker, processes_of(child.pid)))), child.poll()
    time.sleep(0.3)
    pids = processes_of(child.pid)
    left_over.update(pids)
    return pids


# ---- Ends ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_a_kernel_that_is_killed(child: subprocess.Popen[str], number: int) -> None:
    pids = started_workers(child)
    os.kill(child.pid, number)
    child.communicate()
    assert wait_until(lambda: not any(map(is_alive, pids)))


def test_interrupt(child: subprocess.Popen[str]) -> None:
    pids = started_workers(child)
    began = time.monotonic()
    os.killpg(child.pid, signal.SIGINT)  # as a terminal and Jupyter do: the whole group
    _, said = child.communicate(timeout=20)
    assert time.monotonic() - began < 10
    assert "KeyboardInterrupt" in said
    assert not any(map(is_alive, pids))


def test_interrupts_leave_nothing_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    threads = threading.active_count()
    score = axb.Scorer(FOREVER)
    for _ in range(3):
        timer = threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            axb.match(SMALL, SMALL, score=score, min=0)
        timer.join()
    assert len(os.listdir("/proc/self/fd")) == before
    assert threading.active_count() == threads
    assert axb.match(SMALL, SMALL, on="x", min=1)["score"].tolist() == [1, 1]


def test_a_program_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stubborn = tmp_path / "axb"
    stubborn.write_text(
        f"#!/bin/sh\n[ $1 = --version ] && echo axb {axb.__version__} && exit\ntrap '' TERM\nexec sleep 60\n"
    )
    stubborn.chmod(0o755)
    monkeypatch.setenv("AXB", str(stubborn))
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        _run.run(["match"])
    assert 2 < time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("number", "kind"),
    [(signal.SIGKILL, axb.LimitError), (signal.SIGTERM, axb.Stopped), (signal.SIGSEGV, axb.AxbError)],
)
def test_a_program_that_is_killed(number: int, kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dying = tmp_path / "axb"
    dying.write_text(f"#!/bin/sh\n[ $1 = --version ] && echo axb {axb.__version__} && exit\nkill -{int(number)} $$\n")
    dying.chmod(0o755)
    monkeypatch.setenv("AXB", str(dying))
    with pytest.raises(kind, match=signal.Signals(number).name):
        axb.match(SMALL, SMALL, on="x", min=1)


def test_a_process_that_a_scorer_starts_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "axb"
    program.write_text(
        f"#!{sys.executable}\nimport subprocess, sys\n"
        f"if sys.argv[1] == '--version': sys.exit(print('axb {axb.__version__}'))\n"
        "subprocess.Popen(['sleep', '5'])\nprint('out')\nprint('err', file=sys.stderr)\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("AXB", str(program))
    began = time.monotonic()
    outcome = _run.run(["match"], on_stderr=lambda _: None)
    assert time.monotonic() - began < 4.5
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, b"out\n", "err\n")


# ---- Many runs -------------------------------------------------------------------------------------


def test_two_hundred_runs_leave_descriptors_as_before() -> None:
    axb.match(SMALL, SMALL, on="x", min=1)
    before, shared = sorted(os.listdir("/proc/self/fd")), sorted(os.listdir("/dev/shm"))
    for i in range(200):
        if i % 5:
            axb.match(SMALL, SMALL, on="x", min=1)
        else:
            with pytest.raises(axb.UsageError):
                axb.match(SMALL, SMALL, on="y", min=1)
    assert sorted(os.listdir("/proc/self/fd")) == before
    assert sorted(os.listdir("/dev/shm")) == shared


def test_runs_in_threads() -> None:
    results: list[Any] = []
    threads = [
        threading.Thread(target=lambda: results.append(axb.match(SMALL, SMALL, on="x", min=1, workers=1)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(result) for result in results] == [2] * 8


# ---- What is printed -------------------------------------------------------------------------------


def test_scorers_print_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    prints = "#include <axb.h>\n#include <stdio.h>\ndouble score(const axb_row_a *a, const axb_row_b *b)\n{ %s; return 0; }\n"
    axb.match(SMALL, SMALL, score=axb.Scorer(prints % 'fputs("seen ö\\n", stderr); fflush(stderr)'), min=1)
    assert capsys.readouterr().err.count("seen ö\n") >= 4
    loop = 'for (int i = 0; i < 60000; i++) fputs("xy", stderr); fflush(stderr)'
    axb.match(SMALL, SMALL, score=axb.Scorer(prints % loop), min=1)
    said = capsys.readouterr().err
    assert said.count("x") < 2**15 + 10
    left_out = re.search(r"axb: ([\d,]+) more bytes that were printed are not shown", said)
    assert left_out
    assert int(left_out[1].replace(",", "")) + 2**16 == 4 * 120000


def test_pieces_of_what_is_printed() -> None:
    shown: list[str] = []
    kept = _run._Kept(shown.append)
    for piece in (b"a", b"b\nc\xc3", b"\xb6\n", b"\xff", b"end"):
        kept.take(piece)
    assert kept.end() == "ab\ncö\n\ufffdend"
    assert shown == ["ab\n", "cö\n", "\ufffdend"]


def test_notes_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    axb.match(SMALL, SMALL, on="x", where="jaro(x) > 2", min=0.5)
    assert capsys.readouterr().err.startswith("axb: no pair can match: more is asked than can be reached")


# ---- The bar ---------------------------------------------------------------------------------------


def report(**changes: Any) -> dict[str, Any]:
    return {"phase": "matching", "done": 3, "total": 10, "found": 5, "pairs_done": 1e6, "left_seconds": 83.0, **changes}


def test_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    with _progress.Progress(True) as bar:
        bar.update(report())
        bar.update(report(done=4))
        bar.write("a word\n")
    drawn = screen.getvalue()
    assert "matching  30%" in drawn
    assert "5 found, 1:23 left" in drawn
    assert "a word\n" in drawn


def test_no_bar_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    for shown in (False, None):
        with _progress.Progress(shown) as bar:
            bar.update(report())
    assert screen.getvalue() == ""


def test_a_bar_waits_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    for watched, shown, wait, drawn in (
        (True, None, 0, True),
        (True, None, 60, False),
        (True, False, 0, False),
        (False, None, 0, False),
    ):
        screen = io.StringIO()
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setattr(_progress, "_WAIT_SECONDS", wait)
        monkeypatch.setattr(_progress, "_is_watched", lambda watched=watched: watched)
        with _progress.Progress(shown) as bar:
            bar.update(report())
        assert bool(screen.getvalue()) == drawn


def test_words_of_the_bar() -> None:
    assert _progress.describe(report(), 2.04e11) == "204 G pairs/s, 5 found, 1:23 left"
    assert _progress.describe(report(found=0, left_seconds=None), 0) == ""
    assert [_progress.count(x) for x in (0, 9999, 10000, 999600, 8.1e11)] == ["0", "9999", "10 k", "1 M", "810 G"]
    assert [_progress.clock(x) for x in (5, 4000, 400000)] == ["0:05", "1:06:40", "4 days"]


# ---- The program -----------------------------------------------------------------------------------


def test_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "axb"
    other.write_text("#!/bin/sh\necho axb 9.8.7\n")
    other.chmod(0o755)
    monkeypatch.setenv("AXB", str(other))
    with pytest.raises(axb.VersionError) as caught:
        axb.match(SMALL, SMALL, on="x", min=1)
    assert isinstance(caught.value, ImportError)
    for words in (str(other), "9.8.7", axb.__version__, str(Path(axb.__file__).parent), "AXB names it"):
        assert words in str(caught.value)


def test_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AXB", str(tmp_path / "nothing"))
    with pytest.raises(axb.VersionError, match="cannot be started"):
        axb.match(SMALL, SMALL, on="x", min=1)
    monkeypatch.delenv("AXB")
    monkeypatch.setattr(_program._axb, "__file__", str(tmp_path / "_axb.abi3.so"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(axb.VersionError, match="the program axb is missing\ninstall it, or set AXB"):
        _program.find()


def test_importing_is_light() -> None:
    code = """
        import sys
        before = set(sys.modules)
        import axb
        new = {name.partition(".")[0] for name in set(sys.modules) - before} - {"axb"}
        assert not new & {"numpy", "pandas", "pyarrow", "tqdm", "cloudpickle", "typing", "json"}, new
        assert "match" in dir(axb) and axb.match
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


def test_public_names() -> None:
    for name in (
        "AxbError",
        "UsageError",
        "DataError",
        "ScorerError",
        "ShipError",
        "MapError",
        "LimitError",
        "Stopped",
    ):
        assert issubclass(getattr(axb, name), axb.AxbError)
    with pytest.raises(AttributeError, match="no attribute 'mach'"):
        axb.mach  # noqa: B018
    with pytest.raises(AttributeError, match="cannot compare two texts alone"):
        axb.cosine_idf  # noqa: B018
    with pytest.raises(AttributeError, match="cannot compare two texts alone"):
        axb.rarity  # noqa: B018
    stub = (Path(_program.__file__).resolve().parent / "__init__.pyi").read_text()
    assert re.findall(r"^def (\w+)\(x: str", stub, re.MULTILINE) == list(axb._axb.METRICS)


def test_options_are_called_as_in_python() -> None:
    assert _errors.in_python("--pair-timeout is no --min") == "pair_timeout is no min"
