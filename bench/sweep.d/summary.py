"""From single runs to figures: medians with spread, speed-up, efficiency, and what Amdahl's law makes of the phases.

All of it is arithmetic on records. Refused runs count only where a point has no others, which its row then says.
"""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from points import Point, count_of
from works import PHASES, REST, WORKS

FORMAT = 1
PAPER_WORKERS = 128  # what the table of Amdahl's law is for
Figures = dict[str, Any]


def spread(values: Iterable[float]) -> Figures:
    """Least, quartiles, median, most and number of some values, at least one."""
    kept = sorted(values)
    first, third = kept[0], kept[-1]
    if len(kept) > 1:
        first, _, third = statistics.quantiles(kept, n=4, method="inclusive")
    return {"least": kept[0], "first": first, "median": statistics.median(kept), "third": third, "most": kept[-1],
            "n": len(kept)}  # fmt: skip


def phases_of(stats: Figures) -> dict[str, float]:
    """Seconds of each phase, and the rest of the total."""
    seconds = stats["seconds"]
    phases = {name: float(seconds.get(name, 0)) for name in PHASES}
    return {REST: max(0.0, float(seconds["total"]) - sum(phases.values())), **phases}


def own_seconds(work: str, stats: Figures) -> float:
    """Seconds of the phases that a work is about."""
    return sum(float(stats["seconds"].get(name, 0)) for name in WORKS[work].own)


def amount(work: str, stats: Figures) -> float:
    """How much was done, in the unit of the work."""
    if WORKS[work].unit == "rows":
        return float(stats["rows_a"] + stats["rows_b"])
    if WORKS[work].unit == "lines":
        return float(stats["matches"])
    return float(stats["distinct"]["pairs"] or stats["pairs"])


def counted(runs: list[Figures]) -> list[Figures]:
    """The runs that figures are made of."""
    good = [run for run in runs if run["state"] in ("clean", "marked")]
    return good or [run for run in runs if run["state"] == "refused"]


def point_figures(point: Figures, runs: list[Figures], bind: str) -> Figures | None:
    """One row: what was measured at a point; None where no run ended well. `bind` is that of the curves."""
    used = counted(runs)
    if not used:
        return None
    stats = [run["stats"] for run in used]
    own = spread(own_seconds(point["work"], one) for one in stats)
    phases = [phases_of(one) for one in stats]
    return {
        **point,
        "main": as_point(point).is_main(bind),
        "total": spread(one["seconds"]["total"] for one in stats),
        "own": own,
        "cpu_seconds": statistics.median(run["cpu_seconds"] for run in used),
        "phases": {name: statistics.median(one[name] for one in phases) for name in phases[0]},
        "rate": amount(point["work"], stats[0]) / own["median"] if own["median"] > 0 else None,
        "workers_used": stats[0]["workers"],
        "join": stats[0].get("join"),
        "matches": stats[0]["matches"],
        "others_most": max(run["guard"]["others"] for run in used),
        "steal_most": max(run["guard"]["steal"] for run in used),
        "marked": sum(run["state"] == "marked" for run in used),
        "refused": sum(run["state"] == "refused" for run in runs),
        "only_refused": used[0]["state"] == "refused",
    }


def by_key(lines: list[Figures], kind: str) -> dict[str, list[Figures]]:
    """Records of a kind by the key of their point."""
    found: dict[str, list[Figures]] = {}
    for line in lines:
        if line["kind"] == kind:
            found.setdefault(line["key"], []).append(line)
    return found


def ceiling_figures(lines: list[Figures]) -> list[Figures]:
    """Each ceiling: the greatest of its rates, since others can only take from it."""
    best: dict[tuple[str, int], Figures] = {}
    for line in lines:
        if line["kind"] == "ceiling" and line["rate"]:
            key = (line["what"], line["workers"])
            if key not in best or best[key]["rate"] < line["rate"]:
                best[key] = {name: line[name] for name in ("what", "workers", "cpus", "rate", "state")}
    return sorted(best.values(), key=lambda one: (one["what"], one["workers"]))


def curve(points: list[Figures], work: str, scaling: str) -> list[Figures]:
    """The points of a curve, by workers: where axb puts them, the first binding, pages as they are."""
    found = [p for p in points if p["main"] and p["work"] == work and p["scaling"] == scaling]
    return sorted(found, key=lambda p: int(p["workers"]))


def speed_ups(points: list[Figures], of: str) -> list[tuple[int, float]]:
    """How many times as fast as the smallest count, which counts as its number of workers."""
    if not points or not points[0][of]["median"]:
        return []
    base = points[0]["workers"] * points[0][of]["median"]
    return [(p["workers"], base / p[of]["median"]) for p in points if p[of]["median"] > 0]


def efficiencies(points: list[Figures], of: str) -> list[tuple[int, float]]:
    """The share of linear scaling: strong, by workers; weak, by equal time."""
    if points and points[0]["scaling"] == "weak":
        base = points[0][of]["median"]
        return [(p["workers"], base / p[of]["median"]) for p in points if p[of]["median"] > 0]
    return [(n, speed / n) for n, speed in speed_ups(points, of)]


def fit(samples: list[tuple[int, float]]) -> tuple[float, float]:
    """Serial and parallel seconds, s + p / workers, that are nearest to what was measured (Amdahl, 1967).

    Least squares of relative errors; neither is negative.
    """
    kept = [(1 / n, t) for n, t in samples if t > 0]
    if not kept:
        return 0.0, 0.0
    w = [1 / (t * t) for _, t in kept]
    sw = sum(w)
    sx = sum(wi * x for wi, (x, _) in zip(w, kept))
    sy = sum(wi * t for wi, (_, t) in zip(w, kept))
    sxx = sum(wi * x * x for wi, (x, _) in zip(w, kept))
    sxy = sum(wi * x * t for wi, (x, t) in zip(w, kept))
    spread_x = sw * sxx - sx * sx
    if spread_x <= 1e-12 * sw * sxx:
        return sy / sw, 0.0
    parallel = (sw * sxy - sx * sy) / spread_x
    serial = (sy - parallel * sx) / sw
    if serial < 0:
        return 0.0, sxy / sxx
    return (serial, parallel) if parallel > 0 else (sy / sw, 0.0)


def amdahl(points: list[Figures]) -> list[Figures]:
    """For each phase of a strong curve: serial and parallel seconds, and what they give on paper."""
    if len(points) < 2:
        return []
    rows = []
    for name in points[0]["phases"]:
        serial, parallel = fit([(p["workers"], p["phases"][name]) for p in points])
        rows.append({"phase": name, "serial": serial, "parallel": parallel,
                     "paper": serial + parallel / PAPER_WORKERS})  # fmt: skip
    return rows


def point_of(line: Figures) -> Figures:
    """The configuration in a record of a run."""
    return {name: line[name] for name in Point.__dataclass_fields__}


def not_clean(lines: list[Figures]) -> list[Figures]:
    """Runs that were not clean, as the page lists them."""
    kept = [line for line in lines if line["kind"] == "run" and line["state"] != "clean"]
    return [{**point_of(line), "state": line["state"], "why": line["why"]} for line in kept]


def timeline(lines: list[Figures]) -> Figures | None:
    """The run that was watched."""
    found = [line for line in lines if line["kind"] == "timeline"]
    return dict(found[-1]) if found else None


def summarise(lines: list[Figures]) -> Figures:
    """All of sweep.json, from the lines of sweep.jsonl."""
    head = next(line for line in lines if line["kind"] == "sweep")
    runs = by_key(lines, "run")
    points = [point_figures(point_of(some[0]), some, head["wish"]["binds"][0]) for some in runs.values()]
    kept = [p for p in points if p]
    return {
        "format": FORMAT,
        "when": head["when"],
        "command": head["command"],
        "machine": head["machine"],
        "wish": head["wish"],
        "limits": head["limits"],
        "points": kept,
        "ceilings": ceiling_figures(lines),
        "amdahl": {work: amdahl(curve(kept, work, "strong")) for work in head["wish"]["works"]},
        "not_clean": not_clean(lines),
        "runs": sum(len(some) for some in runs.values()),
        "timeline": timeline(lines),
        "complete": any(line["kind"] == "end" for line in lines),
    }


COLUMNS = [*Point.__dataclass_fields__, "n", "seconds", "least", "first_quartile", "third_quartile", "most",
           "own_seconds", "cpu_seconds", "rate", "speed_up", "own_speed_up", "efficiency", "others_most", "steal_most",
           "marked", "refused", "only_refused", *(f"{name}_seconds" for name in PHASES)]  # fmt: skip


def as_csv(figures: Figures) -> str:
    """A row for each point."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for p in figures["points"]:
        writer.writerow(csv_row(p, curve(figures["points"], p["work"], p["scaling"])))
    return out.getvalue()


def csv_row(p: Figures, of: list[Figures]) -> Figures:
    """One point flat; its speed-up is over the first of its curve."""
    total, own, base = p["total"], p["own"], of[0] if of else p

    def speed_up(name: str) -> float | None:
        seconds = p[name]["median"]
        return base["workers"] * base[name]["median"] / seconds if p["scaling"] == "strong" and seconds else None

    speed = speed_up("total")
    return {
        **p,
        "n": total["n"],
        "seconds": total["median"],
        "least": total["least"],
        "first_quartile": total["first"],
        "third_quartile": total["third"],
        "most": total["most"],
        "own_seconds": own["median"],
        "speed_up": speed,
        "own_speed_up": speed_up("own"),
        "efficiency": speed / p["workers"] if speed else base["total"]["median"] / total["median"],
        **{f"{name}_seconds": p["phases"][name] for name in PHASES},
    }


def markdown(figures: Figures) -> str:
    """A table for a terminal."""
    lines = ["| work | scaling | where | workers | seconds (quartiles) | own phase | speed-up | others |",
             "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for p in figures["points"]:
        row = csv_row(p, curve(figures["points"], p["work"], p["scaling"]))
        speed = f"{row['speed_up']:.2f}" if row["speed_up"] else f"{row['efficiency']:.2f} of equal time"
        flag = " refused" if p["only_refused"] else ""
        lines.append(
            f"| {p['work']} | {p['scaling']} | {where(p)} | {p['workers']} | {row['seconds']:.3f} "
            f"({row['first_quartile']:.3f}-{row['third_quartile']:.3f}) | {row['own_seconds']:.3f} | {speed} "
            f"| {100 * p['others_most']:.0f} %{flag} |"
        )
    return "\n".join(lines)


def where(p: Figures) -> str:
    """Placement, SMT, binding and pages of a point in a few words."""
    words = [p["placement"] if p["placement"] != "axb" else f"bind {p['bind']}"]
    words += [f"SMT {p['smt']}"] if p["smt"] else []
    words += ["huge pages"] if p["pages"] == "huge" else []
    return ", ".join(words)


def as_point(p: Figures) -> Point:
    """The configuration of a row."""
    return Point(**point_of(p))


def describe(point: Point) -> str:
    """A point in a line of progress."""
    return (
        f"{point.work} {point.scaling} {where(asdict(point))}, {count_of(point.workers, 'worker')}, {point.rows} rows"
    )
