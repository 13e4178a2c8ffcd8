"""jellyfish or Levenshtein in a process pool, a row of A at a time: what people do in Python.

usage: pool.py MODULE A.csv B.csv METRIC MIN WORKERS PAIRS.csv       (see peer.py)
"""
import importlib
import importlib.metadata
import multiprocessing
import sys
import time

import peer

# metric: (function of the module, whether it is a distance)
CALLS = {
    ("jellyfish", "levenshtein"): ("levenshtein_distance", True),
    ("jellyfish", "jaro"): ("jaro_similarity", False),
    ("jellyfish", "jaro_winkler"): ("jaro_winkler_similarity", False),
    ("Levenshtein", "levenshtein"): ("distance", True),
    ("Levenshtein", "jaro"): ("jaro", False),
    ("Levenshtein", "jaro_winkler"): ("jaro_winkler", False),
    ("Levenshtein", "ratio"): ("ratio", False),
}


def begin(module, metric, least, b):
    """In each worker, once: the values of B and the function."""
    global call, is_distance, at_least, values_b
    name, is_distance = CALLS[module, metric]
    call = getattr(importlib.import_module(module), name)
    at_least, values_b = least, b


def row(task):
    """The matches of one row of A."""
    i, a = task
    found = []
    for j, b in enumerate(values_b, 1):
        score = call(a, b)
        if is_distance:
            score = 1 - score / (max(len(a), len(b)) or 1)
        if score >= at_least:
            found.append((i, j, score))
    return found


def main():
    module, path_a, path_b, metric, least, workers, out = sys.argv[1:]
    a, b = peer.read(path_a), peer.read(path_b)
    began = time.perf_counter()
    with multiprocessing.Pool(int(workers), begin, (module, metric, float(least), b)) as pool:
        found = [pair for pairs in pool.imap(row, enumerate(a, 1), 16) for pair in pairs]
    seconds = time.perf_counter() - began
    peer.write(out, found)
    print(seconds, importlib.metadata.version(module))


main()
