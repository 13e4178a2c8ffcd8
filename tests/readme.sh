#!/bin/sh
# The example that README.md shows is the file it names, to the letter.
set -eu
cd "$(dirname "$0")/.."
shown=$(awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' README.md)
if [ "$shown" != "$(cat matcher/examples/publication.c)" ]; then
    echo "README.md does not show matcher/examples/publication.c as it is" >&2
    exit 1
fi
