/* Questions, answers, and what was answered before, so that it can be taken back. */
#include "matcher/review/review.h"

#include "core/string_builder.h"
#include "core/wrap.h"
#include "matcher/output/table_view.h"
#include "matcher/review/keys.h"
#include "matcher/review/pair_view.h"
#include "matcher/review/terminal.h"

#include <stdlib.h>
#include <string.h>

#define BOLD "\033[1m"
#define USUAL "\033[0m"
#define LEAST_BODY 3u /* lines of a pair that are always shown */

/* An answer of this review. */
struct answer {
    enum key key; /* KEY_MATCH, KEY_DIFFER or KEY_SKIP */
    off_t at;     /* of its line in the file; none of KEY_SKIP */
};

struct session {
    const struct review *review;
    struct review_result *result;
    struct keys keys;
    struct answer *answer; /* of the questions before `at`; malloced */
    uint64_t at;           /* the question that is asked; questions->n: none is left */
    const char *note;      /* what is said above the keys, or NULL */
    bool help;             /* is shown in place of the pair */
    unsigned top;          /* the first line of the pair that is shown, where not all fit */
};

static bool is_over(const struct session *s)
{
    return s->at == s->review->questions->n;
}

/* ---- What is said ----------------------------------------------------------------------------*/

#define KEYS "y match, n differ, s skip, u undo, q quit, ? help"

static const struct {
    const char *key, *what;
} help[] = {
    {"y", "They are the same: a match."},
    {"n", "They differ."},
    {"s", "Skip the pair, as does the space bar. A later review asks it again."},
    {"u", "Undo the last answer, then the one before, and so on."},
    {"q", "Quit. Every answer is saved already; the same command goes on from here."},
    {"up", "and down: move through a pair that is too long for the screen."},
    {"a", "is the record of the first file, b the other one. = stands before what both have."},
};

static void print_help(FILE *out, unsigned width)
{
    for (size_t i = 0; i < sizeof help / sizeof *help; i++) {
        const int column = fprintf(out, "%-4s", help[i].key);
        wrap_text(out, help[i].what, column, column, (int)width);
    }
}

/* "12 of 200 · 7 match, 4 differ, 1 skipped" */
static void print_progress(const struct session *s, FILE *out, int width)
{
    const struct questions *q = s->review->questions;
    const struct review_result *r = s->result;
    const unsigned long long asked = q->n_earlier + s->at + !is_over(s), all = q->n_earlier + q->n;
    const unsigned long long match = q->n_earlier_match + r->n_match;
    const unsigned long long differ = q->n_earlier - q->n_earlier_match + r->n_differ;
    char text[200];
    snprintf(text, sizeof text, "%llu of %llu · %llu match, %llu differ, %llu skipped", asked, all,
             match, differ, (unsigned long long)r->n_skipped);
    wrap_text(out, text, 0, 0, width);
}

static void print_body(const struct session *s, FILE *out, unsigned width, bool colour)
{
    const struct questions *q = s->review->questions;
    if (s->help)
        print_help(out, width);
    else if (is_over(s))
        wrap_text(out, "That was the last pair. All answers are saved.", 0, 0, (int)width);
    else
        pair_view_print(q, q->order[s->at], width, colour, out);
}

static const char *keys_text(const struct session *s)
{
    return s->help      ? "q quits; any other key shows the pair again."
           : is_over(s) ? "u undo, q quit"
                        : KEYS;
}

/* ---- A screen --------------------------------------------------------------------------------*/

static unsigned count_lines(const char *text)
{
    unsigned n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static const char *skip_lines(const char *text, unsigned n)
{
    for (; n && *text; text++)
        n -= *text == '\n';
    return text;
}

/* What one of the parts prints, malloced; NULL without memory. */
static char *part(const struct session *s, unsigned width,
                  void (*print)(const struct session *s, FILE *out, unsigned width))
{
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    if (out)
        print(s, out, width);
    return string_builder_end(&b);
}

static void print_head_part(const struct session *s, FILE *out, unsigned width)
{
    if (s->review->colour)
        fputs(BOLD, out);
    print_progress(s, out, (int)width);
    if (s->review->colour)
        fputs(USUAL, out);
    fputc('\n', out);
}

static void print_body_part(const struct session *s, FILE *out, unsigned width)
{
    print_body(s, out, width, s->review->colour);
}

static void print_foot_part(const struct session *s, FILE *out, unsigned width)
{
    fputc('\n', out);
    if (s->note)
        wrap_text(out, s->note, 0, 0, (int)width);
    wrap_text(out, keys_text(s), 0, 0, (int)width);
}

/* The lines of the body that fit between head and foot. */
static void print_window(struct session *s, const char *body, unsigned room, FILE *out)
{
    const unsigned n = count_lines(body), shown = n > room ? room - 1 : n;
    s->top = s->top > n - shown ? n - shown : s->top;
    const char *from = skip_lines(body, s->top), *to = skip_lines(from, shown);
    fwrite(from, 1, (size_t)(to - from), out);
    if (shown < n)
        fprintf(out, "… %u of %u lines; up and down move\n", shown, n);
}

/* Puts the parts together; the last line has no end, so that nothing scrolls. Malloced; NULL
 * without memory. */
static char *compose(struct session *s, unsigned columns, unsigned rows, size_t *n)
{
    struct string_builder b;
    char *head = part(s, columns, print_head_part), *body = part(s, columns, print_body_part),
         *foot = part(s, columns, print_foot_part);
    FILE *out = string_builder_open(&b);
    if (head && body && foot && out) {
        const unsigned others = count_lines(head) + count_lines(foot);
        const unsigned room = rows > others + LEAST_BODY ? rows - others : LEAST_BODY;
        fputs(head, out);
        print_window(s, body, room, out);
        fputs(foot, out);
    }
    char *text = string_builder_end(&b);
    const bool whole = text && b.bytes > 0; /* no part lacked memory */
    *n = whole ? b.bytes - 1 : 0;
    free(head);
    free(body);
    free(foot);
    if (whole)
        return text;
    free(text);
    return NULL;
}

static bool draw(struct session *s, struct err *e)
{
    unsigned columns, rows;
    size_t n;
    terminal_size(&columns, &rows);
    char *screen = compose(s, columns, rows, &n);
    if (!screen)
        return err_set(e, ERR_OS, NULL, "not enough memory for the screen");
    terminal_show(screen, n);
    free(screen);
    return true;
}

/* ---- Lines -----------------------------------------------------------------------------------*/

static void print_question(const struct session *s)
{
    const unsigned width = table_look_of_stdout().width;
    if (!s->help) {
        print_progress(s, stdout, (int)width);
        putchar('\n');
    }
    print_body(s, stdout, width, s->review->colour);
    putchar('\n');
    if (!is_over(s))
        fputs("Are they the same? (" KEYS ") ", stdout);
    fflush(stdout);
}

static void print_answer(enum key key)
{
    static const char *const said[] = {
        [KEY_MATCH] = "match", [KEY_DIFFER] = "differ", [KEY_SKIP] = "skipped",
        [KEY_UNDO] = "undo",   [KEY_QUIT] = "quit",     [KEY_HELP] = "help",
    };
    printf("%s\n\n", said[key]);
}

static bool show(struct session *s, struct err *e)
{
    if (s->keys.terminal)
        return draw(s, e);
    print_question(s);
    s->help = false;
    return true;
}

/* ---- Answers ---------------------------------------------------------------------------------*/

static uint64_t *counter_of(struct session *s, enum key key)
{
    struct review_result *r = s->result;
    return key == KEY_MATCH ? &r->n_match : key == KEY_DIFFER ? &r->n_differ : &r->n_skipped;
}

static bool take_answer(struct session *s, enum key key, struct err *e)
{
    const struct questions *q = s->review->questions;
    struct answer answer = {.key = key};
    if (is_over(s))
        return s->keys.terminal || err_set(e, ERR_DATA, "all answers before it are saved",
                                           "stdin:%llu: no pair is left to be answered",
                                           (unsigned long long)keys_line(&s->keys));
    const uint32_t pair = q->order[s->at];
    if (key != KEY_SKIP &&
        !truth_file_add(s->review->truth, questions_id(q, pair, 0), questions_id(q, pair, 1),
                        key == KEY_MATCH, &answer.at, e))
        return false;
    s->answer[s->at++] = answer;
    s->top = 0;
    ++*counter_of(s, key);
    return true;
}

static bool undo(struct session *s, struct err *e)
{
    if (s->at == 0) {
        s->note = "There is nothing to undo.";
        if (!s->keys.terminal)
            puts(s->note);
        return true;
    }
    const struct answer *last = &s->answer[s->at - 1];
    if (last->key != KEY_SKIP && !truth_file_take_back(s->review->truth, last->at, e))
        return false;
    --*counter_of(s, last->key);
    s->at--;
    s->top = 0;
    s->note = "Your answer is taken back.";
    return true;
}

static void move(struct session *s, enum key key)
{
    if (key == KEY_DOWN)
        s->top++; /* drawing it limits it */
    else if (s->top > 0)
        s->top--;
}

/* Does what a key asks for. */
static bool obey(struct session *s, enum key key, struct err *e)
{
    const bool helped = s->help;
    if (key == KEY_REDRAW)
        return true;
    s->help = false;
    s->note = NULL;
    if (helped)
        return true;
    if (key == KEY_MATCH || key == KEY_DIFFER || key == KEY_SKIP)
        return take_answer(s, key, e);
    if (key == KEY_UNDO)
        return undo(s, e);
    if (key == KEY_UP || key == KEY_DOWN)
        move(s, key);
    s->help = key == KEY_HELP;
    return true;
}

static bool ask(struct session *s, struct err *e)
{
    enum key key = KEY_NONE;
    while (show(s, e) && keys_next(&s->keys, &key, e)) {
        if (!s->keys.terminal && !is_over(s))
            print_answer(key);
        if (key == KEY_QUIT)
            return true;
        if (!obey(s, key, e))
            return false;
    }
    return false;
}

bool review_run(const struct review *review, struct review_result *result, struct err *e)
{
    struct session s = {.review = review, .result = result};
    const uint64_t n = review->questions->n;
    *result = (struct review_result){.n_left = n};
    s.answer = malloc((n + 1) * sizeof *s.answer);
    if (!s.answer)
        return err_set(e, ERR_OS, NULL, "not enough memory for the answers");
    s.keys.terminal = terminal_is_there();
    bool ok = !s.keys.terminal || terminal_open(e);
    if (ok) {
        ok = ask(&s, e);
        result->signal = terminal_signal();
        terminal_close();
    }
    result->n_left = n - s.at + result->n_skipped;
    keys_close(&s.keys);
    free(s.answer);
    return ok;
}
