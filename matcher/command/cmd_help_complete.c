/* Completion for bash, zsh and fish: `axb help --bash` and so on print a script, and the script
 * asks `axb complete WORDS...` at each tab.
 *
 * So the scripts are a few lines and know nothing; verbs, options, their values and the columns of
 * the files on the command line come from the rows and from the files themselves. */
#include "matcher/command/cmd_help_internal.h"

#include "core/shm_named.h"
#include "data/clean/text_rules.h"
#include "data/load.h"
#include "matcher/join/join.h"
#include "matcher/metric/metric.h"

#include <string.h>
#include <sys/stat.h>

/* ---- Scripts ---------------------------------------------------------------------------------*/

/* A word of axb's own answer is taken as it is; where there is none, the shell offers files. */
static const struct {
    const char *shell, *script;
} scripts[] = {
    /* bash cuts words at = and :, so they are put together again. What it inserts takes the place
     * of the last part alone. A word that begins with a quote must not be quoted again. */
    {"bash", "_axb() {\n"
             "    local words=() part glue= line last=${COMP_WORDS[COMP_CWORD]} before\n"
             "    for part in \"${COMP_WORDS[@]:1:COMP_CWORD}\"; do\n"
             "        if [[ ( $part == [=:]* || $glue ) && ${#words[@]} -gt 0 ]]; then\n"
             "            words[-1]+=$part\n"
             "        else words+=(\"$part\"); fi\n"
             "        [[ $part == *[=:] ]] && glue=1 || glue=\n"
             "    done\n"
             "    [[ $last == [=:] ]] && last=\n"
             "    before=${words[-1]%\"$last\"}\n"
             "    words=(\"${words[@]//[\\\\\\'\\\"]/}\")\n"
             "    before=${before//[\\\\\\'\\\"]/}\n"
             "    COMPREPLY=()\n"
             "    while IFS=$'\\t' read -r line _; do\n"
             "        line=${line#\"$before\"}\n"
             "        [[ $last == [\\'\\\"]* ]] || printf -v line %q \"$line\"\n"
             "        COMPREPLY+=(\"${line//\\\\,/,}\")\n"
             "    done < <(axb complete -- \"${words[@]}\" 2>/dev/null)\n"
             "}\n"
             "complete -o default -F _axb axb\n"},
    {"zsh", "#compdef axb\n"
            "_axb() {\n"
            "    local -a lines shown\n"
            "    local line tab=$'\\t'\n"
            "    lines=(\"${(@f)$(axb complete -- \"${(@Q)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
            "    for line in $lines; do\n"
            "        shown+=(\"${${line%%$tab*}//:/\\\\:}:${line#*$tab}\")\n"
            "    done\n"
            "    if [[ -n ${lines[1]} ]]; then _describe axb shown; else _files; fi\n"
            "}\n"
            "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _axb \"$@\"; else compdef _axb "
            "axb; fi\n"},
    {"fish", "function __axb_complete\n"
             "    set -l words (commandline -opc) (commandline -ct)\n"
             "    axb complete -- $words[2..-1] 2>/dev/null\n"
             "end\n"
             "complete -c axb -a '(__axb_complete)'\n"},
};

bool help_put_completion(FILE *f, const char *shell)
{
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        if (strcmp(scripts[i].shell, shell) == 0) {
            fputs(scripts[i].script, f);
            return true;
        }
    return false;
}

/* ---- What may stand at the cursor ------------------------------------------------------------*/

struct completion {
    const char *const *words; /* n words after "axb"; the last is being typed */
    size_t n;
    const struct command *command; /* NULL: the verb is being typed */
    size_t arguments_at;           /* where the words after the verb begin */
    const char *word;              /* what is typed of the last … */
    const char *before;            /* … after so much of it, as in "name,ci": "name," */
    size_t before_bytes;
};

/* The first part of a sentence, in a few words. */
static int short_bytes(const char *what)
{
    static const char *const ends[] = {". ", "; "};
    const size_t most = 60;
    size_t n = strlen(what);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *end = strstr(what, ends[i]);
        n = end && (size_t)(end - what) < n ? (size_t)(end - what) : n;
    }
    while (n > most) { /* whole words */
        const char *blank = memrchr(what, ' ', n - 1);
        n = blank ? (size_t)(blank - what) : most;
    }
    return (int)n;
}

/* Offers a word, if it goes on with what is typed. */
static void offer(const struct completion *c, const char *text, const char *what)
{
    if (strncmp(text, c->word, strlen(c->word)) != 0 || strpbrk(text, "\n\t"))
        return;
    printf("%.*s%s\t%.*s\n", (int)c->before_bytes, c->before ? c->before : "", text,
           what ? short_bytes(what) : 0, what ? what : "");
}

static void offer_choices(const struct completion *c, const char *choices)
{
    char word[64];
    for (const char *at = choices; at && *at;) {
        const size_t n = strcspn(at, "|");
        snprintf(word, sizeof word, "%.*s", (int)n, at);
        offer(c, word, NULL);
        at += n + (at[n] == '|');
    }
}

static void offer_metrics(const struct completion *c)
{
    const struct metric *m;
    for (size_t i = 0; (m = metric_at(i)) != NULL; i++)
        offer(c, m->name, m->what);
}

static void offer_joins(const struct completion *c)
{
    for (size_t i = 0; join_at(i); i++)
        offer(c, join_at(i)->name, NULL);
}

/* ---- Columns ---------------------------------------------------------------------------------*/

#define MOST_BYTES ((off_t)1 << 30) /* of a plain file: its header is read in no time */

static bool is_plain_file(const char *path)
{
    struct stat st;
    const size_t n = strlen(path);
    const bool packed = (n > 3 && strcmp(path + n - 3, ".gz") == 0) ||
                        (n > 4 && strcmp(path + n - 4, ".zst") == 0) ||
                        (n > 3 && strcmp(path + n - 3, ".xz") == 0);
    return path[0] == '@' || (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
                              st.st_size < (packed ? MOST_BYTES >> 8 : MOST_BYTES));
}

/* Offers the columns of a file. */
static void offer_columns_of(const struct completion *c, const char *path)
{
    const struct load_options options = {.header = true, .lenient = true};
    struct load l;
    struct err ignored;
    if (!is_plain_file(path) || !load_open(&l, path, &options, &ignored))
        return;
    for (size_t i = 0; i < l.n_columns; i++)
        offer(c, l.names[i], path);
    load_close(&l);
}

/* Offers the columns of the files on the command line, for the item that is being typed: after "="
 * those of the second, else of all. */
static void offer_columns(const struct completion *of)
{
    struct completion own = *of, *c = &own;
    const char *comma = strrchr(c->word, ','), *equals = strrchr(c->word, '=');
    const bool second = equals && (!comma || equals > comma);
    const char *from = second ? equals + 1 : comma ? comma + 1 : c->word;
    size_t n = 0, n_files = 0;
    if (!second && (from[0] == 'a' || from[0] == 'b') && from[1] == '.')
        from += 2;
    const char side = from > c->word && from[-1] == '.' ? from[-2] : 0;
    c->before = c->before ? c->before : c->word;
    c->before_bytes += (size_t)(from - c->word);
    c->word = from;
    for (size_t i = c->arguments_at; i + 1 < c->n; i++) {
        if (!is_plain_file(c->words[i]) || c->words[i][0] == '-')
            continue;
        if (c->command->scorer_first && n_files++ == 0)
            continue; /* it is no table */
        const bool wanted = second || side == 'b' ? n == 1 : side == 'a' ? n == 0 : n < 2;
        if (wanted)
            offer_columns_of(c, c->words[i]);
        n++;
    }
}

/* ---- Options and verbs -----------------------------------------------------------------------*/

static const struct opts_row *row_of(const struct completion *c, const char *word)
{
    for (const struct opts_row *row = command_table.rows; row->name; row++) {
        char name[OPTS_NAME_BYTES];
        bool is_long = false;
        for (enum opts_variant v = OPTS_BOTH; v < OPTS_VARIANTS && opts_name(row, v, name); v++)
            is_long = is_long || (strncmp(word, "--", 2) == 0 && strcmp(word + 2, name) == 0);
        const bool is_short = row->letter && word[0] == '-' && word[1] == row->letter && !word[2];
        if ((is_long || is_short) && opts_takes(c->command, row))
            return row;
    }
    return NULL;
}

/* Offers the words of a list "csv (default), jsonl or pairs". */
static void offer_chosen(const struct completion *c, const char *list)
{
    char word[64];
    while (*list) {
        const size_t n = strspn(list, "abcdefghijklmnopqrstuvwxyz0123456789-_");
        snprintf(word, sizeof word, "%.*s", (int)n, list);
        if (n && strcmp(word, "or") != 0 && strcmp(word, "default") != 0)
            offer(c, word, NULL);
        list += n ? n : 1;
    }
}

/* Moves to the item that is being typed, after the last of these characters. */
static void begin_item(struct completion *c, const char *separators)
{
    for (const char *p = c->word; *p; p++)
        if (strchr(separators, *p)) {
            c->before = c->before ? c->before : c->word;
            c->before_bytes += (size_t)(p + 1 - c->word);
            c->word = p + 1;
        }
}

static void offer_rules(const struct completion *c)
{
    for (const struct text_rules_row *row = text_rules_table; row->name; row++)
        if (!row->option)
            offer(c, row->name, row->what);
}

/* Offers values of an option; none where any text or file may stand. */
static void offer_values(struct completion *c, const struct opts_row *row)
{
    if (row->columns)
        offer_columns(c);
    const bool is_rules = strcmp(row->name, "normalize") == 0;
    if (row->many && (row->offers || is_rules))
        begin_item(c, ",+:");
    offer_choices(c, row->choices);
    offer_choices(c, row->offers);
    if (row->choose)
        offer_chosen(c, row->choose());
    if (strcmp(row->name, "metric") == 0)
        offer_metrics(c);
    if (strcmp(row->name, "algorithm") == 0)
        offer_joins(c);
    if (is_rules)
        offer_rules(c);
}

static void offer_options(const struct completion *c)
{
    char text[80], name[OPTS_NAME_BYTES];
    for (const struct opts_row *row = command_table.rows; row->name; row++)
        for (enum opts_variant v = OPTS_BOTH; v < OPTS_VARIANTS && opts_name(row, v, name); v++) {
            snprintf(text, sizeof text, "--%s", name);
            if (help_is_for_people(c->command, row))
                offer(c, text, row->brief ? row->brief : opts_help(row));
        }
    offer(c, "--help", "explain the verb and its options");
}

/* The names of verbs, or what follows `family` in them. */
static void offer_verbs(const struct completion *c, const char *family)
{
    const size_t n = family ? strlen(family) : 0;
    char last[64] = "";
    for (const struct command *const *at = command_table.commands; *at; at++) {
        const char *name = (*at)->name, *space = strchr(name, ' ');
        char first[64];
        if ((*at)->for_programs || (family && (strncmp(name, family, n) != 0 || name[n] != ' ')))
            continue;
        snprintf(first, sizeof first, "%.*s", (int)strcspn(name, " "), name);
        if (family)
            offer(c, name + n + 1, (*at)->what);
        else if (strcmp(first, last) != 0)
            offer(c, first, space ? "loaded tables" : (*at)->what);
        snprintf(last, sizeof last, "%s", first);
    }
}

/* The loaded tables, as "@name", or without the @ for those verbs that take names alone. */
static void offer_tables(const struct completion *c, const char *mark)
{
    struct err ignored;
    char **names, text[300];
    size_t n;
    if (!shm_named_list(&names, &n, &ignored))
        return;
    for (size_t i = 0; i < n; i++) {
        snprintf(text, sizeof text, "%s%s", mark, names[i]);
        offer(c, text, "a loaded table");
    }
    shm_names_free(names, n);
}

/* ---- The verb --------------------------------------------------------------------------------*/

/* "--metric=ja": the value of that option. */
static bool complete_attached(struct completion *c)
{
    const char *equals = strchr(c->word, '=');
    char option[64];
    if (strncmp(c->word, "--", 2) != 0 || !equals)
        return false;
    snprintf(option, sizeof option, "%.*s", (int)(equals - c->word), c->word);
    const struct opts_row *row = row_of(c, option);
    c->before = c->word;
    c->before_bytes = (size_t)(equals + 1 - c->word);
    c->word = equals + 1;
    if (row)
        offer_values(c, row);
    return true;
}

static void complete_argument(struct completion *c)
{
    const char *previous = c->n >= 2 ? c->words[c->n - 2] : "";
    const struct opts_row *row = row_of(c, previous);
    if (row && row->argument)
        offer_values(c, row);
    else if (complete_attached(c))
        return;
    else if (c->word[0] == '-')
        offer_options(c);
    else if (c->word[0] == '@')
        offer_tables(c, "@");
    else if (strcmp(c->command->name, "data rm") == 0)
        offer_tables(c, "");
}

static void complete(struct completion *c)
{
    struct err ignored;
    const char *first = c->words[0];
    c->word = c->words[c->n - 1];
    if (c->n == 1) {
        offer_verbs(c, NULL);
        offer(c, "help", "explain axb or a verb");
        offer(c, "--help", "explain axb");
        offer(c, "--version", "print the version");
        return;
    }
    if (strcmp(first, "help") == 0 || (c->n == 2 && opts_is_family(&command_table, first))) {
        const bool help = strcmp(first, "help") == 0;
        offer_verbs(c, !help ? first : c->n == 2 ? NULL : c->words[1]);
        return;
    }
    c->command = opts_find_command(&command_table, first, c->words[1], &ignored);
    c->arguments_at = c->command && strchr(c->command->name, ' ') ? 2 : 1;
    if (c->command)
        complete_argument(c);
}

static bool run(const struct opts *o, struct err *e)
{
    struct completion c = {.words = o->inputs, .n = o->n_inputs};
    (void)e;
    if (c.n)
        complete(&c);
    return true;
}

const struct command cmd_complete = {
    .name = "complete",
    .arguments = "-- WORD...",
    .max_inputs = OPTS_MANY,
    .for_programs = true,
    .what = "print what may stand at the end of a command line, for completion in a shell",
    .examples = "axb complete -- match A.csv B.csv --on na",
    .more = "The words are those after axb, the last as far as it is typed. Each line is a word "
            "that may stand in its place, a tab, and what it means. No line: a file.",
    .run = run,
};
