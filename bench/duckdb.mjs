// Times DuckDB converting a file: node bench/duckdb.mjs IN OUT THREADS COLUMNS [OPTIONS] prints
// {"seconds": .., "cpu_seconds": .., "peak_bytes": ..}; COLUMNS as read_json takes them, OPTIONS of COPY beside the format.
// The peak is of the whole process, Node's own part included.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const require = createRequire(new URL('../conformance/package.json', import.meta.url));
const { DuckDBInstance } = require('@duckdb/node-api');

const [input, output, threads, columns, options = ''] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(':memory:', { threads })).connect();
const start = process.hrtime.bigint();
const before = process.cpuUsage();
await connection.run(`COPY (SELECT * FROM read_json('${input}', format = 'newline_delimited', columns = ${columns})) TO '${output}' (FORMAT parquet${options})`);
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
const used = process.cpuUsage(before);
const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
process.stdout.write(JSON.stringify({ seconds, cpu_seconds: (used.user + used.system) / 1e6, peak_bytes: peak }) + '\n');
