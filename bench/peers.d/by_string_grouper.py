"""string_grouper: the cosine of 3-grams that it weighs by tf-idf, a product of sparse matrices.

usage: by_string_grouper.py A.csv B.csv cosine MIN WORKERS PAIRS.csv  (see peer.py)

As it comes, but for the number of matches of a row, which is as large as B here (by itself it keeps 20). It compares in
lower case without blanks, commas, full stops and accents, and weighs by what both columns have; axb's cosine does none
of this, and no cosine of axb has its weights. So the two do not measure the same.
"""

import importlib.metadata
import sys
import time

import pandas as pd
import peer
import string_grouper


def main() -> None:
    path_a, path_b, _, least, workers, out = sys.argv[1:]
    a, b = (pd.Series(peer.read(path), name="text") for path in (path_a, path_b))
    began = time.perf_counter()
    found = string_grouper.match_strings(
        a, b, min_similarity=float(least), max_n_matches=len(b), number_of_processes=int(workers)
    )
    seconds = time.perf_counter() - began
    rows = zip(found["left_index"].tolist(), found["right_index"].tolist(), found["similarity"].tolist())
    peer.write(out, ((i + 1, j + 1, score) for i, j, score in rows))
    print(seconds, importlib.metadata.version("string_grouper"))


main()
