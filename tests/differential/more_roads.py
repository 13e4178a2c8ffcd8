"""One more road for a case of the programs beside `differential.py`, and what must come of it.

That is the bytes of the plain run, or a refusal which is known before. Not here: the roads that all programs share
(`roads.py`).
"""

import csv
import io
import json
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

import roads
from by_seed import Told
from made_cases import shortest
from made_tables import csv_field
from roads import Failed, Refused, Runner

MOST_SHOWN = 1500  # bytes of an output that differs
RARER = 5  # a road that is refused, than one that is not

Refusals = dict[str, list[str]]  # of roads that axb refuses: what it may say


@dataclass(frozen=True)
class Road:
    """A way to run a case, and how often it is drawn."""

    go: Callable[[Runner], bytes]
    weight: int
    possible: Callable[[Runner], bool] = lambda run: True
    lines_alone: bool = False  # without the header


# ---- The same records in other formats -----------------------------------------------------------------------------

Row = list[str | float | None]


def has_no_format(run: Runner) -> bool:
    """Whether CSV is written because nothing else is asked for."""
    return "--format" not in run.question


def other_format(run: Runner) -> bytes:
    """The lines that CSV would have."""
    forms = ["tsv", "json", "jsonl"]
    if not {"--keep", "--id"} & set(run.question):
        forms += ["pairs", "values"]
    form = run.rng.choice(forms)
    content = roads.packed_file(run, f"out.{form}", [*run.words(), "--format", form])
    return "".join(",".join(map(field, row)) + "\n" for row in READERS[form](content)).encode()


def field(value: str | float | None) -> str:
    """As it stands in CSV."""
    return shortest(value) if isinstance(value, float) else csv_field(value)


def rows_of_tsv(content: bytes) -> Iterable[Row]:
    """Where an empty field is a missing one."""
    lines = csv.reader(io.StringIO(content.decode(), newline=""), delimiter="\t")
    next(lines)
    return ([text or None for text in line] for line in lines)


def rows_of_json(content: bytes) -> Iterable[Row]:
    """Of an array or of lines."""
    if content.startswith(b"["):
        return (list(record.values()) for record in json.loads(content, parse_int=float))
    return (list(json.loads(line, parse_int=float).values()) for line in content.decode().split("\n") if line)


def rows_of_pairs(content: bytes) -> Iterable[Row]:
    """After a head of 64 bytes: two rows from 0, and the score."""
    return ([str(a + 1), str(b + 1), score] for a, b, score in struct.iter_unpack("<IId", content[64:]))


def rows_of_values(content: bytes) -> Iterable[Row]:
    """By the description in the manual: blocks of pairs of values, and the rows that have these."""
    if not content.startswith(b"AXBVALS1") or not content.endswith(b"AXBVEND1"):
        raise Failed("a file of values has no begin or no end")
    at = 8
    found: list[tuple[int, int, float]] = []
    while content[at : at + 8] == b"AXBVBLK1":
        n_bytes = struct.unpack_from("<Q", content, at + 8)[0]
        found += pairs_of_block(content[at : at + n_bytes])
        at += n_bytes
    if at != len(content) - 8:
        raise Failed(f"a file of values has {len(content) - 8 - at} bytes that are no block")
    return ([str(a + 1), str(b + 1), score] for a, b, score in sorted(found))


def pairs_of_block(block: bytes) -> Iterable[tuple[int, int, float]]:
    """Rows from 0, and scores."""
    of_one_table, *sizes = struct.unpack_from("<7Q", block, 16)
    values_a, values_b, rows_a, rows_b, n_scores, n_pairs = sizes
    at = 16 + 7 * 8

    def take(n: int, kind: str) -> tuple[int, ...]:
        nonlocal at
        array = struct.unpack_from(f"<{n}{kind}", block, at)
        at += (struct.calcsize(f"<{n}{kind}") + 7) // 8 * 8
        return array

    begin_a, begin_b, begin = take(values_a + 1, "Q"), take(values_b + 1, "Q"), take(values_a + 1, "Q")
    scores, pairs = take(n_scores, "d"), take(n_pairs, "Q")
    row_a, row_b = take(rows_a, "I"), take(rows_b, "I")
    if at + 8 != len(block):
        raise Failed(f"a block of values has {len(block)} bytes, not {at + 8}")
    for a in range(values_a):
        for pair in pairs[begin[a] : begin[a + 1]]:
            b = pair & 0xFFFFFFFF
            for i in row_a[begin_a[a] : begin_a[a + 1]]:
                for j in row_b[begin_b[b] : begin_b[b + 1]]:
                    if not of_one_table or i < j:
                        yield i, j, scores[pair >> 32]


READERS: dict[str, Callable[[bytes], Iterable[Row]]] = {
    "tsv": rows_of_tsv,
    "json": rows_of_json,
    "jsonl": rows_of_json,
    "pairs": rows_of_pairs,
    "values": rows_of_values,
}


# ---- The roads -----------------------------------------------------------------------------------------------------


def may_be_scorer(run: Runner) -> bool:
    """A metric alone, and no values of metrics in the output."""
    return run.function() is not None and "--output-terms" not in run.question


ROADS = {
    "workers": Road(roads.workers, 2),
    "kernels": Road(roads.kernels, 2),
    "no-prune": Road(roads.no_prune, 2, lambda run: "--no-prune" not in run.question),
    "joins": Road(roads.joins, 4),
    "audit": Road(roads.audited, 1),
    "named-tables": Road(roads.named_tables, 2),
    "compressed": Road(roads.compressed, 2),
    "stdin": Road(roads.from_stdin, 1),
    "shards": Road(roads.shards, 3),
    "shards-killed": Road(roads.shards_killed, 2),
    "prepared-whole": Road(roads.prepared_whole, 2),
    "prepared-killed": Road(roads.prepared_killed, 2),
    "prepared-parts": Road(roads.prepared_parts, 4),
    "mpi": Road(roads.by_mpi, 1, lambda run: roads.has_mpi(run.axb)),
    "killed": Road(roads.killed, 2),
    "terminated": Road(roads.terminated, 2),
    "scorer": Road(roads.scorer, 2, may_be_scorer),
    "slow-scorer-killed": Road(roads.slow_scorer_killed, 2, may_be_scorer),
    "little-memory": Road(roads.little_memory, 2),
    "into-file": Road(roads.packed, 2),
    "formats": Road(other_format, 4, has_no_format, lines_alone=True),
}
IN_PARTS = ("shards", "shards-killed", "prepared-parts", "mpi")
PREPARED = ("prepared-whole", "prepared-killed", "prepared-parts", "mpi")
RESUMED = ("killed", "terminated", "slow-scorer-killed", "prepared-killed")


def draw(rng: Random, run: Runner, refusals: Refusals, asked: str = "") -> str:
    """The road that is asked for, if it is possible; else any."""
    possible = [name for name, road in ROADS.items() if road.possible(run)]
    weights = [ROADS[name].weight / (RARER if name in refusals else 1) for name in possible]
    return asked if asked in possible else rng.choices(possible, weights)[0]


def besides(run: Runner) -> dict[str, bytes]:
    """What there is of the files that are written besides the output."""
    return {name: (run.folder / name).read_bytes() for name in run.beside if (run.folder / name).exists()}


def one_more(run: Runner, right: bytes, refusals: Refusals, asked: str = "") -> Told:
    """Goes by one road; `right`, and the files besides the output that the folder has, are what must come of it."""
    name = draw(run.rng, run, refusals, asked)
    files = besides(run)
    for file in files:
        (run.folder / file).unlink()
    told, got = Told(right.count(b"\n") > 1, name), right
    try:
        got = ROADS[name].go(run)
    except Refused:
        told, files = Told(told.found, name, "memory"), {}
        if name != "little-memory":
            raise differs(run, name, "axb has too little memory") from None
    except Failed as failure:
        if not is_refusal(str(failure), refusals.get(name, [])):
            raise differs(run, name, str(failure)) from None
        told, files = Told(told.found, name, "refused"), {}
    if name in refusals and told.came == "same":
        raise differs(run, name, "it should be refused")
    wanted = right.partition(b"\n")[2] if ROADS[name].lines_alone and told.came == "same" else right
    if got != wanted:
        shown = [text[:MOST_SHOWN].decode(errors="replace") for text in (wanted, got)]
        raise differs(run, name, f"right:\n{shown[0]}\ngot:\n{shown[1]}")
    if besides(run) != files:
        raise differs(run, name, f"besides the output differ: {sorted(files)}")
    return told


def differs(run: Runner, name: str, what: str) -> Failed:
    """With the commands of the case."""
    commands = "".join(f"  axb {line}\n" for line in run.log)
    return Failed(f"by {name}: {what}\n{commands}")


def is_refusal(failure: str, texts: list[str]) -> bool:
    """Whether it has the status of a command that cannot be, and says why."""
    return failure.startswith(f"status {roads.USAGE}: ") and any(text in failure for text in texts)
