"""Matches on a cluster on this machine, and the same by `axb.match`; see the program `engine`, which starts this.

python engine_driver.py spark|dask|ray FOLDER: the folder has A.csv and B.csv, and takes the files of the cluster.
"""

from __future__ import annotations

import contextlib
import doctest
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

import axb

ENGINE, WORK = sys.argv[1], Path(sys.argv[2])
SUM = "0.6 * jaro_winkler(full) + 0.4 * levenshtein(city)"

# A function of C that takes its time, and says by a file that it has begun.
SLOW = """
#include <axb.h>
#include <stdio.h>
#include <time.h>
double score(const axb_row_a *a, const axb_row_b *b)
{
    static int called;
    if (!called++)
        fclose(fopen("%s", "w"));
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return axb_jaro_winkler(a->full, b->full);
}
"""


def same_city(a: Any, b: Any) -> float | None:
    return axb.jaro_winkler(a.full, b.full) if a.city == b.city else None


MATCHES: list[dict[str, Any]] = [
    {"on": "full", "min": 0.9, "id": "id"},
    {"score": SUM, "min": 0.8, "id": "id", "terms": True, "keep": ["a.city", "zip"]},
    {"on": "full", "min": 0.8, "id": "id", "top": 2, "unmatched": "a"},
    {"on": "full", "linked": True, "min": 0.9},
    {"on": "full", "best": "a", "id": "id"},
    {"on": "full", "min": 0.8, "id": "id", "one_to_one": True, "keep": "*"},
    {"on": "full", "min": 0.8, "id": "id", "best": "mutual"},
    {"score": same_city, "min": 0.7, "id": "id", "where": "jaro_winkler(last) >= 0.8"},
]
DEDUPES: list[dict[str, Any]] = [
    {"on": "full", "min": 0.85, "id": "id"},
    {"on": "full", "min": 0.8, "id": "id", "top": 1},
]


def small(seed: int, n: int) -> pd.DataFrame:
    """A table with many equal values, missing ones, and texts that are no ASCII."""
    rng = random.Random(seed)
    names = ["anna", "hanna", "johanna", "jürgen", "jurgen", "", "\N{GRINNING FACE}", "李小龙", "李小", None]
    rows = [
        {"id": f"{seed}-{i}", "full": rng.choice(names), "city": rng.choice(["Bern", "Basel", None])} for i in range(n)
    ]
    return pd.DataFrame(rows)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(what: str, is_so: Callable[[], bool], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            sys.exit(f"axb: waited in vain for {what}")
        time.sleep(0.1)


class Processes:
    """What was started, to be killed by its number."""

    def __init__(self) -> None:
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, *command: str) -> int:
        with open(WORK / f"{name}.log", "wb") as log:
            child = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        self.running.append(child)
        return child.pid

    def kill(self, pid: int) -> None:
        """Kill a process with all that it started: it leads a session."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)

    def stop(self) -> None:
        for child in self.running:
            self.kill(child.pid)
            child.wait()


# ---- Clusters --------------------------------------------------------------------------------------


class Spark:
    """A master and two workers of one core each."""

    def __init__(self, processes: Processes) -> None:
        import pyspark
        from pyspark.sql import SparkSession

        os.environ["PYSPARK_PYTHON"] = sys.executable
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
        home, port = Path(pyspark.__file__).parent, free_port()
        run, deploy = str(home / "bin" / "spark-class"), "org.apache.spark.deploy"
        master = f"spark://127.0.0.1:{port}"
        web = ["--webui-port", "0"]
        processes.start("master", run, f"{deploy}.master.Master", "--host", "127.0.0.1", "--port", str(port), *web)
        wait_for("the master", lambda: b"Starting Spark master" in (WORK / "master.log").read_bytes())
        self.workers = [
            processes.start(
                f"worker-{i}", run, f"{deploy}.worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g",
                "--work-dir", str(WORK / f"work-{i}"), *web, master,
            )
            for i in (1, 2)
        ]  # fmt: skip
        wait_for("two workers", lambda: (WORK / "master.log").read_bytes().count(b"Registering worker") == 2)
        builder = SparkSession.builder.master(master).config("spark.ui.enabled", "false")
        builder = builder.config("spark.executor.memory", "600m").config("spark.local.dir", str(WORK / "local"))
        self.session = builder.config("spark.sql.execution.arrow.pyspark.enabled", "true").getOrCreate()
        self.session.sparkContext.setLogLevel("OFF")

    def name(self) -> Any:
        return self.session

    def table(self, frame: pd.DataFrame, name: str) -> Any:
        """Write files, and read them: Spark orders them in its own way, but each time in the same."""
        path = WORK / f"{name}.parquet"
        rows = (len(frame) + 2) // 3
        path.mkdir(exist_ok=True)
        for i in range(3):
            frame[i * rows : (i + 1) * rows].to_parquet(path / f"{i}.parquet")
        return self.session.read.parquet(*(str(path / f"{i}.parquet") for i in range(3)))

    def collect(self, result: Any) -> pd.DataFrame:
        return result.toArrow().to_pandas()

    def in_its_order(self, _: pd.DataFrame, table: Any) -> pd.DataFrame:
        return self.collect(table)

    def kill_one(self, processes: Processes) -> None:
        processes.kill(self.workers[0])

    def stop(self) -> None:
        self.session.stop()


class Dask:
    """A scheduler and two workers of one thread each."""

    def __init__(self, processes: Processes) -> None:
        from dask.distributed import Client

        address = f"tcp://127.0.0.1:{free_port()}"
        dask = [sys.executable, "-m", "dask"]
        processes.start("scheduler", *dask, "scheduler", "--host", address, "--no-dashboard")
        worker = [*dask, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        self.workers = [
            processes.start(f"worker-{i}", *worker, "--local-directory", str(WORK / f"work-{i}")) for i in (1, 2)
        ]
        self.client = Client(address, timeout=60)
        self.client.wait_for_workers(2, timeout=60)

    def name(self) -> Any:
        import dask.dataframe

        return dask

    def table(self, frame: pd.DataFrame, _: str) -> Any:
        import dask.dataframe

        return dask.dataframe.from_pandas(frame, npartitions=3)

    def collect(self, result: Any) -> pd.DataFrame:
        return result.compute()

    def in_its_order(self, frame: pd.DataFrame, _: Any) -> pd.DataFrame:
        return frame

    def kill_one(self, processes: Processes) -> None:
        processes.kill(self.workers[0])

    def stop(self) -> None:
        self.client.close()


class Ray:
    """A head and another node, each with a store of its own and one core."""

    def __init__(self, _: Processes) -> None:
        import ray
        from ray.cluster_utils import Cluster

        store = {"object_store_memory": 300 << 20, "include_dashboard": False}
        self.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, **store})
        self.other = self.cluster.add_node(num_cpus=1, object_store_memory=300 << 20)
        ray.init(address=self.cluster.address, logging_level="ERROR", log_to_driver=False)
        ray.data.DataContext.get_current().enable_progress_bars = False

    def name(self) -> Any:
        import ray.data

        return ray

    def table(self, frame: pd.DataFrame, _: str) -> Any:
        import ray.data

        whole = pa.Table.from_pandas(frame, preserve_index=False)
        rows = (len(frame) + 2) // 3
        return ray.data.from_arrow([whole.slice(i, rows) for i in range(0, len(frame), rows)])

    def collect(self, result: Any) -> pd.DataFrame:
        import ray

        blocks = ray.get(result.to_arrow_refs())
        return pa.concat_tables([block for block in blocks if block.num_rows] or blocks[:1]).to_pandas()

    def in_its_order(self, frame: pd.DataFrame, _: Any) -> pd.DataFrame:
        return frame

    def kill_one(self, _: Processes) -> None:
        self.cluster.remove_node(self.other, allow_graceful=False)

    def stop(self) -> None:
        import ray

        ray.shutdown()
        self.cluster.shutdown()


# ---- Comparing -------------------------------------------------------------------------------------


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    texts = [["" if pd.isna(value) else str(value) for value in row] for row in frame.itertuples(index=False)]
    return frame.loc[sorted(range(len(texts)), key=texts.__getitem__)].reset_index(drop=True)


def check(what: str, found: pd.DataFrame, whole: pd.DataFrame) -> None:
    assert list(found.columns) == list(whole.columns), (found.columns, whole.columns)
    found, whole = ordered(found.reset_index(drop=True)), ordered(whole.reset_index(drop=True))
    pd.testing.assert_frame_equal(found, whole, check_exact=True, check_dtype=False)
    print(f"{ENGINE}: {len(whole)} rows: {what}", flush=True)


def local(a: pd.DataFrame, b: pd.DataFrame | None, arguments: dict[str, Any]) -> pd.DataFrame:
    """What one machine finds: of pandas for Dask, else of Arrow, as the engine has tables."""
    frames = [a] if b is None else [a, b]
    tables = frames if ENGINE == "dask" else [pa.Table.from_pandas(frame, preserve_index=False) for frame in frames]
    whole = (axb.dedupe if b is None else axb.match)(*tables, **arguments)
    return whole if ENGINE == "dask" else whole.to_pandas()


def check_all(cluster: Any, module: Any, name: str, a: pd.DataFrame, b: pd.DataFrame) -> None:
    left, right = cluster.table(a, f"{name}-a"), cluster.table(b, f"{name}-b")
    a, b = cluster.in_its_order(a, left), cluster.in_its_order(b, right)
    for arguments in MATCHES:
        given = {key: value for key, value in arguments.items() if key != "keep" or "zip" in a}
        if "zip" not in a and "where" in given:
            given["where"] = "jaro_winkler(full) >= 0.5"
        check(f"{name}: match {given}", cluster.collect(module.match(left, right, **given)), local(a, b, given))
    for arguments in DEDUPES:
        found = cluster.collect(module.dedupe(left, **arguments, parts=3))
        check(f"{name}: dedupe {arguments}", found, local(a, None, arguments))


def check_shared(cluster: Any, module: Any, a: pd.DataFrame, b: pd.DataFrame) -> None:
    """The files of a run are in a folder that all see."""
    shared, arguments = WORK / "shared", MATCHES[0]
    shared.mkdir()
    left, right = cluster.table(a, "shared-a"), cluster.table(b, "shared-b")
    result = module.match(left, right, **arguments, shared=str(shared))
    assert list(shared.iterdir()) == [], "it ran before it was asked to"
    check("files in a shared folder", cluster.collect(result), local(a, b, arguments))
    assert len(list(shared.iterdir())) >= 1


def check_killed(cluster: Any, module: Any, processes: Processes, **choice: Any) -> None:
    """A worker is killed while it calls a function."""
    a, b = small(3, 150), small(4, 100)
    begun = WORK / "begun"
    begun.unlink(missing_ok=True)
    arguments = {"score": axb.Scorer(SLOW % begun), "min": 0.8, "id": "id", **choice}
    killed = threading.Event()

    def kill() -> None:
        wait_for("a part that has begun", begun.exists)
        cluster.kill_one(processes)
        killed.set()

    result = module.match(cluster.table(a, "killed-a"), cluster.table(b, "killed-b"), **arguments, parts=8)
    begun.unlink(missing_ok=True)
    killer = threading.Thread(target=kill)
    killer.start()
    found = cluster.collect(result)
    assert killed.is_set(), "it ended before the worker was killed"
    killer.join()
    plain = {**arguments, "score": "jaro_winkler(full)"}
    check(f"a worker was killed {choice or ''}", found, local(a, b, plain))


def check_readme(cluster: Any) -> None:
    """Run the example of the package's README.md."""
    readme = (Path(axb.__file__).resolve().parents[1] / "README.md").read_text()
    blocks = re.findall(r"^```py\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    examples = [block for block in blocks if f"axb.{ENGINE}." in block]
    assert len(examples) == 1
    names = {"axb": axb, ENGINE: cluster.name()}
    test = doctest.DocTestParser().get_doctest(examples[0], names, "README.md", "README.md", 0)
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.tries >= 5
    assert runner.failures == 0
    print(f"{ENGINE}: the example of README.md", flush=True)


def main() -> None:
    module = getattr(axb, ENGINE)
    processes = Processes()
    cluster = None
    try:
        cluster = {"spark": Spark, "dask": Dask, "ray": Ray}[ENGINE](processes)
        people = [pd.read_csv(WORK / f"{name}.csv", dtype=str) for name in "AB"]
        check_readme(cluster)
        check_all(cluster, module, "small", small(1, 80), small(2, 60))
        check_all(cluster, module, "people", *people)
        check_shared(cluster, module, *people)
        left = list(WORK.glob("axb-runs-*/*"))
        assert left == [], f"tasks left {left}"
        check_killed(cluster, module, processes)
    finally:
        if cluster is not None:
            cluster.stop()
        processes.stop()


if __name__ == "__main__":
    main()
