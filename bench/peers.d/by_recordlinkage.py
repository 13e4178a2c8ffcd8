"""recordlinkage: Compare over an index of all pairs, or over blocks.

usage: by_recordlinkage.py full|blocked A.csv B.csv METRIC MIN WORKERS PAIRS.csv        (see peer.py)

A block is the records whose first words are equal, as its documentation blocks on the given name.
"""

import sys
import time
import warnings

import pandas as pd
import peer
import recordlinkage

METHODS = {"levenshtein": "levenshtein", "jaro": "jaro", "jaro_winkler": "jarowinkler"}


def table(path: str) -> pd.DataFrame:
    """The values of a file, and their first words."""
    texts = pd.Series(peer.read(path))
    return pd.DataFrame({"text": texts, "first_word": texts.str.split().str[0]})


def main() -> None:
    warnings.simplefilter("ignore")
    recordlinkage.logging.set_verbosity(recordlinkage.logging.ERROR)
    how, path_a, path_b, metric, least, workers, out = sys.argv[1:]
    a, b = table(path_a), table(path_b)
    began = time.perf_counter()
    indexer = recordlinkage.Index()
    indexer.full() if how == "full" else indexer.block("first_word")
    compare = recordlinkage.Compare(n_jobs=int(workers))
    compare.string("text", "text", method=METHODS[metric], label="score")
    scores = compare.compute(indexer.index(a, b), a, b)["score"]
    found = scores[scores >= float(least)]
    seconds = time.perf_counter() - began
    peer.write(out, ((i + 1, j + 1, score) for (i, j), score in zip(found.index.tolist(), found.tolist())))
    print(seconds, recordlinkage.__version__)


main()
