// Prints the rows of Parquet files with hyparquet, a reader written in JavaScript: one JSON object a line.
import { readFileSync } from 'node:fs';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

const plain = (key, value) => (typeof value === 'bigint' ? value.toString() : value);
for (const path of process.argv.slice(2)) {
  const bytes = readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  for (const row of await parquetReadObjects({ file, compressors })) {
    process.stdout.write(JSON.stringify(row, plain) + '\n');
  }
}
