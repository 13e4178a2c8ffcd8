#!/usr/bin/env python3
"""Pages that axb-page-sample writes are what they promise to be, whatever was written into them.

Each page is read by a parser of XML, which is strict, so its tree is certain. Then it is looked at: a parser of HTML
makes the same tree of it; nothing in it is loaded or run; numbers in pictures can be drawn; anchors lead somewhere;
letters stand out from their background. The sample page must show hostile values as text, and all that was counted.

    check.py AXB_PAGE_SAMPLE [--cases N] [--first SEED]
"""

import argparse
import itertools
import math
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

MOST_BYTES = 2_000_000

# What a page is made of. A parser of HTML closes <p> before any of the blocks, so none of these may stand in one.
BLOCKS = set(
    "body caption details div dl dt dd figcaption figure h1 h2 h3 header html li main nav p pre section summary"
    " table tbody td th thead tr ul".split()
)
INLINE = set("a b bdi code i mark span".split())
HEAD = {"head", "meta", "style", "title"}
DRAWN = set("svg g path rect line circle text tspan desc title".split())
ATTRIBUTES = set(
    "aria-hidden aria-label charset class content cx cy d data-side dx dy fill font-size height href http-equiv id"
    " lang name open preserveAspectRatio r role scope stroke stroke-width style tabindex transform viewBox width x x1 x2 y"
    " y1 y2".split()
)
NUMBERS = set("x y x1 x2 y1 y2 cx cy r width height d transform style".split())  # have numbers in them
PARENTS = {
    "tr": {"thead", "tbody"},
    "td": {"tr"},
    "th": {"tr"},
    "thead": {"table"},
    "tbody": {"table"},
    "caption": {"table"},
    "li": {"ul"},
    "dt": {"div"},
    "dd": {"div"},
    "summary": {"details"},
    "figcaption": {"figure"},
}

# Of page_sample.c, as people are to see them: written by hand, from what page_text.h says.
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "&lt;already&gt; &amp; so on",
    "]]> <!-- --> <?php",
    "broken \ufffd\ufffd UTF-8 \ufffd",
    "a bell \u2407, escape \u241b[31m, delete \u2421",
    "a tab \u21e5 and a line\u21b5end",
    "a next line \ufffd, an override \ufffd txt.exe",
    "\u05e9\u05dc\u05d5\u05dd (17)",
    "\u0627\u0644\u0642\u0627\u0647\u0631\u0629 12:30",
    "\u6771\u4eac\u90fd\u5343\u4ee3\u7530\u533a",
    "Zo\u00eb, e\u0301, \U0001f469\u200d\U0001f4bb",
    "    blanks    ",
    "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft",
    "a\u2400b",
    "'" * 400,
]


class Fault(Exception):
    """What is wrong with a page."""


def need(condition: object, what: str) -> None:
    """Raise a fault with these words unless the condition holds."""
    if not condition:
        raise Fault(what)


def text_of(element: ElementTree.Element) -> str:
    """All text in an element."""
    return "".join(element.itertext())


# ---- Any page --------------------------------------------------------------------------------------------------------


def check_tree(element: ElementTree.Element, parents: list[str]) -> None:
    """A parser of HTML makes the same tree: no element stands where it would be moved or closed."""
    tag, drawn = element.tag, "svg" in parents
    need(tag in (DRAWN if drawn else BLOCKS | INLINE | HEAD | {"svg"}), f"<{tag}> in {parents[-3:]}")
    need(not parents or tag not in PARENTS or parents[-1] in PARENTS[tag], f"<{tag}> in <{parents[-1:]}>")
    need("p" not in parents or tag not in BLOCKS, f"<{tag}> in <p>")
    need(
        tag not in INLINE or parents[-1] not in ("table", "tr", "tbody", "thead", "ul"), f"<{tag}> in <{parents[-1:]}>"
    )
    for child in element:
        check_tree(child, [*parents, tag])


def check_attributes(root: ElementTree.Element) -> None:
    """Attributes are known ones, coordinates can be drawn, and links lead to what exists."""
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    need(len(ids) == len(set(ids)), "an id occurs twice")
    for element in root.iter():
        for name, value in element.attrib.items():
            need(name in ATTRIBUTES, f"attribute {name}")
            need(name != "href" or value[1:] in ids, f"link to {value}")
            if name in NUMBERS:
                need(not re.search(r"nan|inf", value), f"<{element.tag} {name}={value}>")
            if name in ("width", "height", "r"):
                need(not value.startswith("-"), f"<{element.tag} {name}={value}>")


def check_quiet(source: str, root: ElementTree.Element) -> None:
    """Nothing is loaded and nothing is run."""
    metas = {meta.get("http-equiv"): meta.get("content") or "" for meta in root.iter("meta")}
    need("default-src 'none'" in metas.get("Content-Security-Policy", ""), "no Content-Security-Policy")
    styles = [style.text or "" for style in root.iter("style")]
    need(
        len(styles) == 1 and not re.search(r"url\(|@import|expression|://", styles[0]),
        "the style sheet loads something",
    )
    need(
        source.count("<style") == 1 and "<!--" not in source and "<![CDATA[" not in source,
        "parts that HTML reads otherwise",
    )


def check_size(root: ElementTree.Element, size: int) -> None:
    """The page is as small as promised, and has a title and an encoding."""
    need(size < MOST_BYTES, f"{size} bytes")
    need(root.find("head/title") is not None and root.find("head/meta[@charset='utf-8']") is not None, "head")


def check_page(path: pathlib.Path) -> ElementTree.Element:
    """What holds for every page."""
    data = path.read_bytes()
    source = data.decode("utf-8")
    need(source.startswith("<!DOCTYPE html>\n"), "no doctype")
    need(not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", source), "a control character")
    root = ElementTree.fromstring(data)
    check_tree(root, [])
    check_attributes(root)
    check_quiet(source, root)
    check_size(root, len(data))
    return root


# ---- The sample ------------------------------------------------------------------------------------------------------


def figure_of(root: ElementTree.Element, title: str) -> ElementTree.Element:
    """The chart of this title."""
    for figure in root.iter("figure"):
        if (figure.findtext("figcaption/b") or "") == title:
            return figure
    raise Fault(f"no chart {title}")


def rows_of(element: ElementTree.Element) -> list[list[str]]:
    """The cells of the table in an element."""
    return [[text_of(cell) for cell in row] for row in element.iter("tr")][1:]


def check_hostile(root: ElementTree.Element) -> None:
    """Each hostile value stands in its cell, as text, in an element that isolates its direction."""
    section = next(s for s in root.iter("section") if text_of(s[0]).startswith("Values that nobody"))
    values = [text_of(value) for row in section.iter("tr") for value in row.findall("td[2]/bdi")]
    need(values == HOSTILE, f"hostile values: {[v for v, h in zip(values, HOSTILE) if v != h]}")
    need("… 999,600 more bytes" in text_of(section), "the megabyte does not say that it is cut")
    need(text_of(section[0]) == 'Values that nobody <expects> & "others"', "the heading")


def check_marks(root: ElementTree.Element) -> None:
    """Marks are whole characters, and a place that lacks something has one."""
    pair = next(t for t in root.iter("table") if "pair" in (t.get("class") or ""))
    rows = list(pair.iter("tr"))
    marks = [[[text_of(mark) for mark in cell.iter("mark")] for cell in row.iter("td")][:2] for row in rows[1:]]
    need(marks[0] == [["th"], ["ht"]] and marks[1] == [[], []], f"marks {marks[:2]}")
    need(marks[2] == [["ç"], []] and marks[3] == [["ê"], ["é"]], f"marks {marks[2:4]}")
    need(len(list(rows[3].iter("i"))) == 1, "the gap")


def check_counts(root: ElementTree.Element) -> None:
    """What the bars of a histogram have in sum is what was given."""
    rows = rows_of(figure_of(root, "Six distances"))
    need([row[0] for row in rows] == list("012345"), f"distances {rows}")
    need(sum(float(row[1]) for row in rows) == 218, f"counts {rows}")
    rows = rows_of(figure_of(root, "Pairs by score"))
    need(rows[-1][:3] == ["1", "1.01", "52,345"], f"equal records: {rows[-1]}")
    rows = rows_of(figure_of(root, "Numbers without end"))
    need(rows == [["0.6", "0.7", "12"]], f"of numbers without end: {rows}")
    need("3 bins are without an end" in text_of(figure_of(root, "Numbers without end")), "bins that are not drawn")
    rows = rows_of(figure_of(root, "Why C-1017 and K2 match"))
    need(rows[-1][0] == "score" and float(rows[-1][2]) == 2.53, f"the sum of bits: {rows[-1]}")
    need(len(rows_of(figure_of(root, "A hundred bars, of which 61 are one"))) == 100, "rows of a table")
    hundred = [text_of(t) for t in figure_of(root, "A hundred bars, of which 61 are one").iter("text")]
    need(hundred[-1] == "1,891" and len(hundred) == 80, "bars that are put together")


def check_tables(root: ElementTree.Element) -> None:
    """A table that is cut says so; numbers read as people write them."""
    text = text_of(root)
    need("997 further rows are not shown." in text, "rows left out")
    need("1,543,467" in text and "62 min 5 s" in text, "numbers")
    need("There are 5,000 points. The picture shows the lowest and the highest of each piece." in text, "points")
    need("There are 20,000 pieces of time" in text, "pieces that are put together")


# ---- Colours ---------------------------------------------------------------------------------------------------------


def linear(colour: str) -> list[float]:
    """Linear red, green and blue of #rgb or #rrggbb (sRGB)."""
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * d for d in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def dot(weights: tuple[float, ...], numbers: list[float]) -> float:
    """The sum of the products."""
    return sum(w * x for w, x in zip(weights, numbers))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.1)."""
    return dot((0.2126, 0.7152, 0.0722), linear(colour))


# What eyes see that have all cones, no cones for red, no cones for green (Machado, Oliveira and Fernandes, 2009).
EYES = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
}
XYZ = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8728))  # each of white is 1


def seen(colour: str, eyes: str) -> tuple[float, float, float]:
    """The colour as a place in CIELAB, where a distance of 2 is just seen."""
    light = [min(1, max(0, dot(row, linear(colour)))) for row in EYES[eyes]]
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (dot(row, light) for row in XYZ))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def contrast(one: str, other: str) -> float:
    """From 1 to 21 (WCAG 2.1)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def check_colours(root: ElementTree.Element) -> None:
    """In light and in dark letters have 4.5 : 1, what is drawn 3 : 1; and all tell series apart."""
    css = root.findtext("head/style") or ""
    schemes = [
        dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]+);", block)) for block in re.findall(r":root \{(.*?)\}", css, re.S)
    ]
    need(len(schemes) == 2 and schemes[0].keys() == schemes[1].keys(), "two schemes with the same colours")
    for scheme in schemes:
        for letters in ("ink", "quiet", "mark", "link"):
            for paper in ("paper", "soft", "warn"):
                ratio = contrast(scheme[letters], scheme[paper])
                need(ratio >= 4.5, f"{letters} on {paper}: {ratio:.2f}")
        for k in range(8):
            ratio = contrast(scheme[f"hue-{k}"], scheme["paper"])
            need(ratio >= 3, f"hue {k}: {ratio:.2f}")
        for eyes in EYES:
            for one, other in itertools.combinations(range(8), 2):
                apart = math.dist(seen(scheme[f"hue-{one}"], eyes), seen(scheme[f"hue-{other}"], eyes))
                need(apart >= (20 if other < 4 else 10), f"hues {one} and {other} to {eyes}: {apart:.1f}")


# ---- All -------------------------------------------------------------------------------------------------------------


def write(program: str, path: pathlib.Path, *arguments: int) -> ElementTree.Element:
    """Have a page written, and check it."""
    subprocess.run([program, path, *map(str, arguments)], check=True)
    return check_page(path)


def main() -> int:
    """Check the sample, a page that is full, and random ones."""
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--first", type=int, default=1)
    options = parser.parse_args()
    case = "the sample"
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "page.html"
        try:
            root = write(options.program, path)
            for check in (check_hostile, check_marks, check_counts, check_tables, check_colours):
                check(root)
            case = "a page that is full"
            text = text_of(write(options.program, path, 1, 3000))
            need("This page is as large as it may become" in text, "it does not say so")
            for seed in range(options.first, options.first + options.cases):
                case = f"seed {seed}"
                write(options.program, path, seed, 12)
        except (Fault, ElementTree.ParseError, UnicodeDecodeError, subprocess.CalledProcessError) as fault:
            print(f"{case}: {fault}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
