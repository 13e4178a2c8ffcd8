"""A process that puts everything back when the sweep ends, however it ends.

The sweep tells its guardian through a pipe what it is about to do: to make a folder, to start a process, to change a
setting. When the pipe is closed, by the end of the sweep or by SIGKILL, the guardian kills what still runs, writes
back what was changed, and removes folders. It is the one place that does so, so a run that ends well takes this road
too. Only a guardian that is killed itself leaves things as they are.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
KILL_SECONDS = 5.0  # that killed processes have to be gone
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def selected(text: str) -> str:
    """The value of a setting: the word in brackets where the kernel lists all, else the text."""
    begin, end = text.find("["), text.find("]")
    return text[begin + 1 : end] if 0 <= begin < end else text.strip()


class Guardian:
    """The sweep's side of it."""

    def __init__(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        read_end, self._pipe = os.pipe()
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._pipe)
            watch(read_end)
        os.close(read_end)
        self._folders = 0

    def _tell(self, **what: Any) -> None:
        os.write(self._pipe, (json.dumps(what) + "\n").encode())

    def folder(self, parent: Path, name: str) -> Path:
        """Makes a folder that is removed at the end, unless it is renamed before."""
        self._folders += 1
        path = (parent / f".{name}-{os.getpid()}-{self._folders}").absolute()
        self._tell(folder=str(path))
        path.mkdir(parents=True)
        return path

    def change(self, path: Path, value: str) -> None:
        """Writes a setting, which gets its present value back at the end.

        Raises
        ------
        OSError
            It may not be written, or there is no such setting.
        """
        self._tell(setting=str(path.absolute()), value=selected(path.read_text(encoding="utf-8")))
        path.write_text(value + "\n", encoding="utf-8")

    def child(self, cpus: list[int] | None = None) -> Callable[[], None]:
        """What a new process of ours does first: its own group, our end is its end, and only these units.

        To be given as ``preexec_fn``. The process itself tells the guardian, so that none is missed.
        """
        parent = os.getpid()

        def begin() -> None:
            os.setpgid(0, 0)
            self._libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
            self._tell(child=os.getpid())
            if os.getppid() != parent:
                os._exit(1)
            if cpus:
                os.sched_setaffinity(0, cpus)

        return begin

    def gone(self, pid: int) -> None:
        """A process that was waited for; its number may be another's from now on."""
        self._tell(gone=pid)

    def end(self) -> None:
        """Has everything put back, and waits for that."""
        os.close(self._pipe)
        os.waitpid(self._pid, 0)


def watch(pipe: int) -> None:
    """The guardian: reads until the pipe is closed, then puts everything back. Does not return."""
    try:
        os.setsid()
        for one in SIGNALS:
            signal.signal(one, signal.SIG_IGN)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        with os.fdopen(pipe, encoding="utf-8") as lines:
            put_back([json.loads(line) for line in lines if line.endswith("\n")])
    finally:
        os._exit(0)


def put_back(told: list[dict[str, Any]]) -> None:
    """Ends processes, then writes settings back, the last change first, then removes folders."""
    gone = [one["gone"] for one in told if "gone" in one]
    children = [one["child"] for one in told if "child" in one]
    for pid in gone:
        children.remove(pid)
    kill_all(children)
    for one in reversed([one for one in told if "setting" in one]):
        write_back(Path(one["setting"]), one["value"])
    for one in told:
        if "folder" in one:
            shutil.rmtree(one["folder"], ignore_errors=True)


def write_back(path: Path, value: str) -> None:
    """One setting; says so if that fails, since then the machine is not as it was."""
    try:
        if selected(path.read_text(encoding="utf-8")) != value:
            path.write_text(value + "\n", encoding="utf-8")
    except OSError as error:
        sys.stderr.write(f"sweep: {path} was {value}, and could not be put back: {error.strerror}\n")
        sys.stderr.flush()


def kill_all(children: list[int]) -> None:
    """Kills the groups of these processes, and waits until nobody is left in them, or for a while."""
    end = time.monotonic() + KILL_SECONDS
    while children and time.monotonic() < end:
        children = [pid for pid in children if kill_group(pid)]
        time.sleep(0.005)


def kill_group(pid: int) -> bool:
    """Is there still somebody in the group to be killed?"""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False
    return True
