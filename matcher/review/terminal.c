/* Signals go through a pipe, since any thread of the process may get them. */
#include "matcher/review/terminal.h"

#include "core/string_builder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ENTER "\033[?1049h" /* another screen */
#define LEAVE "\033[?1049l"
#define HOME "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_BELOW "\033[J"
#define ESCAPE 27
#define SEQUENCE_MILLISECONDS 50 /* in which an escape sequence goes on */

/* Signals that end the process: by a fault, or because somebody asks. */
static const int faults[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
static const int asked[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
#define N_FAULTS (sizeof faults / sizeof *faults)
#define N_ASKED (sizeof asked / sizeof *asked)

static struct {
    volatile sig_atomic_t taken; /* over */
    struct termios before, raw;
    int signals[2]; /* a pipe: a byte for each signal */
    int ending;     /* the signal that asks us to end, or 0 */
    struct sigaction before_fault[N_FAULTS], before_asked[N_ASKED];
} terminal = {.signals = {-1, -1}};

/* Writes all, or what the terminal takes: nobody could be told otherwise. */
static void put(const char *p, size_t n)
{
    while (n) {
        const ssize_t written = write(STDOUT_FILENO, p, n);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return;
        if (written > 0) {
            p += written;
            n -= (size_t)written;
        }
    }
}

/* ---- Taking it over, giving it back ----------------------------------------------------------*/

static void take(void)
{
    terminal.taken = 1;
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.raw);
    put(ENTER, sizeof ENTER - 1);
}

/* Only calls that a signal handler may make. */
static void give_back(void)
{
    if (!terminal.taken)
        return;
    terminal.taken = 0;
    put(LEAVE, sizeof LEAVE - 1);
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.before);
}

/* The process dies of the signal as it would have died without us. */
static void on_fault(int number)
{
    give_back();
    for (size_t i = 0; i < N_FAULTS; i++)
        if (faults[i] == number)
            sigaction(number, &terminal.before_fault[i], NULL);
    raise(number);
}

static void on_signal(int number)
{
    const int kept = errno;
    const char byte = (char)number;
    (void)!write(terminal.signals[1], &byte, 1);
    errno = kept;
}

static void watch_signals(void)
{
    struct sigaction fault = {.sa_handler = on_fault, .sa_flags = SA_NODEFER};
    struct sigaction ask = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < N_FAULTS; i++)
        sigaction(faults[i], &fault, &terminal.before_fault[i]);
    for (size_t i = 0; i < N_ASKED; i++)
        sigaction(asked[i], &ask, &terminal.before_asked[i]);
    for (size_t i = 0; i < N_ASKED; i++) /* what was ignored stays so */
        if (terminal.before_asked[i].sa_handler == SIG_IGN)
            sigaction(asked[i], &terminal.before_asked[i], NULL);
}

static void forget_signals(void)
{
    for (size_t i = 0; i < N_FAULTS; i++)
        sigaction(faults[i], &terminal.before_fault[i], NULL);
    for (size_t i = 0; i < N_ASKED; i++)
        sigaction(asked[i], &terminal.before_asked[i], NULL);
}

bool terminal_is_there(void)
{
    const char *term = getenv("TERM");
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term &&
           strcmp(term, "dumb") != 0;
}

bool terminal_open(struct err *e)
{
    static bool at_exit;
    if (tcgetattr(STDIN_FILENO, &terminal.before) != 0)
        return err_system(e, ERR_OS, errno, NULL, "the terminal cannot be read");
    if (pipe2(terminal.signals, O_CLOEXEC | O_NONBLOCK) != 0)
        return err_system(e, ERR_OS, errno, NULL, "no pipe for signals");
    if (!at_exit && atexit(give_back) != 0) {
        terminal_close();
        return err_set(e, ERR_OS, NULL, "not enough memory");
    }
    at_exit = true;
    terminal.ending = 0;
    terminal.raw = terminal.before;
    terminal.raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    terminal.raw.c_cc[VMIN] = 1;
    terminal.raw.c_cc[VTIME] = 0;
    watch_signals();
    take();
    return true;
}

void terminal_close(void)
{
    if (terminal.taken) {
        give_back();
        forget_signals();
    }
    for (int i = 0; i < 2; i++) {
        if (terminal.signals[i] >= 0)
            close(terminal.signals[i]);
        terminal.signals[i] = -1;
    }
}

/* ---- Keys ------------------------------------------------------------------------------------*/

/* Stops the process, as the shell expects it; returns when it goes on. raise, unlike kill, stops
 * before it returns. */
static void stop(void)
{
    struct sigaction usual = {.sa_handler = SIG_DFL}, ours;
    give_back();
    sigaction(SIGTSTP, &usual, &ours);
    raise(SIGTSTP);
    sigaction(SIGTSTP, &ours, NULL);
}

static int take_signal(int number)
{
    if (number == SIGTSTP)
        stop();
    if (number == SIGTSTP || number == SIGCONT)
        take();
    if (number == SIGTSTP || number == SIGCONT || number == SIGWINCH)
        return TERMINAL_REDRAW;
    terminal.ending = number;
    return TERMINAL_SIGNAL;
}

/* The next byte of stdin, if it comes in time (-1: waits for it); else, and at its end, -1. */
static int read_byte(int milliseconds)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    unsigned char byte;
    if (milliseconds >= 0 && poll(&input, 1, milliseconds) <= 0)
        return -1;
    return read(STDIN_FILENO, &byte, 1) == 1 ? byte : -1;
}

/* What comes after an escape: "[", parameters, and a last byte, or "O" and one. */
static int read_sequence(void)
{
    const int first = read_byte(SEQUENCE_MILLISECONDS);
    int last = first;
    if (first == '[' || first == 'O')
        do
            last = read_byte(SEQUENCE_MILLISECONDS);
        while (first == '[' && last >= 0x20 && last < 0x40);
    if (first != '[' && first != 'O')
        return TERMINAL_OTHER;
    return last == 'A' ? TERMINAL_UP : last == 'B' ? TERMINAL_DOWN : TERMINAL_OTHER;
}

int terminal_next(void)
{
    struct pollfd from[] = {{.fd = terminal.signals[0], .events = POLLIN},
                            {.fd = STDIN_FILENO, .events = POLLIN}};
    char number;
    for (;;) {
        if (poll(from, 2, -1) < 0 && errno != EINTR)
            return TERMINAL_END;
        if (read(terminal.signals[0], &number, 1) == 1)
            return take_signal(number);
        if (!from[1].revents)
            continue;
        const int byte = read_byte(-1);
        return byte < 0 ? TERMINAL_END : byte == ESCAPE ? read_sequence() : byte;
    }
}

int terminal_signal(void)
{
    return terminal.ending;
}

/* ---- Screens ---------------------------------------------------------------------------------*/

void terminal_size(unsigned *columns, unsigned *rows)
{
    struct winsize size;
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    *columns = known && size.ws_col ? size.ws_col : 80;
    *rows = known && size.ws_row ? size.ws_row : 24;
}

/* Each line is cleared after its text, and all is written at once, so that nothing flickers. */
void terminal_show(const char *text, size_t n)
{
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    for (const char *end; out && n; text = end) {
        const char *line_end = memchr(text, '\n', n);
        const size_t line_bytes = line_end ? (size_t)(line_end - text) : n;
        end = text + line_bytes + (line_end != NULL);
        n -= (size_t)(end - text);
        fprintf(out, "%.*s" CLEAR_LINE "%s", (int)line_bytes, text, line_end ? "\n" : "");
    }
    char *screen = string_builder_end(&b);
    put(HOME, sizeof HOME - 1);
    if (screen)
        put(screen, b.bytes);
    put(CLEAR_BELOW, sizeof CLEAR_BELOW - 1);
    free(screen);
}
