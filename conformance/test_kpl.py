"""Aggregates of the Kinesis Producer Library: unpacked on their way into the bucket, plain records to every consumer."""

import hashlib
import json

import harness


def varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def aggregate(records):
    """An AggregatedRecord of (partition key, data) pairs, framed as the library frames it."""
    keys = list(dict.fromkeys(key for key, _ in records))
    message = b"".join(field(1, key.encode()) for key in keys)
    for key, data in records:
        message += field(3, b"\x08" + varint(keys.index(key)) + field(3, data))
    return b"\xf3\x89\x9a\xc2" + message + hashlib.md5(message).digest()


class Kpl(harness.ServerCase):
    def setUp(self):
        self.name = "kpl-" + self.id().rsplit(".", 1)[1].split("_")[1]
        self.kinesis, self.firehose, self.s3 = (self.server.client(s) for s in ("kinesis", "firehose", "s3"))
        self.kinesis.create_stream(StreamName=self.name, ShardCount=1)
        self.s3.create_bucket(Bucket=self.name)

    def deliver(self, **more):
        self.firehose.create_delivery_stream(
            DeliveryStreamName=self.name, DeliveryStreamType="KinesisStreamAsSource",
            KinesisStreamSourceConfiguration={
                "KinesisStreamARN": f"arn:aws:kinesis:{harness.REGION}:000000000000:stream/{self.name}", "RoleARN": harness.ROLE},
            ExtendedS3DestinationConfiguration={
                "RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{self.name}", **more})

    def put(self, data):
        self.kinesis.put_record(StreamName=self.name, PartitionKey="outer", Data=data)

    def objects(self, folder):
        """In the order of their plans: names of one second are in no order."""
        listed = self.s3.list_objects_v2(Bucket=self.name, Prefix=folder).get("Contents", [])
        got = [self.s3.get_object(Bucket=self.name, Key=one["Key"]) for one in listed]
        return [one["Body"].read() for one in sorted(got, key=lambda one: int(one["Metadata"]["sluice-plan"]))]

    def test_raw_objects_hold_the_user_records(self):
        self.deliver(BufferingHints={"IntervalInSeconds": 0, "SizeInMBs": 1})
        users = [(f"key-{i % 3}", f"record {i}\n".encode()) for i in range(300)]
        damaged = bytearray(aggregate([("k", b"never unpacked")]))
        damaged[-1] ^= 1
        self.put(b"first\n")
        self.put(aggregate(users))
        self.put(bytes(damaged))
        self.put(aggregate([]))  # too short to be one
        self.put(b"last\n")
        expected = b"first\n" + b"".join(data for _, data in users) + bytes(damaged) + aggregate([]) + b"last\n"
        harness.wait_for("all records in the bucket", lambda: len(b"".join(self.objects(""))) >= len(expected))
        self.assertEqual(b"".join(self.objects("")), expected)
        iterator = self.kinesis.get_shard_iterator(StreamName=self.name, ShardId="0", ShardIteratorType="TRIM_HORIZON")
        records = self.kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
        self.assertEqual([r["Data"] for r in records], [b"first\n", aggregate(users), bytes(damaged), aggregate([]), b"last\n"])

    def test_converted_objects_have_a_row_for_each_user_record_and_refuse_an_aggregate_whole(self):
        glue = self.server.client("glue")
        glue.create_database(DatabaseInput={"Name": self.name})
        glue.create_table(DatabaseName=self.name, TableInput={
            "Name": "beats", "StorageDescriptor": {"Columns": [{"Name": "bpm", "Type": "int"}]}})
        self.deliver(BufferingHints={"IntervalInSeconds": 0, "SizeInMBs": 64}, Prefix="data/", ErrorOutputPrefix="errors/",
                     DataFormatConversionConfiguration=harness.conversion(self.name, "beats"))
        row = lambda bpm: json.dumps({"bpm": bpm}).encode()
        self.put(row(1))
        self.put(aggregate([(f"key-{i}", row(100 + i)) for i in range(50)]))
        refused = aggregate([("a", row(7)), ("b", b'{"bpm":"seven"}')])
        self.put(refused)
        self.put(row(2))
        harness.wait_for("the error output", lambda: self.objects("errors/"))
        harness.wait_for("both plain rows", lambda: len(self.rows()) >= 52)
        self.assertEqual(sorted(self.rows()), [1, 2] + [100 + i for i in range(50)])

    def rows(self):
        with harness.tempfile.TemporaryDirectory() as folder:
            paths = harness.fetch_all(self.s3, self.name, folder, "data/").values()
            return [row["bpm"] for row in harness.hyparquet_rows(paths)] if paths else []


if __name__ == "__main__":
    harness.main()
