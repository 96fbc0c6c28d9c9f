// The matrix read by hyparquet.
//
// By itself it gives decimals as doubles, dates and times as JavaScript's milliseconds, maps as objects with keys made
// into text.  Values must be compared exactly, so it is handed its own metadata without the annotations DECIMAL and MAP
// (the numbers and key-value pairs below come out), and parsers that keep dates and times as the numbers they are.
import { readFileSync } from 'node:fs';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { compareAll, doubleText, floatText, hexText, utf8Text } from './compare.mjs';

const parsers = {
  timestampFromMilliseconds: (ticks) => ticks,
  timestampFromMicroseconds: (ticks) => ticks,
  timestampFromNanoseconds: (ticks) => ticks,
  dateFromDays: (days) => days,
  stringFromBytes: (bytes) => bytes && utf8Text(bytes),
};

function withoutAnnotations(metadata) {
  for (const element of metadata.schema) {
    if (['DECIMAL', 'MAP'].includes(element.converted_type ?? element.logical_type?.type)) {
      delete element.converted_type;
      delete element.logical_type;
    }
  }
  return metadata;
}

// Big endian two's complement.
function signedText(bytes) {
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${hexText(bytes)}`)).toString();
}

function text(value, type) {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'array': return value.map((one) => text(one, type.children[0].type));
    case 'map': {
      const pairs = value.key_value ?? value.map;
      return pairs.map((pair) => [text(pair.key, type.children[0].type), text(pair.value, type.children[1].type)]);
    }
    case 'struct': return type.children.map((field) => text(value[field.name], field.type));
    case 'float': return floatText(value);
    case 'double': return doubleText(value);
    case 'decimal': return value instanceof Uint8Array ? signedText(value) : String(value);
    case 'binary': return hexText(value);
    default: return String(value);
  }
}

async function read(path, columns) {
  const bytes = readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const metadata = withoutAnnotations(parquetMetadata(file));
  const rows = await parquetReadObjects({ file, metadata, compressors, parsers, utf8: false });
  return rows.map((row) => columns.map((column) => text(row[column.name], column.type)));
}

await compareAll(read);
