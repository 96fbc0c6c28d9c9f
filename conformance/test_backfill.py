"""`sluice backfill`: what a stream still holds of some time is delivered once more, under another prefix, each record once."""

import json
import subprocess
import time
import unittest

import harness
import harness_proof

CONFIG = """
[[bucket]]
name = "landing"
[[stream]]
name = "s"
shards = 2
[[table]]
database = "db"
name = "t"
columns = "id int, value int"
[[delivery_stream]]
name = "d"
source = "s"
bucket = "landing"
prefix = "made/"
error_output_prefix = "errors/!{firehose:error-output-type}/"
buffer_size_mb = 64
buffer_interval_s = 1
input_format = "openx-json"
output_format = "parquet"
table = "db.t"
[delivery_stream.tags]
"sluice:buffer-size-kib" = "64"
"""


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Backfill(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server(config=CONFIG).start()
        self.addCleanup(self.server.close)
        self.kinesis = self.server.client("kinesis")

    def put(self, numbers, value="1"):
        for first in range(0, len(numbers), 500):
            answer = self.kinesis.put_records(StreamName="s", Records=[
                {"Data": b'{"id": %d, "value": %s}\n' % (n, value.encode()), "PartitionKey": str(n)} for n in numbers[first:first + 500]])
            self.assertEqual(answer["FailedRecordCount"], 0)

    def parts(self):
        """Three lots of records, and the times between them."""
        begin = now()
        self.put(range(100))
        time.sleep(1.1)
        first = now()
        self.put(range(100, 300))
        time.sleep(1.1)
        second = now()
        self.put(range(300, 400))
        time.sleep(1.1)
        return begin, first, second, now()

    def ids(self, prefix):
        files = [str(p) for p in self.server.bucket("landing").glob(f"{prefix}**/*") if p.is_file()]
        return sorted(row["id"] for row in harness.hyparquet_rows(files)) if files else []

    def run_backfill(self, *arguments):
        return subprocess.run([str(harness.BINARY), "backfill", "d", "--endpoint", self.server.endpoint, *map(str, arguments)],
                              capture_output=True, text=True, check=False, timeout=600)

    def backfill(self, begin, end, *arguments, prefix="again/", code=0):
        done = self.run_backfill("--from", begin, "--to", end, "--prefix", prefix, "--json", *arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr + self.server.output()[-2000:])
        return json.loads(done.stdout)["Backfill"]

    def assert_verified(self):
        code, answer = harness_proof.verify(self.server.data)
        self.assertEqual(code, 0, answer)
        self.assertEqual(harness_proof.verify(self.server.data, "--bucket-only")[1]["faults"], [])

    def test_what_arrived_between_two_times_is_delivered_once(self):
        _, first, second, _ = self.parts()
        for delivered in (200, 0):
            report = self.backfill(first, second)
            self.assertEqual((report["Records"], report["Delivered"], report["DeliveredNow"]), (200, 200, delivered))
            self.assertEqual(self.ids("again/"), list(range(100, 300)))
        self.server.stop()
        self.server.start()
        self.assertEqual(self.backfill(first, second)["DeliveredNow"], 0)
        self.assertEqual(self.backfill(first, second, "--id", "other", prefix="other/")["DeliveredNow"], 200)
        self.assertEqual(self.ids("other/"), list(range(100, 300)))
        self.assertEqual(self.ids("made/"), list(range(400)))
        self.assert_verified()

    def test_what_is_refused_stays_and_is_tried_again(self):
        begin = now()
        self.put(range(10))
        self.put(range(10, 15), value='"no number"')
        time.sleep(1.1)
        end = now()
        report = self.backfill(begin, end, code=6)
        self.assertEqual((report["Delivered"], sum(one["Records"] for one in report["Refused"])), (10, 5))
        self.server.client("glue").update_table(DatabaseName="db", TableInput={
            "Name": "t", "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "int"}, {"Name": "value", "Type": "string"}]}})
        report = self.backfill(begin, end)
        self.assertEqual((report["Delivered"], report["DeliveredNow"]), (15, 5))
        self.assertEqual(self.ids("again/"), list(range(15)))
        self.assert_verified()

    def test_nothing_is_lost_or_double_when_the_server_is_killed_in_the_middle(self):
        begin = now()
        count = 20_000
        self.put(range(count))
        time.sleep(1.1)
        end = now()
        for pause in (0.01, 0.05, 0.1):
            watching = subprocess.Popen([str(harness.BINARY), "backfill", "d", "--endpoint", self.server.endpoint, "--from", begin,
                                         "--to", end, "--prefix", "again/"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            made = len(self.server.output())
            harness.wait_for("the backfill is at work", lambda: "/backfill-" in self.server.output()[made:] or watching.poll() is not None)
            time.sleep(pause)
            self.server.kill()
            watching.wait(60)
            self.server.start()
        self.assertEqual(self.backfill(begin, end)["Delivered"], count)
        self.assertEqual(self.backfill(begin, end)["DeliveredNow"], 0)
        self.assertEqual(self.ids("again/"), list(range(count)))
        self.assert_verified()

    def test_records_that_were_put_directly(self):
        firehose = self.server.client("firehose")
        firehose.create_delivery_stream(DeliveryStreamName="p", ExtendedS3DestinationConfiguration={
            "RoleARN": harness.ROLE, "BucketARN": "arn:aws:s3:::landing", "Prefix": "direct/",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 1}})
        begin = now()
        firehose.put_record(DeliveryStreamName="p", Record={"Data": b"one\n"})
        time.sleep(1.1)
        done = subprocess.run([str(harness.BINARY), "backfill", "p", "--endpoint", self.server.endpoint, "--from", begin, "--to", now(),
                               "--prefix", "copy/"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("1 record of p", done.stdout)
        self.assertEqual([p.read_bytes() for p in self.server.bucket("landing").glob("copy/**/*") if p.is_file()], [b"one\n"])

    def test_what_cannot_be_is_refused(self):
        begin, first, _, end = self.parts()
        for arguments, code in (((first, begin), 1), ((begin, "2999-01-01T00:00:00Z"), 1)):
            self.backfill_fails(*arguments, code=code)
        self.backfill_fails(begin, end, prefix="made/", code=1)
        self.backfill_fails(begin, end, "--id", "a/b", code=1)
        self.backfill_fails(begin, "tomorrow", code=2)
        self.assertEqual(self.run_backfill("--from", begin).returncode, 2)
        self.backfill(begin, end, "--id", "x")
        self.backfill_fails(begin, end, "--id", "x", prefix="elsewhere/", code=1)
        self.backfill_fails(begin, first, "--id", "x", code=1)
        self.assertEqual(self.ids("elsewhere/"), [])

    def backfill_fails(self, begin, end, *arguments, prefix="again/", code):
        done = self.run_backfill("--from", begin, "--to", end, "--prefix", prefix, *arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    harness.main()
