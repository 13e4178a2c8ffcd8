#!/usr/bin/env python3
"""bench/sweep as a user runs it, with tiny tables; and what is left when it is killed, which must be nothing.

    tests/sweep/test_program.py BUILD      BUILD has axb, axb-sample and bench/ceiling

AXB_TEST_LONG=1 kills it ten times with each signal, else three times.
"""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench/sweep.d"))

from guardian import selected

ROOT = Path(__file__).resolve().parents[2]
SWEEP = ROOT / "bench/sweep"
AXB = Path("build/release/axb").absolute()
TINY = ["--quick", "--works", "kernel,scorer,writing,ingest", "--scaling", "strong,weak", "--runs", "2", "--workers", "1,2",
        "--rows", "kernel=2000", "--rows", "scorer=1000", "--rows", "writing=2000", "--rows", "ingest=2000",
        "--binds", "core,none", "--mark", "98", "--refuse", "99", "--yes"]  # fmt: skip
CHANGING = ["--quick", "--works", "kernel", "--scaling", "strong", "--runs", "400", "--workers", "2", "--rows",
            "kernel=2000", "--binds", "core", "--mark", "98", "--refuse", "99", "--yes", "--set-huge-pages"]  # fmt: skip
SETTING = "sys/kernel/mm/transparent_hugepage/shmem_enabled"
AS_IS = "always within_size advise [never] deny force\n"
TURNS = 10 if os.environ.get("AXB_TEST_LONG") else 3
END_SECONDS = 20.0
SEED = 7


def sweep(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs it to its end."""
    return subprocess.run([str(SWEEP), *words], capture_output=True, text=True, cwd=ROOT, env={**os.environ, **more},
                          stdin=subprocess.DEVNULL, timeout=300)  # fmt: skip


def processes_with(mark: str) -> list[str]:
    """The command lines of all processes that have this in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


class Program(unittest.TestCase):
    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = Path(self._folder.name)
        self.out, self.data, self.root = (self.folder / name for name in ("out", "data", "root"))

    def common(self) -> list[str]:
        return ["--axb", str(AXB), "--data", str(self.data)]

    def make_root(self) -> None:
        """A /proc and a /sys of our own, with the setting."""
        (self.root / SETTING).parent.mkdir(parents=True)
        (self.root / SETTING).write_text(AS_IS)
        (self.root / "proc").mkdir()
        for name in ("stat", "loadavg", "meminfo", "cpuinfo"):
            (self.root / "proc" / name).write_bytes(Path("/proc", name).read_bytes())

    def left_behind(self) -> list[str]:
        """Folders that should be gone."""
        return [str(path) for folder in (self.out, self.data) if folder.exists() for path in folder.glob(".*")]

    def test_help_starts_nothing(self) -> None:
        done = sweep("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--quick", "--resume DIR", "--set-huge-pages", "--page FROM.json", "Exit status", "ingest"):
            self.assertIn(word, done.stdout)

    def test_plan_runs_nothing(self) -> None:
        done = sweep(*self.common(), "--out", str(self.out), "--plan", "--quick")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"\d+ runs, about \d+ (seconds|minutes)")
        self.assertFalse(self.out.exists())
        self.assertFalse(self.data.exists())

    def test_a_whole_sweep(self) -> None:
        done = sweep(*self.common(), *TINY, "--out", str(self.out))
        self.assertEqual(done.returncode, 0, done.stderr)
        figures = json.loads((self.out / "sweep.json").read_text())
        self.assertTrue(figures["complete"])
        with open(self.out / "sweep.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        curves = {(r["work"], r["scaling"], r["workers"], r["rows"]) for r in rows if r["bind"] == "core"}
        expected = {("kernel", 2000, 2828), ("scorer", 1000, 1414), ("writing", 2000, 2828), ("ingest", 2000, 4000)}
        self.assertEqual(curves, {(w, s, n, str(two if s == "weak" and n == "2" else one)) for w, one, two in expected
                                  for s in ("strong", "weak") for n in ("1", "2")})  # fmt: skip
        self.assertEqual({r["n"] for r in rows}, {"2"})
        self.assertEqual({(c["what"], c["workers"]) for c in figures["ceilings"]},
                         {(what, n) for what in ("read", "shared", "kernel") for n in (1, 2)})  # fmt: skip
        self.assertTrue(all(float(r["seconds"]) > 0 and float(r["own_seconds"]) >= 0 for r in rows))
        self.assertEqual(figures["machine"]["layout"]["counts"]["units"], len(os.sched_getaffinity(0)))
        self.assertEqual(figures["timeline"]["names"][0], "coordinator")
        self.assertIn("</html>", (self.out / "sweep.html").read_text())
        self.assertEqual(self.left_behind(), [])

        again = sweep("--page", str(self.out / "sweep.json"), "--compare", str(self.out / "sweep.json"))
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("Beside the older sweep", (self.out / "sweep.html").read_text())

    def test_refused_runs_are_repeated(self) -> None:
        self.make_root()
        stat = self.root / "proc/stat"
        busy = "\n".join(f"cpu{cpu} {{}} 0 0 0 0 0 0 0 0 0" for cpu in sorted(os.sched_getaffinity(0)))
        few = ["--works", "ingest", "--rows", "ingest=2000", "--runs", "1", "--workers", "1", "--scaling", "strong",
               "--binds", "core", "--yes", "--again", "2"]  # fmt: skip
        words = [str(SWEEP), *self.common(), *few, "--out", str(self.out), "--root", str(self.root)]
        stat.write_text(busy.format(*[0] * 400) + "\nprocs_running 1\n")
        process = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=ROOT)
        ticks = 0
        while process.poll() is None:  # as if others had all cores all the time
            ticks += 100
            made = self.root / "proc/.stat"
            made.write_text(busy.format(*[ticks] * 400) + "\nprocs_running 1\n")
            made.replace(stat)
            time.sleep(0.004)
        said = process.communicate()[1]
        self.assertEqual(process.returncode, 0, said)
        figures = json.loads((self.out / "sweep.json").read_text())
        self.assertEqual(figures["runs"], 3, said)
        self.assertEqual([p["only_refused"] for p in figures["points"]], [True])
        self.assertIn("1 point: refused runs alone.", (self.out / "sweep.html").read_text())

    def test_asks_nobody_and_refuses_what_is_wrong(self) -> None:
        for words, status, said in (
            (["--works", "joins"], 2, "'joins' is none of the works: join, kernel"),
            (["--workers", "0"], 2, "from 1 on"),
            (["--workers", "100000"], 2, "processing units"),
            (["--rows", "join"], 2, "--rows takes WORK=N"),
            (["--runs", "0"], 2, "--runs is at least 1"),
            (["--mark", "30", "--refuse", "20"], 2, "--refuse no less"),
            (["--binds", "socket"], 2, "none of the bindings"),
            (["--resume", str(self.folder / "nothing")], 66, "nothing"),
            (["--resume", str(self.folder), "--out", "x"], 2, "leave --out out"),
            (["--resume", str(self.folder), "--set-huge-pages"], 2, "leave --set-huge-pages out"),
            (["--resume", str(self.folder), "--runs", "3"], 2, "leave --runs out"),
            (["--page", "/dev/null"], 66, "/dev/null"),
            (["--compare", str(self.folder / "no.json")], 66, "no.json"),
            (["--axb", "/nowhere/axb", "--yes"], 69, "is missing"),
            (["--set-huge-pages", "--root", str(self.folder)], 69, "cannot be written"),
        ):
            done = sweep(*words, "--out", str(self.out)) if "--resume" not in words else sweep(*words)
            self.assertEqual((done.returncode, said in done.stderr), (status, True), f"{words}: {done.stderr}")
            self.assertNotIn("Traceback", done.stderr)
            self.assertFalse(self.out.exists(), words)

    def test_an_interrupted_sweep_goes_on(self) -> None:
        words = [*self.common(), *TINY, "--out", str(self.out)]
        process = subprocess.Popen(
            [str(SWEEP), *words], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=ROOT
        )
        assert process.stderr
        for line in process.stderr:
            if "3 runs left" in line or "20 runs left" in line:
                process.send_signal(signal.SIGINT)
                break
        said = process.communicate()[1]
        self.assertEqual(process.returncode, 128 + signal.SIGINT, said)
        self.assertIn(f"--resume {self.out} goes on", said)
        before = (self.out / "sweep.jsonl").read_text().splitlines()
        self.assertFalse(json.loads((self.out / "sweep.json").read_text())["complete"])

        over = sweep(*words)
        self.assertEqual(over.returncode, 2, "what could go on is not overwritten")
        self.assertIn("--resume", over.stderr)

        done = sweep("--axb", str(AXB), "--data", str(self.data), "--resume", str(self.out))
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = (self.out / "sweep.jsonl").read_text().splitlines()
        self.assertEqual(lines[: len(before)], before, "kept as it was")
        runs = [json.loads(line) for line in lines if '"kind": "run"' in line]
        # what was refused, since something else ran, is tried again
        settled = [(run["key"], run["turn"]) for run in runs if run["state"] != "refused"]
        self.assertEqual(len(settled), len(set(settled)), "nothing is measured twice")
        self.assertTrue(json.loads((self.out / "sweep.json").read_text())["complete"])

    def is_changed(self) -> bool:
        return selected((self.root / SETTING).read_text()) == "always"

    def killed(self, number: int, after: float, changed: bool) -> None:
        """Runs it with changed pages, sends a signal to it alone, and looks at what is left. The signal comes so many
        seconds after the begin, or, with `changed`, once the setting is changed."""
        mark = f"AXB_SWEEP_TEST={os.getpid()}-{time.monotonic_ns()}"
        name, _, value = mark.partition("=")
        words = [*self.common(), *CHANGING, "--out", str(self.out), "--root", str(self.root)]
        process = subprocess.Popen([str(SWEEP), *words], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=ROOT,
                                   env={**os.environ, name: value})  # fmt: skip
        if changed:
            while process.poll() is None and not self.is_changed():
                time.sleep(0.002)
        else:
            time.sleep(after)
        self.changed += self.is_changed()
        process.send_signal(number)
        status = process.wait()
        end = time.monotonic() + END_SECONDS
        while processes_with(mark) and time.monotonic() < end:
            time.sleep(0.02)
        what = f"signal {number} after {after:.3f} s, status {status}"
        self.assertEqual(processes_with(mark), [], what)
        self.assertEqual(selected((self.root / SETTING).read_text()), "never", what)
        self.assertEqual(self.left_behind(), [], what)
        for folder in self.data.glob("*") if self.data.exists() else ():
            self.assertTrue((folder / "truth.csv").exists(), f"{what}: {folder} is whole or absent")
        (self.out / "sweep.jsonl").unlink(missing_ok=True)

    def test_nothing_is_left_when_it_is_killed(self) -> None:
        self.make_root()
        chance, self.changed = random.Random(SEED), 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            for turn in range(TURNS):
                self.killed(number, chance.uniform(0.05, 6), turn == 0)
        self.assertGreater(self.changed, 0, "no signal came while the setting was changed")

    def test_a_long_run_does_not_outlive_it(self) -> None:
        rows = 250_000  # half a minute of one core
        for number in (signal.SIGINT, signal.SIGKILL):
            mark = f"{os.getpid()}-{time.monotonic_ns()}"
            words = [*self.common(), *CHANGING[:-1], "--rows", f"kernel={rows}", "--out", str(self.out)]
            process = subprocess.Popen([str(SWEEP), *words], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                                       cwd=ROOT, env={**os.environ, "AXB_SWEEP_TEST": mark})  # fmt: skip
            assert process.stderr
            next(line for line in process.stderr if "ceiling kernel" in line)
            end = time.monotonic() + END_SECONDS
            while not any("--no-prune" in one for one in processes_with(mark)) and time.monotonic() < end:
                time.sleep(0.02)
            process.send_signal(number)
            process.communicate(timeout=6)
            end = time.monotonic() + 3
            while processes_with(mark) and time.monotonic() < end:
                time.sleep(0.02)
            self.assertEqual(processes_with(mark), [], f"signal {number}")
            self.assertEqual(self.left_behind(), [])
            (self.out / "sweep.jsonl").unlink(missing_ok=True)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        AXB = Path(sys.argv.pop(1)).absolute() / "axb"
    unittest.main()
