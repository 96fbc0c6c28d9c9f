"""Caps on a stream's records and on the data directory: who waits at them, who does not, and that producers go on by
themselves when there is room again."""

import collections
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.request

import botocore.exceptions

import harness

THROTTLED = "ProvisionedThroughputExceededException"
PIECE = 100_000
CAPPED = """
[[stream]]
name = "s"
max_mb = 4
on_full = "{on_full}"
[[stream]]
name = "other"
"""
DELIVERED = CAPPED + """
[[delivery_stream]]
name = "d"
source = "s"
bucket = "landing"
prefix = "d/"
buffer_size_mb = 1
buffer_interval_s = 1
"""


def data(index):
    return b"%06d" % index + b"x" * (PIECE - 7) + b"\n"


class Space(unittest.TestCase):
    def server(self, config, **options):
        server = harness.Server(config=config, **options)
        self.addCleanup(server.close)
        return server.start()

    def put(self, kinesis, index, stream="s"):
        """Whether it was taken."""
        try:
            kinesis.put_record(StreamName=stream, Data=data(index), PartitionKey="k")
            return True
        except botocore.exceptions.ClientError as error:
            self.assertEqual(error.response["Error"]["Code"], THROTTLED)
            self.refusal = error.response["Error"]["Message"]
            return False

    def fill(self, kinesis, stream="s", first=0):
        """Puts until the first refusal; what was taken."""
        taken = []
        while self.put(kinesis, first + len(taken), stream):
            taken.append(first + len(taken))
            self.assertLess(len(taken), 1000)
        return taken

    def read(self, kinesis, stream="s"):
        iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId="shardId-000000000000",
                                              ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        found = []
        while True:
            answer = kinesis.get_records(ShardIterator=iterator)
            found += [int(record["Data"][:6]) for record in answer["Records"]]
            if not answer["Records"] and not answer["MillisBehindLatest"]:
                return found
            iterator = answer["NextShardIterator"]

    def landed(self, server):
        lines = collections.Counter()
        for path in server.bucket("landing").rglob("*"):
            if path.is_file():
                lines.update(int(line[:6]) for line in path.read_bytes().splitlines())
        return lines

    def metric(self, server, name):
        with urllib.request.urlopen(server.endpoint + "/_sluice/metrics") as answer:
            return float(re.search(rf"^{re.escape(name)} (\S+)$", answer.read().decode(), re.M).group(1))

    def test_a_full_stream_refuses_and_says_why_and_its_readers_and_other_streams_go_on(self):
        server = self.server(CAPPED.format(on_full="throttle"))
        kinesis = server.client("kinesis", attempts=1)
        taken = self.fill(kinesis)
        self.assertGreater(len(taken), 35)
        self.assertRegex(self.refusal, r"^the records of stream s have \d+ bytes of the 4194304 they may have \(max_mb or stream_max_mb\): .*retention.*on_full")
        entries = [{"Data": data(9000 + i), "PartitionKey": "k"} for i in range(5)]
        answer = kinesis.put_records(StreamName="s", Records=entries)
        self.assertEqual(answer["FailedRecordCount"], 5)
        for record in answer["Records"]:
            self.assertEqual(record["ErrorCode"], THROTTLED)
            self.assertIn("max_mb", record["ErrorMessage"])
            self.assertNotIn("SequenceNumber", record)
        self.assertEqual(self.read(kinesis), taken)
        self.assertTrue(self.put(kinesis, 0, "other"))
        self.assertEqual(self.metric(server, 'sluice_stream_log_max_bytes{stream="s"}'), 4 << 20)
        self.assertEqual(self.metric(server, 'sluice_stream_throttled_requests_total{stream="s"}'), 2)
        self.assertLessEqual(self.metric(server, 'sluice_stream_log_bytes{stream="s"}'), (4 << 20) + 8192)
        self.assertEqual(server.output().count("producers are held back"), 1)

    def test_killed_at_the_cap_it_is_as_full_as_before(self):
        server = self.server(CAPPED.format(on_full="throttle"))
        kinesis = server.client("kinesis", attempts=1)
        taken = self.fill(kinesis)
        server.kill()
        server.start()
        kinesis = server.client("kinesis", attempts=1)
        self.assertFalse(self.put(kinesis, 5000))
        self.assertEqual(self.read(kinesis), taken)
        server.kill()
        server.config = server.config.replace("max_mb = 4", "max_mb = 5")
        server.start()
        kinesis = server.client("kinesis", attempts=1)
        more = self.fill(kinesis, first=5000)
        self.assertEqual(self.read(kinesis), taken + more)

    def test_what_is_delivered_makes_room_where_the_cap_wins_and_producers_go_on_by_themselves(self):
        server = self.server(DELIVERED.format(on_full="trim"))  # its bucket does not exist yet
        kinesis = server.client("kinesis", attempts=1)
        taken = self.fill(kinesis)
        self.assertEqual(self.read(kinesis), taken, "what is not delivered stays")
        self.assertIn("delivery streams have delivered", self.refusal)
        server.client("s3").create_bucket(Bucket="landing",
                                          CreateBucketConfiguration={"LocationConstraint": harness.REGION})
        harness.wait_for("producers go on", lambda: self.put(kinesis, 5000), patience=60)
        for index in range(5001, 5200):
            harness.wait_for("there is room", lambda: self.put(kinesis, index))
        self.assertLess(len(self.read(kinesis)), 42)
        server.stop()
        self.assertEqual(self.landed(server), collections.Counter(taken + list(range(5000, 5200))))
        log = server.output()
        self.assertLess(log.count("producers are held back"), 20)
        self.assertIn("producers go on", log)

    def test_firehoses_puts_are_refused_as_a_service_that_is_busy(self):
        server = self.server('[server]\nstream_max_mb = 2\n[[delivery_stream]]\nname = "d"\nbucket = "nowhere"\n')
        firehose = server.client("firehose", attempts=1)
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            for index in range(100):
                firehose.put_record(DeliveryStreamName="d", Record={"Data": data(index)})
        self.assertGreater(index, 15)
        self.assertEqual(caught.exception.response["Error"]["Code"], "ServiceUnavailableException")
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            firehose.put_record_batch(DeliveryStreamName="d", Records=[{"Data": data(0)}, {"Data": data(1)}])
        self.assertEqual(caught.exception.response["Error"]["Code"], "ServiceUnavailableException")
        self.assertIn("stream_max_mb", str(caught.exception))

    def test_the_data_directorys_cap_counts_objects_too_and_lets_go_when_they_are_removed(self):
        server = self.server("[server]\ndata_max_mb = 12\n" + '[[stream]]\nname = "s"\n[[bucket]]\nname = "landing"\n')
        kinesis = server.client("kinesis", attempts=1)
        s3 = server.client("s3")
        s3.put_object(Bucket="landing", Key="large", Body=b"x" * (8 << 20))
        harness.wait_for("the object counts", lambda: self.metric(server, "sluice_data_bytes") > 8 << 20)
        taken = self.fill(kinesis)
        self.assertLess(len(taken), 45)
        self.assertIn("data_max_mb", self.refusal)
        self.assertLessEqual(self.metric(server, "sluice_data_bytes"), 12 << 20)
        self.assertEqual(self.read(kinesis), taken)
        server.kill()
        server.start()
        kinesis = server.client("kinesis", attempts=1)
        self.assertFalse(self.put(kinesis, 5000), "as full after a kill")
        server.client("s3").delete_object(Bucket="landing", Key="large")
        harness.wait_for("producers go on", lambda: self.put(kinesis, 5001))
        self.assertEqual(self.read(kinesis), taken + [5001])
        harness.wait_for("the log says so", lambda: "producers go on: the data directory" in server.output())

    @unittest.skipUnless(os.geteuid() == 0, "mounting a small disk needs root")
    def test_on_a_small_disk_producers_wait_before_it_is_full_and_go_on_when_there_is_room(self):
        folder = tempfile.mkdtemp(prefix="sluice-small-disk-")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", folder], check=True)
        try:
            config = ("[server]\nfree_space_floor_mb = 12\n" + '[[bucket]]\nname = "landing"\n[[stream]]\nname = "s"\n'
                      + '[[delivery_stream]]\nname = "d"\nsource = "s"\nbucket = "landing"\nprefix = "d/"\n'
                      + "buffer_size_mb = 128\nbuffer_interval_s = 900\n")
            server = self.server(config, data_directory=folder)
            kinesis = server.client("kinesis", attempts=1)
            taken = self.fill(kinesis)
            self.assertIn("free_space_floor_mb", self.refusal)
            free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
            self.assertGreater(free, 0)
            self.assertEqual(self.read(kinesis), taken)
            server.kill()
            server.start()
            kinesis = server.client("kinesis", attempts=1)
            taken += self.fill(kinesis, first=2000)  # what delivery had in its spool is free until it is written again
            self.assertEqual(self.read(kinesis), taken)
            subprocess.run(["mount", "-o", "remount,size=96m", folder], check=True)
            harness.wait_for("producers go on", lambda: self.put(kinesis, 5001))
            server.stop()
            self.assertEqual(self.landed(server), collections.Counter(taken + [5001]))
            # A delivery that lags behind may meet the end of the disk with its open object; the log must not.
            self.assertEqual([line for line in server.output().splitlines()
                              if "No space left" in line and "delivery stream d" not in line], [])
            server.close()
        finally:
            subprocess.run(["umount", "-l", folder], check=False)
            shutil.rmtree(folder, ignore_errors=True)

    @unittest.skipUnless(os.geteuid() == 0, "mounting a small disk needs root")
    def test_deliveries_that_fill_the_disk_lose_nothing_and_come_through_when_there_is_room(self):
        folder = tempfile.mkdtemp(prefix="sluice-small-disk-")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", folder], check=True)
        try:
            config = ("[server]\nfree_space_floor_mb = 4\n" + '[[bucket]]\nname = "landing"\n[[stream]]\nname = "s"\n'
                      + '[[delivery_stream]]\nname = "d"\nsource = "s"\nbucket = "landing"\nprefix = "d/"\n'
                      + "buffer_size_mb = 2\nbuffer_interval_s = 1\n")
            server = self.server(config, data_directory=folder)
            kinesis = server.client("kinesis", attempts=1)
            taken = self.fill(kinesis)
            with contextlib.suppress(OSError), open(pathlib.Path(folder) / "ballast", "wb", buffering=0) as ballast:
                while True:
                    ballast.write(b"\0" * 4096)  # to the last page
            self.assertFalse(self.put(kinesis, 5000))
            self.assertEqual(self.read(kinesis), taken)
            time.sleep(2)  # deliveries meet the full disk
            subprocess.run(["mount", "-o", "remount,size=160m", folder], check=True)
            harness.wait_for("producers go on", lambda: self.put(kinesis, 5001))
            harness.wait_for("all is delivered",
                             lambda: self.landed(server) == collections.Counter(taken + [5001]), patience=60)
            server.stop()
            self.assertEqual(self.landed(server), collections.Counter(taken + [5001]))
            server.close()
        finally:
            subprocess.run(["umount", "-l", folder], check=False)
            shutil.rmtree(folder, ignore_errors=True)

    @unittest.skipUnless(os.geteuid() == 0, "mounting a small disk needs root")
    def test_objects_that_the_disk_has_no_room_for_are_delivered_in_smaller_ones_and_trimming_makes_room(self):
        folder = tempfile.mkdtemp(prefix="sluice-small-disk-")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], check=True)
        try:
            config = ("[server]\nfree_space_floor_mb = 8\n" + '[[bucket]]\nname = "landing"\n[[stream]]\nname = "s"\n'
                      + 'max_mb = 60\non_full = "trim"\n[[delivery_stream]]\nname = "d"\nsource = "s"\nbucket = "landing"\n'
                      + 'prefix = "d/"\nbuffer_size_mb = 32\nbuffer_interval_s = 10\n')
            server = self.server(config, data_directory=folder)
            kinesis = server.client("kinesis", attempts=1)
            taken = self.fill(kinesis)
            server.kill()
            # What delivery had in its spool is gone, and producers take its room; unless it is quicker than they are and all
            # fits: then the interval ends it.
            server.start()
            kinesis = server.client("kinesis", attempts=1)
            taken += self.fill(kinesis, first=2000)
            backlog = 'sluice_backlog_records{delivery_stream="d"}'
            harness.wait_for("delivery", lambda: self.metric(server, backlog) < len(taken) // 2, patience=120)
            for path in server.bucket("landing").rglob("*"):
                if path.is_file():
                    path.unlink()  # a consumer takes the objects away
            harness.wait_for("producers go on", lambda: self.put(kinesis, 5000), patience=60)
            server.close()
        finally:
            subprocess.run(["umount", "-l", folder], check=False)
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    harness.main()
