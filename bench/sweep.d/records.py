"""What the sweep keeps: one JSON line for each run, on disk before the next one begins.

The first line says what was asked and on which machine; ``--resume`` reads it back. A last line that a crash cut is
dropped.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

NAME = "sweep.jsonl"
FIGURES = {"format", "when", "command", "machine", "wish", "limits", "points", "ceilings", "amdahl", "not_clean",
           "runs", "timeline", "complete"}  # fmt: skip


class Journal:
    """The file, open for appending.

    Raises
    ------
    BlockingIOError
        Another sweep is writing it.
    """

    def __init__(self, folder: Path) -> None:
        self._file = open(folder / NAME, "a+", encoding="utf-8")  # noqa: SIM115 - it lives as long as the sweep
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise
        drop_cut_line(folder / NAME)

    def close(self) -> None:
        """Lets others write."""
        self._file.close()

    def clear(self) -> None:
        """Drops all lines."""
        self._file.truncate(0)

    def add(self, kind: str, **what: Any) -> None:
        """Appends a line, and returns when the disk has it."""
        self._file.write(json.dumps({"kind": kind, **what}) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def drop_cut_line(path: Path) -> None:
    """Cuts what stands after the last line feed."""
    with open(path, "rb+") as file:
        file.truncate(file.read().rfind(b"\n") + 1)


def read(folder: Path) -> list[dict[str, Any]]:
    """All whole lines.

    Raises
    ------
    OSError
        The folder has no such file.
    ValueError
        A line of it is no JSON.
    """
    text = (folder / NAME).read_bytes().decode()
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def write(path: Path, text: str, scratch: Path) -> None:
    """A file that is whole or absent; it is written in a folder of the same file system, then moved."""
    beside = scratch / path.name
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def read_figures(path: Path, known_format: int) -> dict[str, Any]:
    """The figures in a sweep.json.

    Raises
    ------
    OSError
        It cannot be read.
    ValueError
        It is not a sweep.json, or one of another format.
    """
    figures = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(figures, dict) or not set(figures) >= FIGURES:
        raise ValueError("these are no figures of a sweep")
    if figures["format"] != known_format:
        raise ValueError(f"figures of format {figures['format']}, where this program knows {known_format}")
    return figures
