"""What reading costs: the newest records are there as soon as they are acknowledged, and old ones, by time or by number,
are found without going through the log."""

import datetime
import os
import pathlib
import re
import time
import unittest

import harness

SHARD = "shardId-000000000000"
MIB = 1 << 20


@unittest.skipUnless(os.path.exists("/proc/self/io"), "the kernel does not count what is read")
class Reads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(config='[[stream]]\nname = "s"\n[[stream]]\nname = "long"\n').start()
        cls.addClassCleanup(cls.server.close)
        kinesis = cls.server.client("kinesis")
        entries = [{"Data": b"x" * 200, "PartitionKey": "k"} for _ in range(500)]
        cls.times, cls.numbers = [], []
        for _ in range(700):  # 80 MB and more: two segments
            answer = kinesis.put_records(StreamName="long", Records=entries)
            cls.numbers.append(answer["Records"][250]["SequenceNumber"])
            cls.times.append(datetime.datetime.now(datetime.timezone.utc))
        cls.server.stop()
        cls.server.start()
        cls.kinesis = cls.server.client("kinesis")

    def read_bytes(self):
        """What the server has read so far, from files and sockets."""
        text = pathlib.Path(f"/proc/{self.server.process.pid}/io").read_text()
        return int(re.search(r"rchar: (\d+)", text).group(1))

    def read_ten(self, **where):
        before = self.read_bytes()
        iterator = self.kinesis.get_shard_iterator(StreamName="long", ShardId=SHARD, **where)["ShardIterator"]
        records = self.kinesis.get_records(ShardIterator=iterator, Limit=10)["Records"]
        self.assertEqual(len(records), 10)
        return records, self.read_bytes() - before

    def test_an_old_position_is_found_by_number_and_by_time_without_a_scan(self):
        for place in 600, 20, 300, 100, 640:
            records, cost = self.read_ten(ShardIteratorType="AFTER_SEQUENCE_NUMBER",
                                          StartingSequenceNumber=self.numbers[place])
            self.assertGreater(int(records[0]["SequenceNumber"]), int(self.numbers[place]))
            self.assertLess(int(records[0]["SequenceNumber"]), int(self.numbers[place + 1]))
            self.assertLess(cost, MIB)
            records, cost = self.read_ten(ShardIteratorType="AT_TIMESTAMP", Timestamp=self.times[place])
            self.assertLess(abs((records[0]["ApproximateArrivalTimestamp"] - self.times[place]).total_seconds()), 2)
            self.assertLess(cost, MIB)

    def test_an_acknowledged_record_is_in_the_very_next_answer_though_others_read_old_ones(self):
        iterator = self.kinesis.get_shard_iterator(StreamName="s", ShardId=SHARD, ShardIteratorType="LATEST")["ShardIterator"]
        old = self.kinesis.get_shard_iterator(StreamName="long", ShardId=SHARD, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        waits = []
        for index in range(200):
            if index % 4 == 0:
                old = self.kinesis.get_records(ShardIterator=old, Limit=2000)["NextShardIterator"]
            self.kinesis.put_record(StreamName="s", Data=b"%d" % index, PartitionKey="k")
            acknowledged = time.monotonic()
            answer = self.kinesis.get_records(ShardIterator=iterator)
            waits.append(time.monotonic() - acknowledged)
            self.assertEqual([record["Data"] for record in answer["Records"]], [b"%d" % index])
            iterator = answer["NextShardIterator"]
        print(f"acknowledged to read by polling: median {sorted(waits)[100] * 1000:.1f} ms", end=" ")
        self.assertLess(sorted(waits)[100], 0.5)


if __name__ == "__main__":
    harness.main()
