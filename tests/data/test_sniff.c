/* data/source: what files look like. Delimiters, separator lines, headers, encodings and files of
 * other kinds, each by hand; and that numbers of fields decide, on random files. */
#include "data/source/encoding.h"
#include "data/source/foreign.h"
#include "data/source/sniff.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A copy with the spare bytes that readers need, filled with what would upset them. */
static struct csv_text spare(const char *p, size_t n)
{
    static char copy[70000];
    assert_true(n + CSV_SPARE_BYTES <= sizeof copy);
    memcpy(copy, p, n);
    memset(copy + n, ';', CSV_SPARE_BYTES);
    return (struct csv_text){.p = copy, .n = n};
}

/* ---- The delimiter ---------------------------------------------------------------------------*/

static void test_delimiters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        char delimiter;
        bool splits;
    } samples[] = {
        {"a,b\n1,2\n", ',', false},
        {"a;b\n1;2\n", ';', false},
        {"a\tb\n1\t2\n", '\t', false},
        {"a|b\n1|2\n", '|', false},
        {"\"ID\";\"Name, all\"\n1;\"x, y\"\n", ';', false},
        {"id;price\n1;1,5\n2;2,75\n", ';', false},
        {"id;price, in EUR\n1;1,5\n2;2,75\n", ';', false},
        {"1;1,5\n2;2,75\n", ';', false},
        {"a,b\n1;2,3;4\n5;6,7;8\n", ',', false},
        {"name\nanna\nbert\n", CSV_ONE_COLUMN, false},
        {"name\nSmith, John\nDoe, Jane\n", CSV_ONE_COLUMN, true},
        {"text\nWell, this is prose.\nno\nIt has commas, some, here.\nno\nno\n", CSV_ONE_COLUMN,
         false},
        {"Report of 2024\nid,name\n1,anna\n2,bert\n", CSV_ONE_COLUMN, true},
        {"id,name\n1,anna,\n2,bert,\n", ',', false},
        {"id,name,hist\n1,a,2\n2,b,3,4,5\n3,c\n", ',', false},
        {"a,b;c\n\"1;2\",3\n\"x;y\",4\n", ',', false},
        {"id,note\n1,\"a;b\n;;c\"\n2,\";\"\n", ',', false},
        {"id,name\n1,\"Moss, Ben\n2,\"Carr\"\n", ',', false},
        {"5\" disk,b\n5\" disk,c\n", ',', false},
        {"a,b", ',', false},
        {"a", CSV_ONE_COLUMN, false},
        {"", CSV_ONE_COLUMN, false},
        {"\n\na;b\n1;2\n", ';', false},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct csv_text text = spare(samples[i].text, strlen(samples[i].text));
        const struct csv_format format = {0};
        bool splits;
        const char d = sniff_delimiter(&text, &format, 0, &splits);
        if (d != samples[i].delimiter || splits != samples[i].splits)
            fail_msg("%s: '%c' (%d), %d", samples[i].text, d, d, splits);
    }
}

/* Files whose fields have every other delimiter inside quotes, and decimal commas outside. */
static void test_random_delimiters(void **state)
{
    (void)state;
    static const char delimiters[] = ",;\t|";
    static const char *const fields[] = {"anna",       "\"x,y;z\"",       "12",
                                         "\"a|b\tc\"", "\"q \"\"r\"\"\"", ""};
    static char text[20000];
    for (uint64_t round = 0; round < 2000; round++) {
        harness_seed(round + 1);
        const char delimiter = delimiters[harness_below(4)];
        const uint32_t columns = 2 + harness_below(5), rows = 2 + harness_below(20);
        size_t n = 0;
        for (uint32_t row = 0; row < rows; row++)
            for (uint32_t c = 0; c < columns; c++) {
                const bool decimal = delimiter != ',' && row && harness_below(4) == 0;
                const char *field = row == 0 ? "name" : decimal ? "3,14" : fields[harness_below(6)];
                n += (size_t)sprintf(text + n, "%s%c", field, c + 1 < columns ? delimiter : '\n');
            }
        const struct csv_text t = spare(text, n);
        const struct csv_format format = {0};
        bool splits;
        assert_int_equal(sniff_delimiter(&t, &format, 0, &splits), delimiter);
    }
}

static void test_separator_lines(void **state)
{
    (void)state;
    char delimiter = 0;
    struct csv_text t = spare("sep=;\r\na;b\n", 11);
    assert_int_equal(sniff_separator_line(&t, &delimiter), 7);
    assert_int_equal(delimiter, ';');
    t = spare("\"SEP=|\"\na|b\n", 12);
    assert_int_equal(sniff_separator_line(&t, &delimiter), 8);
    assert_int_equal(delimiter, '|');
    t = spare("sep=;x\na;b\n", 11);
    assert_int_equal(sniff_separator_line(&t, &delimiter), 0);
    t = spare("separator\n", 10);
    assert_int_equal(sniff_separator_line(&t, &delimiter), 0);
}

static void test_lines_and_json(void **state)
{
    (void)state;
    assert_true(sniff_cr_lines("a,b\r1,2\r", 8));
    assert_false(sniff_cr_lines("a,b\r1,2\n", 8));
    assert_false(sniff_cr_lines("a,b", 3));
    assert_true(sniff_json(" {\"a\":1}", 8));
    assert_true(sniff_json("{ }", 3));
    assert_false(sniff_json("{id},{name}", 11));
    assert_false(sniff_json("id", 2));
}

/* ---- The header ------------------------------------------------------------------------------*/

static void test_headers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_data;
    } samples[] = {
        {"id,name\n1,anna\n2,bert\n", false},
        {"1,anna\n2,bert\n3,cy\n", true},
        {"2021-03-04,anna\n2021-03-05,bert\n", true},
        {"anna,Rome\nbert,Oslo\nanna,Kiel\n", true},
        {"name,city\nbert,Oslo\nanna,Kiel\n", false},
        {"country,2019,2020,2021\nA,1,2,3\nB,4,5,6\n", false},
        {",name,city\n0,anna,Rome\n1,bert,Oslo\n", false},
        {"anna,,\nbert,Oslo,x\n", true},
        {"id,2\n1,5\n2,6\n", false},
        {"name\nname2\n", false},
        {"a,b\n", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct csv_text text = spare(samples[i].text, strlen(samples[i].text));
        const struct csv_format format = {.delimiter = ','};
        if (sniff_header_is_data(&text, &format, 0) != samples[i].is_data)
            fail_msg("%s", samples[i].text);
    }
}

/* ---- Encodings -------------------------------------------------------------------------------*/

static size_t encode(const char *name, const char *text, char *out, size_t room)
{
    const iconv_t c = iconv_open(name, "UTF-8");
    char *in = strdup(text), *from = in, *to = out;
    size_t n = strlen(text);
    const size_t most = room;
    assert_true(c != (iconv_t)-1 && in);
    assert_int_equal(iconv(c, &from, &n, &to, &room), 0);
    iconv_close(c);
    free(in);
    return most - room;
}

#define GERMAN "name;ort\nJörg Müßig;Köln\nÄnne Groß;Düsseldorf\n"
#define RUSSIAN "имя;город\nИван Петров;Москва\nАнна Смирнова;Новосибирск\n"
#define POLISH                                                                                     \
    "nazwisko;miasto\nŁukasz Żółć;Kraków\nZbigniew Gąska;Łódź\nMałgorzata "             \
    "Świątek;Wrocław\nŹrebiec;Wąż\n"                                                         \
    "Józef Ćwikła;Częstochowa\nŁucja Źdźbło;Piła\nŻaneta Śmiały;Gdańsk\nĄ;Ś\nMieczysław;Żóraw\n"
#define CHINESE "姓名,城市\n王小明,北京\n李华,上海\n张伟,广州\n"
#define JAPANESE "名前,都市\n山田太郎,東京\n鈴木花子,大阪\nさくら,京都\n"

/* What is written in an encoding is read in one that gives the same text. */
static void test_encodings(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        bool guess;
    } samples[] = {
        {"UTF-8", GERMAN, false},
        {"ISO-8859-1", GERMAN, true},
        {"WINDOWS-1252", GERMAN, true},
        {"WINDOWS-1252", "a\né\n", true},
        {"WINDOWS-1252", "a\n5 € – “x”\n", true},
        {"UTF-16LE", GERMAN, true},
        {"UTF-16BE", GERMAN, true},
        {"UTF-32LE", GERMAN, true},
        {"UTF-32BE", GERMAN, true},
        {"UTF-16", GERMAN, false},
        {"UTF-32", GERMAN, false},
        {"UTF-16LE", RUSSIAN, true},
        {"UTF-16BE", CHINESE, true},
        {"WINDOWS-1251", RUSSIAN, true},
        {"KOI8-R", RUSSIAN, true},
        {"ISO-8859-5", RUSSIAN, true},
        {"CP866", RUSSIAN, true},
        {"WINDOWS-1250", POLISH, true},
        {"ISO-8859-2", POLISH, true},
        {"GB18030", CHINESE, true},
        {"SHIFT_JIS", JAPANESE, true},
        {"EUC-JP", JAPANESE, true},
        {"UTF-8", "plain\n", false},
    };
    static char bytes[4000];
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const size_t n = encode(samples[i].name, samples[i].text, bytes, sizeof bytes);
        struct encoding c;
        struct err e;
        char *copy = malloc(n);
        assert_non_null(copy);
        memcpy(copy, bytes, n);
        struct input in = {.p = copy, .n = n};
        if (encoding_sniff(&c, in.p, in.n, true) != samples[i].guess)
            fail_msg("%s: %s", samples[i].name, c.name);
        if (!encoding_recode(&in, &c, "F", SIZE_MAX / 2, &e))
            fail_msg("%s: %s", samples[i].name, e.text);
        if (in.n != strlen(samples[i].text) || memcmp(in.p, samples[i].text, in.n) != 0)
            fail_msg("%s is read as %s", samples[i].name, c.name);
        input_close(&in);
        free(copy);
    }
}

/* A fault in UTF-8 does not make it something else, and neither does a zero byte. */
static void test_faulty_utf8(void **state)
{
    (void)state;
    struct encoding c;
    static const char some[] = "a\n\xC3\xA9\xC3\xA8\n\xFF\n", cut[] = "a\n\xE4\xB8",
                      zero[] = "a,b\n1,\0\n";
    assert_false(encoding_sniff(&c, some, sizeof some - 1, true));
    assert_int_equal(c.kind, ENCODING_UTF8);
    assert_false(encoding_sniff(&c, cut, sizeof cut - 1, false));
    assert_false(encoding_sniff(&c, zero, sizeof zero - 1, true));
    assert_int_equal(c.kind, ENCODING_UTF8);
    assert_true(encoding_sniff(&c, cut, sizeof cut - 1, true));
    assert_int_equal(c.kind, ENCODING_WINDOWS_1252);
}

static void test_refused_bytes(void **state)
{
    (void)state;
    struct encoding c;
    struct err e;
    char text[] = "a\nb\x81\x20\n";
    struct input in = {.p = text, .n = strlen(text)};
    assert_true(encoding_find(&c, "shift_jis", &e));
    assert_false(encoding_recode(&in, &c, "F", SIZE_MAX / 2, &e));
    assert_string_equal(e.text, "F:2: byte 4 of the file is not valid in shift_jis");
    assert_int_equal(e.status, ERR_DATA);
    assert_false(encoding_find(&c, "nonsense", &e));
    assert_int_equal(e.status, ERR_USAGE);
    assert_false(encoding_find(&c, "utf-16//IGNORE", &e));
    assert_false(encoding_find(&c, "", &e));
}

/* ---- Other kinds of files --------------------------------------------------------------------*/

static void test_foreign(void **state)
{
    (void)state;
    static const struct {
        const char *p;
        size_t n;
        const char *path, *text, *hint;
    } samples[] = {
        {"PAR1....", 8, "a b.parquet", "S: this is a Parquet file, not CSV",
         "convert it on the way: duckdb -c \"copy (from 'a b.parquet') to '/dev/stdout' (format "
         "csv)\" | axb match - ..."},
        {"PK\3\4......xl/workbook.xml", 25, "a.xlsx",
         "S: this is an Excel workbook (.xlsx), not CSV",
         "convert it on the way: in2csv -f xlsx a.xlsx | axb match - ..."},
        {"PK\3\4......a.csv", 15, "-", "S: this is a zip file, not CSV",
         "convert it on the way: unzip -p FILE | axb match - ..."},
        {"SQLite format 3\0", 16, "it's.db", "S: this is an SQLite database, not CSV",
         "convert it on the way: sqlite3 -csv -header FILE 'select * from TABLE' | axb match - "
         "..."},
        {"\n <HTML>", 8, "-x.html", "S: this is an HTML page, not CSV",
         "convert it on the way: python3 -c 'import pandas, sys; "
         "pandas.read_html(sys.argv[1])[0].to_csv(sys.stdout, index=False)' './-x.html' | axb "
         "match - ..."},
        {"[ {\"a\":1}]", 10, "a.json", "S: this is a JSON array, not CSV",
         "convert it on the way: jq -c '.[]' a.json | axb match - ..."},
        {"!AXBRUN1", 8, "a.axbrun", "S: this is a prepared run (axb run does it), not CSV",
         "save the table as CSV in the program that it comes from"},
        {"axb shard 2\n", 12, "a.shard",
         "S: this is a shard (axb merge puts shards together), not CSV",
         "save the table as CSV in the program that it comes from"},
        {"\x7F"
         "ELF",
         4, "a", "S: this is a program, not CSV",
         "save the table as CSV in the program that it comes from"},
    };
    struct err e;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        assert_false(foreign_check(samples[i].p, samples[i].n, samples[i].path, "S", false, &e));
        assert_string_equal(e.text, samples[i].text);
        assert_string_equal(e.hint, samples[i].hint);
        assert_int_equal(e.status, ERR_DATA);
    }
    assert_true(foreign_check("[id],[name]\n", 12, "a", "a", false, &e));
    assert_true(foreign_check("PARTY,1\n", 8, "a", "a", false, &e));
    assert_true(foreign_check("", 0, "a", "a", false, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delimiters),      cmocka_unit_test(test_random_delimiters),
        cmocka_unit_test(test_separator_lines), cmocka_unit_test(test_lines_and_json),
        cmocka_unit_test(test_headers),         cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_faulty_utf8),     cmocka_unit_test(test_refused_bytes),
        cmocka_unit_test(test_foreign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
