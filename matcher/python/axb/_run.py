"""One run of the program, as a child of this process.

The program gets descriptors: tables and results are memory without a name, its reports come on a pipe, a JSON object a
line (``core/report.h``). It has a session of its own, so the control-C that a terminal or Jupyter sends to this
process's whole group does not reach it: `run` ends it, in order. Another pipe ends it if this process is killed. Not
here: what the arguments mean.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import _program
from ._errors import AxbError, from_program

STDERR_BYTES = 64 << 10  # of what is kept and shown; of the rest it is said that it was left out
_PIECE_BYTES = 1 << 16
_TERM_SECONDS = 2.0  # between asking it to end and killing it


@dataclass
class Outcome:
    """How a run ended.

    Attributes
    ----------
    status : int
        The exit status; negative: the signal that killed it.
    result : dict
        Figures of the run, if it came to its end.
    notes : list of str
    failures : list of dict
        Scorers and functions that failed: the rows or the item, `reason`, `type`, `traceback`.
    error : dict
        With `text` and `hint`, if it failed.
    stdout : bytes
    stderr : str
        At most 64 KiB.
    """

    status: int = 0
    result: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, Any] = field(default_factory=dict)
    stdout: bytes = b""
    stderr: str = ""

    def exception(self) -> AxbError | None:
        """Return the exception for a run that failed."""
        if self.status == 0:
            return None
        if self.error:
            return from_program(self.status, self.error["text"], self.error.get("hint", ""))
        text = self.stderr.strip().removeprefix("axb: ")
        return from_program(self.status, text or f"the program ended with status {self.status}, and says nothing")


def run(
    arguments: Sequence[str],
    *,
    pass_fds: Sequence[int] = (),
    on_progress: Callable[[dict[str, Any]], None] | None = None,
    on_stderr: Callable[[str], None] | None = None,
) -> Outcome:
    """Run the program and wait for its end.

    Parameters
    ----------
    arguments : sequence of str
        The verb first, in one: "match", "data load".
    pass_fds : sequence of int
        Descriptors that it inherits, under their own numbers.
    on_progress : callable, optional
        Called with each report of progress.
    on_stderr : callable, optional
        Called with what scorers print, as it comes; default: it goes to `sys.stderr`.

    Returns
    -------
    Outcome
        Also if it failed.

    Raises
    ------
    VersionError
        The program is missing, or of another version.
    """
    path = _program.find()
    fds = _Descriptors()
    try:
        report_r, report_w = fds.pipe()
        alive_r, _ = fds.pipe()
        verb, *rest = arguments
        child = subprocess.Popen(
            [path, *verb.split(), f"--report-fd={report_w}", f"--alive-fd={alive_r}", *rest],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(*pass_fds, report_w, alive_r),
            start_new_session=True,
        )
        try:
            fds.close(report_w)
            fds.close(alive_r)
            return _follow(child, report_r, on_progress, on_stderr or _show)
        except BaseException:  # KeyboardInterrupt above all
            _end(child)
            raise
        finally:
            for pipe in (child.stdout, child.stderr):
                if pipe:
                    pipe.close()
    finally:
        fds.close_all()


class _Descriptors:
    """Descriptors that are closed once, at the latest in the end."""

    def __init__(self) -> None:
        self._open: set[int] = set()

    def pipe(self) -> tuple[int, int]:
        ends = os.pipe()
        self._open.update(ends)
        return ends

    def close(self, fd: int) -> None:
        self._open.remove(fd)
        os.close(fd)

    def close_all(self) -> None:
        for fd in list(self._open):
            self.close(fd)


def _show(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


# ---- While it runs ---------------------------------------------------------------------------------


def _follow(
    child: subprocess.Popen[bytes],
    report_fd: int,
    on_progress: Callable[[dict[str, Any]], None] | None,
    on_stderr: Callable[[str], None],
) -> Outcome:
    """Read all that the child says until it ends."""
    outcome = Outcome()
    stdout: list[bytes] = []
    stderr = _Kept(on_stderr)
    report = _Lines(outcome, on_progress)
    assert child.stdout
    assert child.stderr
    takers = {child.stdout.fileno(): stdout.append, child.stderr.fileno(): stderr.take, report_fd: report.take}
    with selectors.DefaultSelector() as selector:
        for fd in takers:
            selector.register(fd, selectors.EVENT_READ)
        while report_fd in selector.get_map():
            _read_ready(selector, takers, None)
        # It has ended, and all that it said is in the pipes. A process that a scorer started may hold them open.
        outcome.status = child.wait()
        while _read_ready(selector, takers, 0):
            pass
    outcome.stdout, outcome.stderr = b"".join(stdout), stderr.end()
    return outcome


def _read_ready(
    selector: selectors.BaseSelector, takers: dict[int, Callable[[bytes], None]], seconds: float | None
) -> bool:
    """Read from the descriptors that have something to say; False if none had within so many seconds."""
    ready = selector.select(seconds)
    for key, _ in ready:
        piece = os.read(key.fd, _PIECE_BYTES)
        if piece:
            takers[key.fd](piece)
        else:
            selector.unregister(key.fd)
    return bool(ready)


class _Lines:
    """Reports, from pieces of lines."""

    def __init__(self, outcome: Outcome, on_progress: Callable[[dict[str, Any]], None] | None) -> None:
        self.outcome, self.on_progress = outcome, on_progress
        self.rest = b""

    def take(self, piece: bytes) -> None:
        *lines, self.rest = (self.rest + piece).split(b"\n")
        for line in lines:
            for kind, value in json.loads(line).items():
                self.one(kind, value)

    def one(self, kind: str, value: Any) -> None:
        if kind == "progress":
            if self.on_progress:
                self.on_progress(value)
        elif kind == "note":
            self.outcome.notes.append(value)
        elif kind == "failure":
            self.outcome.failures.append(value)
        elif kind in ("error", "result"):
            setattr(self.outcome, kind, value)


class _Kept:
    """The first 64 KiB of what scorers print; the rest is counted."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self.show = show
        self.bytes = b""
        self.shown = 0  # of the bytes; never a part of a character
        self.left_out = 0

    def take(self, piece: bytes) -> None:
        kept = piece[: STDERR_BYTES - len(self.bytes)]
        self.bytes += kept
        self.left_out += len(piece) - len(kept)
        whole = len(self.bytes) if self.left_out else self.bytes.rfind(b"\n") + 1
        if whole > self.shown:
            self.show(self.bytes[self.shown : whole].decode(errors="replace"))
            self.shown = whole

    def end(self) -> str:
        text = self.bytes.decode(errors="replace")
        if len(self.bytes) > self.shown:
            self.show(self.bytes[self.shown :].decode(errors="replace"))
        if self.left_out:
            self.show(f"\naxb: {self.left_out:,} more bytes that were printed are not shown\n")
        return text


# ---- Its end ---------------------------------------------------------------------------------------


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child: ask it to, and kill its group if it does not within two seconds or the user insists."""
    try:
        child.terminate()
        child.wait(_TERM_SECONDS)
    except BaseException:  # noqa: BLE001 — the interrupt that led here is raised again
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
