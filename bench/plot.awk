# Lines of figures as an SVG picture that suits light and dark pages.
#
#   awk -f bench/plot.awk [-v columns=3] [-v log_x=1] [-v log_y=1] [-v x_name=workers] [-v title=...]
#
# Input: tab-separated lines   panel  series  dashed(0|1)  x  y
# Panels stand in a grid in order of appearance, `columns` a row; a panel's name ends in its unit of y,
# in parentheses: "scan (pairs/s)". Figures are written with SI prefixes. Without log_y, y starts at 0.
BEGIN {
    FS = "\t"
    columns = columns ? columns : 1
    n_panels = n_series = n_x = n_colours = 0
    PANEL_WIDTH = 400; PANEL_HEIGHT = 280; LEFT = 66; RIGHT = 18; TOP = 40; BOTTOM = 48
    COLORS = 6
    split("p n µ m", small, " ")
    split("k M G T", large, " ")
    for (k = 1; k <= 4; k++) { prefix[k - 5] = small[k]; prefix[k] = large[k] }
}

{
    if (!($1 in panel_at)) { panel_at[$1] = n_panels; panel[n_panels++] = $1 }
    if (!($2 in series_at)) { series_at[$2] = n_series; dashed[n_series] = $3; series[n_series] = $2; colour[n_series++] = colour_of($2) }
    p = panel_at[$1]; s = series_at[$2]
    k = count[p, s]++
    xs[p, s, k] = $4; ys[p, s, k] = $5
    if (!(p in y_max) || $5 > y_max[p]) y_max[p] = $5
    if (!(p in y_min) || $5 < y_min[p]) y_min[p] = $5
    if (x_max == "" || $4 > x_max) x_max = $4
    if (x_min == "" || $4 < x_min) x_min = $4
    if (!($4 in seen_x)) { seen_x[$4] = 1; x_tick[n_x++] = $4 }
}

# Series that are the same up to a comma share a colour.
function colour_of(name) {
    sub(/,.*/, "", name)
    if (!(name in colours)) colours[name] = n_colours++ % COLORS
    return colours[name]
}

function log10(x) { return log(x) / log(10) }
function floor(x) { return x < 0 && int(x) != x ? int(x) - 1 : int(x) }

# 1234567 -> "1.23 M", 0.05 -> "0.05", 0.0012 -> "1.2 m"; at most three digits.
function si(x,    e) {
    if (x == 0) return "0"
    if (x >= 0.01 && x < 1000) return sprintf("%.3g", x)
    e = floor(log10(x) / 3 + 1e-9)
    return sprintf("%.3g %s", x / 10 ^ (3 * e), prefix[e])
}

# The least of 1, 2, 5 times a power of ten that is not below x.
function nice(x,    power) {
    power = 10 ^ floor(log10(x))
    return x <= power ? power : x <= 2 * power ? 2 * power : x <= 5 * power ? 5 * power : 10 * power
}

# The greatest of those that is not above x.
function nice_below(x,    power) {
    power = 10 ^ floor(log10(x))
    return x >= 5 * power ? 5 * power : x >= 2 * power ? 2 * power : power
}

function escape(text) {
    gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text)
    return text
}

function share(x, low, high, logarithmic) {
    if (logarithmic) { x = log(x); low = log(low); high = log(high) }
    return high > low ? (x - low) / (high - low) : 0.5
}

function at_x(x) { return left + LEFT + 12 + share(x, x_min, x_max, log_x) * (PANEL_WIDTH - LEFT - RIGHT - 24) }
function at_y(y) { return top + PANEL_HEIGHT - BOTTOM - share(y, low, high, log_y) * (PANEL_HEIGHT - TOP - BOTTOM) }

function text(x, y, class, what) {
    printf "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">%s</text>\n", x, y, class, escape(what)
}

function y_line(y) {
    printf "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
        left + LEFT, left + PANEL_WIDTH - RIGHT, at_y(y), at_y(y)
    text(left + LEFT - 8, at_y(y) + 4, "end", si(y))
}

function y_axis(p,    step, k, few, power) {
    if (!log_y) {
        step = nice(y_max[p] / 5)
        low = 0; high = step * (floor(y_max[p] / step - 1e-9) + 1)
        for (k = 0; k * step <= high * 1.0001; k++) y_line(k * step)
        return
    }
    low = nice_below(y_min[p]); high = nice(y_max[p] * 0.9999)
    few = high / low <= 1000
    for (power = 10 ^ floor(log10(low) + 1e-9); power <= high * 1.0001; power *= 10)
        for (k = 1; k <= 5; k = k * 2 + (k == 2))
            if ((few || k == 1) && power * k >= low * 0.9999 && power * k <= high * 1.0001) y_line(power * k)
}

function curve(p, s,    k, points) {
    for (k = 0; k < count[p, s]; k++)
        points = points sprintf(" %.1f,%.1f", at_x(xs[p, s, k]), at_y(ys[p, s, k]))
    if (points == "") return
    printf "<polyline class=\"line c%d%s\" points=\"%s\"/>\n", colour[s], dashed[s] ? " dashed" : "", substr(points, 2)
    for (k = 0; k < count[p, s]; k++)
        printf "<circle class=\"dot d%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"><title>%s: %s at %s</title></circle>\n",
            colour[s], at_x(xs[p, s, k]), at_y(ys[p, s, k]), escape(series[s]), si(ys[p, s, k]), si(xs[p, s, k])
}

function draw(p,    k, s) {
    left = p % columns * PANEL_WIDTH
    top = head + int(p / columns) * PANEL_HEIGHT
    text(left + LEFT, top + 24, "name", panel[p])
    y_axis(p)
    for (k = 0; k < n_x; k++) text(at_x(x_tick[k]), top + PANEL_HEIGHT - BOTTOM + 18, "middle", si(x_tick[k]))
    text(left + (LEFT + PANEL_WIDTH - RIGHT) / 2, top + PANEL_HEIGHT - BOTTOM + 36, "middle quiet", x_name)
    for (s = 0; s < n_series; s++) curve(p, s)
}

# Series in rows above the panels; returns the height that they took.
function legend(y,    s, x) {
    x = LEFT
    for (s = 0; s < n_series; s++) {
        if (x + 40 + 7.5 * length(series[s]) > width) { x = LEFT; y += 22 }
        printf "<line class=\"line c%d%s\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n", colour[s],
            dashed[s] ? " dashed" : "", x, x + 26, y - 4, y - 4
        text(x + 32, y, "", series[s])
        x += 56 + 7.5 * length(series[s])
    }
    return y
}

function style() {
    print "<style>"
    print "text { font: 12px system-ui, sans-serif; fill: #222 } .quiet { fill: #555 }"
    print ".name, .title { font-weight: 600 } .title { font-size: 15px } .end { text-anchor: end } .middle { text-anchor: middle }"
    print ".paper { fill: #fff } .grid { stroke: #ddd } .line { fill: none; stroke-width: 2 } .dashed { stroke-dasharray: 5 4 }"
    print ".c0 { stroke: #1f6fc4 } .c1 { stroke: #d9591c } .c2 { stroke: #13875c } .c3 { stroke: #a67c00 } .c4 { stroke: #b8407d } .c5 { stroke: #5b4bc4 }"
    print ".d0 { fill: #1f6fc4 } .d1 { fill: #d9591c } .d2 { fill: #13875c } .d3 { fill: #a67c00 } .d4 { fill: #b8407d } .d5 { fill: #5b4bc4 }"
    print "@media (prefers-color-scheme: dark) {"
    print "text { fill: #e8e8e8 } .quiet { fill: #b0b0b0 } .paper { fill: #16181c } .grid { stroke: #3a3d44 }"
    print ".c0 { stroke: #66aaf5 } .c1 { stroke: #ff8f57 } .c2 { stroke: #43cf9a } .c3 { stroke: #e3b93c } .c4 { stroke: #f08abf } .c5 { stroke: #a89bff }"
    print ".d0 { fill: #66aaf5 } .d1 { fill: #ff8f57 } .d2 { fill: #43cf9a } .d3 { fill: #e3b93c } .d4 { fill: #f08abf } .d5 { fill: #a89bff }"
    print "}"
    print "</style>"
}

END {
    shown = n_panels < columns ? n_panels : columns
    width = shown * PANEL_WIDTH
    rows = int((n_panels + columns - 1) / columns)
    head = 60 + 22 * int(n_series * 130 / width)
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n",
        width, head + rows * PANEL_HEIGHT, width, head + rows * PANEL_HEIGHT
    style()
    printf "<rect class=\"paper\" width=\"100%%\" height=\"100%%\"/>\n"
    text(LEFT, 24, "title", title)
    legend(50)
    for (p = 0; p < n_panels; p++) draw(p)
    print "</svg>"
}
