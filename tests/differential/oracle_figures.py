"""Numbers, dates and places as `axb match --help` and data/figures/*.h say that they are read: one text in a format, and
the format of a column from all its values. By regular expressions; axb does it by hand.

A figure is a double, or None for no value; of a place it is a pair of them.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

Figure = float | None

# ---- Numbers -------------------------------------------------------------------------------------------------------

BLANK = "[ \t\u00a0\u2007\u2009\u202f]"
APOSTROPHE = "['\u2019]"
CURRENCY = "|".join(
    map(
        re.escape,
        (
            *("US$", "CA$", "AU$", "NZ$", "HK$", "A$", "C$", "R$", "S$", "$"),
            *("руб.", "руб", "Fr.", "Rs.", "kr.", "Ft.", "zł", "Kč", "kč", "лв", *"€£¥₹₽₩₺₪₫₴₦₱฿"),
            *"USD EUR GBP CHF JPY CNY RMB SEK NOK DKK ISK PLN CZK HUF RON BGN RSD RUB UAH TRY INR AUD CAD NZD".split(),
            *"ZAR BRL MXN ARS CLP COP SGD HKD TWD KRW THB IDR MYR PHP VND ILS AED SAR EGP NGN KES".split(),
            *"lei Fr Rs kr Ft RM".split(),
        ),
    )
)
CURRENCY = rf"(?ai:{CURRENCY})"
NO_CENTS = "[.,](?:--|-|\u2013|\u2014)"
BEFORE = rf"(?P<before>(?:{BLANK}|{CURRENCY}|[+\-\u2212\u2013(])*)"
AFTER = rf"(?P<after>(?:{BLANK}|{CURRENCY}|{NO_CENTS}|[%)\-\u2212])*)"
MOST_CHARACTERS = 127


def body(decimal: str) -> str:
    """Digits, in groups or not, and what follows the decimal sign."""
    other = re.escape("," if decimal == "." else ".")
    grouped = [rf"[1-9][0-9]{{0,2}}(?:{sign}[0-9]{{3}})+" for sign in (other, BLANK, APOSTROPHE)]
    if decimal == ".":
        grouped.append("[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}")
    exponent = "(?P<exponent>[eE][+-]?[0-9]+)?"
    if decimal == ".":
        fraction = r"(?:\.(?![\-\u2013\u2014])[0-9]*)?"
        return rf"(?:(?P<grouped>{'|'.join(grouped)}){fraction}|(?:[0-9]+{fraction}|\.[0-9]+){exponent})"
    return rf"(?:(?P<grouped>{'|'.join(grouped)})(?:,[0-9]+)?|(?:[0-9]+(?:,[0-9]+)?|,[0-9]+){exponent})"


NUMBERS = {sign: re.compile(rf"{BEFORE}(?P<body>{body(sign)}){AFTER}") for sign in ".,"}
SIGNS = re.compile(rf"{NO_CENTS}|[+\-\u2212\u2013(]")


@cache
def number_in(text: str, decimal: str) -> Figure:
    """A number whose decimal sign is this one."""
    found = NUMBERS[decimal].fullmatch(text)
    if not found or len(found["body"].encode()) > MOST_CHARACTERS:
        return None
    around = f"{found['before']}\n{found['after']}"
    signs = SIGNS.findall(around)
    brackets = around.count("("), around.count(")")
    once = len(signs) <= 1 and around.count("%") <= 1 and len(re.findall(CURRENCY, around)) <= 1
    if not once or brackets not in ((0, 0), (1, 1)) or (found["exponent"] and "%" in around):
        return None
    pointed = found["body"].replace(".", "").replace(",", ".") if decimal == "," else found["body"]
    digits = re.sub(r"[^0-9eE+\-.]", "", pointed)
    value = float(digits + ("e-2" if "%" in around else ""))
    is_negative = bool(signs) and signs[0] in ("-", "\u2212", "\u2013", "(")
    return None if math.isinf(value) else -value if is_negative else value


def other_sign(decimal: str) -> str:
    return "," if decimal == "." else "."


def number_of(text: str, decimal: str = ".", given: bool = False) -> Figure:
    value = number_in(text, decimal)
    return number_in(text, other_sign(decimal)) if value is None and not given else value


def decimal_of(texts: Iterable[str]) -> str:
    """The decimal sign of a column: what more of its distinct values show; a point if none does."""
    only = {".": 0, ",": 0}
    for text in set(texts):
        point, comma = number_in(text, "."), number_in(text, ",")
        if (point is None) != (comma is None):
            only["." if comma is None else ","] += 1
    return "," if only[","] > only["."] else "."


# ---- Dates ---------------------------------------------------------------------------------------------------------

MONTHS = (
    *("january jan januar janner janvier janv enero ene gennaio gen", "february feb februar fevrier febrero febbraio"),
    *("march mar marz maerz mrz mars marzo", "april apr avril abril abr aprile", "may mai mayo maggio mag"),
    *("june jun juni juin junio giugno giu", "july jul juli juillet julio luglio lug", "august aug aout agosto ago"),
    *("september sept sep septembre septiembre settembre", "october oct oktober okt octobre octubre ottobre ott"),
    *("november nov novembre noviembre", "december dec dezember dez decembre diciembre dic dicembre"),
)
MONTH_OF = {name: number for number, names in enumerate(MONTHS, 1) for name in names.split()}
UNACCENTED = str.maketrans("äÄéÉûÛ", "aAeEuU")
WORDS = "st nd rd th er of the de del den der mon tue wed thu fri sat sun monday saturday montag freitag".split()
FILLER = rf"(?:(?:{'|'.join(WORDS)})(?![a-z]))"
SIGN = "[ \t]*[-/.,']?[ \t]*"
BETWEEN = rf"{SIGN}(?:{FILLER}{SIGN})*"
TIME = r"(?:[ \tT,]+[0-9](?=[^:]*:)[0-9:.,+\-zZtTaApPmMuUcCgGhH ]*)?"
ISO = re.compile(r"[ \t]*([0-9]{4})(?:([-/])([0-9]{2})\2([0-9]{2})(?:[T ].*)?|([0-9]{2})([0-9]{2}))[ \t]*", re.DOTALL)
NUMERIC = re.compile(
    rf"(?:[ \t]*{FILLER}{BETWEEN})?[ \t]*([0-9]{{1,4}})(?:[ \t]*([-/.])[ \t]*|[ \t]+)([0-9]{{1,2}})"
    rf"(?:[ \t]*([-/.])[ \t]*|[ \t]+)([0-9]{{1,4}}){TIME}[ \t]*"
)
START = rf"(?:[ \t]*{FILLER}{BETWEEN})?[ \t]*"
NAMED = (
    re.compile(rf"{START}(?P<d>[0-9]{{1,2}}){BETWEEN}(?P<m>[a-z]+){BETWEEN}(?P<y>[0-9]{{4}}|[0-9]{{2}}){TIME}[ \t]*"),
    re.compile(rf"{START}(?P<m>[a-z]+){BETWEEN}(?P<d>[0-9]{{1,2}}){BETWEEN}(?P<y>[0-9]{{4}}|[0-9]{{2}}){TIME}[ \t]*"),
    re.compile(rf"{START}(?P<y>[0-9]{{4}}){BETWEEN}(?P<m>[a-z]+){BETWEEN}(?P<d>[0-9]{{1,2}}){TIME}[ \t]*"),
)
ORDERS = ("dmy", "mdy", "ymd")


def days_from(year: str, month: int, day: str) -> Figure:
    """Of two digits, a year is from 1969 to 2068."""
    if len(year) not in (2, 4) or len(day) > 2:
        return None
    whole = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < 69 else 1900)
    try:
        return float((date(whole, month, int(day)) - date(1970, 1, 1)).days)
    except ValueError:
        return None


def named_days(text: str) -> Figure:
    folded = text.translate(UNACCENTED).lower()
    for pattern in NAMED:
        found = pattern.fullmatch(folded)
        if found and found["m"] in MONTH_OF:
            return days_from(found["y"], MONTH_OF[found["m"]], found["d"])
    return None


@dataclass(frozen=True)
class Date:
    """What a text is in each order in which it is a date; a sure one is the same in every order."""

    days: dict[str, float]
    points: bool = False


@cache
def date_in(text: str) -> Date:
    found = ISO.fullmatch(text)
    sure = None
    if found:
        month, day = (found[3], found[4]) if found[2] else (found[5], found[6])
        sure = days_from(found[1], int(month), day)
    numeric = NUMERIC.fullmatch(text) if sure is None else None
    if sure is None and not numeric:
        sure = named_days(text)
    if not numeric:
        return Date({} if sure is None else dict.fromkeys(ORDERS, sure))
    first, sign, second, other, third = numeric.groups()
    if sign != other:
        return Date({})
    if len(first) == 4:
        sure = days_from(first, int(second), third)
        return Date({} if sure is None else dict.fromkeys(ORDERS, sure))
    read = {
        "dmy": days_from(third, int(second), first),
        "mdy": days_from(third, int(first), second) if len(first) <= 2 else None,
        "ymd": days_from(first, int(second), third),
    }
    return Date({order: days for order, days in read.items() if days is not None}, sign == ".")


def orders_of(texts: Iterable[str]) -> tuple[frozenset[str], bool]:
    """The orders that all dates of a column allow, and whether points decide; all, and no, if none does."""
    orders = frozenset(ORDERS)
    for text in set(texts):
        if days := date_in(text).days:
            orders &= days.keys()
    return (orders, True) if orders else (frozenset(ORDERS), False)


def days_of(text: str, orders: frozenset[str] = frozenset(ORDERS), points: bool = True) -> Figure:
    """Days since 1970-01-01; none if a date has two meanings."""
    found = date_in(text)
    possible = orders & found.days.keys()
    if found.points and points and "dmy" in possible:
        return found.days["dmy"]
    different = {found.days[order] for order in possible}
    return different.pop() if len(different) == 1 else None


# ---- Places --------------------------------------------------------------------------------------------------------


def place_of(text: str, decimal: str = ".", given: bool = False) -> tuple[float, float] | None:
    """Latitude and longitude in degrees."""
    text = text.strip(" \t")
    if len(text) > 1 and text[0] == "(" and text[-1] == ")":
        text = text[1:-1]
    commas = text.count(",")
    if ";" in text:
        halves = text.split(";", 1)
    elif commas == 1:
        halves = text.split(",")
    elif commas == 3:
        parts = text.split(",")
        halves = [",".join(parts[:2]), ",".join(parts[2:])]
    elif found := re.search("[ \t]", text):
        halves = [text[: found.start()], text[found.end() :]]
    else:
        return None
    north, east = (number_of(half, decimal, given) for half in halves)
    return None if north is None or east is None or abs(north) > 90 or abs(east) > 360 else (north, east)


# ---- Columns -------------------------------------------------------------------------------------------------------


def plain(kind: str, texts: Iterable[str | None], asked: str) -> Callable[[str], str]:
    """For a column of a kind, and what the user says of it ("" for nothing): plain text of the figure of a value."""
    present = [text for text in texts if text is not None]
    if kind == "number":
        decimal = asked or decimal_of(present)
        return lambda text: written(number_of(text, decimal, bool(asked)))
    if kind == "place":
        return lambda text: written_place(place_of(text, asked or ".", bool(asked)))
    orders, points = (frozenset((asked,)), False) if asked else orders_of(present)
    return lambda text: written_date(days_of(text, orders, points))


NO_VALUE = "no value"


def written(value: Figure) -> str:
    return NO_VALUE if value is None else repr(value)


def written_place(place: tuple[float, float] | None) -> str:
    return NO_VALUE if place is None else f"{place[0]!r}, {place[1]!r}"


def written_date(days: Figure) -> str:
    return NO_VALUE if days is None else date.fromordinal(date(1970, 1, 1).toordinal() + int(days)).isoformat()
