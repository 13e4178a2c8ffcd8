"""How the generator's persons are cleaned before they are compared: once for axb, as options, and once for DuckDB, as a
query that does the same. Placeholders are missing, letters are folded, dates and numbers are written one way.
"""
COLUMNS = ["first", "last", "street", "city", "dob", "zip", "phone", "email"]
WORDS = ["first", "last", "street", "city"]
PLACEHOLDERS = ["UNKNOWN", "N/A", "TEST", "-", "X", "000-000-0000", "999-999-9999", "123-456-7890", "none@example.com",
                "noemail@example.com", "test@example.com", "1970-01-01",
                "1900-01-01", "9999-12-31"]


def options():
    """Of axb."""
    words = [f"--normalize={column}:casefold,strip-accents,punct,space" for column in [*WORDS, "full"]]
    return [*words, "--normalize=email:casefold", "--normalize=phone:digits", "--replace=zip:/-.*$//",
            r"--replace=dob:#^(\d\d)/(\d\d)/(\d{4})$#$3-$1-$2#", "--null=," + ",".join(PLACEHOLDERS)]


def select(path):
    """A query of DuckDB: id and the columns."""
    missing = ", ".join(f"'{value}'" for value in PLACEHOLDERS)

    def known(column):
        return f"CASE WHEN {column} IN ('', {missing}) THEN NULL ELSE {column} END"

    def word(column):
        folded = f"strip_accents(lower({known(column)}))"
        bare = f"""regexp_replace(replace({folded}, '''', ''), '[^\\pL\\pN]+', ' ', 'g')"""
        return f"nullif(trim({bare}), '') AS {column}"

    cleaned = [
        *map(word, WORDS),
        fr"regexp_replace({known('dob')}, '^(\d\d)/(\d\d)/(\d{{4}})$', '\3-\1-\2') AS dob",
        f"regexp_replace({known('zip')}, '-.*$', '') AS zip",
        fr"nullif(regexp_replace({known('phone')}, '\D', '', 'g'), '') AS phone",
        f"lower({known('email')}) AS email",
    ]
    table = f"read_csv('{path}', all_varchar = true, header = true)"
    return f"SELECT id, {', '.join(cleaned)} FROM {table}"
