// Prints what AWS's SDK for JavaScript knows of Kinesis, which is newer than Debian's boto3:
//   {operation: {"input": members, "output": members}}
// Members are a tree: an object for a structure, a one-element list for a list, the word "map", null for a scalar.
import * as kinesis from '@aws-sdk/client-kinesis';

const [LIST, MAP, STRUCTURE, UNION, OPERATION] = [1, 2, 3, 4, 9];
const TEXTS = 64; // a list of texts, and such a map, have no schema of their own
const TEXT_MAP = 128;

function membersOf(reference) {
  let schema = typeof reference === 'function' ? reference() : reference;
  if (schema === TEXTS) return [null];
  if (schema === TEXT_MAP) return 'map';
  if (!Array.isArray(schema)) return null;
  while (typeof schema[0] === 'function') schema = schema[0]();
  const [kind] = schema;
  if (kind === STRUCTURE || kind === UNION) {
    return Object.fromEntries(schema[4].map((name, i) => [name, membersOf(schema[5][i])]));
  }
  if (kind === LIST) return [membersOf(schema[4])];
  return kind === MAP ? 'map' : null;
}

const schemas = Object.values(kinesis).filter(Array.isArray);
const operations = Object.fromEntries(schemas.filter((schema) => schema[0] === OPERATION).map(
  ([, , name, , input, output]) => [name, { input: membersOf(input) ?? {}, output: membersOf(output) ?? {} }]));
console.log(JSON.stringify(operations));
