// What the readers of the matrix share: going through the files, and comparing with what was written.
//
// node READER.mjs FOLDER < LINES: each line is {"name", "columns", "timestamp", ...}, the options of a file; FOLDER holds NAME.parquet and
// NAME.jsonl, whose form matrix/expected.h tells.  Prints a line for each file, {"name", "rows", "leaves"} with
// "difference" or "error" when it was not read back equal, or "limit" when the reader is known not to read its like; and
// last {"allowances": {WHAT: VALUES}}: how many values were compared in a form that the reader does not give exactly.
import { readFileSync } from 'node:fs';
import { parseColumns } from './types.mjs';

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);
const double = new Float64Array(1);
const doubleBits = new BigUint64Array(double.buffer);

export function floatText(value) {
  float[0] = value;
  return Number.isNaN(value) ? 'NaN' : floatBits[0].toString(16).padStart(8, '0');
}

export function doubleText(value) {
  double[0] = value;
  return Number.isNaN(value) ? 'NaN' : doubleBits[0].toString(16).padStart(16, '0');
}

export const hexText = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');

const strictly = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
export const utf8Text = (bytes) => strictly.decode(bytes);

// Rounds towards the past.
export function floorDivide(value, by) {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

export const linesOf = (path) => readFileSync(path, 'utf8').split('\n').slice(0, -1);

// The first place where `actual` is not `expected`, or null.
function difference(expected, actual, path, count) {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) return { path, expected, actual };
    for (let i = 0; i < expected.length; i += 1) {
      const found = difference(expected[i], actual[i], `${path}[${i}]`, count);
      if (found) return found;
    }
    return null;
  }
  count.leaves += 1;
  return expected === actual ? null : { path, expected, actual };
}

const shortened = (value) => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 300 ? `${text.slice(0, 300)}... (${text.length})` : text;
};

// Brings the leaves of an expected cell to what `allowance` says the reader can give.
function allowed(cell, type, allowance, used) {
  if (cell === null) return null;
  if (type.kind === 'array') return cell.map((one) => allowed(one, type.children[0].type, allowance, used));
  if (type.kind === 'map') {
    return cell.map((pair) => pair.map((one, i) => allowed(one, type.children[i].type, allowance, used)));
  }
  if (type.kind === 'struct') return cell.map((one, i) => allowed(one, type.children[i].type, allowance, used));
  if (!allowance.kinds.includes(type.kind)) return cell;
  const given = allowance.expected(cell);
  if (given !== cell) used[allowance.what] = (used[allowance.what] ?? 0) + 1;
  return given;
}

async function compareFile(folder, work, read, allowances, used) {
  const columns = parseColumns(work.columns);
  const relevant = allowances.filter((one) => one.timestamp === undefined || one.timestamp === work.timestamp);
  const expected = linesOf(`${folder}/${work.name}.jsonl`).map((line) => JSON.parse(line));
  const actual = await read(`${folder}/${work.name}.parquet`, columns, work);
  const count = { leaves: 0 };
  let found = expected.length === actual.length ? null
    : { path: 'rows', expected: expected.length, actual: actual.length };
  for (let row = 0; row < expected.length && !found; row += 1) {
    for (const allowance of relevant) {
      expected[row] = expected[row].map((cell, i) => allowed(cell, columns[i].type, allowance, used));
    }
    found = difference(expected[row], actual[row], `row ${row} `, count);
  }
  const result = { name: work.name, rows: expected.length, leaves: count.leaves };
  if (found) {
    result.difference = `${found.path}: wrote ${shortened(found.expected)}, read ${shortened(found.actual)}`;
  }
  return result;
}

// Files enough to see that a limit still holds.
const limitProofs = 3;


// `read(path, columns, work)` gives the rows in the form of matrix/expected.h.  An allowance is { what, kinds,
// timestamp, expected }: values of those kinds (and of that unit, where one is named) are compared with what expected(text)
// makes of them.  A limit is { what, applies(work), shows(work) }: files that cannot be read at all, and among them those
// in which it always shows: a few of them are read all the same, and must not come out equal.
export async function compareAll(read, allowances = [], limits = []) {
  const folder = process.argv[2];
  const used = {};
  const proofs = {};
  for (const line of linesOf(0)) {
    const work = JSON.parse(line);
    const limit = limits.find((one) => one.applies(work));
    let result = { name: work.name, rows: 0, leaves: 0, limit: limit?.what };
    const isProof = limit?.shows(work) && (proofs[limit.what] ?? 0) < limitProofs;
    if (!limit || isProof) {
      try {
        result = await compareFile(folder, work, read, allowances, used);
      } catch (error) {
        result = { ...result, error: String(error?.stack ?? error).slice(0, 300) };
      }
    }
    if (isProof) {
      proofs[limit.what] = (proofs[limit.what] ?? 0) + 1;
      result = result.difference || result.error ? { name: work.name, rows: 0, leaves: 0, limit: limit.what }
        : { ...result, error: `can be read, although: ${limit.what}` };
    }
    process.stdout.write(JSON.stringify(result) + '\n');
  }
  process.stdout.write(JSON.stringify({ allowances: used }) + '\n');
}
