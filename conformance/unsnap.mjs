// What chunks of Snappy hold, by hyparquet's decoder: node unsnap.mjs FILE Snappy|HADOOP_SNAPPY, the bytes on stdout.
import { readFileSync } from 'node:fs';
import { snappyUncompress } from 'hyparquet';

const [path, format] = process.argv.slice(2);
const file = readFileSync(path);
let at = 0;
const number = () => (at += 4, file.readUInt32BE(at - 4));

// The length of a raw block stands at its beginning, as a varint.
function lengthOf(block) {
  let length = 0;
  for (let i = 0; ; i++) {
    length |= (block[i] & 0x7f) << (7 * i);
    if (block[i] < 0x80) return length;
  }
}

if (format === 'Snappy') {
  const magic = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0]);
  if (!file.subarray(0, 8).equals(magic)) throw new Error('no magic of snappy-java');
  at = 8;
  if (number() !== 1 || number() !== 1) throw new Error('unknown versions');
}
while (at < file.length) {
  const told = format === 'HADOOP_SNAPPY' ? number() : undefined;
  const size = number();
  const block = file.subarray(at, at + size);
  at += size;
  const length = lengthOf(block);
  if (block.length !== size || length > 32768 || (told ?? length) !== length) throw new Error(`a wrong chunk before byte ${at}`);
  const output = new Uint8Array(length);
  snappyUncompress(block, output);
  process.stdout.write(output);
}
