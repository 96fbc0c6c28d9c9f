// What the metadata of a file must say, worked out from its columns and rows alone: the schema as the format spells it,
// and the entries of each leaf with their levels.

const timestamps = {
  millis: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', logical_type: { type: 'TIMESTAMP', unit: 'MILLIS' } },
  micros: { type: 'INT64', converted_type: 'TIMESTAMP_MICROS', logical_type: { type: 'TIMESTAMP', unit: 'MICROS' } },
  nanos: { type: 'INT64', logical_type: { type: 'TIMESTAMP', unit: 'NANOS' } },
  int96: { type: 'INT96' },
};

const scalars = {
  boolean: { type: 'BOOLEAN' },
  tinyint: { type: 'INT32', converted_type: 'INT_8', logical_type: { type: 'INTEGER', bitWidth: 8, isSigned: true } },
  smallint: { type: 'INT32', converted_type: 'INT_16', logical_type: { type: 'INTEGER', bitWidth: 16, isSigned: true } },
  int: { type: 'INT32' },
  bigint: { type: 'INT64' },
  float: { type: 'FLOAT' },
  double: { type: 'DOUBLE' },
  date: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  char: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  varchar: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  binary: { type: 'BYTE_ARRAY' },
};

// The fewest bytes of two's complement that hold so many digits.
function decimalBytes(precision) {
  let bytes = 1;
  while (2n ** BigInt(8 * bytes - 1) <= 10n ** BigInt(precision) - 1n) bytes += 1;
  return bytes;
}

function decimal(type, form) {
  const [precision = 10, scale = 0] = type.arguments;
  const isFixed = form === 'fixed' || precision > 18;
  return {
    type: isFixed ? 'FIXED_LEN_BYTE_ARRAY' : precision > 9 ? 'INT64' : 'INT32',
    ...(isFixed && { type_length: decimalBytes(precision) }),
    converted_type: 'DECIMAL',
    logical_type: { type: 'DECIMAL', precision, scale },
    precision,
    scale,
  };
}

function scalar(type, work) {
  if (type.kind === 'decimal') return decimal(type, work.decimals);
  if (type.kind !== 'timestamp') return scalars[type.kind];
  const form = timestamps[work.timestamp];
  return form.logical_type ? { ...form, logical_type: { ...form.logical_type, isAdjustedToUTC: true } } : form;
}

// The schema below the root, depth first, as hyparquet's metadata has it without what is undefined; and its leaves.
export function expectedSchema(columns, work) {
  const elements = [];
  const leaves = [];
  const isHive = work.lists === 'hive';
  const visit = (name, type, repetition, path, definition, repeated) => {
    const here = [...path, name];
    const level = definition + (repetition === 'OPTIONAL' ? 1 : 0);
    const element = { name, repetition_type: repetition };
    elements.push(element);
    if (type.kind === 'array') {
      const inner = isHive ? ['bag', 'array_element'] : ['list', 'element'];
      Object.assign(element, { num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } });
      elements.push({ name: inner[0], repetition_type: 'REPEATED', num_children: 1 });
      visit(inner[1], type.children[0].type, 'OPTIONAL', [...here, inner[0]], level + 1, repeated + 1);
    } else if (type.kind === 'map') {
      const inner = isHive ? 'map' : 'key_value';
      Object.assign(element, { num_children: 1, converted_type: 'MAP', logical_type: { type: 'MAP' } });
      elements.push({ name: inner, repetition_type: 'REPEATED', num_children: 2,
        ...(isHive && { converted_type: 'MAP_KEY_VALUE' }) });
      visit('key', type.children[0].type, 'REQUIRED', [...here, inner], level + 1, repeated + 1);
      visit('value', type.children[1].type, 'OPTIONAL', [...here, inner], level + 1, repeated + 1);
    } else if (type.kind === 'struct') {
      element.num_children = type.children.length;
      for (const field of type.children) visit(field.name, field.type, 'OPTIONAL', here, level, repeated);
    } else {
      Object.assign(element, scalar(type, work));
      leaves.push({ path: here, type, physical: element.type, length: element.type_length, definitionMax: level, repetitionMax: repeated });
    }
  };
  for (const column of columns) visit(column.name, column.type, 'OPTIONAL', [], 0, 0);
  return { elements, leaves };
}

// For each leaf its entries in order: { row, definition, repetition, value }, value undefined where there is none.
export function entriesOf(columns, rows) {
  const entries = [];
  let leaf = 0;
  let row = 0;
  const visit = (cell, type, isOptional, definition, repetition, depth) => {
    const isThere = cell !== undefined && cell !== null;
    const level = definition + (isThere && isOptional ? 1 : 0);
    const children = (items, at, mark) => {
      const first = leaf;
      const each = items.length > 0 ? items : [undefined];
      each.forEach((item, i) => {
        leaf = first;
        at(item, items.length > 0 ? level + 1 : level, i === 0 ? repetition : mark);
      });
    };
    if (type.kind === 'array') {
      children(isThere ? cell : [], (item, below, mark) =>
        visit(item, type.children[0].type, true, below, mark, depth + 1), depth + 1);
    } else if (type.kind === 'map') {
      children(isThere ? cell : [], (pair, below, mark) => {
        visit(pair?.[0], type.children[0].type, false, below, mark, depth + 1);
        visit(pair?.[1], type.children[1].type, true, below, mark, depth + 1);
      }, depth + 1);
    } else if (type.kind === 'struct') {
      type.children.forEach((field, i) => visit(isThere ? cell[i] : undefined, field.type, true, level, repetition, depth));
    } else {
      (entries[leaf] ??= []).push({ row, definition: level, repetition, value: isThere ? cell : undefined });
      leaf += 1;
    }
  };
  for (const cells of rows) {
    leaf = 0;
    columns.forEach((column, i) => visit(cells[i], column.type, true, 0, 0, 0));
    row += 1;
  }
  return entries;
}
