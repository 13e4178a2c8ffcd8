/* Completion: what axb offers at the end of a command line, and that bash, zsh and fish take it. A
 * shell that is not installed is skipped, and that is said. */
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int set_up(void **state)
{
    return harness_shell_set_up(state) ||
           harness_shell("printf 'cust_id,Company Name\\n1,x\\n' >crm.csv;"
                         "printf 'account,customer\\n1,x\\n' >billing.csv;"
                         "for s in bash zsh fish; do axb help --$s >axb.$s || exit 1; done",
                         NULL, NULL);
}

/* ---- What is offered -------------------------------------------------------------------------*/

static void test_offers(void **state)
{
    static const char *const cases[][2] = {
        {"mat", "match\n"},
        {"data ''", "load\nls\nrm\n"},
        {"match crm.csv billing.csv --on C", "Company Name\n"},
        {"match crm.csv billing.csv -k ''", "cust_id\nCompany Name\naccount\ncustomer\n"},
        {"match crm.csv billing.csv --on Co=cu", "Co=customer\n"},
        {"match crm.csv billing.csv --keep cust_id,b.ac", "cust_id,b.account\n"},
        {"match crm.csv billing.csv --keep b.cu", "b.customer\n"},
        {"match crm.csv billing.csv --keep a.", "a.cust_id\na.Company Name\n"},
        {"match a b --metric jaro", "jaro\njaro_winkler\n"},
        {"match a b --metric=jaro_", "--metric=jaro_winkler\n"},
        {"match a b --bind n", "numa\nnone\n"},
        {"match a b --normalize casefold,strip", "casefold,strip-accents\n"},
        {"match a b --on-c", "--on-crash\n"},
        {"match a b --report", "--report\n"},
        {"match cr", ""},
        {"mtach ''", ""},
        {"help da", "data\n"},
        {"help data r", "rm\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[200];
        snprintf(command, sizeof command, "axb complete -- %s | cut -f 1", cases[i][0]);
        harness_shell_output(command, cases[i][1]);
    }
}

/* ---- Shells ----------------------------------------------------------------------------------*/

static bool has(const char *shell)
{
    char command[100];
    snprintf(command, sizeof command, "command -v %s >/dev/null", shell);
    if (harness_shell(command, NULL, NULL) == 0)
        return true;
    fprintf(stderr, "SKIPPED: %s is not installed, so its completion is not tried\n", shell);
    return false;
}

static void test_bash(void **state)
{
    (void)state;
    if (!has("bash"))
        skip();
    harness_shell_output(
        "cat >try.bash <<'END'\n"
        "source ./axb.bash\n"
        "t() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($#-1)); _axb; printf '%s|' \"${COMPREPLY[@]}\"; "
        "echo; }\n"
        "t axb mat\n"
        "t axb match crm.csv billing.csv --on Comp\n"
        "t axb match crm.csv billing.csv --on 'Company\\ N'\n"
        "t axb match crm.csv billing.csv --on \"'Comp\"\n"
        "t axb match crm.csv billing.csv --on cust_id = cu\n"
        "t axb match crm.csv billing.csv --on cust_id =\n"
        "t axb match a b --metric = jaro_\n"
        "t axb match a b --normalize casefold,str\n"
        "END\n"
        "bash try.bash; rm try.bash",
        "match|\nCompany\\ Name|\nCompany\\ Name|\nCompany Name|\ncustomer|\naccount|customer|\n"
        "jaro_winkler|\ncasefold,strip-accents|\n");
}

static void test_fish(void **state)
{
    (void)state;
    if (!has("fish"))
        skip();
    harness_shell_output("HOME=$PWD fish -c 'source axb.fish;"
                         " complete -C \"axb match crm.csv billing.csv --on Comp\";"
                         " complete -C \"axb match x --bind nu\"; complete -C \"axb match bill\"'"
                         " | cut -f 1; rm -rf .config .local .cache",
                         "Company Name\nnuma\nbilling.csv\n");
}

/* zsh completes only what is typed: it gets a terminal of its own. */
static void test_zsh(void **state)
{
    char *text;
    (void)state;
    if (!has("zsh"))
        skip();
    const char *command =
        "cat >try.zsh <<'END'\n"
        "zmodload zsh/zpty\n"
        "zpty z zsh -f -i\n"
        "until_seen() { local seen= out; while [[ $seen != *$1* ]]; do zpty -rt z out && "
        "seen+=$out || sleep .05;"
        " done; print -r -- $seen }\n"
        "zpty -w z 'PS1=; autoload -U compinit; compinit -u -D; source ./axb.zsh; echo REA\"\"DY'\n"
        "until_seen READY >/dev/null\n"
        "zpty -w -n z \"echo axb match\"$'\\x15'\"axb match crm.csv billing.csv --on Comp\"$'\\t'\n"
        "until_seen 'Company\\ Name'\n"
        "zpty -d z\n"
        "END\n"
        "HOME=$PWD timeout 60 zsh -f try.zsh; rm -f try.zsh .zcompdump*";
    assert_int_equal(harness_shell(command, &text, NULL), 0);
    assert_non_null(strstr(text, "--on Company\\ Name"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offers),
        cmocka_unit_test(test_bash),
        cmocka_unit_test(test_fish),
        cmocka_unit_test(test_zsh),
    };
    return cmocka_run_group_tests_name("completion", tests, set_up, harness_shell_tear_down);
}
