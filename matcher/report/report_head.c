/* From the options and the sources of a run to the first and the last section of a page. */
#include "matcher/report/report_head.h"

#include "core/log.h"
#include "core/string_builder.h"
#include "matcher/kernel/isa.h"
#include "matcher/options/opts_words.h"
#include "matcher/page/page_number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- The file --------------------------------------------------------------------------------*/

bool report_with(const struct opts *o,
                 bool (*act)(const void *context, struct page *p, struct err *e),
                 const void *context, struct err *e)
{
    struct page page;
    if (!o->report)
        return act(context, NULL, e);
    if (!page_open(&page, o->report, e))
        return false;
    if (act(context, &page, e))
        return page_finish(&page, e);
    page_drop(&page);
    return false;
}

/* ---- The head --------------------------------------------------------------------------------*/

/* The command as it was given, as a shell reads it; malloced, NULL if it is not known. */
static char *command_of(const struct opts *o)
{
    struct string_builder b;
    const struct opts_words *w = o->words;
    if (o->called_as)
        return strdup(o->called_as);
    FILE *f = w ? string_builder_open(&b) : NULL;
    if (!f)
        return NULL;
    opts_words_print_all(w, f);
    return string_builder_end(&b);
}

void report_head(struct page *p, const struct opts *o, const char *title, const char *summary,
                 double started)
{
    char *command = command_of(o), *folder = getcwd(NULL, 0);
    page_head(p, &(struct page_head){.title = title,
                                     .summary = summary,
                                     .command = command,
                                     .folder = folder,
                                     .version = "axb " AXB_VERSION,
                                     .when = time(NULL),
                                     .seconds = log_seconds() - started});
    free(command);
    free(folder);
}

void report_put_inputs(FILE *f, const struct opts *o)
{
    for (size_t i = 0; i < o->n_inputs; i++) {
        fputc(' ', f);
        opts_words_put(o->inputs[i], f);
    }
    if (o->id) {
        fputs(" --id ", f);
        opts_words_put(o->id, f);
    }
}

/* ---- Files -----------------------------------------------------------------------------------*/

/* As it lies on the disk; NaN for what is no file. */
static double bytes_on_disk(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (double)st.st_size : (double)NAN;
}

void report_files(struct page *p, const struct report_file *file, uint32_t n)
{
    static const struct page_column columns[] = {
        {"", false}, {"file", false}, {"size", true}, {"records", true}};
    char text[32];
    page_section(p, "What was read");
    page_table_begin(p, &(struct page_table){.column = columns, .n_columns = 4});
    for (uint32_t i = 0; i < n; i++) {
        const struct report_file *x = &file[i];
        page_cell(p, "%s", x->role);
        page_cell(p, "%s", x->shown);
        const double bytes = isnan(x->bytes) ? bytes_on_disk(x->shown) : x->bytes;
        page_cell(p, "%s", isnan(bytes) ? "" : log_bytes(bytes, text));
        if (isnan(x->records))
            page_cell(p, "%s", "");
        else
            page_cell_count(p, (uint64_t)x->records);
    }
    page_table_end(p);
    page_fact(p, "instruction set", "%s", isa_name(isa_best()));
}

void report_run_files(struct page *p, const struct run *r)
{
    struct report_file file[2];
    const uint32_t n = r->sources.self ? 1 : 2;
    for (uint32_t side = 0; side < n; side++) {
        const struct load_stats *s = &r->loaded.stats[side];
        file[side] =
            (struct report_file){.role = n == 1 ? ""
                                         : side ? "B"
                                                : "A",
                                 .shown = sources_path(&r->sources, (int)side),
                                 .bytes = s->file_bytes ? (double)s->file_bytes : (double)NAN,
                                 .records = (double)r->loaded.inputs.table[side].head->n_rows};
    }
    report_files(p, file, n);
    page_fact(p, "reading took", "%.2f s", r->loaded.load_seconds);
}

/* ---- Notes -----------------------------------------------------------------------------------*/

void report_said(struct page *p)
{
    if (!log_said(0))
        return;
    page_section(p, "What was said");
    for (size_t i = 0; log_said(i); i++)
        page_note(p, "%s", log_said(i));
}
