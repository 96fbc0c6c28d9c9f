// The matrix read by DuckDB.
import { DuckDBInstance } from '@duckdb/node-api';
import { compareAll, doubleText, floatText, floorDivide, hexText } from './compare.mjs';

const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
const connection = await instance.connect();

// A TIMESTAMP or TIMESTAMPTZ is in microseconds.
function timestampText(value, unit) {
  if (unit !== 'millis') return value.micros.toString();
  if (value.micros % 1000n !== 0n) throw new Error(`${value.micros} is no whole millisecond`);
  return (value.micros / 1000n).toString();
}

function text(value, type, unit) {
  if (value === null) return null;
  switch (type.kind) {
    case 'array': return value.items.map((one) => text(one, type.children[0].type, unit));
    case 'map': return value.entries.map((entry) => [text(entry.key, type.children[0].type, unit),
      text(entry.value, type.children[1].type, unit)]);
    case 'struct': return type.children.map((field) => text(value.entries[field.name], field.type, unit));
    case 'float': return floatText(value);
    case 'double': return doubleText(value);
    case 'decimal': {
      const [precision = 10, scale = 0] = type.arguments;
      if (value.width !== precision || value.scale !== scale) throw new Error(`decimal(${value.width},${value.scale})`);
      return value.value.toString();
    }
    case 'date': return String(value.days);
    case 'timestamp': return timestampText(value, unit);
    case 'binary': return hexText(value.bytes);
    default: return String(value);
  }
}

async function read(path, columns, work) {
  const found = await connection.runAndReadAll(`SELECT * FROM read_parquet('${path}')`);
  const names = found.columnNames();
  if (names.join() !== columns.map((column) => column.name).join()) throw new Error(`columns ${names.join()}`);
  return found.getRows().map((row) => row.map((value, i) => text(value, columns[i].type, work.timestamp)));
}

await compareAll(read, [{
  what: 'INT96 comes as TIMESTAMP, which is microseconds',
  kinds: ['timestamp'],
  timestamp: 'int96',
  expected: (nanos) => floorDivide(BigInt(nanos), 1000n).toString(),
}, {
  what: 'nanoseconds of an instant come as TIMESTAMPTZ, which is microseconds',
  kinds: ['timestamp'],
  timestamp: 'nanos',
  expected: (nanos) => floorDivide(BigInt(nanos), 1000n).toString(),
}, {
  what: 'the binding turns text into JavaScript without a byte-order mark in front',
  kinds: ['string', 'char', 'varchar'],
  expected: (text) => text.replace(/^\ufeff/, ''),
}]);
