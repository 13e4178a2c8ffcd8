/* A row for each kind of file. */
#include "data/source/foreign.h"

#include "core/inherited.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FIRST_BYTES 512u      /* text is looked at so far, without regard to case */
#define ZIP_BYTES (64u << 10) /* a zip file names its first members there */
#define CONVERT_PANDAS(CALL)                                                                       \
    "python3 -c 'import pandas, sys; pandas." CALL ".to_csv(sys.stdout, index=False)' %s"

/* In `convert` %s stands for the file. It ends up before "| axb match - ...". */
struct foreign {
    const char *what;
    size_t at; /* of the magic bytes */
    size_t n;  /* of them */
    const char *magic;
    const char *inside; /* in the first bytes of a zip file; NULL: anything */
    const char *convert;
};

#define MAGIC(s) 0, sizeof(s) - 1, s

static const struct foreign binaries[] = {
    {"a Parquet file", MAGIC("PAR1"), NULL,
     "duckdb -c \"copy (from %s) to '/dev/stdout' (format csv)\""},
    {"a prepared run (axb run does it)", MAGIC("!AXBRUN1"), NULL, NULL},
    {"a shard (axb merge puts shards together)", MAGIC("axb shard "), NULL, NULL},
    {"an Arrow or Feather file", MAGIC("ARROW1"), NULL,
     CONVERT_PANDAS("read_feather(sys.argv[1])")},
    {"a Feather file", MAGIC("FEA1"), NULL, CONVERT_PANDAS("read_feather(sys.argv[1])")},
    {"an Arrow stream", MAGIC("\xFF\xFF\xFF\xFF"), NULL,
     "python3 -c 'import pyarrow.ipc, sys; pyarrow.ipc.open_stream(sys.argv[1]).read_pandas()"
     ".to_csv(sys.stdout, index=False)' %s"},
    {"an ORC file", MAGIC("ORC"), NULL, CONVERT_PANDAS("read_orc(sys.argv[1])")},
    {"an Avro file", MAGIC("Obj\1"), NULL, "duckdb -csv -c \"from read_avro(%s)\""},
    {"an Excel workbook (.xlsx)", MAGIC("PK\3\4"), "xl/", "in2csv -f xlsx %s"},
    {"an OpenDocument spreadsheet", MAGIC("PK\3\4"), "opendocument.spreadsheet",
     "ssconvert -T Gnumeric_stf:stf_csv %s fd://1"},
    {"a Word document", MAGIC("PK\3\4"), "word/", NULL},
    {"a zip file", MAGIC("PK\3\4"), NULL, "unzip -p %s"},
    {"an empty zip file", MAGIC("PK\5\6"), NULL, NULL},
    {"an old Excel workbook (.xls)", MAGIC("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), NULL,
     "in2csv -f xls %s"},
    {"an SQLite database", MAGIC("SQLite format 3\0"), NULL,
     "sqlite3 -csv -header %s 'select * from TABLE'"},
    {"a DuckDB database", 8, 4, "DUCK", NULL, "duckdb -csv %s 'from TABLE'"},
    {"an Access database", 4, 15, "Standard Jet DB", NULL, "mdb-export %s TABLE"},
    {"an Access database", 4, 15, "Standard ACE DB", NULL, "mdb-export %s TABLE"},
    {"a PostgreSQL dump", MAGIC("PGDMP"), NULL, NULL},
    {"a PDF document", MAGIC("%PDF-"), NULL, "java -jar tabula.jar --pages all %s"},
    {"a bzip2 file", MAGIC("BZh"), NULL, "bzip2 -dc %s"},
    {"an lz4 file", MAGIC("\x04\x22\x4D\x18"), NULL, "lz4 -dc %s"},
    {"a 7z file", MAGIC("7z\xBC\xAF\x27\x1C"), NULL, "7z x -so %s"},
    {"a RAR file", MAGIC("Rar!\x1A\x07"), NULL, "unrar p -inul %s"},
    {"a compress file (.Z)", MAGIC("\x1F\x9D"), NULL, "gzip -dc %s"},
    {"a tar file", 257, 5, "ustar", NULL, "tar -xOf %s NAME.csv"},
    {"an HDF5 file", MAGIC("\x89HDF\r\n\x1A\n"), NULL, CONVERT_PANDAS("read_hdf(sys.argv[1])")},
    {"an SPSS file", MAGIC("$FL2"), NULL, CONVERT_PANDAS("read_spss(sys.argv[1])")},
    {"a Stata file", MAGIC("<stata_dta>"), NULL, CONVERT_PANDAS("read_stata(sys.argv[1])")},
    {"a SAS file", MAGIC("\0\0\0\0\0\0\0\0\0\0\0\0\xC2\xEA\x81\x60"), NULL,
     CONVERT_PANDAS("read_sas(sys.argv[1])")},
    {"an R file", MAGIC("RDX"), NULL,
     "Rscript -e 'e <- new.env(); load(commandArgs(TRUE), e); write.csv(mget(ls(e), e)[[1]], "
     "row.names = FALSE)' %s"},
    {"an R file", MAGIC("X\n\0\0\0"), NULL,
     "Rscript -e 'write.csv(readRDS(commandArgs(TRUE)), row.names = FALSE)' %s"},
    {"a pickled Python object", MAGIC("\x80\4\x95"), NULL,
     CONVERT_PANDAS("read_pickle(sys.argv[1])")},
    {"a pickled Python object", MAGIC("\x80\5\x95"), NULL,
     CONVERT_PANDAS("read_pickle(sys.argv[1])")},
    {"a PNG image", MAGIC("\x89PNG\r\n\x1A\n"), NULL, NULL},
    {"a JPEG image", MAGIC("\xFF\xD8\xFF"), NULL, NULL},
    {"a program",
     MAGIC("\x7F"
           "ELF"),
     NULL, NULL},
    {"an RTF document", MAGIC("{\\rtf"), NULL, NULL},
};

/* After white space and a mark of UTF-8; upper and lower case are the same. */
static const struct foreign texts[] = {
    {"an HTML page", MAGIC("<!doctype html"), NULL, CONVERT_PANDAS("read_html(sys.argv[1])[0]")},
    {"an HTML page", MAGIC("<html"), NULL, CONVERT_PANDAS("read_html(sys.argv[1])[0]")},
    {"an HTML page", MAGIC("<table"), NULL, CONVERT_PANDAS("read_html(sys.argv[1])[0]")},
    {"an XML file", MAGIC("<?xml"), NULL, CONVERT_PANDAS("read_xml(sys.argv[1])")},
};

static bool is_binary(const struct foreign *f, const char *p, size_t n)
{
    const size_t n_inside = n < ZIP_BYTES ? n : ZIP_BYTES;
    return n >= f->at + f->n && memcmp(p + f->at, f->magic, f->n) == 0 &&
           (!f->inside || memmem(p, n_inside, f->inside, strlen(f->inside)));
}

static bool is_text(const struct foreign *f, const char *p, size_t n)
{
    return n >= f->n && strncasecmp(p, f->magic, f->n) == 0;
}

/* Where the first byte is that is no white space, after a mark. */
static size_t skip_space(const char *p, size_t n)
{
    size_t at = n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (at < n && at < FIRST_BYTES && strchr(" \t\r\n", p[at]) && p[at])
        at++;
    return at;
}

/* "[" and then a value of JSON; column names in brackets are none. */
static bool is_json_array(const char *p, size_t n)
{
    size_t at = skip_space(p, n);
    if (at == n || p[at] != '[')
        return false;
    at++;
    at += skip_space(p + at, n - at);
    return at < n && (p[at] == '{' || p[at] == '[' || p[at] == '"');
}

static const struct foreign *find(const char *p, size_t n)
{
    static const struct foreign json_array = {.what = "a JSON array", .convert = "jq -c '.[]' %s"};
    const size_t at = skip_space(p, n);
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++)
        if (is_binary(&binaries[i], p, n))
            return &binaries[i];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (is_text(&texts[i], p + at, n - at))
            return &texts[i];
    return is_json_array(p, n) ? &json_array : NULL;
}

/* The file as a shell reads it. */
static void quote(const char *path, char *out, size_t bytes)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./+@%:,=";
    const bool is_file = strcmp(path, "-") != 0 && !inherited_is(path);
    if (!is_file || strchr(path, '\'') || strlen(path) > bytes - 5)
        snprintf(out, bytes, "FILE");
    else if (!path[strspn(path, plain)] && path[0] != '-')
        snprintf(out, bytes, "%s", path);
    else
        snprintf(out, bytes, "'%s%s'", path[0] == '-' ? "./" : "", path);
}

bool foreign_check(const char *p, size_t n, const char *path, const char *shown, bool is_b,
                   struct err *e)
{
    const struct foreign *f = find(p, n);
    char file[200], hint[500];
    if (!f)
        return true;
    if (!f->convert)
        return err_set(e, ERR_DATA, "save the table as CSV in the program that it comes from",
                       "%s: this is %s, not CSV", shown, f->what);
    quote(path, file, sizeof file);
    const char *name = strstr(f->convert, "%s");
    const bool in_sql = name[2] == ')' || strncmp(f->convert, "duckdb -c", 9) == 0;
    snprintf(hint, sizeof hint, "convert it on the way: %.*s%s%s%s%s | axb match %s ...",
             (int)(name - f->convert), f->convert, in_sql && file[0] != '\'' ? "'" : "", file,
             in_sql && file[0] != '\'' ? "'" : "", name + 2, is_b ? "A.csv -" : "-");
    return err_set(e, ERR_DATA, hint, "%s: this is %s, not CSV", shown, f->what);
}
