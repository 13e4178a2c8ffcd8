"""The files of a run on a machine: one copy for all tasks, and nothing is left."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import axb
from axb import _store
from axb._store import Files

CONTENTS = {"run.axbrun": bytes(range(256)) * 50_000, "a.arrow": b"", "b.arrow": b"b"}


@pytest.fixture(autouse=True)
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path / f"axb-runs-{os.geteuid()}"


def written(folder: str) -> None:
    for name, data in CONTENTS.items():
        Path(folder, name).write_bytes(data)


def read(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def with_data() -> dict[str, bytes]:
    """A file without bytes has no pieces."""
    return {name: data for name, data in CONTENTS.items() if data}


def test_files_travel(base: Path, tmp_path: Path) -> None:
    files = _store.make(written, None)
    assert [path for path in tmp_path.iterdir() if path != base] == []
    pieces = list(files.pieces())
    assert len(pieces) == 5  # four of 12.8 MB
    with _store.at_hand(reversed(pieces)) as folder:
        assert read(folder) == with_data()
        assert Path(folder).parent == base
    assert list(base.iterdir()) == []


def test_shared_files_stay(tmp_path: Path) -> None:
    files = _store.make(written, str(tmp_path / "shared"))
    assert files.contents == {}
    with _store.at_hand(files.pieces()) as folder:
        assert read(folder) == CONTENTS
    assert read(folder) == CONTENTS
    assert len(list((tmp_path / "shared").iterdir())) == 1


def test_shared_storage_that_a_machine_does_not_see(tmp_path: Path) -> None:
    with (
        pytest.raises(axb.DataError, match="not seen on this machine"),
        _store.at_hand(Files("x", str(tmp_path / "nowhere")).pieces()),
    ):
        pass


def test_two_tasks_have_one_copy(base: Path) -> None:
    files = _store.make(written, None)

    def none_needed() -> Iterator[Any]:
        yield next(files.pieces())
        raise AssertionError("the files are there already")

    with _store.at_hand(files.pieces()) as one:
        with _store.at_hand(none_needed()) as two:
            assert one == two
        assert read(one) == with_data()
    assert list(base.iterdir()) == []


def use(files: Files, hold_seconds: float, done: Any) -> None:
    with _store.at_hand(files.pieces()) as folder:
        time.sleep(hold_seconds)
        if read(folder) == with_data():
            done.release()


def test_many_tasks_come_and_go(base: Path) -> None:
    context = multiprocessing.get_context("fork")
    files, done = _store.make(written, None), context.Semaphore(0)
    tasks = [context.Process(target=use, args=(files, 0.002 * i % 0.03, done)) for i in range(40)]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()
    assert [task.exitcode for task in tasks] == [0] * 40
    assert all(done.acquire(block=False) for _ in tasks)
    assert list(base.iterdir()) == []


def test_tasks_do_not_wait_for_each_other() -> None:
    context = multiprocessing.get_context("fork")
    files, met = _store.make(written, None), context.Barrier(3)

    def meet() -> None:
        with _store.at_hand(files.pieces()):
            met.wait(30)

    tasks = [context.Process(target=meet) for _ in range(3)]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()
    assert [task.exitcode for task in tasks] == [0] * 3


def test_what_a_killed_task_leaves_is_removed(base: Path) -> None:
    context = multiprocessing.get_context("fork")
    files, other, done = _store.make(written, None), _store.make(written, None), context.Semaphore(0)
    task = context.Process(target=use, args=(files, 60, done))
    task.start()
    while not (base / files.run).exists():
        time.sleep(0.01)
    with _store.at_hand(other.pieces()):
        assert (base / files.run).exists()  # it is in use
    assert task.pid is not None
    os.kill(task.pid, signal.SIGKILL)
    task.join()
    assert (base / files.run).exists()
    with _store.at_hand(other.pieces()) as folder:
        assert [path.name for path in base.iterdir() if path.is_dir()] == [Path(folder).name]
    assert list(base.iterdir()) == []


def test_a_copy_that_was_not_completed_is_made_again(base: Path) -> None:
    files = _store.make(written, None)

    def cut() -> Iterator[Any]:
        yield next(files.pieces())
        raise OSError("the connection was lost")

    with pytest.raises(OSError, match="lost"), _store.at_hand(cut()):
        pass
    with _store.at_hand(files.pieces()) as folder:
        assert read(folder) == with_data()
    assert list(base.iterdir()) == []


def test_a_folder_of_somebody_else_is_refused(base: Path) -> None:
    base.mkdir(mode=0o777)
    base.chmod(0o777)
    with (
        pytest.raises(axb.DataError, match="not a folder of this user alone"),
        _store.at_hand(_store.of_bytes("x", b"x").pieces()),
    ):
        pass
