// Values in the bytes of a file: bounds as statistics and page indexes give them, and what bloom filters hash.

import { floorDivide } from './compare.mjs';

const boundBytesMax = 64;

// A value of expected.h, and a bound's PLAIN bytes, as something that compares: a BigInt, a number or a Buffer.
function comparable(text, leaf) {
  switch (leaf.type.kind) {
    case 'boolean': return text === 'true' ? 1n : 0n;
    case 'float': return text === 'NaN' ? NaN : Buffer.from(text, 'hex').readFloatBE();
    case 'double': return text === 'NaN' ? NaN : Buffer.from(text, 'hex').readDoubleBE();
    case 'binary': return Buffer.from(text, 'hex');
    case 'string':
    case 'char':
    case 'varchar': return Buffer.from(text, 'utf8');
    default: return BigInt(text);
  }
}

export function boundOf(raw, leaf) {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  switch (leaf.physical) {
    case 'BOOLEAN': return BigInt(bytes.readUInt8());
    case 'INT32': return BigInt(bytes.readInt32LE());
    case 'INT64': return bytes.readBigInt64LE();
    case 'FLOAT': return bytes.readFloatLE();
    case 'DOUBLE': return bytes.readDoubleLE();
    case 'FIXED_LEN_BYTE_ARRAY': return BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString('hex')}`));
    default: return bytes;
  }
}

export function order(left, right) {
  if (Buffer.isBuffer(left)) return Buffer.compare(left, right);
  return left < right ? -1 : left > right ? 1 : 0;
}

function extremes(values) {
  let [min, max] = [values[0], values[0]];
  for (const value of values) {
    if (order(value, min) < 0) min = value;
    if (order(value, max) > 0) max = value;
  }
  return [min, max];
}

// Whether a text or byte string cut at 64 bytes has anything that could be raised.
function canRaise(value, leaf) {
  if (leaf.type.kind === 'binary') return value.subarray(0, boundBytesMax).some((byte) => byte !== 0xff);
  const last = Buffer.from('\u{10ffff}', 'utf8');
  for (let at = 0; at + last.length <= boundBytesMax; at += last.length) {
    if (!value.subarray(at, at + last.length).equals(last)) return true;
  }
  return false;
}

function checkBytes(min, max, least, most, leaf, mustHaveMax) {
  const isWhole = (value) => value.length <= boundBytesMax;
  if (isWhole(least) ? !min.equals(least)
    : !(min.length <= boundBytesMax && min.length > boundBytesMax - 4 && least.subarray(0, min.length).equals(min))) {
    return `lower bound ${min} of ${least}`;
  }
  if (max === undefined) return !mustHaveMax && !isWhole(most) && !canRaise(most, leaf) ? null : 'no upper bound';
  if (isWhole(most) || !canRaise(most, leaf)) return max.equals(most) ? null : `upper bound ${max} of ${most}`;
  return max.length <= boundBytesMax && order(max, most) > 0 ? null : `upper bound ${max} of ${most}`;
}

// What is wrong with the bounds of `texts`, the values without nulls; null when nothing is.  Floats: NaN counts for
// nothing, a smallest zero is -0.0 and a largest +0.0.
export function boundsProblem(rawMin, rawMax, texts, leaf, mustHaveMax = false) {
  const values = texts.map((text) => comparable(text, leaf)).filter((value) => !Number.isNaN(value));
  if (values.length === 0 || leaf.physical === 'INT96') {
    return rawMin === undefined && rawMax === undefined ? null : 'bounds of nothing';
  }
  if (rawMin === undefined) return 'no lower bound';
  const [least, most] = extremes(values);
  const min = boundOf(rawMin, leaf);
  const max = rawMax === undefined ? undefined : boundOf(rawMax, leaf);
  if (leaf.physical === 'BYTE_ARRAY') return checkBytes(min, max, least, most, leaf, mustHaveMax);
  const wanted = typeof least === 'number' ? [least === 0 ? -0 : least, most === 0 ? 0 : most] : [least, most];
  return Object.is(min, wanted[0]) && Object.is(max, wanted[1]) ? null : `bounds ${min}, ${max}, not ${wanted.join(', ')}`;
}

// Whether statistics say truly that a bound is a value.
export function isExact(raw, texts, leaf) {
  const bound = boundOf(raw, leaf);
  return texts.some((text) => {
    const value = comparable(text, leaf);
    return value === bound || (Buffer.isBuffer(value) && value.equals(bound));
  });
}

// The bytes of a value of expected.h in PLAIN, byte arrays without length.
export function plainBytes(text, leaf) {
  const bytes = Buffer.alloc(12);
  switch (leaf.physical) {
    case 'BYTE_ARRAY': return Buffer.from(text, leaf.type.kind === 'binary' ? 'hex' : 'utf8');
    case 'INT32': return bytes.subarray(0, bytes.writeInt32LE(Number(text)));
    case 'INT64': return bytes.subarray(0, bytes.writeBigInt64LE(BigInt(text)));
    case 'FLOAT': return text === 'NaN' ? bytes.subarray(0, bytes.writeFloatLE(NaN)) : Buffer.from(text, 'hex').reverse();
    case 'DOUBLE': return text === 'NaN' ? bytes.subarray(0, bytes.writeDoubleLE(NaN)) : Buffer.from(text, 'hex').reverse();
    case 'FIXED_LEN_BYTE_ARRAY': {
      const digits = BigInt.asUintN(8 * leaf.length, BigInt(text)).toString(16);
      return Buffer.from(digits.padStart(2 * leaf.length, '0'), 'hex');
    }
    case 'INT96': {
      const dayNanos = 86400000000000n;
      const days = floorDivide(BigInt(text), dayNanos);
      bytes.writeBigUInt64LE(BigInt(text) - days * dayNanos);
      bytes.writeUInt32LE(Number(days) + 2440588, 8);
      return bytes;
    }
    default: throw new Error(`no bytes of ${leaf.physical}`);
  }
}
