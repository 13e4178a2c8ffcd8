/* Source text, both ways: which columns the user's preprocessed file uses, and the source of the
 * module that is made around it. The scan knows tokens, not C: it may find a column too many (one
 * that only the other side uses, say), which costs an array, and never one too few. */
#include "core/hash.h"
#include "core/sort.h"
#include "matcher/scorer/scorer_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- Tokens ----------------------------------------------------------------------------------*/

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_DOT, TOKEN_ARROW, TOKEN_OTHER };

struct token {
    enum token_kind kind;
    const char *p;
    size_t n;
};

struct reader {
    const char *at;
    bool line_start;
    bool system; /* the text here comes from a system header */
};

uint64_t scorer_source_fingerprint(const char *text)
{
    uint64_t hash = HASH_FNV1A_BEGIN;
    while (*text) {
        size_t n = strcspn(text, "\n");
        bool marker = text[0] == '#' && text[1] == ' ' && isdigit((unsigned char)text[2]);
        size_t end = n + (text[n] == '\n');
        for (size_t i = 0; i < end && n && !marker; i++)
            hash = hash_fnv1a(hash, (unsigned char)text[i]);
        text += end;
    }
    return hash ? hash : 1;
}

static bool is_name_character(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Reads a line that begins with #: `# 12 "file" flags` says where the next text comes from. */
static void read_marker(struct reader *r)
{
    const char *end = r->at + strcspn(r->at, "\n");
    const char *quote = r->at + strcspn(r->at, "\"\n");
    const char *last = end;
    while (last > r->at && last[-1] != '"')
        last--;
    bool marker = isdigit((unsigned char)r->at[1 + strspn(r->at + 1, " ")]) && last > quote;
    if (marker)
        r->system = memchr(last, '3', (size_t)(end - last)) != NULL;
    r->at = end;
}

/* Moves to the next token, past blanks and markers. */
static void skip_blanks(struct reader *r)
{
    for (;; r->at++) {
        if (*r->at == '#' && r->line_start)
            read_marker(r);
        if (*r->at == '\n')
            r->line_start = true;
        else if (*r->at == 0 || !isspace((unsigned char)*r->at))
            break;
    }
    r->line_start = false;
}

/* The end of the literal that begins with the quote at p. */
static const char *skip_literal(const char *p)
{
    char quote = *p++;
    while (*p && *p != quote && *p != '\n')
        p += *p == '\\' && p[1] ? 2 : 1;
    return *p == quote ? p + 1 : p;
}

/* The end of the preprocessing number at p: 1.5e-3 has no member called `5e`, and in 1'000 (C++) no
 * literal begins. */
static const char *skip_number(const char *p)
{
    while (is_name_character(*p) || *p == '.' || (*p == '\'' && is_name_character(p[1])) ||
           ((*p == '+' || *p == '-') && strchr("eEpP", p[-1])))
        p++;
    return p;
}

/* Does the word [p, end) begin a raw literal of C++, R"x(…)x"? */
static bool is_raw(const char *p, const char *end)
{
    static const char *const prefixes[] = {"R", "LR", "uR", "UR", "u8R"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (*end == '"' && strlen(prefixes[i]) == (size_t)(end - p) &&
            memcmp(prefixes[i], p, (size_t)(end - p)) == 0)
            return true;
    return false;
}

/* The end of the raw literal whose quote stands at p; of one that has no end, the one that a plain
 * literal would have. */
static const char *skip_raw(const char *p)
{
    char close[20];
    const size_t n = strcspn(p + 1, "(\n");
    if (n > 16 || p[1 + n] != '(')
        return skip_literal(p);
    snprintf(close, sizeof close, ")%.*s\"", (int)n, p + 1);
    const char *end = strstr(p + 2 + n, close);
    return end ? end + strlen(close) : skip_literal(p);
}

static struct token next_token(struct reader *r)
{
    skip_blanks(r);
    struct token t = {TOKEN_OTHER, r->at, 1};
    const char *p = r->at, *end = p + 1;
    if (*p == 0)
        return (struct token){TOKEN_END, p, 0};
    if (isdigit((unsigned char)*p) || (*p == '.' && isdigit((unsigned char)p[1]))) {
        end = skip_number(p + 1);
    } else if (is_name_character(*p)) {
        while (is_name_character(*end))
            end++;
        t.kind = is_raw(p, end) ? TOKEN_OTHER : TOKEN_WORD;
        end = is_raw(p, end) ? skip_raw(end) : end;
    } else if (*p == '"' || *p == '\'') {
        end = skip_literal(p);
    } else if (p[0] == '-' && p[1] == '>') {
        end = p + 2;
        t.kind = TOKEN_ARROW;
    } else if (*p == '.') {
        t.kind = TOKEN_DOT;
    }
    t.n = (size_t)(end - p);
    r->at = end;
    return t;
}

static bool token_is(struct token t, const char *text)
{
    return t.n == strlen(text) && memcmp(t.p, text, t.n) == 0;
}

/* ---- Use of columns --------------------------------------------------------------------------*/

/* The kind that a member asks for which has `rest` after the name of its column; 0: none. */
static uint32_t rest_kind(struct token rest)
{
    return rest.n == 0                 ? AXB_TEXT
           : token_is(rest, "_number") ? AXB_NUMBER
           : token_is(rest, "_days")   ? AXB_DAYS
                                       : 0;
}

/* The kind of the column called `name` that the token asks for; 0: none. */
static uint32_t asked_kind(struct token t, const char *name)
{
    size_t n = strlen(name);
    if (t.n < n || memcmp(t.p, name, n) != 0)
        return 0;
    return rest_kind((struct token){t.kind, t.p + n, t.n - n});
}

static bool add_field(struct scorer_use *use, struct scorer_field f, struct err *e)
{
    for (uint32_t k = 0; k < use->n_fields; k++) {
        const struct scorer_field *g = &use->fields[k];
        if (g->side == f.side && g->kind == f.kind && g->column == f.column)
            return true;
    }
    if (use->n_fields == SCORER_MAX_FIELDS)
        return err_set(e, ERR_SCORER, NULL, "the scorer reads more than %u fields",
                       SCORER_MAX_FIELDS);
    use->fields[use->n_fields++] = f;
    return true;
}

/* Adds the field that the member name t stands for, on each side that has it. */
static bool add_member(struct token t, const struct scorer_names *names, struct scorer_use *use,
                       struct err *e)
{
    for (uint32_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < scorer_columns(&names->headers, side); i++) {
            uint32_t kind = asked_kind(t, names->c_names[side][i]);
            if (kind && !add_field(use, (struct scorer_field){side, kind, (uint32_t)i, false}, e))
                return false;
        }
    }
    return true;
}

static bool is_column(struct token t, const struct scorer_names *names)
{
    for (uint32_t side = 0; side < 2; side++)
        for (size_t i = 0; i < scorer_columns(&names->headers, side); i++)
            if (asked_kind(t, names->c_names[side][i]))
                return true;
    return false;
}

/* The tokens before, newest first. */
struct history {
    struct token newest;
    enum token_kind kind[3];
};

static bool is_access(enum token_kind kind)
{
    return kind == TOKEN_DOT || kind == TOKEN_ARROW;
}

/* Is t the `id` of `a->name.id`: a member of the text in a column? */
static bool is_of_text(struct token t, const struct history *h)
{
    return h->kind[0] == TOKEN_DOT && h->kind[1] == TOKEN_WORD && is_access(h->kind[2]) &&
           (token_is(t, "id") || token_is(t, "n") || token_is(t, "p"));
}

static int compare_fields(const void *x, const void *y)
{
    const struct scorer_field *f = x, *g = y;
    if (f->side != g->side)
        return sort_order(f->side, g->side);
    if (f->column != g->column)
        return sort_order(f->column, g->column);
    return sort_order(f->kind, g->kind);
}

/* Notes what one token of the user's own text says. h has the tokens before it. */
static bool take_token(struct token t, const struct history *h, bool wide,
                       const struct scorer_names *names, struct scorer_use *use, struct err *e)
{
    use->score = use->score || (token_is(h->newest, "score") && token_is(t, "("));
    if (t.kind != TOKEN_WORD || !is_access(h->kind[0]))
        return true;
    if (wide || !is_of_text(t, h))
        return add_member(t, names, use, e);
    use->narrow = use->narrow || is_column(t, names);
    return true;
}

/* Follows the tokens of `axb_str x;`, `axb_str x, y;` and `axb_str x[2]`: texts that the user makes
 * member by member, so that nothing else in them has a value. Those of parameters are none. */
struct declared {
    uint32_t after;   /* tokens since axb_str: 1, its name comes; 2, it came; 0, none */
    uint32_t nesting; /* parentheses that are open */
};

static bool is_bare_text(struct declared *d, struct token t)
{
    const bool bare = d->after == 2 && (token_is(t, ";") || token_is(t, "[") ||
                                        (token_is(t, ",") && d->nesting == 0));
    d->nesting += token_is(t, "(");
    d->nesting -= token_is(t, ")") && d->nesting > 0;
    d->after = token_is(t, "axb_str") ? 1 : d->after == 1 && t.kind == TOKEN_WORD ? 2 : 0;
    return bare;
}

/* Is t what the macro declares, or the macro itself, in a file that does not include axb.h? */
static bool declares(struct token t, const char *name, const char *macro)
{
    return token_is(t, name) || token_is(t, macro);
}

bool scorer_scan(const char *text, bool wide, const struct scorer_names *names,
                 struct scorer_use *use, struct err *e)
{
    struct reader r = {.at = text, .line_start = true};
    struct history h = {.newest = {TOKEN_OTHER, "", 0}};
    struct declared declared = {0, 0};
    *use = (struct scorer_use){0};
    for (struct token t = next_token(&r); t.kind != TOKEN_END; t = next_token(&r)) {
        /* These come from axb.h, which counts as a system header. */
        use->header = use->header || (r.system && token_is(t, "axb_scorer"));
        use->where = use->where || declares(t, "axb_where", "AXB_WHERE");
        use->monotone = use->monotone || declares(t, "axb_monotone", "AXB_MONOTONE");
        use->prepared = use->prepared || declares(t, "axb_prepared", "AXB_PREPARED");
        if (r.system)
            continue;
        use->bare_texts = is_bare_text(&declared, t) || use->bare_texts;
        if (!take_token(t, &h, wide, names, use, e))
            return false;
        h = (struct history){t, {t.kind, h.kind[0], h.kind[1]}};
    }
    qsort(use->fields, use->n_fields, sizeof *use->fields, compare_fields);
    return true;
}

/* ---- Other case ------------------------------------------------------------------------------*/

/* The kind of the column called `name` that the member asks for, whatever its case; 0: none. */
static uint32_t asked_in_any_case(const char *member, const char *name)
{
    const size_t n = strlen(name);
    if (strncasecmp(member, name, n) != 0)
        return 0;
    return rest_kind((struct token){TOKEN_WORD, member + n, strlen(member + n)});
}

bool scorer_use_alias(struct scorer_use *use, const struct scorer_names *names, uint32_t side,
                      const char *member)
{
    struct scorer_alias found = {.field = {.side = side}};
    struct err e;
    size_t n = 0;
    for (size_t i = 0; i < scorer_columns(&names->headers, side); i++) {
        const uint32_t kind = asked_in_any_case(member, names->c_names[side][i]);
        if (asked_kind((struct token){TOKEN_WORD, member, strlen(member)}, names->c_names[side][i]))
            return false; /* it is the name itself */
        if (kind)
            found.field = (struct scorer_field){side, kind, (uint32_t)i, false};
        n += kind != 0;
    }
    for (uint32_t k = 0; k < use->n_aliases; k++)
        if (use->alias[k].field.side == side && strcmp(use->alias[k].name, member) == 0)
            return true;
    if (n != 1 || use->n_aliases == SCORER_MAX_ALIASES || strlen(member) >= sizeof found.name ||
        !add_field(use, found.field, &e))
        return false;
    snprintf(found.name, sizeof found.name, "%s", member);
    use->alias[use->n_aliases++] = found;
    qsort(use->fields, use->n_fields, sizeof *use->fields, compare_fields);
    return true;
}

/* ---- The module ------------------------------------------------------------------------------*/

uint64_t scorer_fingerprint(const axb_field *fields, size_t n)
{
    uint64_t hash = HASH_FNV1A_BEGIN;
    for (size_t i = 0; i < n; i++) {
        hash = hash_fnv1a(hash, fields[i].side);
        hash = hash_fnv1a(hash, fields[i].kind);
        const char *p = fields[i].column;
        do
            hash = hash_fnv1a(hash, (unsigned char)*p);
        while (*p++);
    }
    return hash ? hash : 1;
}

static const char *kind_suffix(uint32_t kind)
{
    return kind == AXB_NUMBER ? "_number" : kind == AXB_DAYS ? "_days" : "";
}

static const char *kind_type(uint32_t kind)
{
    return kind == AXB_TEXT ? "axb_str" : "double";
}

/* Writes the member of a field; where the source calls it otherwise as well, a union of its names.
 */
static void write_member(FILE *out, const struct scorer_field *f, const struct scorer_use *use,
                         const struct scorer_names *names)
{
    bool several = false;
    for (uint32_t k = 0; k < use->n_aliases; k++)
        several = several || compare_fields(&use->alias[k].field, f) == 0;
    fprintf(out, "    %s%s %s%s;", several ? "union { " : "", kind_type(f->kind),
            names->c_names[f->side][f->column], kind_suffix(f->kind));
    for (uint32_t k = 0; k < use->n_aliases; k++)
        if (compare_fields(&use->alias[k].field, f) == 0)
            fprintf(out, " %s %s;", kind_type(f->kind), use->alias[k].name);
    fputs(several ? " };\n" : "\n", out);
}

/* Writes the initialiser of a field, which is array `at` of its side. */
static void write_load(FILE *out, const struct scorer_field *f, uint32_t at)
{
    if (f->kind == AXB_TEXT)
        fprintf(out, "AXB_TEXT((a)[%u], i, %uu%s, tile), ", at, at + 1,
                f->side ? " | AXB_TILE_SIDE_B" : "");
    else
        fprintf(out, "((const double *)(a)[%u])[i], ", at);
}

/* Writes the row type of one side, and the macro that loads a row of it. */
static void write_row_type(FILE *out, uint32_t side, const struct scorer_use *use,
                           const struct scorer_names *names)
{
    bool none = true;
    fprintf(out, "struct axb_row_%c {\n", "ab"[side]);
    for (uint32_t k = 0; k < use->n_fields; k++) {
        const struct scorer_field *f = &use->fields[k];
        if (f->side != side)
            continue;
        none = false;
        write_member(out, f, use, names);
    }
    if (use->prepared)
        fprintf(out, "    axb_any prepared;\n");
    none = none && !use->prepared;
    fprintf(out, "%s};\n#define AXB_LOAD_%c(a, i, tile) {", none ? "    char axb_none;\n" : "",
            "AB"[side]);
    uint32_t at = 0;
    for (uint32_t k = 0; k < use->n_fields; k++)
        if (use->fields[k].side == side)
            write_load(out, &use->fields[k], at++);
    if (use->prepared)
        fprintf(out, "((const void *const *)(a)[%u])[i], ", at);
    fprintf(out, "%s}\n", none ? "0" : "");
}

static void write_string(FILE *out, const char *s)
{
    fputc('"', out);
    for (; *s; s++) {
        bool plain = isalnum((unsigned char)*s) || strchr(" _-.,:;#()/+*=", *s);
        fprintf(out, plain ? "%c" : "\\%03o", (unsigned char)*s);
    }
    fputc('"', out);
}

/* The name of the field's column by which scorer_resolve finds it again. */
static bool field_column(const struct scorer_field *f, const struct scorer_names *names,
                         char number[16], const char **column, struct err *e)
{
    uint32_t found;
    *column = scorer_header(&names->headers, f->side)[f->column];
    if (scorer_resolve(&names->headers, f->side, *column, &found) && found == f->column)
        return true;
    snprintf(number, 16, "#%u", f->column + 1);
    *column = number;
    if (scorer_resolve(&names->headers, f->side, *column, &found) && found == f->column)
        return true;
    return err_set(e, ERR_SCORER, "rename one of them", "columns of %s cannot be told apart: %s",
                   f->side ? "B" : "A", number);
}

static bool write_fields(FILE *out, const struct scorer_use *use, const struct scorer_names *names,
                         uint64_t *fingerprint, struct err *e)
{
    axb_field fields[SCORER_MAX_FIELDS];
    char numbers[SCORER_MAX_FIELDS][16];
    fprintf(out, "static const axb_field axb_fields[] = {\n");
    for (uint32_t k = 0; k < use->n_fields; k++) {
        const struct scorer_field *f = &use->fields[k];
        fields[k] = (axb_field){.side = f->side, .kind = f->kind};
        if (!field_column(f, names, numbers[k], &fields[k].column, e))
            return false;
        fprintf(out, "    {%u, %u, ", f->side, f->kind);
        write_string(out, fields[k].column);
        fprintf(out, "},\n");
    }
    fprintf(out, "    {0, 0, 0},\n};\n");
    *fingerprint = scorer_fingerprint(fields, use->n_fields);
    return true;
}

static void write_prepare(FILE *out)
{
    for (int side = 0; side < 2; side++)
        fprintf(out,
                "static void axb_prepare_%c(const void *const *rows, uint32_t i, void *out)\n{\n"
                "    const axb_row_%c row = AXB_LOAD_%c(rows, i, 0);\n"
                "    AXB_TRY prepare_%c(&row, (axb_prepared *)out); AXB_CATCH\n}\n",
                "ab"[side], "ab"[side], "AB"[side], "ab"[side]);
}

/* The user's file comes first, so that what it defines before its headers has its effect, such as
 * _GNU_SOURCE. It includes axb.h, and that the rows. */
static void write_user(FILE *out, const char *user, const struct scorer_use *use)
{
    fprintf(out, "%s#include \"%s\"\n", use->header ? "" : "#include <axb.h>\n", user);
}

bool scorer_write_rows(FILE *out, const struct scorer_use *use, const struct scorer_names *names,
                       struct err *e)
{
    uint64_t fingerprint;
    uint32_t n[2] = {0, 0};
    for (uint32_t k = 0; k < use->n_fields; k++)
        n[use->fields[k].side]++;
    fprintf(out,
            "#ifndef AXB_ROWS_H\n#define AXB_ROWS_H\n#include <axb_guard.h>\n"
            "#ifdef AXB_TILES\n#define AXB_TILE_A %uu\n#define AXB_TILE_B %uu\n"
            "#include <axb_tile.h>\n#endif\n",
            n[0], n[1]);
    write_row_type(out, 0, use, names);
    write_row_type(out, 1, use, names);
    if (!write_fields(out, use, names, &fingerprint, e))
        return false;
    fprintf(out, "#define AXB_FINGERPRINT 0x%llxu\n#include <axb_loop.h>\n#endif\n",
            (unsigned long long)fingerprint);
    return true;
}

void scorer_write_module(FILE *out, const char *user, const struct scorer_use *use)
{
    write_user(out, user, use);
    if (use->prepared)
        write_prepare(out);
    fprintf(out,
            "const axb_module axb_scorer = {%uu, sizeof(axb_module), AXB_FINGERPRINT, %u, %u, "
            "axb_fields, axb_loop_match, axb_loop_score, %s, %s};\n",
            AXB_ABI, use->n_fields, use->monotone ? (unsigned)AXB_FLAG_MONOTONE : 0,
            use->where ? "axb_where" : "0",
            use->prepared ? "sizeof(axb_prepared), axb_prepare_a, axb_prepare_b" : "0, 0, 0");
}

void scorer_write_terms_rows(FILE *out, const struct scorer_use *use,
                             const struct scorer_names *names)
{
    fprintf(out, "#ifndef AXB_ROWS_H\n#define AXB_ROWS_H\n");
    for (uint32_t side = 0; side < 2; side++) {
        fprintf(out, "struct axb_row_%c {\n    axb_str axb_none;\n", "ab"[side]);
        for (uint32_t k = 0; k < use->n_fields; k++)
            if (use->fields[k].side == side && use->fields[k].kind == AXB_TEXT)
                write_member(out, &use->fields[k], use, names);
        fprintf(out, "};\n");
    }
    fprintf(out, "#endif\n");
}

void scorer_write_terms(FILE *out, const char *user, const struct scorer_use *use)
{
    write_user(out, user, use);
    for (uint32_t side = 0; side < 2; side++) {
        fprintf(out, "static const axb_row_%c axb_columns_%c = {{0}", "ab"[side], "ab"[side]);
        for (uint32_t k = 0; k < use->n_fields; k++)
            if (use->fields[k].side == side && use->fields[k].kind == AXB_TEXT)
                fprintf(out, ", {%uu%s}", use->fields[k].column, side ? " | AXB_SIDE_B" : "");
        fprintf(out, "};\n");
    }
    fprintf(out, "static double axb_terms_score(void)\n{\n"
                 "    return score(&axb_columns_a, &axb_columns_b);\n}\n"
                 "struct axb_terms axb_terms = {.score = axb_terms_score};\n");
}
