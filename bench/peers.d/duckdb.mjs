// DuckDB: a cross join and a condition, on WORKERS threads.
//   duckdb.mjs A.csv B.csv METRIC MIN WORKERS PAIRS.csv               (see peer.py)
// DuckDB divides a table among threads by row groups. The smallest there are (2,048 rows; in a file,
// as a table in memory has but one) keep the threads busy on tables this small; the default is 122,880.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const require = createRequire(path.resolve('build/peers/npm/package.json'));
const { DuckDBInstance } = require('@duckdb/node-api');
const SCORES = {
    levenshtein: '1 - levenshtein(a.text, b.text) / greatest(strlen(a.text), strlen(b.text))',
    jaro: 'jaro_similarity(a.text, b.text)',
    jaro_winkler: 'jaro_winkler_similarity(a.text, b.text)',
    'jaccard:1': 'jaccard(a.text, b.text)',
};

const [fileA, fileB, metric, least, workers, out] = process.argv.slice(2);
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'axb-duckdb-'));
process.on('exit', () => fs.rmSync(home, { recursive: true }));
const database = await (await DuckDBInstance.create(':memory:', { threads: workers })).connect();
await database.run(`ATTACH '${home}/small.db' AS small (ROW_GROUP_SIZE 2048); USE small`);
for (const [table, file] of [['a', fileA], ['b', fileB]]) {
    await database.run(`CREATE TABLE ${table} AS SELECT row_number() OVER () AS row, text
        FROM read_csv('${file}', header = true, delim = ',', quote = '"', all_varchar = true)`);
}
await database.run('CHECKPOINT');

const began = performance.now();
await database.run(`CREATE TEMP TABLE found AS SELECT * FROM
    (SELECT a.row AS a, b.row AS b, ${SCORES[metric]} AS score FROM a, b) WHERE score >= ${least}`);
const seconds = (performance.now() - began) / 1000;

await database.run(`COPY found TO '${out}' (HEADER)`);
const version = (await database.runAndReadAll('SELECT version()')).getRows()[0][0];
console.log(seconds, version.replace('v', ''));
