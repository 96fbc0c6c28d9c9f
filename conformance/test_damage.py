"""A disk that flips bits under a log, or fails: every reader goes on behind the frame that was hit, what is gone is named,
and what a disk refused was never acknowledged and never comes back."""

import json
import os
import re
import signal
import subprocess
import unittest
import urllib.request

import botocore.exceptions

import harness

CONFIG = """
[[bucket]]
name = "landing"
[[stream]]
name = "s"
shards = 2
[[delivery_stream]]
name = "d"
source = "s"
bucket = "landing"
prefix = "p/"
buffer_size_mb = 1
buffer_interval_s = 900
"""
LEFT, RIGHT = "0", str(2**127)


class Damage(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server(config=CONFIG, arguments=["--on-stop", "leave"]).start()
        self.addCleanup(self.server.close)
        self.kinesis = self.server.client("kinesis", attempts=1)
        self.numbers = {}

    def put(self, hash_key, *data):
        answer = self.kinesis.put_records(StreamName="s", Records=[
            {"Data": one.encode(), "PartitionKey": "k", "ExplicitHashKey": hash_key} for one in data])
        self.numbers.update((one, int(entry["SequenceNumber"])) for one, entry in zip(data, answer["Records"]))

    def fill(self):
        for index in range(10):
            self.put(LEFT, f"left-{index}a", f"left-{index}b")
            self.put(RIGHT, f"right-{index}")

    def log(self):
        path, = (self.server.data / "streams").rglob("*.log")
        return path

    def damage(self, *texts):
        """Flips a bit within each of the texts, wherever it stands first."""
        content = bytearray(self.log().read_bytes())
        for text in texts:
            content[content.index(text.encode()) + 2] ^= 4
        self.log().write_bytes(content)

    def polled(self, shard, limit=3):
        iterator = self.kinesis.get_shard_iterator(StreamName="s", ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        data = []
        while True:
            answer = self.kinesis.get_records(ShardIterator=iterator, Limit=limit)
            data += [record["Data"].decode() for record in answer["Records"]]
            iterator = answer["NextShardIterator"]
            if answer["MillisBehindLatest"] == 0:
                return data

    def subscribed(self, shard, count):
        arn = self.kinesis.describe_stream(StreamName="s")["StreamDescription"]["StreamARN"]
        consumer = self.kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=f"c{shard}")["Consumer"]["ConsumerARN"]
        events = self.kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=shard, StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"]
        data = []
        for event in events:
            data += [record["Data"].decode() for record in event["SubscribeToShardEvent"]["Records"]]
            if len(data) >= count:
                break
        events.close()
        return data

    def metric(self, name):
        with urllib.request.urlopen(self.server.endpoint + "/_sluice/metrics") as answer:
            return float(re.search(rf"^{re.escape(name)} (.*)$", answer.read().decode(), re.M).group(1))

    def landed(self):
        return sorted(re.findall(r"[a-z]+-\d+[ab]?", " ".join(
            path.read_text() for path in self.server.bucket("landing").rglob("*") if path.is_file())))

    def check(self):
        """Of the frames with left-3 and left-7, and of right-5's, all is gone; of the others nothing."""
        left = [f"left-{i}{half}" for i in range(10) if i not in (3, 7) for half in "ab"]
        right = [f"right-{i}" for i in range(10) if i != 5]
        self.assertEqual(self.polled("0"), left)
        self.assertEqual(self.polled("1"), right)
        self.assertEqual(self.subscribed("0", len(left)), left)
        lost = re.findall(r"stream s: LOST (\d+) records? of (shardId-\d+), sequence numbers from (\d+) to below (\d+): "
                          r"(\S+) is damaged at byte (\d+)", self.server.output())
        self.assertEqual(sorted((shard[-1], count) for count, shard, *_ in lost), [("0", "2"), ("0", "2"), ("1", "1")])
        content = self.log().read_bytes()
        for _, shard, first, end, path, offset in lost:
            within = {name for name, number in self.numbers.items()
                      if int(first) <= number < int(end) and name.startswith("left" if shard[-1] == "0" else "right")}
            self.assertIn(within, ({"left-3a", "left-3b"}, {"left-7a", "left-7b"}, {"right-5"}))
            self.assertEqual(path, str(self.log()))
            self.assertLess(int(offset), len(content))
        self.assertEqual(self.metric('sluice_stream_lost_records_total{stream="s"}'), 5)
        self.put(LEFT, "left-50")
        self.assertEqual(self.polled("0")[-1], "left-50")
        self.assertGreater(self.numbers["left-50"], max(n for name, n in self.numbers.items() if name.startswith("left-9")))

    def test_damage_that_a_start_finds(self):
        self.fill()
        self.server.stop()
        self.damage("left-3a", "left-7b", "right-5")
        self.server.start()
        self.assertRegex(self.server.output(), r"stream s: DAMAGE in \S+ at offset \d+")
        self.check()
        self.server.arguments = []
        self.server.stop()
        self.server.start()
        self.server.stop()
        self.assertEqual(self.landed(), sorted(name for name in self.numbers if not re.match("left-[37]|right-5", name)))
        # Each run tells of the damage it meets; the delivery counted what it passed over.
        self.assertRegex(self.server.output(), r"delivery stream d: 2 records of .* are lost")

    def test_damage_below_a_running_server(self):
        # More than the part of the log that is kept in memory lies behind it.
        self.fill()
        for _ in range(6):
            self.put(RIGHT, "x" * 1_000_000)
        self.damage("left-3a", "left-7b")
        self.assertEqual(self.polled("0"), [f"left-{i}{half}" for i in range(10) if i not in (3, 7) for half in "ab"])
        self.assertEqual(self.metric('sluice_stream_lost_records_total{stream="s"}'), 4)
        self.assertEqual(len(self.polled("1")), 16)

    def test_a_frame_whose_header_is_hit_takes_no_more_than_itself(self):
        self.fill()
        self.server.stop()
        content = bytearray(self.log().read_bytes())
        at = content.index(b"left-3a")
        header = content.rindex(b"SLF1", 0, at)
        for offset in range(header, at):
            content[offset] ^= 0x55
        self.log().write_bytes(content)
        self.server.start()
        self.assertEqual(self.polled("0"), [f"left-{i}{half}" for i in range(10) if i != 3 for half in "ab"])
        self.assertEqual(self.polled("1"), [f"right-{i}" for i in range(10)])
        self.assertEqual(self.metric('sluice_stream_lost_records_total{stream="s"}'), 2)

    def restart_with(self, *prefix):
        """kill -9 of the server, which names itself in its lock file; its tracer, if it has one, ends with it."""
        os.kill(int((self.server.data / "LOCK").read_text()), signal.SIGKILL)
        self.server.process.wait()
        self.server.prefix = list(prefix)
        self.server.start()

    def refused_while(self, call, names):
        """Puts while the tracer has the third such call on the log's file fail; the names that were refused."""
        log = max((self.server.data / "streams").rglob("*.log"))
        self.restart_with("strace", "-f", "-o", "/dev/null", "-P", str(log), "-e", f"trace={call}", "-e", f"inject={call}:error=EIO:when=3")
        refused = []
        for name in names:
            try:
                self.put(LEFT, name)
            except botocore.exceptions.ClientError as error:
                self.assertGreaterEqual(error.response["ResponseMetadata"]["HTTPStatusCode"], 500, error)
                refused.append(name)
        self.restart_with()
        return refused

    def test_a_disk_that_fails_is_never_acknowledged_and_heals(self):
        self.put(LEFT, "left-0")
        for call in ("fdatasync", "pwrite64,pwritev,pwritev2"):
            # On a slow machine the call that fails may be that of a marker, which refuses nobody.
            for attempt in range(5):
                refused = self.refused_while(call, [f"{call[:2]}-{attempt}-{index}" for index in range(8)])
                self.assertLessEqual(len(refused), 1)
                self.assertEqual(self.polled("0"), list(self.numbers))
                self.assertEqual(self.metric('sluice_stream_lost_records_total{stream="s"}'), 0)
                if refused:
                    break
            self.assertEqual(len(refused), 1, call)


ROT_CONFIG = """
[[stream]]
name = "s"
[[table]]
database = "db"
name = "beats"
columns = "bpm int"
[[delivery_stream]]
name = "raw"
source = "s"
bucket = "landing"
prefix = "raw/"
buffer_size_mb = 1
buffer_interval_s = 0
[[delivery_stream]]
name = "converted"
source = "s"
bucket = "landing"
prefix = "converted/"
error_output_prefix = "errors/"
buffer_size_mb = 64
buffer_interval_s = 0
input_format = "openx-json"
output_format = "parquet"
table = "db.beats"
"""


class Rot(unittest.TestCase):
    """Bits that flip in files at rest: sealed ones that wait for their bucket, and objects in it."""

    def setUp(self):
        self.server = harness.Server(config=ROT_CONFIG, arguments=["--on-stop", "leave"]).start()
        self.addCleanup(self.server.close)
        self.kinesis = self.server.client("kinesis")
        self.lines = [f'{{"bpm": {60 + index}}}\n'.encode() for index in range(40)]

    def ask(self, path):
        with urllib.request.urlopen(self.server.endpoint + path) as answer:
            return answer.read().decode()

    def metric(self, name):
        return float(re.search(rf"^{re.escape(name)} (.*)$", self.ask("/_sluice/metrics"), re.M).group(1))

    def deliveries(self):
        return json.loads(self.ask("/_sluice/explain"))["delivery_streams"]

    def seal(self):
        """The sealed files of all records, which wait for a bucket that is not there; the server is killed."""
        self.kinesis.put_records(StreamName="s", Records=[{"Data": line, "PartitionKey": "k"} for line in self.lines])
        harness.wait_for("sealed files", lambda: all(one["objects_planned"] == 1 for one in self.deliveries()))
        self.server.kill()
        files = sorted((path for path in (self.server.data / "spool").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
        self.assertEqual(len(files), 2)
        return files

    def land(self):
        self.server.client("s3").create_bucket(Bucket="landing")
        harness.wait_for("objects", lambda: all(one["objects_planned"] == 0 for one in self.deliveries()))
        objects = {path.relative_to(self.server.bucket("landing")).parts[0]: path
                   for path in self.server.bucket("landing").rglob("*") if path.is_file()}
        self.assertEqual(sorted(objects), ["converted", "raw"])
        return objects

    def test_a_sealed_file_that_rotted_is_built_again_from_the_stream_bit_for_bit(self):
        files = self.seal()
        sealed = sorted(path.read_bytes() for path in files)
        for path in files:
            harness.flip_bit(path, path.stat().st_size // 2, 3)
        self.server.start()
        objects = self.land()
        self.assertEqual(sorted(path.read_bytes() for path in objects.values()), sealed)
        for name in ("raw", "converted"):
            self.assertEqual(self.metric(f'sluice_delivery_spool_damaged_total{{delivery_stream="{name}"}}'), 1)
            self.assertEqual(self.metric(f'sluice_delivery_spool_rebuilt_total{{delivery_stream="{name}"}}'), 1)
            self.assertRegex(self.server.output(), rf"delivery stream {name}: spool file \S+ is DAMAGED: .*bit for bit")

    def test_one_that_cannot_be_built_again_waits_and_explain_names_the_cure(self):
        files = self.seal()
        for path in files:
            harness.flip_bit(path, path.stat().st_size // 2, 3)
        log, = (self.server.data / "streams").rglob("*.log")
        harness.flip_bit(log, log.read_bytes().index(self.lines[7]) + 3)
        self.server.start()
        self.server.client("s3").create_bucket(Bucket="landing")
        harness.wait_for("both to say so", lambda: all("sluice recover" in one.get("last_error", "") for one in self.deliveries()))
        self.assertEqual([path for path in self.server.bucket("landing").rglob("*") if path.is_file()], [])
        told = subprocess.run([harness.BINARY, "explain", "raw", "--data-dir", self.server.data, "--endpoint", self.server.endpoint],
                              stdout=subprocess.PIPE, text=True)
        self.assertRegex(told.stdout, r"is DAMAGED.*`sluice recover`")
        self.assertEqual(told.returncode, 5, "held until somebody acts")

    def test_an_object_that_rotted_is_never_read_to_its_end(self):
        self.server.client("s3").create_bucket(Bucket="landing")
        s3 = self.server.client("s3", attempts=1)
        for size in (1, 1000, 3_000_000):
            body = os.urandom(size)
            s3.put_object(Bucket="landing", Key=f"of-{size}", Body=body)
            path = self.server.bucket("landing") / f"of-{size}"
            self.assertEqual(s3.get_object(Bucket="landing", Key=path.name)["Body"].read(), body)
            before = self.metric("sluice_s3_damaged_reads_total")
            harness.flip_bit(path, size // 2)
            with self.assertRaises(botocore.exceptions.BotoCoreError if size > 1_000_000 else botocore.exceptions.ClientError):
                s3.get_object(Bucket="landing", Key=path.name)["Body"].read()
            self.assertEqual(self.metric("sluice_s3_damaged_reads_total"), before + 1)
            self.assertRegex(self.server.output(), rf"object s3://landing/{path.name} is DAMAGED")
            harness.flip_bit(path, size // 2)
            self.assertEqual(s3.get_object(Bucket="landing", Key=path.name)["Body"].read(), body)
        part = s3.get_object(Bucket="landing", Key="of-1000", Range="bytes=10-19")["Body"].read()
        self.assertEqual(len(part), 10)


if __name__ == "__main__":
    harness.main()
