"""S3 backup of source records: every record as it came, in a bucket of its own, exactly once, beside what was made of it."""

import pathlib
import subprocess
import unittest
import urllib.request

import harness

LANDING, ATTIC = "landing", "attic"
CONFIG = f"""
[[bucket]]
name = "{LANDING}"
[[bucket]]
name = "{ATTIC}"
[[stream]]
name = "s"
shards = 2
[[table]]
database = "db"
name = "t"
columns = "id int, name string"
"""


def destination(bucket, **more):
    return {"RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{bucket}", **more}


def backed_up(**more):
    """To Parquet, with a backup."""
    return destination(LANDING, Prefix="made/", ErrorOutputPrefix="refused/", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 1},
                       DataFormatConversionConfiguration=harness.conversion("db", "t"), S3BackupMode="Enabled",
                       S3BackupConfiguration=destination(ATTIC, Prefix="source/", BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 1}), **more)


def record(number):
    """Every seventh cannot be converted."""
    return (f'{{"id": {number}, "name": "n{number}"}}' if number % 7 else f'{{"id": "no number {number}"}}').encode() + b"\n"


class Backup(harness.ServerCase):
    config = CONFIG

    def setUp(self):
        self.firehose = self.server.client("firehose")
        self.s3 = self.server.client("s3")
        self.name = self.id().rsplit(".", 1)[1][:60]

    def tearDown(self):
        self.firehose.delete_delivery_stream(DeliveryStreamName=self.name)
        for bucket in (LANDING, ATTIC):
            for path in [p for p in self.server.bucket(bucket).rglob("*") if p.is_file()]:
                self.s3.delete_object(Bucket=bucket, Key=str(path.relative_to(self.server.bucket(bucket))))

    def create(self, **more):
        self.firehose.create_delivery_stream(DeliveryStreamName=self.name, **more)

    def put(self, numbers):
        for first in range(0, len(numbers), 500):
            answer = self.firehose.put_record_batch(DeliveryStreamName=self.name,
                                                    Records=[{"Data": record(n)} for n in numbers[first:first + 500]])
            self.assertEqual(answer["FailedPutCount"], 0)

    def kept(self):
        """The lines of all objects of the backup."""
        files = [p for p in self.server.bucket(ATTIC).rglob("*") if p.is_file()]
        return sorted(line for path in files for line in path.read_bytes().splitlines(keepends=True))

    def made(self):
        files = [str(p) for p in self.server.bucket(LANDING).glob("made/**/*.parquet")]
        return sorted(row["id"] for row in harness.hyparquet_rows(files)) if files else []

    def assert_landed(self, numbers):
        harness.wait_for("all records are kept", lambda: len(self.kept()) >= len(numbers))
        self.assertEqual(self.kept(), sorted(map(record, numbers)))
        good = [n for n in numbers if n % 7]
        harness.wait_for("all records are made into rows", lambda: len(self.made()) >= len(good))
        self.assertEqual(self.made(), good)
        done = subprocess.run([harness.BINARY, "verify", "--data-dir", self.server.data], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_record_is_kept_as_it_came_beside_what_was_made_of_it(self):
        self.create(ExtendedS3DestinationConfiguration=backed_up())
        self.put(range(700))
        self.assert_landed(list(range(700)))
        keys = [str(p.relative_to(self.server.bucket(ATTIC))) for p in self.server.bucket(ATTIC).rglob("*") if p.is_file()]
        for key in keys:
            self.assertRegex(key, rf"^source/\d{{4}}/\d\d/\d\d/\d\d/{self.name}-1-\d{{4}}(-\d\d){{5}}-[0-9a-f-]{{36}}$")

    def test_records_of_a_kinesis_stream_are_kept_too(self):
        kinesis = self.server.client("kinesis")
        arn = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
        self.create(DeliveryStreamType="KinesisStreamAsSource", ExtendedS3DestinationConfiguration=backed_up(),
                    KinesisStreamSourceConfiguration={"KinesisStreamARN": arn, "RoleARN": harness.ROLE})
        for first in range(0, 700, 350):
            answer = kinesis.put_records(StreamName="s", Records=[{"Data": record(n), "PartitionKey": str(n)} for n in range(first, first + 350)])
            self.assertEqual(answer["FailedRecordCount"], 0)
        self.assert_landed(list(range(700)))

    def test_nothing_is_kept_twice_when_the_server_is_killed(self):
        self.create(ExtendedS3DestinationConfiguration=backed_up())
        sent = 0
        for _ in range(5):
            self.put(range(sent, sent + 1000))
            sent += 1000
            self.server.kill()
            self.server.start()
            self.setUp()
        self.assert_landed(list(range(sent)))

    def test_a_backup_whose_bucket_is_gone_holds_back_nothing_but_itself(self):
        self.s3.create_bucket(Bucket="late")
        self.create(ExtendedS3DestinationConfiguration={**backed_up(), "S3BackupConfiguration": destination("late", BufferingHints={
            "SizeInMBs": 1, "IntervalInSeconds": 1})})
        self.s3.delete_bucket(Bucket="late")
        self.put(range(1, 7))
        harness.wait_for("rows are made", lambda: self.made() == list(range(1, 7)))
        done = subprocess.run([harness.BINARY, "explain", "--data-dir", self.server.data, "--endpoint", self.server.endpoint,
                               self.name + "/backup"], capture_output=True, text=True, check=False)
        self.assertIn("late", done.stdout + done.stderr)
        self.s3.create_bucket(Bucket="late")
        harness.wait_for("the backup goes on", lambda: [p for p in self.server.bucket("late").rglob("*") if p.is_file()])
        kept = [p.read_bytes() for p in self.server.bucket("late").rglob("*") if p.is_file()]
        self.assertEqual(b"".join(kept), b"".join(map(record, range(1, 7))))

    def test_it_is_described_and_measured(self):
        self.create(ExtendedS3DestinationConfiguration=backed_up())
        described = self.firehose.describe_delivery_stream(DeliveryStreamName=self.name)["DeliveryStreamDescription"]
        extended = described["Destinations"][0]["ExtendedS3DestinationDescription"]
        self.assertEqual(extended["S3BackupMode"], "Enabled")
        self.assertEqual(extended["S3BackupDescription"]["BucketARN"], f"arn:aws:s3:::{ATTIC}")
        self.assertEqual(extended["S3BackupDescription"]["BufferingHints"], {"SizeInMBs": 1, "IntervalInSeconds": 1})
        self.put(range(1, 4))
        self.assert_landed([1, 2, 3])
        with urllib.request.urlopen(self.server.endpoint + "/_sluice/metrics", timeout=30) as answer:
            self.assertIn(f'sluice_backup_s3_records_total{{delivery_stream="{self.name}"}} 3\n', answer.read().decode())

    def test_a_backup_needs_a_destination(self):
        without = backed_up()
        del without["S3BackupConfiguration"]
        self.assert_error("InvalidArgumentException", self.firehose.create_delivery_stream, DeliveryStreamName=self.name,
                          ExtendedS3DestinationConfiguration=without)
        wrong = {**backed_up(), "S3BackupConfiguration": destination(ATTIC, Prefix="!{timestamp:yyyy}/")}
        self.assert_error("InvalidArgumentException", self.firehose.create_delivery_stream, DeliveryStreamName=self.name,
                          ExtendedS3DestinationConfiguration=wrong)
        self.create(ExtendedS3DestinationConfiguration=destination(LANDING))


class Recover(unittest.TestCase):
    """An object of source records proves nothing by itself: what a store does not know of them, recover may not guess."""

    def test_an_older_store_that_does_not_know_some_objects_is_refused(self):
        server = harness.Server(config=CONFIG)
        self.addCleanup(server.close)
        server.start()
        firehose = server.client("firehose")
        firehose.create_delivery_stream(DeliveryStreamName="d", ExtendedS3DestinationConfiguration=backed_up())
        firehose.put_record(DeliveryStreamName="d", Record={"Data": record(1)})
        server.stop()
        old = (server.data / "sluice.db").read_bytes()
        server.start()
        firehose = server.client("firehose")
        firehose.put_record(DeliveryStreamName="d", Record={"Data": record(2)})
        server.stop()
        (server.data / "sluice.db-wal").unlink(missing_ok=True)
        (server.data / "sluice.db").write_bytes(old)
        done = subprocess.run([harness.BINARY, "recover", "--yes", "--data-dir", server.data], stdin=-3, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("d/backup", done.stdout)
        self.assertIn("may be of this delivery stream", done.stdout)


if __name__ == "__main__":
    harness.main()
