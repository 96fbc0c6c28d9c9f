// The matrix read by our own reader: every entry with its levels.
//
// node sluice.mjs FOLDER TOOL < LINES; prints what compare.mjs prints.
import { linesOf } from './compare.mjs';
import { entriesOf, expectedSchema } from './levels.mjs';
import { plainBytes } from './bounds.mjs';
import { readByTool } from './tool.mjs';
import { parseColumns } from './types.mjs';

// A value of matrix/expected.h as the tool prints what is stored.
function stored(text, leaf) {
  const isBytes = ['BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY', 'INT96'].includes(leaf.physical);
  return isBytes ? plainBytes(text, leaf).toString('hex') : text;
}

function difference(leaves, entries, found) {
  if (leaves.length !== found.length) return `${found.length} leaves, not ${leaves.length}`;
  for (const [l, leaf] of leaves.entries()) {
    const wanted = entries[l] ?? [];
    const read = found[l].entries;
    const where = leaf.path.join('.');
    if (found[l].physical !== leaf.physical) return `${where}: ${found[l].physical}, not ${leaf.physical}`;
    if (read.length !== wanted.length) return `${where}: ${read.length} entries, not ${wanted.length}`;
    for (const [i, { repetition, definition, value }] of wanted.entries()) {
      const entry = JSON.stringify([repetition, definition, value === undefined ? null : stored(value, leaf)]);
      if (JSON.stringify(read[i]) !== entry) return `${where}, entry ${i}: wrote ${entry}, read ${JSON.stringify(read[i])}`;
    }
  }
  return undefined;
}

const [folder, tool] = process.argv.slice(2);
const works = linesOf(0).map((line) => JSON.parse(line));
let at = 0;
for await (const found of readByTool(tool, works.map((work) => `${folder}/${work.name}.parquet`))) {
  const work = works[at];
  at += 1;
  const columns = parseColumns(work.columns);
  const rows = linesOf(`${folder}/${work.name}.jsonl`).map((line) => JSON.parse(line));
  const entries = entriesOf(columns, rows);
  const result = { name: work.name, rows: rows.length, leaves: entries.reduce((sum, one) => sum + one.length, 0) };
  if (found.error) result.error = found.error;
  else result.difference = difference(expectedSchema(columns, work).leaves, entries, found.leaves);
  process.stdout.write(JSON.stringify(result) + '\n');
}
process.stdout.write(JSON.stringify({ allowances: {} }) + '\n');
