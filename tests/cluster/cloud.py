"""The recipes for Kubernetes, AWS Batch and Google Cloud Batch, without these: their commands, with the variables they set.

Each recipe is read as the service would read it, its tasks are run in order of number, in a folder that stands for the
volume, and one of them is killed at first and run again as the service would do. What is merged must be what one
machine writes. The file for Kubernetes is held against the schemas of the package kubernetes-validate, where that is
installed. Not here: what only the services can say of them, such as images and permissions.

    tests/cluster/cloud.py [AXB]      AXB: build/release/axb if not given

Ends with 77, which ctest calls skipped, without PyYAML.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

try:
    import yaml
except ImportError:
    print("axb: SKIPPED, recipes for clouds: there is no PyYAML", file=sys.stderr)
    sys.exit(77)

ROOT = Path(__file__).resolve().parents[2]
RECIPES = ROOT / "recipes"
MATCH = ["match", "A.csv", "B.csv", "--on", "full", "--min", "0.9", "--id", "id"]

# axb, but what does part 2 is killed while the file "fault" exists, which it removes.
AXB = """#!/bin/sh
case "$1 $*" in
"run "*part-1.shard*) [ ! -e fault ] || { rm fault; kill -9 $$; } ;;
esac
exec %s "$@"
"""


class Volume:
    """A folder with the tables, and what stands for the container around it."""

    def __init__(self, axb: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="axb-cloud-"))
        self.bin = Path(tempfile.mkdtemp(prefix="axb-cloud-bin-"))
        (self.bin / "axb").write_text(AXB % axb)
        (self.bin / "axb").chmod(0o755)
        subprocess.run([axb.parent / "axb-sample", self.folder, "3000"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([axb, *MATCH, "-q", "-o", "whole.csv"], check=True, cwd=self.folder)
        (self.folder / "fault").touch()

    def run(self, command: list[str], variables: dict[str, str]) -> int:
        """Run a command in the folder as a container would; returns its status."""
        environment = {"PATH": f"{self.bin}:{os.environ['PATH']}", "HOME": str(self.folder), **variables}
        command = [word.replace("/data", str(self.folder)) for word in command]
        none = subprocess.DEVNULL
        return subprocess.run(command, cwd=self.folder, env=environment, stdout=none, stderr=none).returncode

    def run_again(self, command: list[str], variables: dict[str, str], tries: int) -> None:
        """Run it as a service does that starts what failed again."""
        for _ in range(tries + 1):
            status = self.run(command, variables)
            if status == 0:
                return
        sys.exit(f"axb: {command} ends with {status}")

    def check(self, service: str) -> None:
        """Are the merged pairs those of one machine, and was a task killed?"""
        if (self.folder / "fault").exists():
            sys.exit(f"axb: {service}: no task was killed")
        if (self.folder / "pairs.csv").read_bytes() != (self.folder / "whole.csv").read_bytes():
            sys.exit(f"axb: {service}: the bytes are not those of one machine")
        subprocess.run(["rm", "-r", self.folder, self.bin], check=True)
        print(f"axb: {service}: the commands of the recipe write the bytes of one machine")


def expand(text: str, variables: dict[str, str]) -> str:
    """Replace $(NAME), as Kubernetes does in command and args."""
    return re.sub(r"\$\((\w+)\)", lambda m: variables.get(m[1], m[0]), text)


def check_schema(path: Path) -> None:
    """Hold the file against the schemas, where they are installed."""
    try:
        import kubernetes_validate
    except ImportError:
        print(
            "axb: without kubernetes-validate the file for Kubernetes is not held against its schemas", file=sys.stderr
        )
        return
    for job in yaml.safe_load_all(path.read_text()):
        kubernetes_validate.validate(job, kubernetes_validate.latest_version(), strict=True)


def kubernetes(volume: Volume) -> None:
    """Run the Jobs in their order; a pod that fails is made anew, backoffLimit times."""
    path = RECIPES / "kubernetes" / "axb.yaml"
    check_schema(path)
    jobs = {job["metadata"]["labels"]["step"]: job["spec"] for job in yaml.safe_load_all(path.read_text())}
    for step in ("prepare", "parts", "merge"):
        spec = jobs[step]
        [container] = spec["template"]["spec"]["containers"]
        assert container["workingDir"] == "/data"
        variables = {v["name"]: v["value"] for v in container.get("env", [])}
        indexed = spec.get("completionMode") == "Indexed"
        for index in range(spec.get("completions", 1)):
            own = {**variables, **({"JOB_COMPLETION_INDEX": str(index)} if indexed else {})}
            command = [expand(word, own) for word in container["command"] + container.get("args", [])]
            volume.run_again(command, own, spec["backoffLimit"])


# Notes each call as a line of JSON, and prints the number of a job.
AWS = """#!/usr/bin/env python3
import json, sys
with open("calls", "a") as calls:
    print(json.dumps(sys.argv[1:]), file=calls)
print("job-%d" % len(open("calls").readlines()))
"""


def aws(volume: Volume) -> None:
    """Run what the recipe submits, each task of the array with the variables of AWS Batch."""
    (volume.bin / "aws").write_text(AWS)
    (volume.bin / "aws").chmod(0o755)
    status = volume.run([str(RECIPES / "batch" / "aws"), "queue", "axb:1", "4", *MATCH, "--null", 'a "b" \\c'], {})
    if status:
        sys.exit(f"axb: recipes/batch/aws ends with {status}")
    before = ""
    for number, line in enumerate((volume.folder / "calls").read_text().splitlines(), 1):
        words = json.loads(line)
        assert words[:2] == ["batch", "submit-job"]
        given: dict[str, Any] = dict(zip(words[2::2], words[3::2], strict=True))
        assert given.get("--depends-on", "") == before
        before = f"jobId=job-{number}"
        command = json.loads(given["--container-overrides"])["command"]
        attempts = int(given["--retry-strategy"].removeprefix("attempts="))
        size = int(given.get("--array-properties", "size=0").removeprefix("size="))
        for index in range(size or 1):
            own = {"AWS_BATCH_JOB_ARRAY_INDEX": str(index), "AWS_BATCH_JOB_ARRAY_SIZE": str(size)} if size else {}
            volume.run_again(command, own, attempts - 1)


def google(volume: Volume) -> None:
    """Run the tasks of the file, after a run is prepared and before it is merged by hand."""
    [group] = json.loads((RECIPES / "batch" / "google.json").read_text())["taskGroups"]
    [runnable] = group["taskSpec"]["runnables"]
    container = runnable["container"]
    volume.run_again(["axb", *MATCH, "--prepare", "run.axbrun"], {}, 0)
    for index in range(group["taskCount"]):
        own = {"BATCH_TASK_INDEX": str(index), "BATCH_TASK_COUNT": str(group["taskCount"])}
        volume.run_again([container["entrypoint"], *container["commands"]], own, group["taskSpec"]["maxRetryCount"])
    volume.run_again(["sh", "-c", "axb merge part-*.shard -o pairs.csv"], {}, 0)


def main() -> None:
    """Try each service."""
    axb = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release/axb").resolve()
    services: dict[str, Callable[[Volume], None]] = {
        "Kubernetes": kubernetes,
        "AWS Batch": aws,
        "Google Cloud Batch": google,
    }
    for name, run in services.items():
        volume = Volume(axb)
        run(volume)
        volume.check(name)


main()
