// Calls of a service by AWS's SDK for JavaScript: node calls.mjs Kinesis|Firehose|S3 ENDPOINT REGION, then on stdin one call a
// line, [operation, members], and on stdout one outcome a line, {"answer": members} or {"error": name, "message": text}.
// Data and Body are base64 both ways, a time is milliseconds since the epoch.  A Body that is a list of texts is a stream of
// such pieces.
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

const [service, endpoint, region] = process.argv.slice(2);
const sdk = await import(`@aws-sdk/client-${service.toLowerCase()}`);
const client = new sdk[`${service}Client`]({
  endpoint, region, maxAttempts: 1, forcePathStyle: true, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });

const fromText = (key, value) => {
  if (key === 'Body' && Array.isArray(value)) return Readable.from(value.map((piece) => Buffer.from(piece, 'base64')));
  if (key === 'Data' || (key === 'Body' && typeof value === 'string')) return new Uint8Array(Buffer.from(value, 'base64'));
  return key.endsWith('Timestamp') ? new Date(value) : value;
};

function toText(value) {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) return value.map(toText);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toText(member)]));
}

for await (const line of createInterface({ input: process.stdin })) {
  const [operation, members] = JSON.parse(line, fromText);
  let outcome;
  try {
    const { $metadata, ...answer } = await client.send(new sdk[`${operation}Command`](members));
    if (answer.Body) answer.Body = await answer.Body.transformToByteArray();
    outcome = { answer: toText(answer) };
  } catch (thrown) {
    outcome = { error: thrown.name, message: thrown.message };
  }
  console.log(JSON.stringify(outcome));
}
client.destroy();
