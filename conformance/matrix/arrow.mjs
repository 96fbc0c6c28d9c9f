// Arrow's memory, value by value, without the roundings of JavaScript's own accessors.
import { tableFromIPC, Type } from 'apache-arrow';
import { doubleText, floatText, hexText, utf8Text } from './compare.mjs';

const unitNames = ['seconds', 'millis', 'micros', 'nanos'];

// 128 bits as four 32-bit words, low first.
function decimalText(words, at) {
  let value = 0n;
  for (let i = 3; i >= 0; i -= 1) value = (value << 32n) | BigInt(words[4 * at + i]);
  return BigInt.asIntN(128, value).toString();
}

// The bytes of a value kept inline or, past 12 of them, in a buffer apart.
function viewed(data, at) {
  const views = new DataView(data.values.buffer, data.values.byteOffset, data.values.byteLength);
  const length = views.getInt32(16 * at, true);
  if (length <= 12) return data.values.subarray(16 * at + 4, 16 * at + 4 + length);
  const offset = views.getInt32(16 * at + 12, true);
  return data.variadicBuffers[views.getInt32(16 * at + 8, true)].subarray(offset, offset + length);
}

function stored(data, at) {
  switch (data.type.typeId) {
    case Type.Utf8View:
    case Type.BinaryView: return viewed(data, at);
    case Type.FixedSizeBinary: {
      const width = data.type.byteWidth;
      return data.values.subarray(at * width, (at + 1) * width);
    }
    default: return data.values.subarray(Number(data.valueOffsets[at]), Number(data.valueOffsets[at + 1]));
  }
}

function range(data, at) {
  return [Number(data.valueOffsets[at]), Number(data.valueOffsets[at + 1])];
}

function expectType(data, ...ids) {
  if (!ids.includes(data.type.typeId)) throw new Error(`Arrow type ${data.type}`);
}

function leafText(data, at, type, unit) {
  switch (type.kind) {
    case 'boolean': {
      const bit = data.offset + at;
      return String((data.values[bit >> 3] & (1 << (bit & 7))) !== 0);
    }
    case 'float': expectType(data, Type.Float); return floatText(data.values[at]);
    case 'double': expectType(data, Type.Float); return doubleText(data.values[at]);
    case 'decimal': {
      expectType(data, Type.Decimal);
      const [precision = 10, scale = 0] = type.arguments;
      if (data.type.precision !== precision || data.type.scale !== scale) throw new Error(`Arrow type ${data.type}`);
      return decimalText(data.values, at);
    }
    case 'date': expectType(data, Type.Date); return String(data.values[at]);
    case 'timestamp':
      expectType(data, Type.Timestamp);
      if (unitNames[data.type.unit] !== (unit === 'int96' ? 'nanos' : unit)) throw new Error(`Arrow type ${data.type}`);
      return String(data.values[at]);
    case 'string':
    case 'char':
    case 'varchar': expectType(data, Type.Utf8, Type.LargeUtf8, Type.Utf8View); return utf8Text(stored(data, at));
    case 'binary': expectType(data, Type.Binary, Type.LargeBinary, Type.BinaryView); return hexText(stored(data, at));
    default: expectType(data, Type.Int); return String(data.values[at]);
  }
}

function text(data, at, type, unit) {
  if (!data.getValid(at)) return null;
  const items = () => {
    const [begin, end] = range(data, at);
    return Array.from({ length: end - begin }, (_, i) => begin + i);
  };
  switch (type.kind) {
    case 'array': return items().map((i) => text(data.children[0], i, type.children[0].type, unit));
    case 'map': return items().map((i) => type.children.map(
      (child, side) => text(data.children[0].children[side], i, child.type, unit)));
    case 'struct': return type.children.map((field, i) => {
      if (data.type.children[i].name !== field.name) throw new Error(`field ${data.type.children[i].name}`);
      return text(data.children[i], at, field.type, unit);
    });
    default: return leafText(data, at, type, unit);
  }
}

// The rows of an IPC stream in the form of matrix/expected.h.
export function rowsOfStream(stream, columns, unit) {
  const rows = [];
  for (const batch of tableFromIPC(stream).batches) {
    batch.schema.fields.forEach((field, i) => {
      if (field.name !== columns[i].name) throw new Error(`column ${field.name}`);
    });
    for (let at = 0; at < batch.numRows; at += 1) {
      rows.push(columns.map((column, i) => text(batch.data.children[i], at, column.type, unit)));
    }
  }
  return rows;
}
