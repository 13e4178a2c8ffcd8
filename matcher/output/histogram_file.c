/* CSV and JSON of a histogram, and the choice between them and the picture. */
#include "matcher/output/histogram_file.h"

#include "core/inherited.h"
#include "core/string_builder.h"
#include "data/format/pack.h"
#include "data/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double histogram_shown_from(const struct histogram_shown *s, uint32_t i)
{
    const double good = s->bin[i].from;
    return (s->falls ? -histogram_end(good, s->level) : good) + 0.0;
}

double histogram_shown_to(const struct histogram_shown *s, uint32_t i)
{
    const double good = s->bin[i].from;
    return (s->falls ? -good : histogram_end(good, s->level)) + 0.0;
}

/* Bin i in ascending order of the score. */
static uint32_t ascending(const struct histogram_shown *s, uint32_t i)
{
    return s->falls ? s->n - 1 - i : i;
}

static void put_number(FILE *f, double x)
{
    char text[33];
    fwrite(text, 1, number_double(x, text), f);
}

static void write_csv(FILE *f, const struct histogram_shown *s)
{
    fputs(s->level ? "from,to,pairs\n" : "score,pairs\n", f);
    for (uint32_t k = 0; k < s->n; k++) {
        const uint32_t i = ascending(s, k);
        put_number(f, histogram_shown_from(s, i));
        if (s->level) {
            fputc(',', f);
            put_number(f, histogram_shown_to(s, i));
        }
        fprintf(f, ",%llu\n", (unsigned long long)s->bin[i].pairs);
    }
}

/* JSON has no word for infinity. */
static void put_json_number(FILE *f, const char *name, double x)
{
    fprintf(f, "\"%s\":", name);
    if (isfinite(x))
        put_number(f, x);
    else
        fputs("null", f);
}

static void write_json(FILE *f, const struct histogram_shown *s)
{
    uint64_t pairs = 0;
    for (uint32_t i = 0; i < s->n; i++)
        pairs += s->bin[i].pairs;
    fprintf(f, "{\"pairs\":%llu,", (unsigned long long)pairs);
    put_json_number(f, "width", histogram_width(s->level));
    fputs(",\"bins\":[", f);
    for (uint32_t k = 0; k < s->n; k++) {
        const uint32_t i = ascending(s, k);
        fputs(k ? ",\n{" : "\n{", f);
        put_json_number(f, s->level ? "from" : "score", histogram_shown_from(s, i));
        fputc(',', f);
        if (s->level) {
            put_json_number(f, "to", histogram_shown_to(s, i));
            fputc(',', f);
        }
        fprintf(f, "\"pairs\":%llu}", (unsigned long long)s->bin[i].pairs);
    }
    fputs("\n]}\n", f);
}

/* ---- By the end of the name ------------------------------------------------------------------*/

typedef void write_fn(FILE *f, const struct histogram_shown *s);

static const struct kind {
    const char *suffix;
    write_fn *write;
} kinds[] = {
    {".csv", write_csv},
    {".json", write_json},
    {".svg", histogram_picture},
};

/* The first is for what has no name; NULL: the name ends in something else. */
static const struct kind *kind_of(const char *path)
{
    if (!path || strcmp(path, "-") == 0 || inherited_is(path))
        return &kinds[0];
    const struct pack_kind *pack = pack_kind_of(path);
    const size_t n = strlen(path) - (pack ? pack_suffix_bytes(pack) : 0);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t bytes = strlen(kinds[i].suffix);
        if (n > bytes && strncasecmp(path + n - bytes, kinds[i].suffix, bytes) == 0)
            return &kinds[i];
    }
    return NULL;
}

bool histogram_file_check(const char *path, struct err *e)
{
    return kind_of(path) || err_set(e, ERR_USAGE, "name it .csv, .json or .svg",
                                    "--histogram: %s does not end in the name of a format", path);
}

bool histogram_file_write(struct out *out, const char *path, const struct histogram_shown *shown,
                          struct err *e)
{
    struct string_builder b;
    FILE *f = string_builder_open(&b);
    if (f)
        kind_of(path)->write(f, shown);
    char *text = string_builder_end(&b);
    if (!text)
        return err_set(e, ERR_OS, NULL, "not enough memory for the histogram");
    const bool ok = out_write(out, text, b.bytes, e);
    free(text);
    return ok;
}
