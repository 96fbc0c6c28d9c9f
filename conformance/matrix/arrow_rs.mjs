// The matrix read by Arrow's Rust implementation, as parquet-wasm has it.
import { readFileSync } from 'node:fs';
import { readParquet } from 'parquet-wasm';
import { rowsOfStream } from './arrow.mjs';
import { compareAll } from './compare.mjs';

const read = (path, columns, work) =>
  rowsOfStream(readParquet(readFileSync(path)).intoIPCStream(), columns, work.timestamp);

await compareAll(read);
