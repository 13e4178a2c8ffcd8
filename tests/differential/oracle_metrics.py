"""Metrics by their definitions, slow and plain: what axb must give to the last bit.

The definitions are those of README.md, of `axb metrics` and of the literature, and the order of sums is RapidFuzz's.
Nothing here is taken from the sources of axb, nothing is pruned, and nothing is fast on purpose: texts are read as
code points, and distances fill the whole table. A figure of None is no value. What the documentation leaves open is
marked "as seen": there axb itself was asked.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from random import Random

from oracle_text import ascii_capitals, ascii_letters, words
from phonetic import double_metaphone, match_rating, match_rating_alike, metaphone, nysiis, soundex

Figure = float | None

VIEWS = ("", "_distance", "_similarity", "_normalized_distance")

EARTH_RADIUS_KM = 6371.0088  # as seen
KM_TOLERANCE = 1e-9  # of sines, in another order of sums


# ---- Distances: (distance, maximum) ------------------------------------------------------------------------------


def levenshtein(a: str, b: str) -> tuple[int, int]:
    """Insertions, deletions and substitutions (Vladimir Levenshtein, 1966)."""
    above = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        left = i
        for j, y in enumerate(b):
            best = above[j] if x == y else above[j] + 1
            if above[j + 1] < best:
                best = above[j + 1] + 1
            if left < best:
                best = left + 1
            row.append(best)
            left = best
        above = row
    return above[-1], max(len(a), len(b))


def osa(a: str, b: str) -> tuple[int, int]:
    """As levenshtein, with swaps of neighbours; no text is edited twice."""
    table = [[i + j if not i or not j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            best = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                best = min(best, table[i - 2][j - 2] + 1)
            table[i][j] = best
    return table[-1][-1], max(len(a), len(b))


def damerau_levenshtein(a: str, b: str) -> tuple[int, int]:
    """As levenshtein, with swaps of neighbours between which other edits may stand (Lowrance and Wagner, 1975)."""
    table = [[i + j if not i or not j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    last_row: dict[str, int] = {}  # where the character stood last in a
    for i in range(1, len(a) + 1):
        last_column = 0  # where a[i - 1] stood last in b
        for j in range(1, len(b) + 1):
            best = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
            k = last_row.get(b[j - 1], 0)
            if k and last_column:
                swap = table[k - 1][last_column - 1] + (i - k - 1) + 1 + (j - last_column - 1)
                best = min(best, swap)
            if a[i - 1] == b[j - 1]:
                last_column = j
            table[i][j] = best
        last_row[a[i - 1]] = i
    return table[-1][-1], max(len(a), len(b))


def longest_common_subsequence(a: str, b: str) -> int:
    """A row of the table at once, one bit a column (Heikki Hyyrö, 2004); self_check compares it with the table."""
    places: dict[str, int] = {}
    for j, y in enumerate(b):
        places[y] = places.get(y, 0) | 1 << j
    row = (1 << len(b)) - 1
    for x in a:
        kept = row & places.get(x, 0)
        row = (row + kept) | (row - kept)
    return len(b) - (row & ((1 << len(b)) - 1)).bit_count()


def common_subsequence_by_table(a: str, b: str) -> int:
    above = [0] * (len(b) + 1)
    for x in a:
        row = [0]
        left = 0
        for j, y in enumerate(b):
            if x == y:
                left = above[j] + 1
            elif above[j + 1] > left:
                left = above[j + 1]
            row.append(left)
        above = row
    return above[-1]


def indel(a: str, b: str) -> tuple[int, int]:
    total = len(a) + len(b)
    return total - 2 * longest_common_subsequence(a, b), total


def lcsseq(a: str, b: str) -> tuple[int, int]:
    longer = max(len(a), len(b))
    return longer - longest_common_subsequence(a, b), longer


def hamming(a: str, b: str) -> tuple[int, int]:
    """Positions that differ; what one text is longer differs."""
    differing = sum(x != y for x, y in zip(a, b, strict=False))
    return differing + abs(len(a) - len(b)), max(len(a), len(b))


def common_prefix(a: str, b: str) -> int:
    n = 0
    while n < min(len(a), len(b)) and a[n] == b[n]:
        n += 1
    return n


def prefix(a: str, b: str) -> tuple[int, int]:
    longer = max(len(a), len(b))
    return longer - common_prefix(a, b), longer


def postfix(a: str, b: str) -> tuple[int, int]:
    return prefix(a[::-1], b[::-1])


# ---- Ratios --------------------------------------------------------------------------------------------------------


def normalized_similarity(distance: int, maximum: int) -> float:
    return 1.0 - (distance / maximum if maximum else 0.0)


def ratio(a: str, b: str) -> float:
    return normalized_similarity(*indel(a, b))


def partial_ratio(a: str, b: str) -> float:
    """The best ratio of the shorter text and a window of the longer; windows at its ends may be shorter."""
    if not a or not b:
        return float(a == b)
    if len(a) == len(b):
        return max(best_window(a, b), best_window(b, a))
    return best_window(*sorted((a, b), key=len))


def best_window(short: str, long: str) -> float:
    n = len(short)
    windows = {long[:k] for k in range(1, n)}
    windows |= {long[k : k + n] for k in range(len(long) - n + 1)}
    windows |= {long[-k:] for k in range(1, n)}
    return max(ratio(short, window) for window in windows)


def token_sort_ratio(a: str, b: str) -> float:
    return ratio(" ".join(sorted(words(a))), " ".join(sorted(words(b))))


def token_set(a: str, b: str, similar: Callable[[str, str], float]) -> float:
    """The best ratio among: words in common, those and the others of a, those and the others of b."""
    in_a, in_b = set(words(a)), set(words(b))
    if not in_a or not in_b:
        return 0.0
    both = in_a & in_b
    if both and (in_a <= in_b or in_b <= in_a):
        return similar("", "")
    common = " ".join(sorted(both))
    only_a, only_b = " ".join(sorted(in_a - in_b)), " ".join(sorted(in_b - in_a))
    all_a = f"{common} {only_a}" if common else only_a
    all_b = f"{common} {only_b}" if common else only_b
    found = [similar(all_a, all_b)]
    if common:
        found += [similar(common, all_a), similar(common, all_b)]
    return max(found)


def token_set_ratio(a: str, b: str) -> float:
    return token_set(a, b, ratio)


def percent(a: str, b: str) -> float:
    """As RapidFuzz has `ratio` from 0 to 100 within token_set_ratio."""
    distance, total = indel(a, b)
    return 100.0 - 100.0 * distance / total if total else 100.0


def token_percent(a: str, b: str) -> float:
    return max(token_sort_ratio(a, b) * 100.0, token_set(a, b, percent))


def token_ratio(a: str, b: str) -> float:
    return token_percent(a, b) / 100.0


def partial_sort_percent(a: str, b: str) -> float:
    return partial_ratio(" ".join(sorted(words(a))), " ".join(sorted(words(b)))) * 100.0


def partial_token_sort_ratio(a: str, b: str) -> float:
    return partial_sort_percent(a, b) / 100.0


def partial_set_percent(a: str, b: str) -> float:
    in_a, in_b = set(words(a)), set(words(b))
    if not in_a or not in_b:
        return 0.0
    return 100.0 if in_a & in_b else partial_ratio(" ".join(sorted(in_a)), " ".join(sorted(in_b))) * 100.0


def partial_token_set_ratio(a: str, b: str) -> float:
    return partial_set_percent(a, b) / 100.0


def partial_words_percent(a: str, b: str) -> float:
    return max(partial_sort_percent(a, b), partial_set_percent(a, b))


def partial_token_ratio(a: str, b: str) -> float:
    return partial_words_percent(a, b) / 100.0


def quick_ratio(a: str, b: str) -> float:
    return ratio(a, b) * 100.0 / 100.0 if a and b else 0.0


def weighted_ratio(a: str, b: str) -> float:
    """SeatGeek's WRatio as RapidFuzz has it, and a hundredth of that."""
    if not a or not b:
        return 0.0
    lengths = max(len(a), len(b)) / min(len(a), len(b))
    whole = ratio(a, b) * 100.0
    if lengths < 1.5:
        return max(whole, token_percent(a, b) * 0.95) / 100.0
    scale = 0.9 if lengths <= 8 else 0.6
    part = partial_ratio(a, b) * 100.0 * scale
    return max(whole, part, partial_words_percent(a, b) * 0.95 * scale) / 100.0


# ---- Jaro ----------------------------------------------------------------------------------------------------------


def jaro(a: str, b: str) -> float:
    """Matthew Jaro, 1989: characters in common within a window, and how many of them stand in another order."""
    if not a or not b:
        return float(a == b)
    if len(a) == 1 and len(b) == 1:
        return float(a == b)
    window = max(len(a), len(b)) // 2
    if window > 0:
        window -= 1
    taken = [False] * len(b)
    from_a = []
    for i, x in enumerate(a):
        for j in range(max(0, i - window), min(len(b), i + window + 1)):
            if not taken[j] and x == b[j]:
                taken[j] = True
                from_a.append(x)
                break
    if not from_a:
        return 0.0
    from_b = [y for y, is_taken in zip(b, taken, strict=True) if is_taken]
    common = len(from_a)
    transpositions = sum(x != y for x, y in zip(from_a, from_b, strict=True)) // 2
    total = common / len(a)
    total += common / len(b)
    total += (common - transpositions) / common
    return total / 3.0


def jaro_winkler(a: str, b: str) -> float:
    """William Winkler, 1990: more for up to four characters of a common beginning, above 0.7 alone."""
    similarity = jaro(a, b)
    if similarity > 0.7:
        similarity += min(4, common_prefix(a, b)) * 0.1 * (1.0 - similarity)
    return min(similarity, 1.0)


# ---- Sets ----------------------------------------------------------------------------------------------------------


def elements(text: str, q: int) -> set[str]:
    """Words for 0, else q-grams. As seen: of a text that is not empty, after q - 1 signs and, from q = 2 on, before
    one, which are no characters."""
    if q == 0:
        return set(words(text))
    edge = "\ue000"  # of private use: no text of ours holds it
    padded = edge * (q - 1) + text + edge * (q > 1) if text else ""
    return {padded[k : k + q] for k in range(len(padded) - q + 1)}


def of_sets(share: Callable[[int, int, int], float]) -> Callable[[str, str, int], float]:
    def similarity(a: str, b: str, q: int) -> float:
        in_a, in_b = elements(a, q), elements(b, q)
        if not in_a or not in_b:
            return float(in_a == in_b)
        return share(len(in_a & in_b), len(in_a), len(in_b))

    return similarity


@cache
def idf_weight(records: int, having: int) -> int:
    """The square of log2((records + 1) / having), in steps of 2^-21, at least one; of 60 digits."""
    with localcontext(prec=60):
        idf = (Decimal(records + 1) / having).ln() / Decimal(2).ln()
        return max(1, int((idf * idf * 2**21).to_integral_value(ROUND_HALF_UP)))


def series_log2(z: float) -> float:
    """log2((1 + z) / (1 - z)) for small z, term by term as core/bits.h adds them: its last digit is part of a score."""
    s = z * z
    total = 1.0 / 19
    for n in range(17, 1, -2):
        total = total * s + 1.0 / n
    return 2.8853900817779268 * (z + z * (s * total))


def log2_of(x: float) -> float:
    """As core/bits.h says."""
    half, exponent = math.frexp(x)
    m, exponent = 2 * half, exponent - 1
    if m > 1.4142135623730951:
        m, exponent = m / 2, exponent + 1
    return exponent + series_log2((m - 1) / (m + 1))


def soft_min(x: float, y: float) -> float:
    """-log2(2^-x + 2^-y), as core/bits.h says."""
    small, apart = min(x, y), abs(x - y)
    if not apart < 64:
        return small
    k = round(apart)  # half to even
    u = (k - apart) * 0.6931471805599453
    total = 1.0 / math.factorial(13)
    for n in range(12, 1, -1):
        total = total * u + 1.0 / math.factorial(n)
    t = math.ldexp(1 + (u + u * u * total), -k)
    large = t > 0.41421356237309503
    z = (t - 1) / (t + 3) if large else t / (t + 2)
    return small - (float(large) + series_log2(z))


class WordWeights:
    """What words and values of two columns weigh; None is a missing field. The same column in both places counts once."""

    def __init__(self, *columns: Sequence[str | None]) -> None:
        texts = [set(words(text)) for column in columns for text in column if text is not None]
        having = Counter(word for text in texts for word in text)
        self.weight = {word: idf_weight(len(texts), n) for word, n in having.items()}
        self.records = len(texts)
        self.values = Counter(text for column in columns for text in column if text is not None)

    def rarity(self, a: str, b: str) -> float:
        """How few records have a value, in bits; two at least."""
        having = max(2, self.values[a])
        return log2_of(self.records / having) if a == b and having < self.records else 0.0

    def total(self, found: set[str]) -> int:
        return sum(self.weight[word] for word in found)

    def cosine_idf(self, a: str, b: str) -> float:
        """Of sets of words, of which the rare ones weigh more (Karen Sparck Jones, 1972)."""
        in_a, in_b = set(words(a)), set(words(b))
        if not in_a or not in_b:
            return float(in_a == in_b)
        return self.total(in_a & in_b) / math.sqrt(float(self.total(in_a)) * float(self.total(in_b)))


# ---- Codes ---------------------------------------------------------------------------------------------------------


def of_codes(code: Callable[[str], set[str]]) -> Callable[[str, str], float]:
    codes = cache(code)

    def similarity(a: str, b: str) -> float:
        letters_a, letters_b = ascii_letters(a), ascii_letters(b)
        if not letters_a or not letters_b:
            return float(a == b)
        codes_a, codes_b = codes(letters_a), codes(letters_b)
        return float(bool(codes_a & codes_b)) if codes_a and codes_b else float(a == b)  # of no code, as seen

    return similarity


def of_ascii(alike: Callable[[str, str], bool], code: Callable[[str], str]) -> Callable[[str, str], float]:
    """Of codes that read more characters than letters."""
    codes = cache(code)

    def similarity(a: str, b: str) -> float:
        found = [codes(ascii_capitals(text)) if ascii_letters(text) else "" for text in (a, b)]
        return float(alike(*found)) if all(found) else float(a == b)

    return similarity


# ---- Numbers, dates, places ----------------------------------------------------------------------------------------

NUMBER = re.compile(r" *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)? *", re.ASCII)
DATE = re.compile(r" *([0-9]{4})-([0-9]{2})-([0-9]{2}) *", re.ASCII)


@cache
def number_of(text: str) -> Figure:
    value = float(text) if NUMBER.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None


@cache
def days_of(text: str) -> Figure:
    """Days since 1970-01-01."""
    found = DATE.fullmatch(text)
    if not found:
        return None
    try:
        return float((date(*map(int, found.groups())) - date(1970, 1, 1)).days)
    except ValueError:
        return None


def date_text(text: str | None) -> str | None:
    """A date as 2024-12-31, or None."""
    days = None if text is None else days_of(text)
    return None if days is None else (date(1970, 1, 1) + timedelta(days)).isoformat()


@cache
def place_of(text: str) -> tuple[float, float] | None:
    """Latitude and longitude in degrees."""
    parts = [number_of(part) for part in text.split(",")]
    if len(parts) != 2 or parts[0] is None or parts[1] is None or abs(parts[0]) > 90:
        return None
    return parts[0], parts[1]


def number_distance(a: str, b: str) -> Figure:
    x, y = number_of(a), number_of(b)
    return None if x is None or y is None else abs(x - y)


def days_distance(a: str, b: str) -> Figure:
    x, y = days_of(a), days_of(b)
    return None if x is None or y is None else abs(x - y)


def km_distance(a: str, b: str) -> Figure:
    p, q = place_of(a), place_of(b)
    if p is None or q is None:
        return None
    (lat_p, long_p), (lat_q, long_q) = (map(math.radians, place) for place in (p, q))
    haversine = math.sin((lat_q - lat_p) / 2) ** 2
    haversine += math.cos(lat_p) * math.cos(lat_q) * math.sin((long_q - long_p) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(haversine, 1.0)))


def number_ratio(a: str, b: str) -> Figure:
    x, y = number_of(a), number_of(b)
    if x is None or y is None:
        return None
    if x == y:
        return 1.0
    if x * y < 0 or (x < 0) != (y < 0):
        return 0.0
    smaller, larger = sorted((abs(x), abs(y)))
    return smaller / larger


# ---- The list ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Metric:
    """One of: `edits` gives distance and maximum, `scaled` a distance that is divided by the argument, `score` all."""

    kind: str  # of the texts that it is for: text, words, name, number, date, place
    edits: Callable[[str, str], tuple[int, int]] | None = None
    scaled: Callable[[str, str], Figure] | None = None
    score: Callable[..., Figure] | None = None
    arguments: tuple[str, ...] = ()  # to choose from; the first is the default
    symmetric: bool = True
    cost: str = "square"  # of a pair: flat, square, cube
    exact: bool = True
    weighed: bool = False  # it is one of WordWeights, of whole columns
    family: str = ""  # of joins, see roads.py
    views: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "views", VIEWS if self.edits or self.scaled else VIEWS[:1])


def set_metric(share: Callable[[int, int, int], float]) -> Metric:
    return Metric("words", score=of_sets(share), arguments=("3", "2", "1", "0"), cost="flat", family="sets")


METRICS: dict[str, Metric] = {
    "equal": Metric("text", score=lambda a, b: float(a == b), cost="flat", family="equal"),
    "levenshtein": Metric("text", edits=levenshtein, family="edits"),
    "osa": Metric("text", edits=osa, family="edits"),
    "damerau_levenshtein": Metric("text", edits=damerau_levenshtein, family="edits"),
    "date_osa": Metric("date", edits=osa, family="edits"),
    "indel": Metric("text", edits=indel, family="edits"),
    "ratio": Metric("text", score=ratio, family="edits"),
    "lcsseq": Metric("text", edits=lcsseq, family="edits"),
    "hamming": Metric("text", edits=hamming, cost="flat"),
    "prefix": Metric("text", edits=prefix, cost="flat", family="ends"),
    "postfix": Metric("text", edits=postfix, cost="flat", family="ends"),
    "partial_ratio": Metric("text", score=partial_ratio, cost="cube", family="partial"),
    "token_sort_ratio": Metric("words", score=token_sort_ratio, family="edits"),
    "token_set_ratio": Metric("words", score=token_set_ratio, family="token set"),
    "token_ratio": Metric("words", score=token_ratio, family="union"),
    "partial_token_sort_ratio": Metric("words", score=partial_token_sort_ratio, cost="cube", family="union"),
    "partial_token_set_ratio": Metric("words", score=partial_token_set_ratio, cost="cube", family="union"),
    "partial_token_ratio": Metric("words", score=partial_token_ratio, cost="cube", family="union"),
    "QRatio": Metric("text", score=quick_ratio, family="union"),
    "WRatio": Metric("words", score=weighted_ratio, cost="cube", family="union"),
    "jaro": Metric("text", score=jaro, symmetric=False, family="jaro"),
    "jaro_winkler": Metric("text", score=jaro_winkler, symmetric=False, family="jaro"),
    "jaccard": set_metric(lambda both, n, m: both / (n + m - both)),
    "dice": set_metric(lambda both, n, m: 2 * both / (n + m)),
    "cosine": set_metric(lambda both, n, m: both / math.sqrt(n * m)),
    "overlap": set_metric(lambda both, n, m: both / min(n, m)),
    "cosine_idf": Metric("words", cost="flat", weighed=True, family="words"),
    "soundex": Metric("name", score=of_codes(soundex), cost="flat", family="codes"),
    "double_metaphone": Metric("name", score=of_codes(double_metaphone), cost="flat", family="codes"),
    "nysiis": Metric("name", score=of_ascii(str.__eq__, nysiis), cost="flat", family="codes"),
    "metaphone": Metric("name", score=of_ascii(str.__eq__, metaphone), cost="flat", family="codes"),
    "match_rating": Metric("name", score=of_ascii(match_rating_alike, match_rating), cost="flat", family="alike"),
    "rarity": Metric("text", cost="flat", weighed=True, family="equal"),
    "number": Metric(
        "number", scaled=number_distance, arguments=("1", "2", "0.3", "10", "100"), cost="flat", family="numbers"
    ),
    "number_ratio": Metric("number", score=number_ratio, cost="flat", family="numbers"),
    "days": Metric("date", scaled=days_distance, arguments=("30", "7", "365", "1.5"), cost="flat", family="numbers"),
    "km": Metric("place", scaled=km_distance, arguments=("10", "100", "1000"), cost="flat", exact=False, family="places"),
}

MISSING = {"": 0.0, "_distance": None, "_similarity": 0.0, "_normalized_distance": 1.0}  # the last two as seen


@cache
def figure(name: str, view: str, arguments: tuple[str, ...], a: str, b: str) -> Figure:
    """The metric of two texts that are both present."""
    metric = METRICS[name]
    if metric.edits:
        distance, maximum = metric.edits(a, b)
        return edit_view(view, distance, maximum)
    given = arguments or metric.arguments[:1]
    if metric.scaled:
        return scaled_view(view, metric.scaled(a, b), float(given[0]))
    assert metric.score
    numbers = [int(argument) for argument in given]
    return metric.score(a, b, *numbers)


def edit_view(view: str, distance: int, maximum: int) -> float:
    if view == "_distance":
        return float(distance)
    if view == "_similarity":
        return float(maximum - distance)
    share = distance / maximum if maximum else 0.0
    return share if view == "_normalized_distance" else 1.0 - share


def scaled_view(view: str, distance: Figure, scale: float) -> Figure:
    if distance is None or view == "_distance":
        return distance
    share = min(distance / scale, 1.0)
    return share if view == "_normalized_distance" else 1.0 - share  # _similarity is the same, as seen


def metric_of(name: str, view: str, arguments: tuple[str, ...], a: str | None, b: str | None) -> Figure:
    """The metric of two fields; None is a missing one."""
    if a is None or b is None:
        return MISSING[view]
    return figure(name, view, arguments, a, b)


def self_check(rng: Random) -> None:
    """The one figure that is not computed as it is defined is so here."""
    for _ in range(50):
        a, b = ("".join(rng.choices("abc", k=rng.randint(0, 70))) for _ in range(2))
        assert longest_common_subsequence(a, b) == common_subsequence_by_table(a, b), (a, b)
