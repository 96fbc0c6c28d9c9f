#!/usr/bin/env python3
"""A put whose answer was lost, sent again: stored once and answered alike, also over kill -9 of the server.

boto3 makes each call twice by itself: an event hook loses the first answer, and the SDK's own retry repeats the call under
its invocation id.  The copies that fly at once are sent by hand.
"""

import base64
import concurrent.futures
import http.client
import json
import unittest
import uuid

import harness

CONFIG = """
[[bucket]]
name = "landing"
[[stream]]
name = "s"
shards = 2
[[delivery_stream]]
name = "direct"
bucket = "landing"
"""


def post(server, target, body, invocation):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    if invocation:
        headers["amz-sdk-invocation-id"] = invocation
    connection.request("POST", "/", json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def entry(text, key):
    return {"Data": base64.b64encode(text.encode()).decode(), "PartitionKey": key}


class Repetition(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server(config=CONFIG).start()
        self.addCleanup(self.server.close)

    def stored(self):
        kinesis = self.server.client("kinesis")
        records = []
        for shard in kinesis.list_shards(StreamName="s")["Shards"]:
            at = kinesis.get_shard_iterator(StreamName="s", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
            records += kinesis.get_records(ShardIterator=at["ShardIterator"])["Records"]
        return sorted(record["Data"].decode() for record in records)

    CALLS = [
        ("Kinesis_20131202.PutRecord", {"StreamName": "s", **entry("a", "k")}),
        ("Kinesis_20131202.PutRecords", {"StreamName": "s", "Records": [entry(f"b{i}", str(i)) for i in range(9)]}),
        ("Firehose_20150804.PutRecord", {"DeliveryStreamName": "direct", "Record": {"Data": entry("c", "")["Data"]}}),
        ("Firehose_20150804.PutRecordBatch",
         {"DeliveryStreamName": "direct", "Records": [{"Data": entry(f"d{i}", "")["Data"]} for i in range(3)]}),
    ]

    def test_every_put_answers_its_repetition_as_the_first_time(self):
        first = {}
        for target, body in self.CALLS:
            invocation = str(uuid.uuid4())
            first[target] = (invocation, post(self.server, target, body, invocation))
            self.assertEqual(first[target][1][0], 200, first[target])
            self.assertEqual(post(self.server, target, body, invocation), first[target][1])
        for _ in range(2):
            self.server.kill()
            self.server.start()
            for target, body in self.CALLS:
                self.assertEqual(post(self.server, target, body, first[target][0]), first[target][1])
        self.assertEqual(self.stored(), ["a"] + [f"b{i}" for i in range(9)])
        page = http.client.HTTPConnection("127.0.0.1", self.server.port)
        page.request("GET", "/_sluice/metrics")
        self.assertIn("sluice_log_repeats_total 4\n", page.getresponse().read().decode())

    def test_another_body_or_no_id_is_another_request(self):
        target, body = self.CALLS[0]
        invocation = str(uuid.uuid4())
        post(self.server, target, body, invocation)
        post(self.server, target, {**body, **entry("z", "k")}, invocation)
        post(self.server, target, body, None)
        post(self.server, target, body, None)
        self.assertEqual(self.stored(), ["a", "a", "a", "z"])

    def test_copies_in_flight_at_once_are_stored_once(self):
        target, _ = self.CALLS[1]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for round_number in range(20):
                body = {"StreamName": "s", "Records": [entry(f"{round_number:02}-{i}", str(i)) for i in range(5)]}
                invocation = str(uuid.uuid4())
                answers = set(pool.map(lambda _: post(self.server, target, body, invocation), range(8)))
                self.assertEqual(len(answers), 1, answers)
        self.assertEqual(len(self.stored()), 100)

    def test_an_sdks_own_retry_stores_nothing_twice(self):
        kinesis = self.server.client("kinesis", attempts=3)
        lost = []

        def lose_first_answer(attempts, **_):
            if attempts == 1:
                lost.append(True)
                return 0  # "try again at once"
            return None

        kinesis.meta.events.register_first("needs-retry.kinesis.PutRecords", lose_first_answer)
        for i in range(10):
            kinesis.put_records(StreamName="s", Records=[{"Data": f"{i}".encode(), "PartitionKey": "k"}])
        self.assertEqual(len(lost), 10)
        self.assertEqual(self.stored(), [str(i) for i in range(10)])


if __name__ == "__main__":
    harness.main()
