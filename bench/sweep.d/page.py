"""The one page: sweep.html from what sweep.json holds, and beside it, if wished, an older sweep.

The page is a single file: no network, no JavaScript. It suits light and dark, a phone, and paper. All texts of the
record are escaped, since a record may come from another machine.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from typing import Any

import chart
import compare
import summary
from chart import Series, short
from points import count_of
from summary import Figures
from works import PHASE_NAMES, WORKS

STYLE = (
    chart.STYLE
    + """
:root { --ink:#1c2128; --paper:#fff; --soft:#f4f5f7; --rule:#d9dde3; --warn:#8a4b00; --warnbg:#fff4e0; }
@media (prefers-color-scheme: dark) { :root { --ink:#e3e7ec; --paper:#14181d; --soft:#1d2229; --rule:#343b45;
  --warn:#ffc978; --warnbg:#33260f; } }
@media print { :root { --ink:#000; --paper:#fff; --soft:#fff; --rule:#bbb; --warn:#000; --warnbg:#fff; } }
* { box-sizing:border-box; }
body { margin:0 auto; padding:1rem; max-width:66rem; color:var(--ink); background:var(--paper);
  font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif; }
h1 { font-size:1.6rem; line-height:1.2; margin:.4rem 0; } h2 { font-size:1.2rem; margin:2.2rem 0 .4rem; }
h3 { font-size:1rem; margin:0 0 .2rem; } p { max-width:46rem; margin:.4rem 0; }
.grid { display:grid; grid-template-columns:repeat(auto-fill,minmax(min(26rem,100%),1fr)); gap:1.4rem 2rem; }
figure > svg { max-width:34rem; }
figure { margin:0; min-width:0; break-inside:avoid; } figcaption { font-size:.85rem; color:var(--axis); }
.legend { list-style:none; display:flex; flex-wrap:wrap; gap:.1rem .9rem; margin:.2rem 0; padding:0; font-size:.82rem; }
.legend i { display:inline-block; width:1.1rem; height:.28rem; margin-right:.35rem; vertical-align:.2rem; }
.legend i.dashed { opacity:.8; clip-path:polygon(0 0,40% 0,40% 100%,60% 100%,60% 0,100% 0,100% 100%,0 100%); }
.legend i.dotted { height:.14rem; }
figure p { margin:0; } .wide { max-width:46rem; }
.scroll { overflow-x:auto; } table { border-collapse:collapse; font-size:.85rem; font-variant-numeric:tabular-nums; }
th,td { padding:.2rem .6rem .2rem 0; text-align:right; border-bottom:1px solid var(--rule); white-space:nowrap; }
th:first-child,td:first-child,th.l,td.l { text-align:left; } td.wrap { white-space:normal; min-width:12rem; }
.facts th,.facts td { text-align:left; vertical-align:top; white-space:normal; } .facts th { font-weight:600; }
.note { background:var(--warnbg); color:var(--warn); padding:.5rem .8rem; border-radius:.3rem; max-width:46rem; }
pre { background:var(--soft); padding:.6rem .8rem; overflow-x:auto; border-radius:.3rem; font-size:.85rem; }
pre { white-space:pre-wrap; overflow-wrap:anywhere; }
img { max-width:100%; height:auto; } details { margin:.6rem 0; } summary { cursor:pointer; }
@media (max-width:30rem) { svg.chart { font-size:13.5px; } th,td { padding-right:.5rem; } }
@media print { body { max-width:none; font-size:11px; } details { display:block; } h2 { break-after:avoid; } }
"""
)

WEAK, STRONG = "weak", "strong"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1, kind: str = "") -> str:
    """A table of texts, of which the first columns are set flush left. It scrolls by itself on a narrow page."""
    top = "".join(f'<th scope="col"{cls(k < left)}>{escape(name)}</th>' for k, name in enumerate(head))
    body = "".join(
        "<tr>" + "".join(f"<td{cls(k < left)}>{escape(cell)}</td>" for k, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table class="{kind}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def cls(left: bool) -> str:
    """The class of a cell."""
    return ' class="l"' if left else ""


def figure(title: str, svg: str, legend: str = "", caption: str = "") -> str:
    """A chart with its heading."""
    said = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure><h3>{escape(title)}</h3>{svg}{legend}{said}</figure>"


def section(title: str, *parts: str) -> str:
    """A heading and what is below it; nothing where there is nothing."""
    body = "".join(parts)
    return f"<section><h2>{escape(title)}</h2>{body}</section>" if body else ""


def paragraph(words: str) -> str:
    """A paragraph."""
    return f"<p>{escape(words)}</p>"


def capital(words: str) -> str:
    """With a capital letter."""
    return words[:1].upper() + words[1:]


def grid(parts: Sequence[str]) -> str:
    """Charts side by side, as many as fit."""
    return f'<div class="grid">{"".join(parts)}</div>' if parts else ""


# ---- The machine -----------------------------------------------------------------------------------------------------


def gib(n: int | float | None) -> str:
    """Bytes for people."""
    if not n:
        return "unknown"
    return f"{n / (1 << 30):.0f} GiB" if n >= 1 << 30 else f"{n / (1 << 20):.0f} MiB"


def known(value: Any) -> str:
    """A fact, or that nobody knows it."""
    return "unknown" if value in (None, "", []) else str(value)


def frequency(processor: Figures) -> str:
    """Now, least, most, in GHz."""

    def ghz(mhz: float | None) -> str:
        return f"{mhz / 1000:.2f} GHz" if mhz else "unknown"

    now = processor.get("mhz_now")
    shown = " to ".join(dict.fromkeys(map(ghz, now))) if now else "unknown"
    bounds = f"least {ghz(processor.get('mhz_least'))}, most {ghz(processor.get('mhz_most'))}"
    return f"{shown} when the sweep began; {bounds}"


def fact_rows(machine: Figures) -> list[tuple[str, str]]:
    """What is said of the machine and the program."""
    processor, memory, axb = machine["processor"], machine["memory"], machine["axb"]
    counts = machine["layout"]["counts"]
    named = {"packages": "package", "nodes": "NUMA node", "l3": "L3 cache", "cores": "core", "units": "processing unit"}
    quota = machine.get("quota_cpus")
    dirty = ", with changes that are not committed" if axb["dirty"] else ""
    return [
        ("Processor", processor["model"]),
        ("Given to axb", ", ".join(count_of(counts[k], name) for k, name in named.items())),
        ("L3 cache", f"{gib(machine['l3_bytes'])} each"),
        ("SMT", {"notsupported": "none"}.get(processor["smt"], known(processor["smt"]))),
        ("Frequency", frequency(processor)),
        ("Governor, turbo", f"{known(processor['governor'])}, {known(processor['turbo'])}"),
        ("Memory", f"{gib(memory['bytes'])}, of which {gib(memory['available_bytes'])} were available"),
        ("Pages", f"{memory['page_bytes']} bytes; huge: {known(memory['huge_pages'])}, of shared memory: "
                  f"{known(memory['huge_pages_shared'])}"),
        ("Memory policy", f"{known(memory['numa_policy'])}; NUMA balancing {known(memory['numa_balancing'])}; what "
                          f"workers share: {known(machine['shared_memory'])}"),
        ("CPU quota", f"{quota:g} processors" if quota else "none"),
        ("Kernel", machine["kernel"]),
        ("axb", f"{axb['version']}, kernels {known(axb['kernels'])}, {known(axb['compiler'])}"),
        ("Commit", f"{known(axb['commit'])}{dirty}"),
    ]  # fmt: skip


def machine_section(figures: Figures) -> str:
    """Facts, and the drawing that axb made."""
    machine = figures["machine"]
    rows = "".join(f'<tr><th scope="row">{escape(a)}</th><td>{escape(b)}</td></tr>' for a, b in fact_rows(machine))
    drawing = ""
    if machine.get("picture"):
        data = base64.b64encode(machine["picture"].encode()).decode()
        drawing = f'<p><img alt="the machine, as axb topology draws it" src="data:image/svg+xml;base64,{data}"></p>'
    return section(
        "The machine", f'<div class="scroll"><table class="facts"><tbody>{rows}</tbody></table></div>', drawing
    )


# ---- Curves ----------------------------------------------------------------------------------------------------------


def ceiling_points(figures: Figures, what: str) -> list[tuple[float, float]]:
    """The rates of a ceiling, by workers."""
    return [(one["workers"], one["rate"]) for one in figures["ceilings"] if one["what"] == what]


def relative(points: list[tuple[float, float]], per_worker: bool) -> list[tuple[float, float]]:
    """Rates as speed-ups over the first, or those divided by the workers."""
    if not points:
        return []
    n0, rate0 = points[0]
    return [(n, n0 * rate / rate0 / (n if per_worker else 1)) for n, rate in points]


def bars(points: list[Figures], of: str) -> list[tuple[float, float, float]]:
    """The quartiles of speed-ups."""
    base = points[0]["workers"] * points[0][of]["median"]
    return [(p["workers"], base / p[of]["third"], base / p[of]["first"]) for p in points if p[of]["first"] > 0]


CEILING_NAMES = {"kernel": "kernels alone (ceiling)", "read": "reading memory (ceiling)"}


def strong_series(figures: Figures, work: str) -> list[Series]:
    """Speed-up of the whole and of its own phases, and the ceilings that concern it."""
    points = summary.curve(figures["points"], work, STRONG)
    if not points:
        return []
    series = [
        Series("whole run", summary.speed_ups(points, "total"), 0, "", bars(points, "total")),
        Series("its own phases", summary.speed_ups(points, "own"), 1, "dashed"),
    ]
    for k, what in enumerate(CEILING_NAMES):
        series.append(Series(CEILING_NAMES[what], relative(ceiling_points(figures, what), False), 2 + k, "dotted"))
    return [s for s in series if s.points]


def as_efficiency(series: list[Series]) -> list[Series]:
    """Speed-ups divided by the workers."""
    return [Series(s.name, [(n, y / n) for n, y in s.points], s.colour, s.dash,
                   [(n, low / n, high / n) for n, low, high in s.bars]) for s in series]  # fmt: skip


def keys(series: Sequence[Series]) -> str:
    """The legend of lines."""
    return chart.legend([(s.name, s.colour, s.dash) for s in series])


def curve_section(figures: Figures) -> str:
    """Speed-up and efficiency of every work."""
    parts = []
    for work in figures["wish"]["works"]:
        series = strong_series(figures, work)
        if series:
            rows = summary.curve(figures["points"], work, STRONG)[0]["rows"]
            what = f"{capital(WORKS[work].what)}. {rows:,} records a side."
            parts.append(figure(f"{work}: speed-up", chart.lines(series, "times as fast", log_y=True, ideal="linear"),
                                keys(series), what))  # fmt: skip
            even = as_efficiency(series)
            parts.append(figure(f"{work}: efficiency", chart.lines(even, "of linear", ideal="level", least_y=1),
                                keys(even)))  # fmt: skip
    said = (
        "The same rows for every number of workers. Bars are quartiles; the fine line would be linear. Ceilings are "
        "what the same cores give to a loop that does nothing else."
    )
    return section("Strong scaling", paragraph(said), grid(parts)) if parts else ""


def weak_section(figures: Figures) -> str:
    """Equal work for each worker: how the time stays."""
    series = []
    for k, work in enumerate(figures["wish"]["works"]):
        points = summary.curve(figures["points"], work, WEAK)
        if points:
            name = f"{work} (equal {WORKS[work].grows} a worker)"
            series.append(Series(name, summary.efficiencies(points, "total"), k))
    if not series:
        return ""
    said = (
        "Rows grow with the workers, so that each has as many pairs, or rows, as one alone. Efficiency is the time of "
        "the first over that of all; it would be 1 for ever if nothing were shared and nothing were serial. A curve "
        "ends where its tables would be too large to make."
    )
    svg = chart.lines(series, "of equal time", ideal="level", least_y=1)
    return section("Weak scaling", paragraph(said), grid([figure("Efficiency", svg, keys(series))]))


def ceiling_section(figures: Figures) -> str:
    """Bandwidth, and the rate of kernels beside that of runs."""
    read = [
        Series("each its own memory", ceiling_points(figures, "read"), 0),
        Series("all the same block", ceiling_points(figures, "shared"), 1, "dashed"),
    ]
    kernel = [Series("kernels alone", ceiling_points(figures, "kernel"), 2)]
    runs = summary.curve(figures["points"], "kernel", STRONG)
    if runs:
        kernel.append(Series("axb --no-prune", [(p["workers"], p["rate"]) for p in runs if p["rate"]], 0, "dashed"))
    parts = [figure(title, chart.lines(series, unit), keys([s for s in series if s.points]), caption)
             for title, series, unit, caption in (
                 ("Reading memory", read, "bytes a second", "Pinned as the workers are. One touches the block first."),
                 ("Kernels", kernel, "pairs a second", "Pairs of distinct values that Levenshtein at 0.85 decides."))
             if any(s.points for s in series)]  # fmt: skip
    return section("What the cores give at most", grid(parts))


# ---- Phases ----------------------------------------------------------------------------------------------------------


def phase_section(figures: Figures) -> str:
    """Seconds of each phase on one another, by workers; and as shares, where the columns become flat."""
    parts = []
    for work in figures["wish"]["works"]:
        points = summary.curve(figures["points"], work, STRONG)
        if points:
            columns = [(str(p["workers"]), p["phases"]) for p in points]
            parts.append(figure(f"{work}: seconds", chart.stacked(columns, PHASE_NAMES, "seconds")))
            shares = [(label, {k: v / sum(phases.values()) for k, v in phases.items()}) for label, phases in columns]
            parts.append(figure(f"{work}: shares", chart.stacked(shares, PHASE_NAMES, "of the run")))
    keys_once = chart.legend([(shown, k, "") for k, shown in enumerate(PHASE_NAMES.values())])
    said = (
        "Medians of each phase, from --stats. Start and rest is the whole less all phases: processes, the compiler of "
        "a scorer, the end."
    )
    return section("Where the time goes", paragraph(said), keys_once, grid(parts)) if parts else ""


def amdahl_section(figures: Figures) -> str:
    """What does not shrink with workers, and what many would give on paper."""
    parts = []
    for work, rows in figures["amdahl"].items():
        if not rows:
            continue
        n = summary.PAPER_WORKERS
        one, many = (sum(r["serial"] + r["parallel"] / k for r in rows) for k in (1, n))
        cells = [[PHASE_NAMES[r["phase"]], f"{r['serial']:.3f}", f"{r['parallel']:.3f}", f"{r['paper']:.3f}",
                  f"{100 * r['paper'] / many:.0f} %" if many else ""] for r in rows]  # fmt: skip
        cells.append(["all", f"{sum(r['serial'] for r in rows):.3f}", f"{sum(r['parallel'] for r in rows):.3f}",
                      f"{many:.3f}", f"{one / many:.1f} x" if many else ""])  # fmt: skip
        head = ["seconds", "serial", "parallel", f"at {n}", "share"]
        parts.append(f"<figure><h3>{escape(work)}</h3>{table(head, cells)}</figure>")
    said = (
        "Each phase as serial + parallel / workers seconds (Amdahl, 1967), fitted to its medians; the last column is "
        f"its share of the time on paper with {summary.PAPER_WORKERS} workers, and in the last row how many times as "
        "fast as one worker that is. Paper knows no memory bandwidth and no second sibling of a core, and a phase that "
        "grows with the workers counts as serial."
    )
    return section("What is left on paper", paragraph(said), grid(parts)) if parts else ""


# ---- Variations, spread, what was wrong ------------------------------------------------------------------------------


def variation_section(figures: Figures) -> str:
    """Placements, SMT, bindings, pages: each beside the curve's point with as many workers."""
    rows = []
    for p in figures["points"]:
        of = {one["workers"]: one for one in summary.curve(figures["points"], p["work"], p["scaling"])}
        base = of.get(p["workers"])
        if base and base is not p and p["scaling"] == STRONG:
            ratio = p["total"]["median"] / base["total"]["median"]
            own = p["own"]["median"] / base["own"]["median"] if base["own"]["median"] else float("nan")
            rows.append([p["work"], summary.where(p), str(p["workers"]), f"{p['total']['median']:.3f}", f"{ratio:.2f}",
                         f"{p['own']['median']:.3f}", f"{own:.2f}"])  # fmt: skip
    if not rows:
        return ""
    said = (
        "Ratios are of medians, to the run with as many workers where axb puts them; below 1 is faster. Compact fills "
        "a cache, a node, a package before the next; spread takes them in turn; with SMT on, all units of a core "
        "come before the next core."
    )
    head = ["work", "where", "workers", "seconds", "ratio", "own phases", "ratio"]
    return section("Placement, SMT, binding, pages", paragraph(said), table(head, rows, 2))


def spread_section(figures: Figures) -> str:
    """How far runs of a point lie apart."""
    parts = []
    for work in figures["wish"]["works"]:
        points = summary.curve(figures["points"], work, STRONG)
        if points:
            rows = [(count_of(p["workers"], "worker") + f", {p['total']['n']} runs", p["total"]) for p in points]
            parts.append(figure(work, chart.boxes(rows)))
    said = "Least to most as a line, quartiles as a box, around the median of the whole run."
    return section("Spread", paragraph(said), grid(parts)) if parts else ""


def timeline_section(figures: Figures) -> str:
    """When each process of one run was on a processor."""
    seen = figures["timeline"]
    if not seen:
        return ""
    said = (
        "One more run, looked at many times: how much of each moment a process was on a processor. What the "
        "coordinator does while workers are idle, or before they exist, is what no number of workers shortens."
    )
    title = f"{seen['work']}, {count_of(seen['workers'], 'worker')}, {seen['wall_seconds']:.2f} s"
    svg = chart.time_lines(seen["ends"], list(zip(seen["names"], seen["busy"])))
    return section("One run, process by process", paragraph(said), f'<div class="wide">{figure(title, svg)}</div>')


def fewer_workers(figures: Figures) -> list[str]:
    """Points at which axb took fewer workers than asked for, since there was little to do."""
    return [f"{p['work']} ({p['scaling']}): {p['workers_used']} of {p['workers']} workers, since there was little to do"
            for p in figures["points"] if p["workers_used"] < p["workers"] and p["work"] != "ingest"]  # fmt: skip


def guard_section(figures: Figures) -> str:
    """What was marked, refused or failed, and what else makes a figure less than it seems."""
    limits = figures["limits"]
    said = (
        f"A run is marked where others took more than {100 * limits['mark']:.0f} % of its cores, and refused and "
        f"repeated, up to {count_of(limits['again'], 'time')}, where it was more than {100 * limits['refuse']:.0f} %. "
        "That is measured in each run: what /proc/stat counts on these cores, less what axb used, and stolen time."
    )
    bad = figures["not_clean"]
    rows = [
        [one["work"], one["scaling"], summary.where(one), str(one["workers"]), one["state"], one["why"]] for one in bad
    ]
    count = f"{len(bad)} of {count_of(figures['runs'], 'run')} were not clean."
    only = [p for p in figures["points"] if p["only_refused"]]
    warning = paragraph_note(f"{count_of(len(only), 'point')}: refused runs alone.") if only else ""
    few = "".join(paragraph(words) for words in fewer_workers(figures))
    head = ["work", "scaling", "where", "workers", "state", "why"]
    listing = f"<details><summary>{escape(count)}</summary>{table(head, rows, 3)}</details>"
    return section("What else ran", paragraph(said), warning, listing if bad else paragraph(count), few)


def paragraph_note(words: str) -> str:
    """A paragraph that must be seen."""
    return f'<p class="note">{escape(words)}</p>'


def figures_section(figures: Figures) -> str:
    """All points, folded."""
    rows = []
    for p in figures["points"]:
        total = p["total"]
        rows.append([p["work"], p["scaling"], summary.where(p), str(p["workers"]), str(p["rows"]), str(total["n"]),
                     f"{total['median']:.3f}", f"{total['first']:.3f}", f"{total['third']:.3f}",
                     f"{p['own']['median']:.3f}", f"{p['cpu_seconds']:.2f}", short(p["rate"] or 0),
                     f"{100 * p['others_most']:.0f} %"])  # fmt: skip
    head = ["work", "scaling", "where", "workers", "rows", "runs", "seconds", "1st quartile", "3rd", "own phases",
            "of all processors", "rate /s", "others at most"]  # fmt: skip
    return section("All figures", f"<details><summary>{len(rows)} points</summary>{table(head, rows, 3)}</details>")


def again_section(figures: Figures) -> str:
    """How to do it again."""
    limits = figures["limits"]
    words = paragraph("On the same machine, from the root of the repository:")
    return section("Again", words, f"<pre>{escape(figures['command'])}</pre>",
                   paragraph(f"{figures['wish']['runs']} runs of each point, in turns. Recorded {figures['when']}; "
                             f"marked above {100 * limits['mark']:.0f} %."))  # fmt: skip


# ---- The page --------------------------------------------------------------------------------------------------------


def lead(figures: Figures) -> str:
    """The result in a few sentences."""
    lines = []
    for work in figures["wish"]["works"]:
        points = summary.curve(figures["points"], work, STRONG)
        if len(points) > 1:
            n, speed = summary.speed_ups(points, "total")[-1]
            own = summary.speed_ups(points, "own")
            its = f", its own phases {own[-1][1]:.1f} times" if own else ""
            lines.append(f"<li><b>{escape(work)}</b>: {n} workers are {speed:.1f} times as fast{its}.</li>")
    return f"<ul>{''.join(lines)}</ul>" if lines else ""


def banners(figures: Figures) -> str:
    """What a reader must know first."""
    words = []
    if figures["machine"].get("synthetic"):
        words.append("Synthetic: these figures were invented by a model, to try this page. No machine was measured.")
    if not figures["complete"]:
        words.append("The sweep was stopped before its end: --resume goes on.")
    disturbed = len(figures["not_clean"])
    if 2 * disturbed > figures["runs"]:
        words.append(f"Others used the cores during {disturbed} of {figures['runs']} runs. Do not quote these figures.")
    return "".join(paragraph_note(one) for one in words)


def page(figures: Figures, old: Figures | None = None) -> str:
    """The whole page; with `old`, both side by side."""
    model = figures["machine"]["processor"]["model"]
    title = f"How axb scales: {model}"
    parts = [
        machine_section(figures),
        compare_section(figures, old) if old else "",
        curve_section(figures),
        weak_section(figures),
        ceiling_section(figures),
        phase_section(figures),
        amdahl_section(figures),
        variation_section(figures),
        spread_section(figures),
        timeline_section(figures),
        guard_section(figures),
        again_section(figures),
        figures_section(figures),
    ]
    head = (f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f'<meta name="color-scheme" content="light dark"><style>{STYLE}</style></head>')  # fmt: skip
    return f"{head}<body><h1>{escape(title)}</h1>{banners(figures)}{lead(figures)}{''.join(parts)}</body></html>\n"


def medians(figures: Figures, work: str) -> list[tuple[float, float]]:
    """Seconds of whole runs by workers."""
    return [(p["workers"], p["total"]["median"]) for p in summary.curve(figures["points"], work, STRONG)]


def compare_section(figures: Figures, old: Figures) -> str:
    """Ratios point by point, and both curves."""
    names = compare.names(old, figures)
    rows = [[p["work"], p["scaling"], p["where"], str(p["workers"]), f"{p['old']:.3f}", f"{p['new']:.3f}",
             f"{p['ratio']:.2f}", p["verdict"]] for p in compare.ratios(old, figures)]  # fmt: skip
    parts = []
    for work in figures["wish"]["works"]:
        series = [Series(name, medians(one, work), k, "dashed" if k == 0 else "")
                  for k, (name, one) in enumerate((("old", old), ("new", figures)))]  # fmt: skip
        if all(s.points for s in series):
            parts.append(figure(f"{work}: seconds", chart.lines(series, "seconds", log_y=True), keys(series)))
    said = (
        f"Old: {names[0]}. New: {names[1]}. A ratio is new / old seconds of the whole run, so below 1 is faster; where "
        "quartiles overlap nothing is shown to differ."
    )
    missing = paragraph("No point is in both.") if not rows else ""
    head = ["work", "scaling", "where", "workers", "old s", "new s", "ratio", "of medians"]
    listing = f"<details><summary>{len(rows)} points that both have</summary>{table(head, rows, 3)}</details>"
    return section("Beside the older sweep", paragraph(said), grid(parts), listing if rows else missing)
