"""Lists of streams, shards and consumers: pages, filters, and what a listing may begin with."""

import json
import os
import subprocess
import time

import harness

TOP = 2**128 - 1


def created(shard):
    """The second that a shard's sequence numbers begin with; shards never share one, so it can be one to come."""
    return (int(shard["SequenceNumberRange"]["StartingSequenceNumber"]) >> 148) & (2**36 - 1)


def ids(shards):
    return [int(shard["ShardId"].removeprefix("shardId-")) for shard in shards]


class Listing(harness.ServerCase):
    def setUp(self):
        self.kinesis = self.server.client("kinesis")
        self.stream = self.id().rsplit(".", 1)[1]

    def create(self, shards):
        self.kinesis.create_stream(StreamName=self.stream, ShardCount=shards)

    def shards(self, **filter):
        return self.kinesis.list_shards(StreamName=self.stream, ShardFilter=filter)["Shards"]

    def split(self):
        """Splits the first shard; the second of it."""
        self.kinesis.split_shard(StreamName=self.stream, ShardToSplit="0", NewStartingHashKey=str(2**127))
        return created(self.kinesis.list_shards(StreamName=self.stream)["Shards"][1])

    def assert_tiles(self, shards):
        ranges = sorted((int(s["HashKeyRange"]["StartingHashKey"]), int(s["HashKeyRange"]["EndingHashKey"])) for s in shards)
        self.assertEqual((ranges[0][0], ranges[-1][1]), (0, TOP))
        for left, right in zip(ranges, ranges[1:]):
            self.assertEqual(left[1] + 1, right[0])

    def test_describe_stream_pages_through_its_shards(self):
        self.create(5)
        describe = lambda **more: self.kinesis.describe_stream(StreamName=self.stream, **more)["StreamDescription"]
        page = describe(Limit=2)
        self.assertEqual((ids(page["Shards"]), page["HasMoreShards"]), ([0, 1], True))
        page = describe(Limit=2, ExclusiveStartShardId=page["Shards"][-1]["ShardId"])
        self.assertEqual((ids(page["Shards"]), page["HasMoreShards"]), ([2, 3], True))
        page = describe(Limit=2, ExclusiveStartShardId="3")
        self.assertEqual((ids(page["Shards"]), page["HasMoreShards"]), ([4], False))
        page = describe(ExclusiveStartShardId="shardId-000000000004")
        self.assertEqual((page["Shards"], page["HasMoreShards"]), ([], False))
        self.assert_error("ResourceNotFoundException", describe, ExclusiveStartShardId="none")
        for limit in (0, 10_001):
            self.assert_error("ValidationException", describe, Limit=limit)

    def test_a_page_of_describe_stream_has_a_hundred_shards_and_clients_go_on_by_themselves(self):
        self.create(250)
        page = self.kinesis.describe_stream(StreamName=self.stream, Limit=10_000)["StreamDescription"]
        self.assertEqual((ids(page["Shards"]), page["HasMoreShards"]), (list(range(100)), True))
        walked = [ids(page["StreamDescription"]["Shards"])
                  for page in self.kinesis.get_paginator("describe_stream").paginate(StreamName=self.stream)]
        self.assertEqual(walked, [list(range(100)), list(range(100, 200)), list(range(200, 250))])
        environment = dict(os.environ, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION=harness.REGION,
                           AWS_PAGER="")
        for call, key in (("describe-stream", "StreamDescription"), ("list-shards", None)):
            done = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.server.endpoint, "kinesis", call, "--stream-name", self.stream],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
            self.assertEqual(done.returncode, 0, done.stderr)
            answer = json.loads(done.stdout)
            self.assertEqual(ids((answer[key] if key else answer)["Shards"]), list(range(250)))

    def test_list_shards_pages_keep_to_the_filter(self):
        self.create(1)
        self.split()
        self.kinesis.update_shard_count(StreamName=self.stream, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
        whole = ids(self.shards(Type="AT_LATEST"))
        walked, more = [], {"StreamName": self.stream, "ShardFilter": {"Type": "AT_LATEST"}}
        while more:
            page = self.kinesis.list_shards(MaxResults=1, **more)
            walked += ids(page["Shards"])
            more = {"NextToken": page["NextToken"]} if "NextToken" in page else None
        self.assertEqual((walked, len(walked)), (whole, 4))

    def test_a_page_of_list_shards_has_a_thousand_at_most(self):
        self.create(1001)
        page = self.kinesis.list_shards(StreamName=self.stream, MaxResults=10_000)
        self.assertEqual(len(page["Shards"]), 1000)
        rest = self.kinesis.list_shards(NextToken=page["NextToken"])
        self.assertEqual((ids(rest["Shards"]), "NextToken" in rest), ([1000], False))

    def test_filters_by_time_select_the_shards_that_were_open(self):
        self.create(1)
        second = self.split()
        before, after = second - 1, second + 1
        self.assertEqual(ids(self.shards(Type="AT_TIMESTAMP", Timestamp=before)), [0])
        self.assertEqual(ids(self.shards(Type="AT_TIMESTAMP", Timestamp=after)), [1, 2])
        self.assertEqual(ids(self.shards(Type="FROM_TIMESTAMP", Timestamp=before)), [0, 1, 2])
        self.assertEqual(ids(self.shards(Type="FROM_TIMESTAMP", Timestamp=after)), [1, 2])
        for when in (0, before - 86400 * 365, before, second, after, time.time()):
            self.assert_tiles(self.shards(Type="AT_TIMESTAMP", Timestamp=when))
        for kind in ("AT_TIMESTAMP", "FROM_TIMESTAMP"):
            self.assert_error("InvalidArgumentException", self.shards, Type=kind)

    def test_filters_by_place(self):
        self.create(1)
        self.split()
        self.assertEqual(ids(self.shards(Type="FROM_TRIM_HORIZON")), [0, 1, 2])
        self.assertEqual(ids(self.shards(Type="AT_TRIM_HORIZON")), [0])
        self.assertEqual(ids(self.shards(Type="AT_LATEST")), [1, 2])
        self.assertEqual(ids(self.shards(Type="AFTER_SHARD_ID", ShardId="shardId-000000000000")), [1, 2])
        self.assertEqual(ids(self.shards(Type="AFTER_SHARD_ID", ShardId="2")), [])
        listed = lambda **more: self.kinesis.list_shards(StreamName=self.stream, **more)
        self.assertEqual(ids(listed(ExclusiveStartShardId="shardId-000000000001")["Shards"]), [2])
        self.assertEqual(ids(listed(ExclusiveStartShardId="0", ShardFilter={"Type": "AFTER_SHARD_ID", "ShardId": "1"})["Shards"]), [2])
        page = listed(MaxResults=1, ShardFilter={"Type": "AFTER_SHARD_ID", "ShardId": "0"})
        self.assertEqual(ids(page["Shards"]) + ids(self.kinesis.list_shards(NextToken=page["NextToken"])["Shards"]), [1, 2])
        self.assert_error("InvalidArgumentException", self.shards, Type="AFTER_SHARD_ID")
        self.assert_error("InvalidArgumentException", self.shards, Type="AFTER_SHARD_ID", ShardId="none")
        self.assert_error("InvalidArgumentException", listed, ExclusiveStartShardId="none")
        self.assert_error("ValidationException", self.shards, Type="AT_NOON")
        self.assert_error("ValidationException", self.shards, ShardId="0")

    def test_a_token_of_list_shards_stands_alone(self):
        self.create(2)
        token = self.kinesis.list_shards(StreamName=self.stream, MaxResults=1)["NextToken"]
        listed = self.kinesis.list_shards
        self.assertEqual(ids(listed(NextToken=token, MaxResults=1)["Shards"]), [1])
        for beside in ({"StreamName": self.stream}, {"ExclusiveStartShardId": "0"}, {"StreamCreationTimestamp": 0}):
            with self.subTest(beside=beside):
                self.assert_error("InvalidArgumentException", listed, NextToken=token, **beside)
        self.assert_error("InvalidArgumentException", listed)
        self.assert_error("InvalidArgumentException", listed, NextToken="no token of ours")
        self.kinesis.delete_stream(StreamName=self.stream)
        self.assert_error("ResourceNotFoundException", listed, NextToken=token)

    def test_consumers_are_listed_by_a_hundred(self):
        self.create(1)
        arn = self.kinesis.describe_stream(StreamName=self.stream)["StreamDescription"]["StreamARN"]
        names = [f"c-{i:02}" for i in range(50)]
        for name in reversed(names):
            self.kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=name)
        self.assert_error("LimitExceededException", self.server.client("kinesis", attempts=1).register_stream_consumer,
                          StreamARN=arn, ConsumerName="one-too-many")
        pages = list(self.kinesis.get_paginator("list_stream_consumers").paginate(StreamARN=arn, PaginationConfig={"PageSize": 20}))
        self.assertEqual([len(page["Consumers"]) for page in pages], [20, 20, 10])
        self.assertEqual([c["ConsumerName"] for page in pages for c in page["Consumers"]], names)
        page = self.kinesis.list_stream_consumers(StreamARN=arn, StreamCreationTimestamp=0)
        self.assertEqual((len(page["Consumers"]), "NextToken" in page), (50, False))
        self.kinesis.deregister_stream_consumer(StreamARN=arn, ConsumerName=names[0])
        self.assertEqual(len(self.kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]), 49)


class Streams(harness.ServerCase):
    config = f'[server]\nregion = "{harness.REGION}"\n'

    def test_streams_are_listed_in_order_and_in_pages(self):
        kinesis = self.server.client("kinesis")
        names = sorted(f"stream-{i}" for i in range(120))
        for name in reversed(names):
            kinesis.create_stream(StreamName=name, ShardCount=1)
        page = kinesis.list_streams()
        self.assertEqual((page["StreamNames"], page["HasMoreStreams"]), (names[:100], True))
        page = kinesis.list_streams(ExclusiveStartStreamName=page["StreamNames"][-1])
        self.assertEqual((page["StreamNames"], page["HasMoreStreams"]), (names[100:], False))
        self.assertEqual(kinesis.list_streams(ExclusiveStartStreamName="stream-5", Limit=3)["StreamNames"],
                         [name for name in names if name > "stream-5"][:3])
        self.assertEqual(kinesis.list_streams(ExclusiveStartStreamName="zzz")["StreamNames"], [])
        walked = [name for page in kinesis.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 7})
                  for name in page["StreamNames"]]
        self.assertEqual(walked, names)
        self.check_javascript(names)

    def check_javascript(self, names):
        """Whose model knows NextToken and StreamSummaries."""
        walked, summaries, more = [], [], {}
        for _ in range(4):
            answer, = harness.javascript_calls(self.server, ("ListStreams", {"Limit": 40, **more}))
            walked += answer["answer"]["StreamNames"]
            summaries += answer["answer"]["StreamSummaries"]
            if not answer["answer"]["HasMoreStreams"]:
                break
            more = {"NextToken": answer["answer"]["NextToken"]}
        self.assertEqual(walked, names)
        self.assertEqual([summary["StreamName"] for summary in summaries], names)
        for summary in summaries:
            self.assertEqual(summary["StreamARN"], f"arn:aws:kinesis:{harness.REGION}:000000000000:stream/{summary['StreamName']}")
            self.assertEqual((summary["StreamStatus"], summary["StreamModeDetails"]), ("ACTIVE", {"StreamMode": "PROVISIONED"}))
            self.assertLess(abs(summary["StreamCreationTimestamp"] / 1000 - time.time()), 600)


if __name__ == "__main__":
    harness.main()
