"""Compressed raw objects, read by the gzip and zip readers of Python and by hyparquet's decoder of Snappy."""

import gzip
import io
import json
import random
import re
import subprocess
import tempfile
import unittest
import zipfile

import harness

BUCKET = "landing"
FAST = {"SizeInMBs": 64, "IntervalInSeconds": 1}
SLOW = {"SizeInMBs": 64, "IntervalInSeconds": 900}


def unzip(body):
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        entry, = archive.infolist()
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", entry.filename), entry
        assert entry.compress_type == zipfile.ZIP_DEFLATED
        return archive.read(entry)


def unsnap(form):
    def read(body):
        with tempfile.NamedTemporaryFile() as file:
            file.write(body)
            file.flush()
            return subprocess.run(["node", "unsnap.mjs", file.name, form], cwd=harness.HERE, stdout=subprocess.PIPE, check=True).stdout
    return read


# Format: extension, Content-Encoding, reader.
FORMATS = {
    "UNCOMPRESSED": ("", None, bytes),
    "GZIP": (".gz", "gzip", gzip.decompress),
    "ZIP": (".zip", "zip", unzip),
    "Snappy": (".snappy", "snappy-java", unsnap("Snappy")),
    "HADOOP_SNAPPY": (".snappy", "hadoop-snappy", unsnap("HADOOP_SNAPPY")),
}


class RawCompression(harness.ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.client("s3").create_bucket(Bucket=BUCKET)

    def setUp(self):
        self.firehose = self.server.client("firehose")
        self.s3 = self.server.client("s3")
        self.name = self.id().rsplit(".", 1)[1][:60]

    def create(self, name, **more):
        self.firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration={
            "RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "BufferingHints": FAST, "Prefix": f"{name}/", **more})

    def object(self, prefix):
        def keys():
            return [entry["Key"] for entry in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]
        harness.wait_for(f"an object under {prefix}", keys)
        key, = keys()
        return key, self.s3.get_object(Bucket=BUCKET, Key=key)

    def test_every_format_is_read_by_others(self):
        draw = random.Random(7)
        records = [json.dumps({"n": n, "bpm": draw.randint(40, 200), "noise": draw.random()}).encode() + b"\n" for n in range(4000)]
        for form, (extension, encoding, read) in FORMATS.items():
            with self.subTest(form=form):
                name = f"every-{form}"
                self.create(name, CompressionFormat=form, BufferingHints=SLOW)
                for first in range(0, len(records), 500):
                    batch = [{"Data": record} for record in records[first:first + 500]]
                    self.assertEqual(self.firehose.put_record_batch(DeliveryStreamName=name, Records=batch)["FailedPutCount"], 0)
                self.firehose.update_destination(DeliveryStreamName=name, CurrentDeliveryStreamVersionId="1",
                                                 DestinationId="destinationId-000000000001",
                                                 ExtendedS3DestinationUpdate={"BufferingHints": FAST})
                key, answer = self.object(f"{name}/")
                self.assertRegex(key, rf"-[0-9a-f]{{12}}{re.escape(extension)}$")
                self.assertEqual(answer.get("ContentEncoding"), encoding)
                self.assertEqual(answer["ContentType"], "application/octet-stream")
                body = answer["Body"].read()
                self.assertEqual(read(body), b"".join(records))
                if encoding:
                    self.assertLess(len(body), 0.7 * sum(map(len, records)))
                described = self.firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
                self.assertEqual(described["Destinations"][0]["S3DestinationDescription"]["CompressionFormat"], form)

    def test_an_extension_of_ones_own_changes_the_key_alone(self):
        request = {"DeliveryStreamName": self.name, "ExtendedS3DestinationConfiguration": {
            "RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "BufferingHints": FAST, "Prefix": "own/",
            "CompressionFormat": "GZIP", "FileExtension": ".custom.log"}}
        created, = harness.javascript_calls(self.server, ("CreateDeliveryStream", request), service="Firehose")
        self.assertIn("DeliveryStreamARN", created["answer"])
        self.firehose.put_record(DeliveryStreamName=self.name, Record={"Data": b"x"})
        key, answer = self.object("own/")
        self.assertTrue(key.endswith(".custom.log"), key)
        self.assertEqual(answer["ContentEncoding"], "gzip")
        self.assertEqual(gzip.decompress(answer["Body"].read()), b"x")

    def test_what_is_buffered_is_compressed_as_the_update_says(self):
        for before, after in (("GZIP", "UNCOMPRESSED"), ("UNCOMPRESSED", "ZIP"), ("Snappy", "GZIP")):
            with self.subTest(before=before, after=after):
                name = f"{before}-to-{after}"
                self.create(name, CompressionFormat=before, BufferingHints=SLOW)
                self.firehose.put_record(DeliveryStreamName=name, Record={"Data": b"waits"})
                self.firehose.update_destination(DeliveryStreamName=name, CurrentDeliveryStreamVersionId="1",
                                                 DestinationId="destinationId-000000000001",
                                                 ExtendedS3DestinationUpdate={"CompressionFormat": after, "BufferingHints": FAST})
                extension, encoding, read = FORMATS[after]
                key, answer = self.object(f"{name}/")
                self.assertRegex(key, rf"/{name}-2-[0-9-]+[0-9a-f-]+{re.escape(extension)}$")
                self.assertEqual(answer.get("ContentEncoding"), encoding)
                self.assertEqual(read(answer["Body"].read()), b"waits")


if __name__ == "__main__":
    harness.main()
