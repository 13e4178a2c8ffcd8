"""Charts as SVG for an HTML page: lines, stacked columns, boxes of a spread, time lines.

They carry classes and no colours, so that the page decides for light, dark and paper (see STYLE). A chart is 400 units
wide and is scaled to its column. bench/plot.awk draws pictures that stand alone; this draws those within a page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 400.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 48.0, 12.0, 26.0, 40.0
COLOURS = 8
LEAST_TICK = 26.0  # between the middles of two labels of x
SUFFIXES = {-3: "n", -2: "µ", -1: "m", 0: "", 1: "k", 2: "M", 3: "G", 4: "T", 5: "P"}

STYLE = """
:root { --c0:#0b62a8; --c1:#c2570c; --c2:#1a7f45; --c3:#8b3fbf; --c4:#a8860a; --c5:#b3264a; --c6:#0a8a94; --c7:#6b7280;
  --axis:#5c6470; --grid:#e3e6ea; }
@media (prefers-color-scheme: dark) { :root { --c0:#6cb4f0; --c1:#f2a25c; --c2:#6fce93; --c3:#cf9df5; --c4:#e0c25a;
  --c5:#f58aa5; --c6:#5fd0d8; --c7:#9aa3b0; --axis:#a3acb8; --grid:#2c323a; } }
@media print { :root { --c0:#0b62a8; --c1:#c2570c; --c2:#1a7f45; --c3:#8b3fbf; --c4:#a8860a; --c5:#b3264a;
  --c6:#0a8a94; --c7:#6b7280; --axis:#444; --grid:#ddd; } }
svg.chart { width:100%; height:auto; display:block; font:12px system-ui,sans-serif; }
svg.chart text { fill:var(--axis); } svg.chart .grid { stroke:var(--grid); stroke-width:1; }
svg.chart .ideal { stroke:var(--axis); stroke-width:1; stroke-dasharray:2 4; fill:none; }
svg.chart .line { fill:none; stroke-width:2; stroke-linejoin:round; }
svg.chart .dashed { stroke-dasharray:6 4; } svg.chart .dotted { stroke-dasharray:2 3; stroke-width:1.5; }
svg.chart .bar { stroke-width:1.2; opacity:.75; } svg.chart .dot { stroke:none; }
""" + "".join(
    f".s{k} {{ stroke:var(--c{k}); }} .f{k} {{ fill:var(--c{k}); }} .k{k} {{ background:var(--c{k}); }}\n"
    for k in range(COLOURS)
)


@dataclass(frozen=True)
class Series:
    """A line: its name, (x, y) in order of x, a colour by number, and a dash: "", "dashed", "dotted".

    A bar is (x, low, high), the spread around a point.
    """

    name: str
    points: Sequence[tuple[float, float]]
    colour: int = 0
    dash: str = ""
    bars: Sequence[tuple[float, float, float]] = field(default_factory=tuple)


def short(x: float, digits: int = 3) -> str:
    """1234567 as "1.23 M"; numbers from 0.01 to 1000 as they are."""
    if x == 0 or not math.isfinite(x):
        return "0" if x == 0 else "-"
    step = 0 if 0.01 <= abs(x) < 1000 else min(max(math.floor(math.log10(abs(x)) / 3 + 1e-9), -3), 5)
    figure = f"{x / 1000**step:.{digits}g}"
    if "e" in figure:
        figure = f"{float(figure):.0f}"
    return f"{figure} {SUFFIXES[step]}".strip()


def nice(x: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below x > 0."""
    power = 10.0 ** math.floor(math.log10(x))
    return next(power * k for k in (1, 2, 5, 10) if x <= power * k * (1 + 1e-9))


class Scale:
    """From values to positions, linear from 0 or over powers of two."""

    def __init__(self, least: float, most: float, begin: float, end: float, log: bool) -> None:
        self.log, self.begin, self.end = log, begin, end
        self.least, self.most = (least, max(most, least * 2)) if log else (0.0, most or 1.0)

    def __call__(self, value: float) -> float:
        if self.log:
            share = math.log(max(value, self.least) / self.least) / math.log(self.most / self.least)
        else:
            share = value / self.most
        return self.begin + (self.end - self.begin) * share

    def ticks(self) -> list[float]:
        """Values for grid lines: four or five, or powers of two."""
        if not self.log:
            step = nice(self.most / 5)
            return [k * step for k in range(int(self.most / step + 1e-9) + 1)]
        low, high = math.ceil(math.log2(self.least) - 1e-9), math.floor(math.log2(self.most) + 1e-9)
        step_bits = max(1, math.ceil((high - low) / 6))
        return [2.0**k for k in range(low, high + 1, step_bits)]


def text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    """Some words."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line of a class."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def box(x: float, y: float, width: float, height: float, colour: int, hint: str) -> str:
    """A filled rectangle, with words for who points at it."""
    shape = f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.3):.1f}" height="{max(height, 0.3):.1f}"'
    return f'{shape} class="f{colour % COLOURS}"><title>{escape(hint)}</title></rect>'


def picture(height: float, parts: Sequence[str], label: str) -> str:
    """An SVG of parts."""
    return (f'<svg class="chart" viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" aria-label="{escape(label)}">'
            f"{''.join(parts)}</svg>")  # fmt: skip


def apart(places: Sequence[tuple[float, str]], least: float) -> list[tuple[float, str]]:
    """Labels that do not touch: the last, and before it as many as fit."""
    kept: list[tuple[float, str]] = []
    for at, words in reversed(places):
        if not kept or kept[-1][0] - at >= least:
            kept.append((at, words))
    return kept[::-1]


def y_axis(scale: Scale, name: str) -> list[str]:
    """Grid lines, their values, and what they count."""
    parts = []
    for tick in scale.ticks():
        at = scale(tick)
        parts += [line(LEFT, at, WIDTH - RIGHT, at, "grid"), text(LEFT - 6, at + 4, short(tick), "end")]
    return [*parts, text(4, 12, name, "start")]


def x_axis(places: Sequence[tuple[float, str]], name: str) -> list[str]:
    """Labels below, as many as fit, and what they count."""
    low = HEIGHT - BOTTOM
    parts = [text(at, low + 15, words) for at, words in apart(places, LEAST_TICK)]
    return [*parts, text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, name)]


def drawn(series: Series, x: Scale, y: Scale) -> list[str]:
    """A line with its points and bars."""
    colour = series.colour % COLOURS
    path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in series.points)
    parts = [f'<polyline points="{path}" class="line s{colour} {series.dash}"/>']
    parts += [line(x(a), y(low), x(a), y(high), f"bar s{colour}") for a, low, high in series.bars]
    for a, b in series.points if series.dash != "dotted" else ():
        hint = f"{series.name}, {short(a)}: {short(b)}"
        parts.append(f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" class="dot f{colour}">'
                     f"<title>{escape(hint)}</title></circle>")  # fmt: skip
    return parts


def lines(series: Sequence[Series], y_name: str, *, log_y: bool = False, ideal: str = "", least_y: float = 0) -> str:
    """Lines over workers, whose axis has powers of two.

    Parameters
    ----------
    ideal
        "linear" draws y = x, "level" y = 1: what perfect scaling would be.
    least_y
        The axis goes at least so far up.
    """
    kept = [s for s in series if s.points]
    xs = sorted({a for s in kept for a, _ in s.points})
    if not xs:
        return picture(30, [text(WIDTH / 2, 20, "no figures")], y_name)
    ys = [b for s in kept for _, b in s.points] + [high for s in kept for *_, high in s.bars]
    x = Scale(xs[0], xs[-1], LEFT + 8, WIDTH - RIGHT - 10, True)
    y = Scale(min(b for b in ys if b > 0) if log_y else 0, max([*ys, least_y]) * (1 if log_y else 1.04),
              HEIGHT - BOTTOM, TOP, log_y)  # fmt: skip
    parts = y_axis(y, y_name) + x_axis([(x(n), f"{n:.0f}") for n in xs], "workers")
    if ideal:
        ends = [(xs[0], xs[0] if ideal == "linear" else 1.0), (xs[-1], xs[-1] if ideal == "linear" else 1.0)]
        parts += clipped(ends, x, y)
    for one in kept:
        parts += drawn(one, x, y)
    return picture(HEIGHT, parts, f"{y_name} by workers: " + ", ".join(s.name for s in kept))


def clipped(ends: Sequence[tuple[float, float]], x: Scale, y: Scale) -> list[str]:
    """What perfect scaling would be, as far as it is within the chart."""
    (x0, y0), (x1, y1) = ends
    steps = [x0 * (x1 / x0) ** (k / 40) for k in range(41)]
    inside = [(a, y0 + (y1 - y0) * (a - x0) / ((x1 - x0) or 1)) for a in steps]
    path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in inside if b <= y.most * 1.0001)
    return [f'<polyline points="{path}" class="ideal"/>']


def stacked(columns: Sequence[tuple[str, dict[str, float]]], names: dict[str, str], y_name: str) -> str:
    """A column for each count, with its parts on one another; `names` has those of the parts, from the bottom up."""
    most = max((sum(parts.values()) for _, parts in columns), default=0)
    if not most:
        return picture(30, [text(WIDTH / 2, 20, "no figures")], y_name)
    y = Scale(0, most * 1.04, HEIGHT - BOTTOM, TOP, False)
    step = (WIDTH - RIGHT - LEFT) / len(columns)
    out, places = y_axis(y, y_name), []
    for k, (label, parts) in enumerate(columns):
        below, left = 0.0, LEFT + step * (k + 0.14)
        for colour, (name, shown) in enumerate(names.items()):
            value = parts.get(name, 0)
            if value > 0:
                high = y(below) - y(below + value)
                out.append(box(left, y(below + value), step * 0.72, high, colour, f"{shown}: {value:.3f} s"))
            below += value
        places.append((left + step * 0.36, label))
    return picture(HEIGHT, out + x_axis(places, "workers"), y_name)


def boxes(rows: Sequence[tuple[str, dict[str, float]]]) -> str:
    """For each row its spread as a share of its median: least to most as a line, quartiles as a box."""
    step, left = 17.0, 150.0
    most = max([0.05, *(max(r["most"] / r["median"] - 1, 1 - r["least"] / r["median"]) for _, r in rows)]) * 1.05
    height = step * len(rows) + 34

    def at(value: float, median: float) -> float:
        return left + (WIDTH - RIGHT - left) * (value / median - 1 + most) / (2 * most)

    middle = at(1, 1)
    parts = [line(middle, 4, middle, height - 26, "grid")]
    for k, (label, r) in enumerate(rows):
        y, m = 6 + step * k, r["median"]
        parts += [text(left - 8, y + 10, label, "end"),
                  line(at(r["least"], m), y + 6, at(r["most"], m), y + 6, "bar s0"),
                  box(at(r["first"], m), y + 1, at(r["third"], m) - at(r["first"], m), 10, 0,
                      f"{r['least']:.3f} to {r['most']:.3f} s, median {m:.3f} s"),
                  line(at(m, m), y, at(m, m), y + 12, "ideal")]  # fmt: skip
    edge = f"{100 * most / 1.05:.0f} %"
    parts += [text(left, height - 8, f"-{edge}", "start"), text(middle, height - 8, "median"),
              text(WIDTH - RIGHT, height - 8, f"+{edge}", "end")]  # fmt: skip
    return picture(height, parts, "spread of the runs")


def time_lines(ends: Sequence[float], rows: Sequence[tuple[str, Sequence[float]]]) -> str:
    """For each row the shares of the cells between `ends` that it was busy, the darker the more."""
    step = min(14.0, 420.0 / max(1, len(rows)))
    left, height = 86.0, step * len(rows) + 30
    seconds = ends[-1] if ends and ends[-1] > 0 else 1.0
    wide = (WIDTH - RIGHT - left) / seconds
    parts = [cell(left + wide * a, 4 + step * k, wide * (b - a), step * 0.84, busy, f"{name}, {a:.3f} to {b:.3f} s")
             for k, (name, shares) in enumerate(rows) for a, b, busy in zip(ends, ends[1:], shares)]  # fmt: skip
    labels = apart([(4 + step * (k + 0.75), name) for k, (name, _) in enumerate(rows)], 12)
    parts += [text(left - 6, y, words, "end") for y, words in labels]
    parts += [text(left + wide * seconds * k / 4, height - 8, f"{seconds * k / 4:.2g} s", "end" if k == 4 else "middle")
              for k in range(5)]  # fmt: skip
    return picture(height, parts, "when each process was on a processor")


def cell(x: float, y: float, width: float, height: float, busy: float, hint: str) -> str:
    """A box that is the more opaque the more its row was busy; nothing where it was idle."""
    if busy < 0.02:
        return ""
    shape = f'<rect x="{x:.1f}" y="{y:.1f}" width="{width + 0.15:.2f}" height="{height:.1f}" class="f0"'
    return f'{shape} opacity="{min(busy, 1):.2f}"><title>{escape(hint)}: {100 * busy:.0f} %</title></rect>'


def legend(entries: Sequence[tuple[str, int, str]]) -> str:
    """Names with their colours, for below a chart: (name, colour, dash)."""
    items = "".join(
        f'<li><i class="k{colour % COLOURS} {dash}"></i>{escape(name)}</li>' for name, colour, dash in entries
    )
    return f'<ul class="legend">{items}</ul>'
