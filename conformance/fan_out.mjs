// node fan_out.mjs ENDPOINT CONSUMER_ARN: prints the records of two, one a line, as SubscribeToShard brings them.
import { KinesisClient, SubscribeToShardCommand } from "@aws-sdk/client-kinesis";

const [endpoint, consumer] = process.argv.slice(2);
const client = new KinesisClient({ endpoint, region: "ap-south-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
const { EventStream } = await client.send(new SubscribeToShardCommand({
  ConsumerARN: consumer, ShardId: "shardId-000000000000", StartingPosition: { Type: "TRIM_HORIZON" },
}));
let left = 2;
for await (const { SubscribeToShardEvent: event } of EventStream) {
  for (const record of event?.Records ?? []) {
    console.log(Buffer.from(record.Data).toString());
    left -= 1;
  }
  if (left <= 0) break;
}
client.destroy();
process.exit(0);
