"""Which processing units this machine gives, and in which order placements take them.

It reads sysfs alone. Where a file is missing, as on a small virtual machine, units count as cores of one cache, one
node and one package. It pins nobody.
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Unit:
    """A processing unit, and what it is part of; `thread` is 0 for the first of its core."""

    cpu: int
    core: int
    l3: int
    node: int
    package: int
    thread: int


def read_list(text: str) -> list[int]:
    """The numbers of a list such as ``0,2,4-7``.

    Raises
    ------
    ValueError
        Something in it is no number, or a range falls.
    """
    numbers: list[int] = []
    for part in filter(None, text.strip().split(",")):
        first, _, last = part.partition("-")
        if last and int(last) < int(first):
            raise ValueError(f"{part} falls")
        numbers.extend(range(int(first), int(last or first) + 1))
    return numbers


def write_list(numbers: Iterable[int]) -> str:
    """The same the other way, as short as it can be."""
    parts: list[list[int]] = []
    for n in sorted(numbers):
        if parts and parts[-1][1] + 1 == n:
            parts[-1][1] = n
        else:
            parts.append([n, n])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def read_text(path: Path) -> str:
    """What a file holds, without blanks around it; "" if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def first_of(path: Path, otherwise: int) -> int:
    """The first number of a list in a file."""
    numbers = read_list(read_text(path))
    return numbers[0] if numbers else otherwise


def last_level_cache(folder: Path, otherwise: int) -> int:
    """The first unit that shares the L3 cache of a unit, which stands for that cache."""
    for index in sorted((folder / "cache").glob("index*")):
        if read_text(index / "level") == "3":
            return first_of(index / "shared_cpu_list", otherwise)
    return otherwise


def nodes_of(system: Path) -> dict[int, int]:
    """The NUMA node of each unit."""
    found = {}
    for folder in (system / "node").glob("node[0-9]*"):
        for cpu in read_list(read_text(folder / "cpulist")):
            found[cpu] = int(folder.name[4:])
    return found


def units_of(root: Path, given: Iterable[int]) -> list[Unit]:
    """All units that we were given, as the system below `root` describes them."""
    system = root / "sys/devices/system"
    nodes = nodes_of(system)
    units = []
    for cpu in sorted(given):
        folder = system / "cpu" / f"cpu{cpu}"
        siblings = read_list(read_text(folder / "topology/thread_siblings_list")) or [cpu]
        package = max(0, first_of(folder / "topology/physical_package_id", 0))
        l3 = last_level_cache(folder, -1 - package)
        units.append(Unit(cpu, siblings[0], l3, nodes.get(cpu, 0), package, siblings.index(cpu)))
    return units


def groups(units: Iterable[Unit], key: Callable[[Unit], T]) -> dict[T, list[Unit]]:
    """Units by something that they are part of."""
    found: dict[T, list[Unit]] = defaultdict(list)
    for unit in units:
        found[key(unit)].append(unit)
    return dict(found)


def in_turn(lists: Iterable[list[Unit]]) -> list[Unit]:
    """The first of each list, then the second of each, and so on."""
    kept = [list(one) for one in lists]
    longest = max(map(len, kept), default=0)
    return [one[k] for k in range(longest) for one in kept if k < len(one)]


def compact(units: Iterable[Unit]) -> list[Unit]:
    """Package by package, node by node, cache by cache, core by core."""
    return sorted(units, key=lambda u: (u.package, u.node, u.l3, u.core, u.thread))


def spread(units: Iterable[Unit]) -> list[Unit]:
    """Packages in turn, within them nodes, within these caches."""

    def turn(some: list[Unit], levels: list[str]) -> list[Unit]:
        if not levels:
            return some
        parts = groups(some, lambda u: getattr(u, levels[0]))
        return in_turn(turn(part, levels[1:]) for part in parts.values())

    return turn(compact(units), ["package", "node", "l3"])


def chosen(units: list[Unit], placement: str, smt: str, workers: int) -> list[int]:
    """The units that a placement gives to so many workers.

    Parameters
    ----------
    placement
        ``compact`` or ``spread``.
    smt
        ``off``: one unit of each core. ``on``: all units of a core before the next core.
    """
    order = compact if placement == "compact" else spread
    firsts = order(u for u in units if u.thread == min(v.thread for v in units if v.core == u.core))
    if smt == "off":
        return [u.cpu for u in firsts[:workers]]
    by_core = groups(compact(units), lambda u: u.core)
    return [u.cpu for first in firsts for u in by_core[first.core]][:workers]


def least_group(units: list[Unit], key: Callable[[Unit], Hashable]) -> int:
    """How many cores the smallest group has."""
    return min(len({u.core for u in group}) for group in groups(units, key).values())


def counts_of(units: list[Unit]) -> dict[str, int]:
    """How many there are of each thing."""
    return {
        "packages": len({u.package for u in units}),
        "nodes": len({u.node for u in units}),
        "l3": len({u.l3 for u in units}),
        "cores": len({u.core for u in units}),
        "units": len(units),
    }


def borders_of(units: list[Unit]) -> dict[str, int]:
    """How many workers fill the first of each thing, one on a core; and all units."""
    return {
        "an L3 cache": least_group(units, lambda u: u.l3),
        "a NUMA node": least_group(units, lambda u: u.node),
        "a package": least_group(units, lambda u: u.package),
        "all cores": len({u.core for u in units}),
        "all units": len(units),
    }


def given_cpus() -> list[int]:
    """What the scheduler lets this process have."""
    return sorted(os.sched_getaffinity(0))


def quota_cpus(root: Path) -> float:
    """The CPU quota of our cgroup (version 2) and of those around it, in processors; infinite where there is none."""
    mine = next((line[3:] for line in read_text(root / "proc/self/cgroup").splitlines() if line.startswith("0::")), "/")
    parts = Path(mine.strip("/")).parts
    quotas = [math.inf]
    for k in range(len(parts) + 1):
        quota, _, period = read_text(root.joinpath("sys/fs/cgroup", *parts[:k], "cpu.max")).partition(" ")
        if quota.isdigit() and period.isdigit() and int(period):
            quotas.append(int(quota) / int(period))
    return min(quotas)


def facts(units: list[Unit]) -> dict[str, Any]:
    """The same for the record."""
    return {
        "given": write_list(u.cpu for u in units),
        "counts": counts_of(units),
        "borders": borders_of(units),
    }
