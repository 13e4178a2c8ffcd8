#!/bin/sh
# What README.md shows is so: the scorer is the file that it names, to the letter, the example of five rows gives
# what stands there, and the page has at most 200 lines.
#   tests/readme.sh AXB
set -eu
axb=$(realpath "$1")
cd "$(dirname "$0")/.."

fail() {
    echo "README.md $1" >&2
    exit 1
}

shown=$(awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' README.md)
[ "$shown" = "$(cat matcher/examples/publication.c)" ] ||
    fail "does not show matcher/examples/publication.c as it is"
[ "$(wc -l <README.md)" -le 200 ] || fail "has more than 200 lines"

# The lines after "$ COMMAND", up to the next empty one.
after() {
    awk -v command="    \$ $1" 'on && !NF { exit } on { print substr($0, 5) } index($0, command) == 1 { on = 1 }' README.md
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for file in crm.csv billing.csv; do
    after "cat $file" >"$folder/$file"
done
command=$(sed -n 's/^    \$ axb \(match crm.csv .*\)/\1/p' README.md)
[ -n "$command" ] || fail "has no example of five rows"
after "axb match crm.csv" | sed 's/; [0-9.]* s$//' >"$folder/shown"
(cd "$folder" && eval "\"$axb\" $command" 2>said >pairs && sed 's/; [0-9.]* s$//' said >notes &&
    { head -1 notes && cat pairs && tail -n +2 notes; } >found)
diff "$folder/shown" "$folder/found" || fail "shows another result than axb gives"
