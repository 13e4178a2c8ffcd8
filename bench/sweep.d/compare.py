"""Two sweeps side by side: two machines, or two commits on one."""

from __future__ import annotations

from typing import Any

import summary
from summary import Figures


def name(figures: Figures) -> str:
    """What a sweep is called beside another one."""
    machine = figures["machine"]
    commit = machine["axb"]["commit"] or machine["axb"]["sha256"][:12]
    return f"{machine['processor']['model']}, {machine['layout']['counts']['cores']} cores, {commit}"


def names(old: Figures, new: Figures) -> tuple[str, str]:
    """The names of both, told apart by their time where they are the same."""
    both = name(old), name(new)
    if both[0] != both[1]:
        return both
    return f"{both[0]}, {old['when']}", f"{both[1]}, {new['when']}"


def key(p: Figures) -> tuple[Any, ...]:
    """What two points must have in common to be compared: all of the configuration, the rows too."""
    return tuple(summary.point_of(p).values())


def verdict(old: Figures, new: Figures) -> str:
    """Faster or slower, where the quartiles of both do not overlap."""
    if new["third"] < old["first"]:
        return "faster"
    if new["first"] > old["third"]:
        return "slower"
    return "no difference shown"


def ratios(old: Figures, new: Figures) -> list[Figures]:
    """A row for each point that both have."""
    before = {key(p): p for p in old["points"]}
    rows = []
    for p in new["points"]:
        other = before.get(key(p))
        if other:
            a, b = other["total"], p["total"]
            rows.append({"work": p["work"], "scaling": p["scaling"], "where": summary.where(p), "workers": p["workers"],
                         "old": a["median"], "new": b["median"], "ratio": b["median"] / a["median"],
                         "verdict": verdict(a, b)})  # fmt: skip
    return rows
