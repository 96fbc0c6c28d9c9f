"""The main job: every recording through Kinesis and Firehose into Parquet, and nothing lost, doubled or changed.

The producer is shaped like the one of a Garmin watch: JSON with `timestamp` and `heart_rate`, a newline at the end,
one PutRecord a beat.  The objects are fetched through S3 and read by DuckDB.
"""

import collections
import json
import subprocess
import tempfile
import unittest

import harness

BUCKET = "garmin-hr-s3-bucket"
STREAM = "hr-kinesis-stream"
PREFIX = ("heart_rate_data/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/"
          "session_!{timestamp:HH-mm-ss}/")


def recordings():
    """Name, lines and expected figures of each session; and where they are from."""
    data = harness.test_data()
    if data:
        truth = {entry["session"]: entry for entry in json.loads((data / "heart-rate/truth.json").read_text())}
        for name, entry in truth.items():
            lines = (data / f"heart-rate/{name}.ndjson").read_text().splitlines(keepends=True)
            yield name, lines, {"records": entry["records"], "min": entry["min_bpm"], "max": entry["max_bpm"],
                                "mean": float(entry["mean_bpm"])}
        return
    for seed in range(1, 6):
        made = subprocess.run([str(harness.BINARY), "heartrate", "simulate", "--seed", str(seed), "--duration", "900",
                               "--start", f"2025-07-{seed:02}T15:55:19"],
                              stdout=subprocess.PIPE, text=True, check=True)
        lines = made.stdout.splitlines(keepends=True)
        rates = [json.loads(line)["heart_rate"] for line in lines]
        yield f"simulated-{seed}", lines, {"records": len(rates), "min": min(rates), "max": max(rates),
                                           "mean": sum(rates) / len(rates)}


def create_pipeline(server, stream, delivery, table="heart_rate"):
    s3, kinesis, firehose, glue = map(server.client, ("s3", "kinesis", "firehose", "glue"))
    if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": harness.REGION})
        glue.create_database(DatabaseInput={"Name": "hr_data"})
        glue.create_table(DatabaseName="hr_data", TableInput={
            "Name": table, "StorageDescriptor": {"Columns": [{"Name": "timestamp", "Type": "string"},
                                                             {"Name": "heart_rate", "Type": "int"}]}})
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    arn = kinesis.describe_stream(StreamName=stream)["StreamDescription"]["StreamARN"]
    harness.with_new_members(firehose, CustomTimeZone="Asia/Calcutta").create_delivery_stream(
        DeliveryStreamName=delivery, DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": arn, "RoleARN": harness.ROLE},
        ExtendedS3DestinationConfiguration={
            "RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": f"{delivery}/" + PREFIX,
            "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
            "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
            "DataFormatConversionConfiguration": harness.conversion("hr_data", table)},
        Tags=[{"Key": "sluice:object-name", "Value": "part"}])


class HeartRate(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server().start()
        self.addCleanup(self.server.close)

    def test_every_recording_lands_row_for_row(self):
        sessions = list(recordings())
        origin = "of the sample data" if harness.test_data() else "of the simulated watch (no sample data here)"
        print(f"\nnote: {len(sessions)} recordings {origin}, {sum(len(lines) for _, lines, _ in sessions)} records")
        kinesis = self.server.client("kinesis")
        for name, lines, _ in sessions:
            create_pipeline(self.server, name, name)
            for line in lines:
                kinesis.put_record(StreamName=name, Data=line.encode(), PartitionKey="garmin")
        self.server.stop()
        self.server.start()
        s3 = self.server.client("s3")
        self.assertEqual(s3.list_objects_v2(Bucket=BUCKET, Prefix="errors/")["KeyCount"], 0)
        for name, lines, expected in sessions:
            with self.subTest(recording=name), tempfile.TemporaryDirectory() as folder:
                objects = harness.fetch_all(s3, BUCKET, folder, prefix=f"{name}/heart_rate_data/")
                self.assertGreater(len(objects), 0)
                for key in objects:
                    self.assertRegex(key, r"/heart_rate_data/\d{4}/\d\d/\d\d/session_\d\d-\d\d-\d\d/part-[0-9a-f-]{36}\.parquet$")
                figures = harness.duckdb(
                    "SELECT count(*)::INT AS records, min(heart_rate) AS min, max(heart_rate) AS max, "
                    f"avg(heart_rate) AS mean FROM read_parquet('{folder}/*.parquet')")[0]
                self.assertEqual(figures["records"], expected["records"])
                self.assertEqual(figures["min"], expected["min"])
                self.assertEqual(figures["max"], expected["max"])
                self.assertAlmostEqual(float(figures["mean"]), expected["mean"], places=5)
                landed = collections.Counter(
                    (row["timestamp"], row["heart_rate"]) for row in
                    harness.duckdb(f"SELECT timestamp, heart_rate FROM read_parquet('{folder}/*.parquet')"))
                sent = collections.Counter(
                    (record["timestamp"], record["heart_rate"]) for record in map(json.loads, lines))
                self.assertEqual(landed, sent)

    def test_a_second_reader_sees_the_same_rows_in_the_order_sent(self):
        name, lines, expected = next(iter(recordings()))
        create_pipeline(self.server, "one", "one")
        kinesis = self.server.client("kinesis")
        for start in range(0, len(lines), 500):
            answer = kinesis.put_records(StreamName="one", Records=[
                {"Data": line.encode(), "PartitionKey": "garmin"} for line in lines[start:start + 500]])
            self.assertEqual(answer["FailedRecordCount"], 0)
        self.server.stop()
        files = sorted(self.server.bucket(BUCKET).rglob("*.parquet"))
        rows = harness.hyparquet_rows(files)
        self.assertEqual(len(rows), expected["records"])
        if len(files) == 1:
            self.assertEqual(rows, [json.loads(line) for line in lines])

    def test_records_that_are_no_rows_land_in_the_error_output_and_stop_nothing(self):
        create_pipeline(self.server, "mixed", "mixed")
        kinesis = self.server.client("kinesis")
        good = [json.dumps({"timestamp": f"2025-07-13T21:25:{second:02}", "heart_rate": 60 + second}) + "\n"
                for second in range(10)]
        bad = ["not json", '{"timestamp": "2025-07-13T21:25:19", "heart_rate": "oops"}', "", "[1,2]", "42",
               '{"timestamp": "x", "heart_rate": 99999999999}']
        for line in [line for pair in zip(good, bad) for line in pair] + good[len(bad):]:
            kinesis.put_record(StreamName="mixed", Data=line.encode(), PartitionKey="p")
        self.server.stop()
        files = list(self.server.bucket(BUCKET).rglob("*.parquet"))
        self.assertEqual(len(harness.hyparquet_rows(files)), len(good))
        errors = [json.loads(line) for path in (self.server.bucket(BUCKET) / "errors/format-conversion-failed").iterdir()
                  for line in path.read_text().splitlines()]
        import base64
        self.assertEqual([base64.b64decode(error["rawData"]).decode() for error in errors], bad)
        for error in errors:
            self.assertTrue(error["lastErrorCode"].startswith("DataFormatConversion."))
            self.assertRegex(error["sequenceNumber"], r"^\d{56}$")
        self.assertEqual(errors[1]["lastErrorMessage"], 'Data does not match the schema. For input string: "oops"')


if __name__ == "__main__":
    harness.main()
