"""Drawings for notebooks: how parts add up to a score, and what the levels of a model weigh.

They are SVG without a font or a background of their own, so that they are readable on white and on black, and shrink to
a narrow column. Not here: what is drawn (`_explain`, `_model`).
"""

from __future__ import annotations

import builtins
import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PLUS, MINUS, TOTAL, OTHER = "#3a8f5c", "#c2543d", "#4a7fb5", "#9673b9"  # readable on white and on black
_BAR, _ROW, _LABELS, _WIDTH = 14, 22, 300, 320  # heights and widths, in pixels
_MOST_CHARACTERS = 44
_STYLE = "max-width:100%;height:auto;color:inherit"


def text(value: float | None) -> str:
    """Write a number that a drawing shows."""
    return "no value" if value is None else f"{value:.6g}"


# ---- How parts add up ------------------------------------------------------------------------------


@dataclass
class Row:
    """A row of a waterfall: bars (begin, end, color) one above the other, and what stands at their right."""

    label: str
    bars: list[tuple[float, float, str]]
    value: str


def waterfall(parts: list[tuple[str, float | None]], total: float | None, min: float | None) -> str:
    """Draw how the parts add up to the score, with a line at `min`; "" for a score without a value."""
    if total is None:
        return ""
    rows, at = [], 0.0
    for label, value in parts if len(parts) > 1 else []:
        rows.append(Row(label, [step(at, value or 0)], text(value)))
        at += value or 0
    return draw([*rows, Row("score", [(0.0, total, TOTAL)], text(total))], min)


def step(at: float, value: float, color: str | None = None) -> tuple[float, float, str]:
    """Return a bar that begins where the one before it ended."""
    return at, at + value, color or (PLUS if value >= 0 else MINUS)


def draw(rows: list[Row], min: float | None) -> str:
    """Draw rows on one scale, which has 0 and `min`."""
    ends = [0.0, *([min] if min is not None else []), *(x for row in rows for bar in row.bars for x in bar[:2])]
    lowest, highest = builtins.min(ends), max(ends)
    span = (highest - lowest) or 1.0

    def place(x: float) -> float:
        return _LABELS + (x - lowest) / span * _WIDTH

    height, all_width = _ROW * len(rows) + 18, _LABELS + _WIDTH + 90
    shapes = []
    for i, row in enumerate(rows):
        y, bar_height = i * _ROW + 4, _BAR / len(row.bars)
        shapes.append(
            f"<text x='{_LABELS - 8}' y='{y + 11}' text-anchor='end'>{html.escape(_shortened(row.label))}"
            f"<title>{html.escape(row.label)}</title></text>"
        )
        for k, (begin, end, color) in enumerate(row.bars):
            left, width = place(builtins.min(begin, end)), abs(end - begin) / span * _WIDTH
            shapes.append(
                f"<rect x='{left:.1f}' y='{y + k * bar_height:g}' width='{max(width, 1):.1f}' height='{bar_height:g}' "
                f"fill='{color}'/>"
            )
        shapes.append(f"<text x='{_LABELS + _WIDTH + 8}' y='{y + 11}'>{html.escape(row.value)}</text>")
    if min is not None:
        x = place(min)
        shapes.append(
            f"<line x1='{x:.1f}' y1='0' x2='{x:.1f}' y2='{height - 14}' stroke='currentColor' stroke-dasharray='3 3'/>"
            f"<text x='{x:.1f}' y='{height - 2}' text-anchor='middle'>min {text(min)}</text>"
        )
    return (
        f"<svg role='img' aria-label='the score, part by part' viewBox='0 0 {all_width} {height}' "
        f"width='{all_width}' style='{_STYLE}' font-family='inherit' font-size='12' fill='currentColor'>"
        f"{''.join(shapes)}</svg>"
    )


def _shortened(label: str) -> str:
    return label if len(label) <= _MOST_CHARACTERS else label[: _MOST_CHARACTERS - 1] + "…"


# ---- How many pairs have which score ---------------------------------------------------------------

_HIGH, _WIDE, _BARS = 90, 560, 70  # of a histogram: pixels, and how many bars at most


def histogram(thresholds: Sequence[dict[str, Any]], at: float | None) -> str:
    """Draw how many pairs have which score, each bar by its logarithm, and how many of them are false."""
    scores = [step["score"] for step in thresholds]
    if len(set(scores)) < 2:
        return ""
    lowest, highest = builtins.min(scores), max(scores)
    n = builtins.min(_BARS, len(scores))
    bars = [int((score - lowest) / (highest - lowest) * (n - 1) + 0.5) for score in scores]
    pairs = _binned(bars, n, [step["pairs"] for step in thresholds])
    false = _binned(bars, n, [step["expected_false"] or 0.0 for step in thresholds])
    most, width = math.log1p(max(pairs)) or 1.0, _WIDE / n
    shapes = []
    for bar in range(n):
        for value, color in ((pairs[bar], PLUS), (builtins.min(false[bar], pairs[bar]), MINUS)):
            high = math.log1p(value) / most * _HIGH
            shapes.append(
                f"<rect x='{bar * width:.1f}' y='{_HIGH - high:.1f}' width='{width - 1:.1f}' height='{high:.1f}' "
                f"fill='{color}'><title>{pairs[bar]:,.0f} pairs, {false[bar]:,.0f} false</title></rect>"
            )
    if at is not None:
        x = (at - lowest) / (highest - lowest) * (n - 1) * width
        shapes.append(
            f"<line x1='{x:.1f}' y1='0' x2='{x:.1f}' y2='{_HIGH}' stroke='currentColor' stroke-dasharray='3 3'/>"
            f"<text x='{x:.1f}' y='{_HIGH + 14}' text-anchor='middle'>{_short(at)}</text>"
        )
    shapes.append(f"<text x='0' y='{_HIGH + 14}'>{_short(lowest)}</text>")
    shapes.append(f"<text x='{_WIDE}' y='{_HIGH + 14}' text-anchor='end'>{_short(highest)}</text>")
    return (
        f"<svg role='img' aria-label='how many pairs have which score' viewBox='0 0 {_WIDE} {_HIGH + 18}' "
        f"width='{_WIDE}' style='{_STYLE}' font-family='inherit' font-size='12' fill='currentColor'>"
        f"{''.join(shapes)}</svg>"
    )


def _binned(bars: Sequence[int], n: int, sums: Sequence[float]) -> list[float]:
    """Return what each bar has, of how many reach each score: the best score first."""
    each = [0.0] * n
    for bar, x, before in zip(bars, sums, [0.0, *sums], strict=False):
        each[bar] += max(x - before, 0.0)
    return each


# ---- What levels weigh -----------------------------------------------------------------------------

_LEVEL, _GAP, _UP = 16, 3, 34  # the width of a level, the gap after it, the height of all, in pixels


@dataclass(frozen=True)
class Scale:
    """The bits that all pictures of a model have room for."""

    lowest: float
    highest: float

    @classmethod
    def of(cls, bits: Sequence[float]) -> Scale:
        """Make it for these bits, and 0."""
        return cls(builtins.min(0.0, *bits), max(0.0, *bits))

    def y(self, bits: float) -> float:
        """Return the height of a place, from the top."""
        return (self.highest - bits) / ((self.highest - self.lowest) or 1.0) * _UP


def levels(column: dict[str, Any], scale: Scale) -> str:
    """Draw the bits of the levels of a column: up for a match, down against it.

    A pale bar shows how much more an equal value adds if it is rare.
    """
    bits, rarest = column["bits"], column["most_bits"]
    shapes = []
    for i, (least, value) in enumerate(zip(column["at_least"], bits, strict=True)):
        x = i * (_LEVEL + _GAP)
        said = f"{'below ' + _short(column['at_least'][1]) if i == 0 else 'from ' + _short(least)}: {value:+.1f} bits"
        if i + 1 == len(bits):
            said = f"equal: {value:+.1f} bits" + (f", {rarest:+.1f} if it is rare" if rarest > value else "")
            shapes.append(_level_bar(x, scale, value, rarest, PLUS, " opacity='0.35'") if rarest > value else "")
        color = PLUS if value >= 0 else MINUS
        shapes.append(_level_bar(x, scale, 0.0, value, color, "", f"<title>{html.escape(said)}</title>"))
    width, zero = len(bits) * (_LEVEL + _GAP), scale.y(0.0)
    shapes.append(f"<line x1='0' y1='{zero:.1f}' x2='{width}' y2='{zero:.1f}' stroke='currentColor' opacity='0.5'/>")
    ends = f"{bits[0]:+.1f} … {bits[-1]:+.1f}"
    return (
        f"<svg role='img' aria-label='{ends} bits' viewBox='0 0 {width + 90} {_UP}' width='{width + 90}' "
        f"height='{_UP}' style='max-width:100%;color:inherit' font-family='inherit' font-size='11' fill='currentColor'>"
        f"{''.join(shapes)}<text x='{width + 6}' y='{_UP / 2 + 4:g}'>{ends}</text></svg>"
    )


def _level_bar(x: int, scale: Scale, begin: float, end: float, color: str, more: str, inside: str = "") -> str:
    top, bottom = scale.y(max(begin, end)), scale.y(builtins.min(begin, end))
    return (
        f"<rect x='{x}' y='{top:.1f}' width='{_LEVEL}' height='{max(bottom - top, 1):.1f}' fill='{color}'{more}>"
        f"{inside}</rect>"
    )


def _short(value: float) -> str:
    return f"{value:.3g}"
