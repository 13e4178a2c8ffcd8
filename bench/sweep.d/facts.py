"""What machine and which program figures belong to: read from /proc, /sys, git and axb itself.

A fact that cannot be read is left out; the page says so. Nothing is changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import layout
from guardian import selected
from layout import Unit, read_text

HUGE_SETTING = "sys/kernel/mm/transparent_hugepage/shmem_enabled"


def said(command: list[str], cwd: Path | None = None) -> str:
    """What a command prints; "" if it fails or does not exist."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def field_of(text: str, name: str) -> str:
    """The value in a line ``name: value`` or ``name value``."""
    for line in text.splitlines():
        if line.lower().startswith(name):
            return line[len(name) :].strip(" \t:")
    return ""


def processor(root: Path) -> dict[str, Any]:
    """Model, frequencies in MHz, governor, turbo."""
    info, cpu = read_text(root / "proc/cpuinfo"), root / "sys/devices/system/cpu"
    scaling = sorted((cpu / "cpufreq").glob("policy*"))
    now = [float(read_text(p / "scaling_cur_freq") or 0) / 1000 for p in scaling]
    now = now or [float(line.split(":")[1]) for line in info.splitlines() if line.startswith("cpu MHz")]
    return {
        "model": field_of(info, "model name") or platform.machine(),
        "mhz_now": [round(min(now)), round(max(now))] if now else None,
        "mhz_least": mhz(cpu / "cpu0/cpufreq/cpuinfo_min_freq"),
        "mhz_most": mhz(cpu / "cpu0/cpufreq/cpuinfo_max_freq"),
        "governor": read_text(cpu / "cpu0/cpufreq/scaling_governor") or None,
        "turbo": turbo(cpu),
        "smt": read_text(cpu / "smt/control") or None,
    }


def mhz(path: Path) -> int | None:
    """A frequency that is written in kHz."""
    text = read_text(path)
    return int(text) // 1000 if text.isdigit() else None


def turbo(cpu: Path) -> str | None:
    """On or off, where the driver says so."""
    boost, no_turbo = read_text(cpu / "cpufreq/boost"), read_text(cpu / "intel_pstate/no_turbo")
    if boost:
        return "on" if boost == "1" else "off"
    if no_turbo:
        return "off" if no_turbo == "1" else "on"
    return None


def cache_bytes(root: Path, units: list[Unit]) -> int:
    """Bytes of one L3 cache of the first unit; 0 if unknown."""
    for index in sorted((root / f"sys/devices/system/cpu/cpu{units[0].cpu}/cache").glob("index*")):
        if read_text(index / "level") == "3":
            size = read_text(index / "size")
            return int(size[:-1]) * {"K": 1 << 10, "M": 1 << 20}.get(size[-1], 1) if size else 0
    return 0


def memory(root: Path) -> dict[str, Any]:
    """Bytes of all memory and of what is available, and how pages are given."""
    info, huge = read_text(root / "proc/meminfo"), root / "sys/kernel/mm/transparent_hugepage"
    kib = {name: field_of(info, name.lower() + ":").split(" ")[0] for name in ("MemTotal", "MemAvailable")}
    policy = read_text(root / "proc/self/numa_maps").splitlines()
    return {
        "bytes": int(kib["MemTotal"] or 0) << 10,
        "available_bytes": int(kib["MemAvailable"] or 0) << 10,
        "page_bytes": os.sysconf("SC_PAGE_SIZE"),
        "huge_pages": selected(read_text(huge / "enabled")) or None,
        "huge_pages_shared": selected(read_text(root / HUGE_SETTING)) or None,
        "numa_policy": policy[0].split()[1] if policy else None,
        "numa_balancing": read_text(root / "proc/sys/kernel/numa_balancing") or None,
    }


def program(axb: Path) -> dict[str, Any]:
    """Version, kernels and compiler of axb, its bytes by a hash, and the commit beside it if it is in a repository."""
    version = said([str(axb), "version"])
    here = axb.resolve().parent
    return {
        "version": version.splitlines()[0] if version else "",
        "kernels": field_of(version, "kernels").split(",")[0],
        "compiler": field_of(version, "compiler"),
        "sha256": hashlib.sha256(axb.read_bytes()).hexdigest(),
        "commit": said(["git", "rev-parse", "--short=12", "HEAD"], here) or None,
        "dirty": bool(said(["git", "status", "--porcelain", "--untracked-files=no"], here)),
    }


def picture(axb: Path) -> str | None:
    """The drawing of the machine that axb makes, where it can."""
    svg = said([str(axb), "topology", "--svg"])
    begin = svg.find("<svg")
    return svg[begin:] if begin >= 0 else None


def topology(axb: Path, words: list[str]) -> dict[str, Any]:
    """What ``axb topology --json`` says; empty if it says nothing."""
    text = said([str(axb), "topology", "--json", *words])
    try:
        return dict(json.loads(text))
    except ValueError:
        return {}


def machine(root: Path, axb: Path, units: list[Unit]) -> dict[str, Any]:
    """All facts, for the record."""
    cache, said_by_axb = cache_bytes(root, units), topology(axb, [])
    return {
        "synthetic": False,
        "processor": processor(root),
        "layout": layout.facts(units),
        "l3_bytes": cache,
        "memory": memory(root),
        "kernel": f"{platform.system()} {platform.release()}",
        "quota_cpus": said_by_axb.get("quota_cpus"),
        "shared_memory": said_by_axb.get("used", {}).get("memory"),
        "axb": program(axb),
        "picture": picture(axb),
    }
