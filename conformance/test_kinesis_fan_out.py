"""SubscribeToShard: event streams by boto3 over HTTP/1.1 and by the SDK for JavaScript over HTTP/2."""

import subprocess
import threading
import time

import harness


class FanOut(harness.ServerCase):
    def setUp(self):
        self.kinesis = self.server.client("kinesis")
        self.stream = self.id().rsplit(".", 1)[1]
        self.kinesis.create_stream(StreamName=self.stream, ShardCount=1)
        self.arn = self.kinesis.describe_stream(StreamName=self.stream)["StreamDescription"]["StreamARN"]

    def consumer(self, name="c"):
        return self.kinesis.register_stream_consumer(StreamARN=self.arn, ConsumerName=name)["Consumer"]["ConsumerARN"]

    def put(self, *data):
        return self.kinesis.put_records(StreamName=self.stream, Records=[
            {"Data": one.encode(), "PartitionKey": "k"} for one in data])["Records"]

    def subscribe(self, consumer, shard="shardId-000000000000", client=None, **position):
        return (client or self.server.client("kinesis")).subscribe_to_shard(
            ConsumerARN=consumer, ShardId=shard, StartingPosition=position or {"Type": "TRIM_HORIZON"})["EventStream"]

    def take(self, events, count):
        """Events until that many records are there, and their data."""
        taken, data = [], []
        for event in events:
            taken.append(event["SubscribeToShardEvent"])
            data += [r["Data"].decode() for r in taken[-1]["Records"]]
            if len(data) >= count:
                return taken, data
        return taken, data

    def test_records_come_as_they_are_put(self):
        put = self.put("1", "2")
        with_events = self.subscribe(self.consumer())
        taken, data = self.take(with_events, 2)
        self.assertEqual(data, ["1", "2"])
        self.assertEqual([r["SequenceNumber"] for r in taken[-1]["Records"]][-1], put[-1]["SequenceNumber"])
        self.assertEqual(taken[-1]["MillisBehindLatest"], 0)
        delays = []
        for index in range(20):
            begun = time.monotonic()
            self.put(f"later-{index}")
            self.assertEqual(self.take(with_events, 1)[1], [f"later-{index}"])
            delays.append(time.monotonic() - begun)
        print(f"put to event, median of 20: {sorted(delays)[10] * 1000:.1f} ms")
        with_events.close()

    def test_a_continuation_goes_on_where_the_last_event_ended(self):
        consumer = self.consumer()
        first = self.subscribe(consumer, Type="LATEST")
        self.put("a")
        taken, data = self.take(first, 1)
        self.assertEqual(data, ["a"])
        first.close()
        self.put("b", "c")
        time.sleep(5.1)
        second = self.subscribe(consumer, Type="AFTER_SEQUENCE_NUMBER", SequenceNumber=taken[-1]["ContinuationSequenceNumber"])
        self.assertEqual(self.take(second, 2)[1], ["b", "c"])
        second.close()

    def test_silence_is_filled_with_events_that_lead_on(self):
        events = self.subscribe(self.consumer(), Type="LATEST")
        event = next(iter(events))["SubscribeToShardEvent"]
        self.assertEqual((event["Records"], event["MillisBehindLatest"]), ([], 0))
        self.put("x")
        iterator = self.kinesis.get_shard_iterator(
            StreamName=self.stream, ShardId="0", ShardIteratorType="AFTER_SEQUENCE_NUMBER",
            StartingSequenceNumber=event["ContinuationSequenceNumber"])["ShardIterator"]
        self.assertEqual([r["Data"] for r in self.kinesis.get_records(ShardIterator=iterator)["Records"]], [b"x"])
        events.close()

    def test_the_end_of_a_closed_shard_names_its_children_and_ends_the_stream(self):
        self.put("last")
        self.kinesis.split_shard(StreamName=self.stream, ShardToSplit="0", NewStartingHashKey=str(2**127))
        events = [e["SubscribeToShardEvent"] for e in self.subscribe(self.consumer())]
        self.assertEqual([r["Data"] for e in events for r in e["Records"]], [b"last"])
        self.assertEqual([c["ShardId"] for c in events[-1]["ChildShards"]], ["shardId-000000000001", "shardId-000000000002"])
        self.assertNotIn("ContinuationSequenceNumber", events[-1])

    def test_consumers_read_beside_each_other(self):
        expected = [f"{i:04}" for i in range(2000)]
        read = {}

        def consume(name):
            read[name] = self.take(self.subscribe(self.consumer(name)), len(expected))[1]

        threads = [threading.Thread(target=consume, args=(f"consumer-{i}",)) for i in range(4)]
        for thread in threads:
            thread.start()
        for start in range(0, len(expected), 100):
            self.put(*expected[start:start + 100])
        for thread in threads:
            thread.join(60)
        self.assertEqual(read, {f"consumer-{i}": expected for i in range(4)})

    def test_a_second_subscription_is_refused_at_first_and_takes_over_later(self):
        consumer = self.consumer()
        older = self.subscribe(consumer, Type="LATEST")
        self.assert_error("ResourceInUseException", self.subscribe, consumer, client=self.server.client("kinesis", attempts=1))
        time.sleep(5.1)
        newer = self.subscribe(consumer, Type="LATEST")
        import botocore.exceptions
        with self.assertRaises(botocore.exceptions.EventStreamError) as caught:
            for _ in older:
                pass
        self.assertEqual(caught.exception.response["Error"]["Code"], "ResourceInUseException")
        self.put("x")
        self.assertEqual(self.take(newer, 1)[1], ["x"])
        newer.close()

    def test_wrong_requests_get_the_services_errors(self):
        consumer = self.consumer()
        client = self.server.client("kinesis", attempts=1)
        for code, consumer_arn, shard, position in (
                ("ResourceNotFoundException", consumer.replace("/c:", "/d:"), "0", {"Type": "LATEST"}),
                ("ResourceNotFoundException", consumer[:-1], "0", {"Type": "LATEST"}),
                ("ResourceNotFoundException", consumer, "shardId-000000000007", {"Type": "LATEST"}),
                ("InvalidArgumentException", self.arn, "0", {"Type": "LATEST"}),
                ("InvalidArgumentException", consumer, "0", {"Type": "AT_SEQUENCE_NUMBER"}),
                ("InvalidArgumentException", consumer, "0", {"Type": "AT_TIMESTAMP", "Timestamp": time.time() + 3600}),
                ("ValidationException", consumer, "0", {"Type": "SOMEWHERE"})):
            with self.subTest(code=code, consumer=consumer_arn, position=position):
                self.assert_error(code, self.subscribe, consumer_arn, shard, client=client, **position)

    def test_a_deleted_stream_ends_its_subscriptions(self):
        import botocore.exceptions
        events = self.subscribe(self.consumer(), Type="LATEST")
        self.kinesis.delete_stream(StreamName=self.stream, EnforceConsumerDeletion=True)
        with self.assertRaises(botocore.exceptions.EventStreamError) as caught:
            for _ in events:
                pass
        self.assertEqual(caught.exception.response["Error"]["Code"], "ResourceNotFoundException")

    def test_the_sdk_for_javascript_reads_events_over_http_2(self):
        self.put("one", "two")
        done = subprocess.run(["node", str(harness.HERE / "fan_out.mjs"), self.server.endpoint, self.consumer()],
                              cwd=harness.HERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout.split()), (0, ["one", "two"]), done.stderr)


if __name__ == "__main__":
    harness.main()
