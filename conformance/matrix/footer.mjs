// The metadata of the matrix's files, parsed by hyparquet, against their rows and options: schema, codecs, encodings, sizes,
// statistics, histograms, page index, bloom filters, page headers and their checksums.
//
// node footer.mjs FOLDER < LINES, as the readers of compare.mjs; prints {"name", "problems", "seen"} for each file, where
// `seen` lists "PAGE_TYPE ENCODING PHYSICAL_TYPE" of its pages.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { parquetMetadata, readOffsetIndex } from 'hyparquet';
import { readBloomFilter, sbbfContains } from '../node_modules/hyparquet/src/bloom.js';
import { parquetHeader } from '../node_modules/hyparquet/src/column.js';
import { deserializeTCompactProtocol } from '../node_modules/hyparquet/src/thrift.js';
import { xxhash64 } from '../node_modules/hyparquet/src/xxhash.js';
import { boundOf, boundsProblem, isExact, order, plainBytes } from './bounds.mjs';
import { linesOf } from './compare.mjs';
import { entriesOf, expectedSchema } from './levels.mjs';
import { parseColumns } from './types.mjs';

const codecNames = { none: 'UNCOMPRESSED', snappy: 'SNAPPY', gzip: 'GZIP', zstd: 'ZSTD', lz4_raw: 'LZ4_RAW' };

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) | 0;
}

// Without members that are undefined, which deep equality minds.
const defined = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

const count = (entries, is) => entries.reduce((sum, entry) => sum + (is(entry) ? 1 : 0), 0);
const textsOf = (entries) => entries.filter((entry) => entry.value !== undefined).map((entry) => entry.value);
const histogram = (entries, level, max) => {
  const counts = Array.from({ length: max + 1 }, () => 0n);
  for (const entry of entries) counts[entry[level]] += 1n;
  return counts;
};

// One chunk of one file.  `say` takes what is wrong.
class ChunkCheck {
  constructor(file, work, leaf, entries, chunk, raw, say) {
    Object.assign(this, { file, work, leaf, entries, chunk, raw, say, meta: chunk.meta_data });
  }

  expect(what, actual, wanted) {
    if (!isDeepStrictEqual(actual, wanted)) {
      const text = (value) => JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}` : one));
      this.say(`${what}: ${text(actual)}, not ${text(wanted)}`);
    }
  }

  describe() {
    const { meta, leaf, entries } = this;
    this.expect('path', meta.path_in_schema, leaf.path);
    this.expect('type', meta.type, leaf.physical);
    // A codec that gains nothing is left out, unless it is to be there always.
    if (meta.codec !== 'UNCOMPRESSED' || this.work.compresses_everything === 'yes') {
      this.expect('codec', meta.codec, codecNames[this.work.codec]);
    }
    this.expect('num_values', meta.num_values, BigInt(entries.length));
    const texts = textsOf(entries);
    const isText = leaf.physical === 'BYTE_ARRAY';
    const sizes = meta.size_statistics ?? {};
    this.expect('unencoded bytes', sizes.unencoded_byte_array_data_bytes, isText ? this.textBytes(texts) : undefined);
    this.expect('definition histogram', sizes.definition_level_histogram,
      leaf.definitionMax > 1 ? histogram(entries, 'definition', leaf.definitionMax) : undefined);
    this.expect('repetition histogram', sizes.repetition_level_histogram,
      leaf.repetitionMax > 0 ? histogram(entries, 'repetition', leaf.repetitionMax) : undefined);
    this.statistics(texts);
  }

  textBytes(texts) {
    const encoding = this.leaf.type.kind === 'binary' ? 'hex' : 'utf8';
    return BigInt(texts.reduce((sum, text) => sum + Buffer.byteLength(text, encoding), 0));
  }

  statistics(texts) {
    const { leaf, entries } = this;
    const { field_1: oldMax, field_2: oldMin, field_3: nulls, field_4: distinct, field_5: max, field_6: min,
      field_7: isMaxExact, field_8: isMinExact, field_9: nans } = this.raw.field_3.field_12;
    this.expect('null_count', nulls, BigInt(entries.length - texts.length));
    const problem = boundsProblem(min, max, texts, leaf);
    if (problem) this.say(`statistics: ${problem}`);
    if (distinct !== undefined) this.expect('distinct_count', distinct, BigInt(new Set(texts).size));
    const isFloat = ['FLOAT', 'DOUBLE'].includes(leaf.physical);
    this.expect('nan_count', nans, isFloat ? BigInt(count(texts, (text) => text === 'NaN')) : undefined);
    if (min && !isFloat) this.expect('is_min_value_exact', isMinExact, isExact(min, texts, leaf));
    if (max && !isFloat) this.expect('is_max_value_exact', isMaxExact, isExact(max, texts, leaf));
    const hasOld = isFloat || ['INT32', 'INT64'].includes(leaf.physical);
    this.expect('deprecated bounds', [oldMin, oldMax], hasOld ? [min, max] : [undefined, undefined]);
  }

  header(offset) {
    const reader = { view: new DataView(this.file, offset), offset: 0 };
    const header = parquetHeader(reader);
    const body = new Uint8Array(this.file, offset + reader.offset, header.compressed_page_size);
    this.expect('page checksum', header.crc, crc32(body));
    return { header, bytes: reader.offset + header.compressed_page_size,
      plainBytes: reader.offset + header.uncompressed_page_size };
  }

  // The pages one after the other, from the chunk's start to its end; those of data in order.
  pages() {
    const { meta } = this;
    const begin = Number(meta.dictionary_page_offset ?? meta.data_page_offset);
    const found = [];
    let plainBytes = 0;
    let at = begin;
    while (at < begin + Number(meta.total_compressed_size)) {
      const page = this.header(at);
      found.push({ ...page, offset: at });
      plainBytes += page.plainBytes;
      at += page.bytes;
    }
    this.expect('end of the chunk', at, begin + Number(meta.total_compressed_size));
    this.expect('total_uncompressed_size', meta.total_uncompressed_size, BigInt(plainBytes));
    const isDictionary = (page) => page.header.type === 'DICTIONARY_PAGE';
    this.expect('dictionary pages', count(found, isDictionary), meta.dictionary_page_offset === undefined ? 0 : 1);
    const data = found.filter((page) => !isDictionary(page));
    this.expect('data_page_offset', Number(meta.data_page_offset), data[0].offset);
    this.encodings(found);
    return data;
  }

  encodings(found) {
    const { meta } = this;
    const encodingOf = ({ header }) => (header.data_page_header ?? header.data_page_header_v2
      ?? header.dictionary_page_header).encoding;
    const counts = {};
    for (const page of found) {
      const key = `${page.header.type} ${encodingOf(page)}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    const stats = meta.encoding_stats.map((one) => [`${one.page_type} ${one.encoding}`, one.count]);
    this.expect('encoding_stats', Object.fromEntries(stats), counts);
    const used = new Set([...found.map(encodingOf), ...(this.leaf.definitionMax > 0 ? ['RLE'] : [])]);
    const missing = [...used].filter((one) => !meta.encodings.includes(one));
    this.expect('encodings that are used but not claimed', missing, []);
    const version = { v1: 'DATA_PAGE', v2: 'DATA_PAGE_V2' }[this.work.page_version ?? 'v1'];
    const others = found.filter((page) => ![version, 'DICTIONARY_PAGE'].includes(page.header.type));
    this.expect('pages of another version', others.length, 0);
    const mark = this.work.marks === 'parquet_java' && version === 'DATA_PAGE' ? 'PLAIN_DICTIONARY' : 'RLE_DICTIONARY';
    const strange = [...used].filter((one) => one.endsWith('_DICTIONARY') && one !== mark);
    this.expect('marks of another kind', strange, []);
    const isBasic = (one) => ['PLAIN', 'RLE', 'BIT_PACKED', mark].includes(one) && !(one === 'RLE' && this.hasRleValues(found));
    if (this.work.encodings !== 'all') this.expect('encodings beyond the basic ones', [...used].filter((one) => !isBasic(one)), []);
    if (this.work.dictionary === 'no') this.expect('dictionary', meta.dictionary_page_offset, undefined);
    this.seen = Object.keys(counts).map((key) => `${key} ${this.leaf.physical}`);
  }

  hasRleValues(found) {
    return found.some(({ header }) => (header.data_page_header ?? header.data_page_header_v2)?.encoding === 'RLE');
  }

  // The entries of each page by its header; pages begin with rows.
  split(pages) {
    let at = 0;
    return pages.map((page) => {
      const { num_values: values, num_nulls: nulls, num_rows: rows } = page.header.data_page_header
        ?? page.header.data_page_header_v2;
      const part = this.entries.slice(at, at + values);
      if (part.length === 0 || part[0].repetition !== 0) this.say(`a page at ${page.offset} does not begin with a row`);
      at += values;
      if (nulls !== undefined) this.expect('num_nulls', nulls, count(part, (entry) => entry.value === undefined));
      if (rows !== undefined) this.expect('num_rows', rows, count(part, (entry) => entry.repetition === 0));
      return part;
    });
  }

  index(pages, parts) {
    const { chunk, work } = this;
    if (work.page_index === 'no') {
      return this.expect('page index', [chunk.offset_index_offset, chunk.column_index_offset], [undefined, undefined]);
    }
    const read = (offset, length, parse) => {
      const reader = { view: new DataView(this.file, Number(offset), length), offset: 0 };
      const index = parse(reader);
      this.expect('length of an index', reader.offset, length);
      return index;
    };
    const offsets = read(chunk.offset_index_offset, chunk.offset_index_length, readOffsetIndex);
    const first = this.entries[0].row;
    this.expect('offset index', offsets.page_locations, pages.map((page, i) => ({ offset: BigInt(page.offset),
      compressed_page_size: page.bytes, first_row_index: BigInt(parts[i][0].row - first) })));
    this.expect('unencoded bytes of pages', offsets.unencoded_byte_array_data_bytes,
      this.leaf.physical === 'BYTE_ARRAY' ? parts.map((part) => this.textBytes(textsOf(part))) : undefined);
    const isBoundless = (part) => textsOf(part).length > 0 && textsOf(part).every((text) => text === 'NaN')
      && ['float', 'double'].includes(this.leaf.type.kind);
    if (this.leaf.physical === 'INT96' || parts.some(isBoundless)) {
      return this.expect('column index', chunk.column_index_offset, undefined);
    }
    const raw = read(chunk.column_index_offset, chunk.column_index_length, deserializeTCompactProtocol);
    return this.columnIndex(raw, parts);
  }

  // Every value is recognised, and of others at most a tenth: one in a hundred is what was asked for.
  bloom() {
    const { meta, leaf } = this;
    const texts = textsOf(this.entries);
    if (this.work.bloom !== 'yes' || leaf.physical === 'BOOLEAN' || texts.length === 0) {
      return this.expect('bloom filter', [meta.bloom_filter_offset, meta.bloom_filter_length], [undefined, undefined]);
    }
    const reader = { view: new DataView(this.file, Number(meta.bloom_filter_offset), meta.bloom_filter_length), offset: 0 };
    const { blocks } = readBloomFilter(reader);
    this.expect('length of the bloom filter', reader.offset, meta.bloom_filter_length);
    const isThere = (bytes) => sbbfContains(blocks, xxhash64(bytes));
    const missing = [...new Set(texts)].filter((text) => !isThere(plainBytes(text, leaf)));
    this.expect('values missing in the bloom filter', missing, []);
    const others = Array.from({ length: 500 }, (_, i) => Buffer.from(`${i} is no value of ${leaf.path}`));
    const taken = count(others, isThere);
    if (taken > others.length / 10) this.say(`the bloom filter takes ${taken} of ${others.length} other values`);
  }

  columnIndex(raw, parts) {
    const { leaf } = this;
    const texts = parts.map(textsOf);
    this.expect('null_pages', raw.field_1, texts.map((one) => one.length === 0));
    this.expect('null_counts', raw.field_5, parts.map((part, i) => BigInt(part.length - texts[i].length)));
    this.expect('histograms of repetition', raw.field_6 ?? [],
      leaf.repetitionMax > 0 ? parts.flatMap((part) => histogram(part, 'repetition', leaf.repetitionMax)) : []);
    this.expect('histograms of definition', raw.field_7 ?? [],
      leaf.definitionMax > 1 ? parts.flatMap((part) => histogram(part, 'definition', leaf.definitionMax)) : []);
    if (['float', 'double'].includes(leaf.type.kind)) {
      this.expect('nan_counts', raw.field_8, texts.map((one) => BigInt(count(one, (text) => text === 'NaN'))));
    }
    const bounded = texts.map((one, i) => [i, one]).filter(([, one]) => one.length > 0);
    for (const [i, one] of bounded) {
      const problem = boundsProblem(raw.field_2[i], raw.field_3[i], one, leaf, true);
      if (problem) this.say(`column index, page ${i}: ${problem}`);
    }
    const bound = (side, at) => boundOf(raw[side][bounded[at][0]], leaf);
    const rises = (side, sign) => bounded.every((_, at) => at === 0
      || sign * order(bound(side, at - 1), bound(side, at)) <= 0);
    const wanted = ['field_2', 'field_3'].every((side) => rises(side, 1)) ? 1
      : ['field_2', 'field_3'].every((side) => rises(side, -1)) ? 2 : 0;
    this.expect('boundary_order', raw.field_4, wanted);
  }
}

// What a row group may say of its order: "row" is the first column and never null, "key" the last.
function sortingColumns(work, leaves) {
  switch (work.sort) {
    case 'key': return [{ column_idx: leaves - 1, descending: false, nulls_first: false }];
    case 'row_descending': return [{ column_idx: 0, descending: true, nulls_first: false }];
    case 'noted': return [{ column_idx: 0, descending: false, nulls_first: false }];
    default: return undefined;
  }
}

function checkGroups(file, work, metadata, raw, schema, entries) {
  const problems = [];
  const seen = new Set();
  const at = entries.map(() => 0);
  let begin = 0;
  metadata.row_groups.forEach((group, g) => {
    const end = begin + Number(group.num_rows);
    schema.leaves.forEach((leaf, l) => {
      const first = at[l];
      while (at[l] < entries[l].length && entries[l][at[l]].row < end) at[l] += 1;
      const say = (what) => problems.push(`group ${g}, ${leaf.path.join('.')}: ${what}`);
      const check = new ChunkCheck(file, work, leaf, entries[l].slice(first, at[l]), group.columns[l],
        raw.field_4[g].field_1[l], say);
      check.describe();
      const pages = check.pages();
      check.index(pages, check.split(pages));
      check.bloom();
      check.seen.forEach((one) => seen.add(one));
    });
    const sum = (member) => group.columns.reduce((total, column) => total + column.meta_data[member], 0n);
    if (group.total_byte_size !== sum('total_uncompressed_size')) problems.push(`group ${g}: total_byte_size`);
    if (group.total_compressed_size !== sum('total_compressed_size')) problems.push(`group ${g}: total_compressed_size`);
    if (group.ordinal !== g || group.num_rows === 0n) problems.push(`group ${g}: ordinal or rows`);
    const order = sortingColumns(work, schema.leaves.length);
    if (!isDeepStrictEqual(group.sorting_columns, order)) problems.push(`group ${g}: sorting_columns`);
    begin = end;
  });
  return { problems, seen: [...seen] };
}

function check(folder, work) {
  const bytes = readFileSync(`${folder}/${work.name}.parquet`);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const columns = parseColumns(work.columns);
  const rows = linesOf(`${folder}/${work.name}.jsonl`).map((line) => JSON.parse(line));
  const metadata = parquetMetadata(file);
  const raw = deserializeTCompactProtocol({ view: new DataView(file), offset: file.byteLength - 8 - metadata.metadata_length });
  const schema = expectedSchema(columns, work);
  const [root, ...elements] = metadata.schema.map(defined);
  const { problems, seen } = checkGroups(file, work, metadata, raw, schema, entriesOf(columns, rows));
  if (!isDeepStrictEqual(elements, schema.elements) || root.num_children !== columns.length
    || root.name !== (work.root ?? 'schema')) {
    problems.unshift(`schema ${root.name} ${JSON.stringify(elements)}, not ${JSON.stringify(schema.elements)}`);
  }
  const totals = [metadata.version, metadata.num_rows, metadata.row_groups.reduce((sum, one) => sum + one.num_rows, 0n)];
  if (!isDeepStrictEqual(totals, [1, BigInt(rows.length), BigInt(rows.length)])) problems.unshift(`totals ${totals}`);
  if (!isDeepStrictEqual(metadata.key_value_metadata.map(defined), [{ key: 'matrix', value: work.name }])) {
    problems.unshift('key-value metadata');
  }
  if (raw.field_7.length !== schema.leaves.length) problems.unshift('column orders');
  return { name: work.name, problems, seen };
}

for (const line of linesOf(0)) {
  const work = JSON.parse(line);
  let result;
  try {
    result = check(process.argv[2], work);
  } catch (error) {
    result = { name: work.name, problems: [String(error?.stack ?? error)], seen: [] };
  }
  process.stdout.write(JSON.stringify(result) + '\n');
}
