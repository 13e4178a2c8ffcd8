#!/usr/bin/env python3
"""The fit of a model, written once more: loops over pairs, one number after the other.

Random candidates are written to a text, axb-fit-text fits a model to it, and so does this. Both must have the same
shares, priors and scores, but for what sums lose when they are added in another order. A case is known by its seed.

    twin.py AXB_FIT_TEXT [--cases N] [--first SEED]
    twin.py AXB_FIT_TEXT --text FILE
"""

import argparse
import copy
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

SURE_BITS = 60 / math.log(2)
ALPHA, MOST_CHANGE, MOST_ROUNDS, LEAST_ROUNDS, FLOOR = 5, 1e-4, 40, 7, 0.05
TOLERANCE = 1e-9

Shares = list[list[float]]


@dataclass
class Column:
    """What is known of a column: the share of each level among random pairs, and whether rare values weigh more."""

    u: list[float]
    rarity: bool
    n_values: int


@dataclass
class Pair:
    """A candidate: its rows, and for each column a level (-1: missing) and the count of the value."""

    a: int
    b: int
    level: list[int]
    count: list[int]


@dataclass
class Data:
    """Columns and candidates."""

    columns: list[Column]
    pairs: list[Pair]
    rows: tuple[int, int]
    same: bool
    share: float

    @property
    def all_pairs(self) -> float:
        """How many pairs of records exist."""
        n, m = self.rows
        return max(n * (n - 1) / 2 if self.same else n * m, 1)


@dataclass
class Model:
    """A model, as struct fit has it."""

    m: Shares
    k: float
    h: Shares = field(default_factory=list)
    k_related: float = 0
    prior: float = 0
    related_prior: float = 0
    rounds: int = 0
    left_out: list[bool] = field(default_factory=list)  # of each pair


# ---- Weights -----------------------------------------------------------------------------------


def monotone(values: list[float], weights: list[float]) -> list[float]:
    """Return the non-decreasing numbers that are nearest to the values: max over starts of min over ends of means."""

    def mean(i: int, j: int) -> float:
        part = range(i, j + 1)
        return sum(values[x] * weights[x] for x in part) / sum(weights[x] for x in part)

    n = len(values)
    return [max(min(mean(i, j) for j in range(x, n)) for i in range(x + 1)) for x in range(n)]


def weights(m: list[float], of: list[float]) -> list[float]:
    """Return the weight of each level of a column, in bits."""
    return monotone([math.log2(x / y) for x, y in zip(m, of)], [x + y + 1e-12 for x, y in zip(m, of)])


def soft_min(x: float, y: float) -> float:
    """Return the score of a pair that can be of two other kinds."""
    return min(x, y) - math.log2(1 + 2 ** -abs(x - y))


def both_sums(data: Data, model: Model, pair: Pair, w: Shares, r: Shares) -> tuple[float, float]:
    """Return the sum against random pairs and the one against related pairs."""
    x, y = model.prior, model.related_prior
    for c, column in enumerate(data.columns):
        level = pair.level[c]
        if level < 0:
            continue
        bits = w[c][level]
        if column.rarity and level == len(column.u) - 1:
            bits += math.log2(column.u[level]) + math.log2(column.n_values / max(pair.count[c], 2))
            bits = max(bits, 0)
        x += bits
        y += r[c][level] if model.h else 0
    return x, y


def all_weights(data: Data, model: Model) -> tuple[Shares, Shares]:
    """Return the weights of all levels, against random and against related pairs."""
    w = [weights(m, column.u) for m, column in zip(model.m, data.columns)]
    r = [weights(m, h) for m, h in zip(model.m, model.h)]
    return w, r


def scores(data: Data, model: Model) -> list[float]:
    """Return the score of each pair, in bits."""
    w, r = all_weights(data, model)
    sums = [both_sums(data, model, pair, w, r) for pair in data.pairs]
    return [soft_min(x, y) if model.h else x for x, y in sums]


# ---- Rounds ------------------------------------------------------------------------------------


def expect(data: Data, model: Model, competes: bool) -> tuple[list[float], list[float], list[float]]:
    """Return of each pair the odds, the posterior of a match, and that of a related pair."""
    w, r = all_weights(data, model)
    odds = [2 ** max(-SURE_BITS, min(s, SURE_BITS)) for s in scores(data, model)]
    out = model.left_out or [False] * len(odds)
    odds = [0 if left else e for left, e in zip(out, odds)]
    of_row: dict[tuple[int, int], float] = {}
    for pair, e in zip(data.pairs, odds):
        for key in ((0, pair.a), (0 if data.same else 1, pair.b)):
            of_row[key] = of_row.get(key, 0) + e
    p, related = [], []
    for pair, e, left in zip(data.pairs, odds, out):
        rivals = 0.0
        if competes:
            of_b = of_row[(0 if data.same else 1, pair.b)]
            rivals = max(of_row[(0, pair.a)] - e, 0) + max(of_b - e, 0) / data.share
        p.append(e / (1 + e + rivals))
        x, y = both_sums(data, model, pair, w, r)
        related.append((1 - p[-1]) / (1 + 2 ** min(y - x, 1000)) if model.h and not left else 0)
    return odds, p, related


def level_sums(data: Data, mass: list[float]) -> Shares:
    """Return the sum of mass at each level of each column."""
    sums = [[0.0] * len(column.u) for column in data.columns]
    for pair, x in zip(data.pairs, mass):
        for c, level in enumerate(pair.level):
            if level >= 0:
                sums[c][level] += x
    return sums


def maximise(sums: Shares, start: Shares) -> Shares:
    """Return the shares of the levels, with some pairs more that are as start says."""
    shares = []
    for of, begin in zip(sums, start):
        share = [max((x + ALPHA * y) / (sum(of) + ALPHA), 1e-4) for x, y in zip(of, begin)]
        shares.append([x / sum(share) for x in share])
    return shares


def set_priors(data: Data, model: Model, bipartite: bool) -> None:
    """Set the odds before a look."""
    n, m = data.rows
    others = max(data.all_pairs - model.k, FLOOR * data.all_pairs)
    if bipartite and data.same:
        rest = max(n - 2 * model.k, FLOOR * n)
        others = max(rest * (rest - 1) / 2, 1)
    elif bipartite:
        others = max(max(n - model.k, FLOOR * n) * max(m - model.k, FLOOR * m), 1)
    model.prior = math.log2(model.k / others)
    model.related_prior = model.prior - math.log2(model.k_related / data.all_pairs) if model.h else 0


def run_phase(
    data: Data, model: Model, start: Shares, bipartite: bool = False, competes: bool = True, holds: bool = False
) -> tuple[list[float], list[float]]:
    """Run rounds until k is steady; return the odds and the posteriors of the last one."""
    u = [column.u for column in data.columns]
    set_priors(data, model, bipartite)
    for r in range(1, MOST_ROUNDS + 1):
        k, k_related = model.k, model.k_related
        odds, p, related = expect(data, model, competes)
        model.k = max(sum(p) / data.share, 0.5)
        if not holds:
            model.m = maximise(level_sums(data, p), model.m if model.h else start)
        if model.h:
            model.k_related = max(sum(related) / data.share, 0.5)
            model.h = model.h if holds else maximise(level_sums(data, related), u)
        set_priors(data, model, bipartite)
        model.rounds += 1
        steady = abs(math.log(model.k / k)) < MOST_CHANGE
        if r >= LEAST_ROUNDS and steady and (not model.h or abs(math.log(model.k_related / k_related)) < MOST_CHANGE):
            break
    return odds, p


def differ(data: Data, model: Model, most_ratio: float) -> bool:
    """Return whether a column that tells matches speaks against related pairs."""
    w, _ = all_weights(data, model)
    means = [[sum(x * y for x, y in zip(of, bits)) for of in (m, h)] for m, h, bits in zip(model.m, model.h, w)]
    return any(m >= 4 and h <= most_ratio * m for m, h in means)


def fit_related(data: Data, model: Model, start: Shares, odds: list[float], p: list[float]) -> Model:
    """Return the model with a class of related pairs, which begins with the losers, or as it was."""
    lost = [max(e / (1 + e) - x, 0) for e, x in zip(odds, p)]
    losers = max(sum(lost) / data.share, 0.5)
    if losers * data.share < 10 or losers < 0.1 * model.k:
        return model
    rounds = model.rounds
    begun = copy.deepcopy(model)
    begun.k_related = losers
    begun.h = maximise(level_sums(data, lost), [column.u for column in data.columns])
    if not differ(data, begun, 0.3):
        return model
    for far, most_ratio, least_size in ((2**-10, -0.4, 1.5), (0, -0.4, 0.2)):
        trial = copy.deepcopy(begun)
        trial.rounds = rounds
        trial.left_out = [e < far for e in odds]
        run_phase(data, trial, start)
        rounds = trial.rounds
        if differ(data, trial, most_ratio) and trial.k_related >= least_size * trial.k:
            trial.left_out = []
            return trial
    model.rounds = rounds
    return model


def fit(data: Data, one_to_one: bool, related: bool) -> Model:
    """Return the fitted model."""
    start = [[0.3 / (len(c.u) - 1)] * (len(c.u) - 1) + [0.7] for c in data.columns]
    model = Model([list(m) for m in start], max(min(0.3 * min(data.rows), data.all_pairs / 2), 0.5))
    odds, p = run_phase(data, model, start)
    if related:
        model = fit_related(data, model, start, odds, p)
    if one_to_one and not model.h:
        trial = copy.deepcopy(model)
        run_phase(data, trial, start, bipartite=True)
        model.rounds = trial.rounds
        model = trial if trial.k <= 1.6 * model.k else model
    if not one_to_one:
        run_phase(data, model, start, competes=False, holds=True)
    return model


# ---- Cases -------------------------------------------------------------------------------------


def random_column(rng: random.Random) -> Column:
    """Return a column of two to six levels, the higher the rarer."""
    n = rng.randint(2, 6)
    u = [rng.random() * 10 ** -(rng.choice([0.5, 1, 2]) * x) for x in range(n)]
    return Column([x / sum(u) for x in u], rng.random() < 0.6, rng.randint(20, 400))


def random_pair(rng: random.Random, columns: list[Column], a: int, b: int, kind: str, apart: int) -> Pair:
    """Return a pair of a kind: matches agree, relatives agree but in one column, others as it comes."""
    level, count = [], []
    for c, column in enumerate(columns):
        top = len(column.u) - 1
        agrees = kind == "match" or (kind == "relative" and c != apart)
        chosen = top if agrees and rng.random() < 0.9 else rng.choices(range(top + 1), column.u)[0]
        chosen = 0 if kind == "relative" and c == apart else chosen
        level.append(-1 if rng.random() < 0.07 else chosen)
        count.append(rng.choice([1, 2, 2, 3, 7, 20]))
    return Pair(a, b, level, count)


def random_data(rng: random.Random) -> Data:
    """Return candidates of small files, of which each record has a few."""
    same = rng.random() < 0.3
    n = rng.randint(2, 60)
    m = n if same else rng.randint(2, 60)
    columns = [random_column(rng) for _ in range(rng.randint(1, 6))]
    if rng.random() < 0.7:  # a column that relatives fail in
        columns.append(Column([0.94, 0.03, 0.02, 0.01], False, 1))
    apart = min(range(len(columns)), key=lambda c: columns[c].u[-1])
    pairs = []
    for a in range(n):
        for b in range(a + 1 if same else 0, m):
            kind = rng.choices(["match", "relative", "other", ""], [same, 2, 2, 15])[0]
            if kind or a == b:
                pairs.append(random_pair(rng, columns, a, b, "match" if a == b else kind, apart))
    return Data(columns, pairs, (n, m), same, 1 if same else rng.choice([1, 1, 0.5, 0.1]))


def write_text(data: Data, path: pathlib.Path) -> None:
    """Write what axb-fit-text reads."""
    lines = [f"{len(data.columns)} {len(data.pairs)} {data.rows[0]} {data.rows[1]} {int(data.same)} {data.share!r}"]
    for column in data.columns:
        lines.append(f"{len(column.u)} {int(column.rarity)} {column.n_values} " + " ".join(map(repr, column.u)))
    for pair in data.pairs:
        lines.append(f"{pair.a} {pair.b} " + " ".join(f"{x} {y}" for x, y in zip(pair.level, pair.count)))
    path.write_text("\n".join(lines) + "\n")


def read_text(path: pathlib.Path) -> Data:
    """Read such a text."""
    word = iter(path.read_text().split())
    n_columns, n_pairs = int(next(word)), int(next(word))
    rows, same, share = (int(next(word)), int(next(word))), next(word) == "1", float(next(word))
    columns, pairs = [], []
    for _ in range(n_columns):
        n, rarity, n_values = int(next(word)), next(word) == "1", int(next(word))
        columns.append(Column([float(next(word)) for _ in range(n)], rarity, n_values))
    for _ in range(n_pairs):
        a, b = int(next(word)), int(next(word))
        both = [(int(next(word)), int(next(word))) for _ in range(n_columns)]
        pairs.append(Pair(a, b, [x for x, _ in both], [y for _, y in both]))
    return Data(columns, pairs, rows, same, share)


def run(program: str, text: pathlib.Path, mode: list[str], threads: int) -> tuple[str, str]:
    """Return what axb-fit-text prints, and the scores."""
    out = text.with_suffix(".scores")
    env = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run([program, str(text), *mode, str(out)], capture_output=True, text=True, env=env)
    if done.returncode:
        raise SystemExit(f"{text}: status {done.returncode}: {done.stderr}")
    return done.stdout, out.read_text()


def differs(x: float, y: float) -> bool:
    """Whether two numbers are not the same but for rounding; what is no number differs from all."""
    return not abs(x - y) <= TOLERANCE * max(1, abs(x), abs(y))


def difference(data: Data, model: Model, printed: str, score_text: str) -> str | None:
    """Return the first thing of the model that is different."""
    said = {line.split()[0]: [float(x) for x in line.split()[1:]] for line in printed.splitlines()}
    pairs = [("has_related", [float(bool(model.h))]), ("rounds", [float(model.rounds)]), ("k", [model.k])]
    pairs += [(f"m{c}", m) for c, m in enumerate(model.m)] + [(f"h{c}", h) for c, h in enumerate(model.h)]
    pairs += [("k_related", [model.k_related]), ("priors", [model.prior, model.related_prior])]
    for name, numbers in pairs:
        if len(said[name]) != len(numbers) or any(map(differs, said[name], numbers)):
            return f"{name} is {said[name]}, not {numbers}"
    written = [float(x) for x in score_text.split()]
    if len(written) != len(data.pairs) or any(map(differs, written, scores(data, model))):
        return "a score is another one"
    return None


def check(program: str, data: Data, text: pathlib.Path, mode: list[str]) -> tuple[str | None, bool]:
    """Return what is different, and whether the model has a class of related pairs."""
    printed, score_text = run(program, text, mode, 1)
    if run(program, text, mode, 2) != (printed, score_text):
        return "two threads print something else than one", False
    model = fit(data, mode[0] == "one", mode[1] == "related")
    return difference(data, model, printed, score_text), bool(model.h)


def main() -> int:
    """Compare as many cases as asked for, or one text; return the status of the program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="axb-fit-text")
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--first", type=int, default=1, metavar="SEED")
    parser.add_argument("--text", type=pathlib.Path)
    given = parser.parse_args()
    wrong = related = 0
    with tempfile.TemporaryDirectory(prefix="axb-fit-") as folder:
        for seed in [0] if given.text else range(given.first, given.first + given.cases):
            rng = random.Random(seed)
            text = pathlib.Path(folder) / "fit.txt"
            data = read_text(given.text) if given.text else random_data(rng)
            write_text(data, text)
            mode = [rng.choice(["one", "many"]), rng.choice(["related", "related", "plain"])]
            what, has_related = check(given.program, data, text, mode)
            related += has_related
            wrong += what is not None
            if what:
                print(f"seed {seed} {' '.join(mode)}: {what}")
    print(f"{given.cases} cases, {related} with related pairs, {wrong} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
