// Records through AWS's SDK for JavaScript, whose Kinesis client speaks HTTP/2 unless told otherwise:
//   node kinesis.mjs <endpoint> <region> <access key> <stream> <calls at once> <rounds>
// Makes the stream, puts <calls at once> records in each round, reads them back, and asks for a stream that is not
// there.  Prints what came of it as one JSON object.
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';

const [endpoint, region, key, stream, atOnce, rounds] = process.argv.slice(2);
const client = new KinesisClient({ endpoint, region, credentials: { accessKeyId: key, secretAccessKey: key } });
const handler = client.config.requestHandler.constructor.name;
await client.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 1 }));
const text = new TextEncoder();
let put = 0;
for (let round = 0; round < Number(rounds); round += 1) {
  const answers = await Promise.all(Array.from({ length: Number(atOnce) }, (_, i) => client.send(new PutRecordCommand({
    StreamName: stream, PartitionKey: `${i}`, Data: text.encode(`${round}/${i}`) }))));
  put += answers.filter((answer) => answer.SequenceNumber).length;
}
// Larger than a stream's window: five megabytes.
const large = await client.send(new PutRecordsCommand({
  StreamName: stream,
  Records: Array.from({ length: 5 }, (_, i) => ({ PartitionKey: `${i}`, Data: new Uint8Array(1_000_000).fill(i) })),
}));
const records = [];
let { ShardIterator: iterator } = await client.send(new GetShardIteratorCommand({
  StreamName: stream, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' }));
for (let behind = 1; behind > 0;) {
  const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
  records.push(...page.Records.map((record) => record.Data));
  iterator = page.NextShardIterator;
  behind = page.MillisBehindLatest;
}
let error = '';
try {
  await client.send(new DescribeStreamSummaryCommand({ StreamName: 'absent' }));
} catch (thrown) {
  error = thrown.name;
}
const small = records.filter((data) => data.length < 1000).map((data) => new TextDecoder().decode(data));
const sizes = records.filter((data) => data.length >= 1000).map((data) => data.length);
process.stdout.write(JSON.stringify({ handler, put, failed: large.FailedRecordCount, small, sizes, error }));
