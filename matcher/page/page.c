/* The file of a page, its head, its sections. */
#include "matcher/page/page.h"

#include "matcher/page/page_element.h"
#include "matcher/page/page_number.h"
#include "matcher/page/page_style.h"
#include "matcher/page/page_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- The file --------------------------------------------------------------------------------*/

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for the report");
}

bool page_open(struct page *p, const char *path, struct err *e)
{
    *p = (struct page){0};
    if (!out_open(&p->out, path, e))
        return false;
    p->is_open = true;
    if (string_builder_open(&p->head) && string_builder_open(&p->contents) &&
        string_builder_open(&p->body))
        return true;
    page_drop(p);
    return no_memory(e);
}

static void end_text(struct string_builder *b, char **text)
{
    *text = string_builder_end(b);
    b->file = NULL;
}

static void drop_text(struct string_builder *b)
{
    char *text;
    end_text(b, &text);
    free(text);
}

void page_drop(struct page *p)
{
    drop_text(&p->head);
    drop_text(&p->contents);
    drop_text(&p->body);
    if (p->is_open)
        out_abort(&p->out);
    p->is_open = false;
}

/* ---- Writing ---------------------------------------------------------------------------------*/

/* Nothing may be loaded, from anywhere, and no script may run. */
static const char before_style[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"/>\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
    "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
    "<meta name=\"referrer\" content=\"no-referrer\"/>\n<style>\n";

static bool put(struct page *p, const char *text, struct err *e)
{
    return out_write(&p->out, text, strlen(text), e);
}

static bool put_contents(struct page *p, const char *contents, struct err *e)
{
    return !*contents || (put(p, "<nav aria-label=\"Contents\"><ul>\n", e) && put(p, contents, e) &&
                          put(p, "</ul></nav>\n", e));
}

static bool put_all(struct page *p, const char *head, const char *contents, const char *body,
                    struct err *e)
{
    return put(p, before_style, e) && put(p, page_style, e) && put(p, "</style>\n", e) &&
           put(p, head, e) && put_contents(p, contents, e) && put(p, body, e) &&
           put(p, "</main>\n</body>\n</html>\n", e) && out_commit(&p->out, e);
}

/* What a page without page_head has: the least that HTML asks for. */
static void end_head(struct page *p)
{
    if (!p->has_head)
        page_head(p, &(struct page_head){.title = "axb", .version = "axb", .seconds = (double)NAN});
    if (p->left_out)
        fprintf(p->head.file,
                "<p class=\"warning\">This page is as large as it may become: %u parts at its end "
                "are left out.</p>\n",
                p->left_out);
}

bool page_finish(struct page *p, struct err *e)
{
    char *head, *contents, *body;
    page_element_close(p);
    if (p->n_sections)
        fputs("</section>\n", p->body.file);
    end_head(p);
    end_text(&p->head, &head);
    end_text(&p->contents, &contents);
    end_text(&p->body, &body);
    const bool ok = head && contents && body ? put_all(p, head, contents, body, e) : no_memory(e);
    free(head);
    free(contents);
    free(body);
    page_drop(p);
    return ok;
}

/* ---- The head --------------------------------------------------------------------------------*/

static void put_when(FILE *f, const struct page_head *h)
{
    char date[64] = "", took[PAGE_NUMBER_BYTES];
    struct tm tm;
    if (localtime_r(&h->when, &tm))
        strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S %z", &tm);
    fputs("<p class=\"when\">", f);
    page_text_name(f, h->version);
    fprintf(f, ", %s", date);
    if (!isnan(h->seconds))
        fprintf(f, ", took %s", page_number_seconds(h->seconds, took));
    fputs("</p>\n", f);
}

static void put_command(FILE *f, const struct page_head *h)
{
    fputs("<details class=\"again\" open=\"open\"><summary>Run it again", f);
    if (h->folder) {
        fputs(", in <code>", f);
        page_text_name(f, h->folder);
        fputs("</code>", f);
    }
    fputs("</summary>\n", f);
    page_element_text(f, "pre", "command", h->command);
    fputs("</details>\n", f);
}

void page_head(struct page *p, const struct page_head *h)
{
    FILE *f = p->head.file;
    p->has_head = true;
    page_element_title(f, "title", h->title);
    fputs("</head>\n<body>\n<main>\n<header>\n", f);
    page_element_title(f, "h1", h->title);
    if (h->summary)
        page_element_text(f, "p", "summary", h->summary);
    put_when(f, h);
    if (h->command)
        put_command(f, h);
    fputs("</header>\n", f);
}

/* ---- Sections --------------------------------------------------------------------------------*/

void page_section(struct page *p, const char *title)
{
    FILE *f = page_element(p);
    if (!f)
        return;
    if (p->n_sections++)
        fputs("</section>\n", f);
    fprintf(f, "<section id=\"section-%u\">\n", p->n_sections);
    page_element_text(f, "h2", NULL, title);
    fprintf(p->contents.file, "<li><a href=\"#section-%u\">", p->n_sections);
    page_text_name(p->contents.file, title);
    fputs("</a></li>\n", p->contents.file);
}

void page_heading(struct page *p, const char *title)
{
    FILE *f = page_element(p);
    if (f)
        page_element_text(f, "h3", NULL, title);
}
