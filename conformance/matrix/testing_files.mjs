// Files of other writers, read by our reader and by DuckDB: the values of each leaf must be the same, in order.
//
// node testing_files.mjs TOOL FILE...; prints for each file {"file", "leaves", "values"}, with "difference" where they
// disagree, or with "ours" or "duckdb", the reason why one of them did not read it.  "beyond" counts timestamps that 64 bits
// of DuckDB's microseconds cannot hold: there it says something else.
import { DuckDBInstance, DuckDBTypeId } from '@duckdb/node-api';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { doubleText, floatText, floorDivide, hexText } from './compare.mjs';
import { readByTool } from './tool.mjs';

const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
const connection = await instance.connect();

const there = (values) => values.filter((value) => value !== null);

// The leaves below a type, depth first, with their values in order; nulls are dropped on the way down.
function leavesOf(type, values) {
  switch (type.typeId) {
    case DuckDBTypeId.LIST:
      return leavesOf(type.valueType, there(values.flatMap((value) => value.items)));
    case DuckDBTypeId.MAP:
      return ['key', 'value'].flatMap((side) => leavesOf(type[`${side}Type`],
        there(values.flatMap((value) => value.entries.map((entry) => entry[side])))));
    case DuckDBTypeId.STRUCT:
      return type.entryNames.flatMap((name, i) => leavesOf(type.entryTypes[i],
        there(values.map((value) => value.entries[name]))));
    default:
      return [{ type, values }];
  }
}

function textOfDuckdb(value, type) {
  switch (type.typeId) {
    case DuckDBTypeId.FLOAT: return floatText(value);
    case DuckDBTypeId.DOUBLE: return doubleText(value);
    case DuckDBTypeId.DECIMAL: return value.value.toString();
    case DuckDBTypeId.DATE: return String(value.days);
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
    case DuckDBTypeId.TIME: return value.micros.toString();
    case DuckDBTypeId.TIMESTAMP_NS: return value.nanos.toString();
    case DuckDBTypeId.VARCHAR: return Buffer.from(value, 'utf8').toString('hex');
    case DuckDBTypeId.BLOB: return hexText(value.bytes);
    default: return String(value);
  }
}

const signed = (hex) => BigInt.asIntN(4 * hex.length, BigInt(`0x${hex || '0'}`)).toString();

function halfFloat(hex) {
  const bits = Buffer.from(hex, 'hex').readUInt16LE();
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size = exponent === 31 ? (fraction ? NaN : Infinity)
    : exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return floatText(bits & 0x8000 ? -size : size);
}

// Nanoseconds since 1970 of an INT96 in hexadecimal.
function int96(hex) {
  const bytes = Buffer.from(hex, 'hex');
  return (BigInt(bytes.readUInt32LE(8)) - 2440588n) * 86400000000000n + bytes.readBigUInt64LE();
}

// What is stored, in DuckDB's terms.
function textOfOurs(text, element, type) {
  const unit = element.logical_type?.unit
    ?? { TIMESTAMP_MILLIS: 'MILLIS', TIME_MILLIS: 'MILLIS' }[element.converted_type];
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL: return element.type.startsWith('INT') ? text : signed(text);
    case DuckDBTypeId.FLOAT: return element.type === 'FIXED_LEN_BYTE_ARRAY' ? halfFloat(text) : text;
    case DuckDBTypeId.UINTEGER: return BigInt.asUintN(32, BigInt(text)).toString();
    case DuckDBTypeId.UBIGINT: return BigInt.asUintN(64, BigInt(text)).toString();
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
    case DuckDBTypeId.TIME:
      if (element.type === 'INT96') return floorDivide(int96(text), 1000n).toString();
      if (unit === 'NANOS') return floorDivide(BigInt(text), 1000n).toString();
      return unit === 'MILLIS' ? (BigInt(text) * 1000n).toString() : text;
    default: return text;
  }
}

async function compare(path, ours) {
  const result = { file: basename(path), leaves: 0, values: 0 };
  let found;
  try {
    found = await connection.runAndReadAll(`SELECT * FROM read_parquet('${path}')`);
  } catch (error) {
    return { ...result, duckdb: String(error.message).slice(0, 200), ours: ours.error };
  }
  if (ours.error) return { ...result, ours: ours.error };
  const elements = parquetMetadata(readFileSync(path)).schema.filter((element) => element.type);
  const rows = found.getRows();
  const theirs = found.columnTypes().flatMap((type, i) => leavesOf(type, there(rows.map((row) => row[i]))));
  if (theirs.length !== ours.leaves.length) {
    return { ...result, difference: `${ours.leaves.length} leaves, DuckDB has ${theirs.length}` };
  }
  for (const [l, { type, values }] of theirs.entries()) {
    const wanted = values.map((value) => textOfDuckdb(value, type));
    const read = ours.leaves[l].entries.map((entry) => entry[2]).filter((text) => text !== null)
      .map((text) => textOfOurs(text, elements[l], type));
    const isBeyond = (text) => type.typeId === DuckDBTypeId.TIMESTAMP && BigInt(text) !== BigInt.asIntN(64, BigInt(text));
    const at = wanted.findIndex((text, i) => text !== read[i] && !isBeyond(read[i]));
    result.beyond = (result.beyond ?? 0) + read.filter(isBeyond).length;
    if (wanted.length !== read.length || at >= 0) {
      return { ...result, difference: `leaf ${l} (${elements[l].name}, ${type}): ${read.length} values, DuckDB has ${
        wanted.length}; the first that differs is ${read[at]}, not ${wanted[at]}` };
    }
    result.leaves += 1;
    result.values += read.length;
  }
  return result;
}

const [tool, ...paths] = process.argv.slice(2);
let at = 0;
for await (const ours of readByTool(tool, paths)) {
  process.stdout.write(JSON.stringify(await compare(paths[at], ours)) + '\n');
  at += 1;
}
