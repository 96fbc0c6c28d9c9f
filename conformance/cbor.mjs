// Kinesis in CBOR, written and read by AWS's own codec for JavaScript:
//   node cbor.mjs <endpoint> <stream>
// Makes the stream, puts three records, reads them from a time on, and asks for a stream that is not there.  Prints
// what came of it as one JSON object.
import { cbor, tag } from '@smithy/core/cbor';

const [endpoint, stream] = process.argv.slice(2);

async function call(operation, members) {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-amz-cbor-1.1', 'X-Amz-Target': `Kinesis_20131202.${operation}` },
    body: cbor.serialize({ StreamName: stream, ...members }),
  });
  const body = new Uint8Array(await answer.arrayBuffer());
  return { status: answer.status, type: answer.headers.get('content-type'), ...(body.length ? cbor.deserialize(body) : {}) };
}

const made = await call('CreateStream', { ShardCount: 1 });
const data = [new Uint8Array([0, 255, 128]), new Uint8Array(0), new TextEncoder().encode('größer')];
const put = await call('PutRecords', { Records: data.map((Data) => ({ Data, PartitionKey: 'käse' })) });
const { StreamDescription: description } = await call('DescribeStream', {});
const { ShardIterator } = await call('GetShardIterator', {
  ShardId: 'shardId-000000000000', ShardIteratorType: 'AT_TIMESTAMP',
  Timestamp: tag({ tag: 1, value: description.StreamCreationTimestamp.value }) });
const got = await call('GetRecords', { ShardIterator, Limit: 10 });
const absent = await call('DescribeStream', { StreamName: 'absent' });
process.stdout.write(JSON.stringify({
  status: made.status,
  failed: put.FailedRecordCount,
  created: description.StreamCreationTimestamp,
  records: got.Records.map((record) => Buffer.from(record.Data).toString('hex')),
  keys: got.Records.map((record) => record.PartitionKey),
  arrival: got.Records[0].ApproximateArrivalTimestamp,
  type: got.type,
  error: absent.__type,
}));
