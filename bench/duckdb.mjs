// Times DuckDB converting a file: node bench/duckdb.mjs IN OUT THREADS prints {"seconds": ..}.
import { createRequire } from 'node:module';
const require = createRequire(new URL('../conformance/package.json', import.meta.url));
const { DuckDBInstance } = require('@duckdb/node-api');

const [input, output, threads] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(':memory:', { threads })).connect();
const columns = "columns = {timestamp: 'VARCHAR', heart_rate: 'INTEGER'}";
const start = process.hrtime.bigint();
await connection.run(`COPY (SELECT * FROM read_json('${input}', format = 'newline_delimited', ${columns})) TO '${output}' (FORMAT parquet)`);
process.stdout.write(JSON.stringify({ seconds: Number(process.hrtime.bigint() - start) / 1e9 }) + '\n');
