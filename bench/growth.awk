# The tables of bench/growth, from its growth.tsv: what was measured, and what follows for larger tables.
#
# Model: a case takes a n + b n^2 processor seconds for n rows a side, through its two largest sizes. Rows are read and
# looked up (a), and candidates grow with n^2 as values repeat (b). So do pairs, from the largest size; memory grows with
# n. "Off by" is the worst of the smaller sizes, of which the model knows nothing. A pair that is written takes what the
# runs with "written" took above those without. On many cores the search and the writing are shared evenly; reading and
# indexing is done once, on at most 16 of them. Not here: merging, and how output is spread over disks.
BEGIN {
    split("1e7 1e8 1e9", large, " ")
    split("1 16 128 1024", cores, " ")
    print "| score | rows a side | pairs that match | processor seconds | grows with rows^ | memory |"
    print "|---|---|---|---|---|---|"
}

NR > 1 {
    if (!($1 in sizes))
        name[++names] = $1
    k = ++sizes[$1]
    rows[$1, k] = $2; pairs[$1, k] = $3; seconds[$1, k] = $5; memory[$1, k] = $6
    if ($4 > 0) { # the case of the same name without ", written" came before
        line_bytes = $4 / $3
        line_seconds = ($5 - seconds[substr($1, 1, length($1) - length(", written")), k]) / $3
    }
    grows = k > 1 ? sprintf("%.2f", log($5 / seconds[$1, k - 1]) / log($2 / rows[$1, k - 1])) : ""
    printf "| %s | %d | %d | %.2f | %s | %.0f MB |\n", $1, $2, $3, $5, grows, $6 / 1e6
}

# The model of a case: sets a and b.
function fit(c,    k, x, y) {
    k = sizes[c]
    x = seconds[c, k - 1] / rows[c, k - 1]
    y = seconds[c, k] / rows[c, k]
    b = (y - x) / (rows[c, k] - rows[c, k - 1])
    a = x - b * rows[c, k - 1]
    if (a < 0) {
        a = 0
        b = y / rows[c, k]
    }
}

# By how much the smaller sizes differ from the model, at worst, as a factor.
function off(c,    k, model, factor, worst) {
    for (k = 1; k < sizes[c] - 1; k++) {
        model = a * rows[c, k] + b * rows[c, k] ^ 2
        factor = model > seconds[c, k] ? model / seconds[c, k] : seconds[c, k] / model
        worst = factor > worst ? factor : worst
    }
    return worst
}

function duration(s) {
    return s < 1 ? "1 s" : s < 100 ? sprintf("%.0f s", s) : s < 6000 ? sprintf("%.0f min", s / 60) : \
           s < 172800 ? sprintf("%.0f h", s / 3600) : s < 86400 * 999 ? sprintf("%.0f d", s / 86400) : \
           sprintf("%.0f y", s / 86400 / 365)
}

function bytes(x) {
    return x < 1e9 ? sprintf("%.0f MB", x / 1e6) : x < 1e12 ? sprintf("%.0f GB", x / 1e9) : \
           x < 1e15 ? sprintf("%.1f TB", x / 1e12) : sprintf("%.1f PB", x / 1e15)
}

# What is in the way first: of the whole copy of tables and index that each machine maps, of the pairs, of the time.
function stops(mem, out, wall,    all) {
    if (out > 1e12)
        all = all ", output"
    if (mem > core_gb * 16e9)
        all = all ", memory"
    if (wall > 86400)
        all = all ", time"
    return all == "" ? "nothing" : substr(all, 3)
}

END {
    printf "\nMachines of 16 cores and %d GB; each has all of what is prepared in memory. A pair is %.0f bytes, which take %.0f ns " \
           "to write. \"Stops\": output above 1 TB, memory above that of a machine, more than a day on 1,024 cores.\n\n", \
           16 * core_gb, line_bytes, 1e9 * line_seconds
    print "| score | rows a side | core hours | 1 core | 16 | 128 | 1,024 | memory | pairs | output | stops | model |"
    print "|---|---|---|---|---|---|---|---|---|---|---|---|"
    fit("reading and index")
    read_a = a
    for (i = 1; i <= names; i++) {
        c = name[i]
        if (c ~ /^reading|written$/)
            continue
        fit(c)
        k = sizes[c]
        for (j = 1; j <= 3; j++) {
            n = large[j]
            found = pairs[c, k] * (n / rows[c, k]) ^ 2
            read = read_a * n
            all = a * n + b * n ^ 2 + line_seconds * found
            for (m = 1; m <= 4; m++)
                wall[m] = (all - read) / cores[m] + read / (cores[m] < 16 ? cores[m] : 16)
            held = memory[c, k] / rows[c, k] * n
            printf "| %s | %s | %.3g | %s | %s | %s | %s | %s | %.1g | %s | %s | %s |\n", c, n, all / 3600,
                   duration(wall[1]), duration(wall[2]), duration(wall[3]), duration(wall[4]), bytes(held), found,
                   bytes(found * line_bytes), stops(held, found * line_bytes, wall[4]),
                   j == 1 ? sprintf("%.1e n + %.1e n^2; off by %.2f", a, b, off(c)) : ""
        }
    }
}
