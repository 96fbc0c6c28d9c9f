"""The tag sluice:size-of = object: objects come to within 5 percent of the size, whatever becomes of their records."""

import base64
import json
import random
import unittest

import harness
import harness_proof

BUCKET = "landing"
SIZE = 8 << 20
COLUMNS = [{"Name": "timestamp", "Type": "string"}, {"Name": "heart_rate", "Type": "int"}, {"Name": "note", "Type": "string"}]


def beats(draw, second):
    """Fifty beats, which Parquet makes very small."""
    return "".join(f'{{"timestamp": "2025-07-13T{(s // 3600) % 24:02}:{s // 60 % 60:02}:{s % 60:02}", "heart_rate": {draw.randint(60, 180)}}}\n'
                   for s in range(second * 50, second * 50 + 50)).encode()


def noise(draw, second):
    """What nothing makes much smaller."""
    return json.dumps({"timestamp": str(second), "heart_rate": second, "note": base64.b64encode(draw.randbytes(6000)).decode()}).encode() + b"\n"


CONVERSION = {"Enabled": True,
              "SchemaConfiguration": {"RoleARN": harness.ROLE, "DatabaseName": "db", "TableName": "t"},
              "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
              "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}}}
# Name: members of the destination, records, how many source bytes must be enough.
FORMS = {
    "parquet-beats": ({"DataFormatConversionConfiguration": CONVERSION}, beats, 400 << 20),
    "parquet-noise": ({"DataFormatConversionConfiguration": CONVERSION}, noise, 20 << 20),
    "gzip-beats": ({"CompressionFormat": "GZIP"}, beats, 200 << 20),
    "gzip-noise": ({"CompressionFormat": "GZIP"}, noise, 20 << 20),
    "raw-noise": ({}, noise, 20 << 20),
}


class ObjectSize(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server()
        self.addCleanup(self.server.close)
        self.server.start()
        self.server.client("s3").create_bucket(Bucket=BUCKET)
        glue = self.server.client("glue")
        glue.create_database(DatabaseInput={"Name": "db"})
        glue.create_table(DatabaseName="db", TableInput={"Name": "t", "StorageDescriptor": {"Columns": COLUMNS}})

    def create(self, name, members, size_kib=SIZE >> 10):
        self.server.client("firehose").create_delivery_stream(
            DeliveryStreamName=name, ExtendedS3DestinationConfiguration={
                "RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": f"{name}/",
                "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 900}, **members},
            Tags=[{"Key": "sluice:size-of", "Value": "object"}, {"Key": "sluice:buffer-size-kib", "Value": str(size_kib)}])

    def put(self, name, records):
        answer = self.server.client("firehose").put_record_batch(DeliveryStreamName=name, Records=[{"Data": record} for record in records])
        self.assertEqual(answer["FailedPutCount"], 0)

    def sizes(self, name):
        return [path.stat().st_size for path in self.server.bucket(BUCKET).rglob("*") if path.is_file() and f"/{name}" in str(path)]

    def prove(self):
        self.server.stop()
        code, answer = harness_proof.verify(self.server.data)
        self.assertTrue(code == 0 and answer["proven"], answer)

    def test_objects_have_the_size_within_five_percent(self):
        for name, (members, record, source_max) in FORMS.items():
            with self.subTest(name=name):
                self.create(name, members)
                draw, sent, second = random.Random(3), 0, 0
                while not self.sizes(name) and sent < source_max:
                    batch = [record(draw, second + n) for n in range(480)]
                    second += len(batch)
                    sent += sum(map(len, batch))
                    self.put(name, batch)
                harness.wait_for("an object", lambda name=name: self.sizes(name))
                first = min(self.sizes(name))
                self.assertLess(abs(first - SIZE), 0.05 * SIZE, first)
        self.prove()

    def test_objects_are_cut_alike_when_the_server_was_killed_meanwhile(self):
        """The same records, once in one go and once over kills."""
        def sizes(is_killed):
            name = f"killed-{is_killed}".lower()
            self.create(name, {"CompressionFormat": "GZIP"}, size_kib=256)
            draw = random.Random(5)
            for batch in range(6):
                self.put(name, [noise(draw, batch * 40 + n) for n in range(40)])
                if is_killed and batch % 2:
                    self.server.kill()
                    self.server.start()
            harness.wait_for("objects", lambda: len(self.sizes(name)) >= 5)
            return sorted(self.sizes(name))[-5:]
        self.assertEqual(sizes(False), sizes(True))
        self.prove()

    def test_the_tag_is_judged_and_may_come_later(self):
        firehose = self.server.client("firehose")
        self.create("later", {})
        with self.assertRaises(firehose.exceptions.InvalidArgumentException) as refusal:
            firehose.tag_delivery_stream(DeliveryStreamName="later", Tags=[{"Key": "sluice:size-of", "Value": "file"}])
        self.assertIn("the tag sluice:size-of must be 'source' or 'object', not 'file'", str(refusal.exception))
        firehose.untag_delivery_stream(DeliveryStreamName="later", TagKeys=["sluice:size-of"])
        draw = random.Random(7)
        self.put("later", [noise(draw, n) for n in range(300)])
        firehose.tag_delivery_stream(DeliveryStreamName="later", Tags=[
            {"Key": "sluice:size-of", "Value": "object"}, {"Key": "sluice:buffer-size-kib", "Value": "1024"}])
        harness.wait_for("an object", lambda: self.sizes("later"))
        self.assertLess(abs(self.sizes("later")[0] - (1 << 20)), 1 << 16)
        self.prove()


if __name__ == "__main__":
    harness.main()
