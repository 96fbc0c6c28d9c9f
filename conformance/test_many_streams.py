"""Many streams on one server: what an idle stream costs, and that a round of writes to all of them is one round.

Times are measured by ./dev bench; here they are only kept from becoming absurd.
"""

import concurrent.futures
import os
import pathlib
import re
import time
import unittest
import urllib.request

import harness

STREAMS = 1000
SHARDS = 10
CONFIG = "".join(f'[[stream]]\nname = "s{i}"\nshards = {SHARDS}\n' for i in range(STREAMS))


class ManyStreams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.few = harness.Server(config='[[stream]]\nname = "s0"\n').start()
        cls.addClassCleanup(cls.few.close)
        # As a shell starts it, but with less: what it may have of descriptors it must ask for.
        few_descriptors = ["sh", "-c", 'ulimit -S -n 256; exec "$@"', "-"]
        cls.many = harness.Server(config=CONFIG, prefix=few_descriptors).start(patience=300)
        cls.addClassCleanup(cls.many.close)

    @staticmethod
    def count(server, what):
        return len(os.listdir(f"/proc/{server.process.pid}/{what}"))

    @staticmethod
    def resident_mib(server):
        status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) / 1024

    @staticmethod
    def processor_seconds(server):
        fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    def put_everywhere(self):
        clients = [self.many.client("kinesis") for _ in range(16)]

        def put(index):
            return clients[index % 16].put_record(StreamName=f"s{index}", Data=b"x" * 100, PartitionKey="k")

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(put, range(STREAMS)))
        for client in clients:
            client.close()

    def test_1_an_empty_stream_costs_no_descriptor_and_no_thread(self):
        for what in "fd", "task":
            harness.wait_for(f"{what}: as many as with one stream",
                             lambda: self.count(self.many, what) == self.count(self.few, what))

    def test_2_one_made_by_a_call_costs_none_either(self):
        kinesis = self.many.client("kinesis")
        kinesis.list_streams()
        before = self.count(self.many, "fd"), self.count(self.many, "task")
        for index in range(20):
            kinesis.create_stream(StreamName=f"made-{index}", ShardCount=2)
        harness.wait_for("as many as before",
                         lambda: (self.count(self.many, "fd"), self.count(self.many, "task")) == before)
        for index in range(20):
            kinesis.delete_stream(StreamName=f"made-{index}")

    def test_3_idle_streams_cost_little_memory_and_little_time(self):
        self.assertLess(self.resident_mib(self.many), 64)
        before = self.processor_seconds(self.many)
        time.sleep(2)
        self.assertLess(self.processor_seconds(self.many) - before, 0.5)

    def test_4_streams_that_were_written_to_come_to_rest(self):
        self.put_everywhere()
        harness.wait_for("their files are closed",
                         lambda: self.count(self.many, "fd") <= self.count(self.few, "fd") + 2, patience=60)
        self.assertLess(self.resident_mib(self.many), 64)
        with urllib.request.urlopen(self.many.endpoint + "/_sluice/metrics") as answer:
            page = answer.read().decode()
        self.assertEqual(len(re.findall(r"^sluice_stream_records\{stream=\"s\d+\"\} 1$", page, re.M)), STREAMS)

    def test_5_a_restart_is_quick_and_finds_all_of_them(self):
        for end in self.many.kill, self.many.stop:
            self.put_everywhere()
            end()
            begun = time.monotonic()
            self.many.start()
            self.assertLess(time.monotonic() - begun, 10)
        kinesis = self.many.client("kinesis")
        found = sum(len(page["StreamNames"]) for page in kinesis.get_paginator("list_streams").paginate(Limit=100))
        self.assertEqual(found, STREAMS)
        summary = kinesis.describe_stream_summary(StreamName="s999")["StreamDescriptionSummary"]
        self.assertEqual(summary["OpenShardCount"], SHARDS)


if __name__ == "__main__":
    harness.main()
