# shellcheck shell=sh
# What the programs of this folder share. To be sourced, once $tested is set: the name in messages.
#
#   skipped WHY                      ends with 77, which ctest calls skipped
#   fail WHY                         ends with 1, and shows the ends of the files $shown, which are patterns
#   until_true SECONDS COMMAND...    tries it again and again; fails if it is not true in this time
tested=${tested:?}
shown=

skipped() {
    echo "axb: SKIPPED, $tested: $1" >&2
    exit 77
}

fail() {
    echo "axb: $1" >&2
    # shellcheck disable=SC2086 # several patterns
    [ -z "$shown" ] || tail -n 30 $shown >&2 || true
    exit 1
}

until_true() {
    left=$(($1 * 20))
    shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ $left -gt 0 ] || fail "waited in vain for: $*"
        sleep 0.05
    done
}
