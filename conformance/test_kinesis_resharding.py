"""Shards that are split, merged and scaled, seen by a consumer that walks the lineage as the KCL does."""

import collections
import hashlib
import threading

import harness

TOP = 2**128 - 1


def hash_key(key):
    return int.from_bytes(hashlib.md5(key.encode()).digest(), "big")


class Resharding(harness.ServerCase):
    def setUp(self):
        self.kinesis = self.server.client("kinesis")
        self.stream = self.id().rsplit(".", 1)[1]

    def create(self, shards):
        self.kinesis.create_stream(StreamName=self.stream, ShardCount=shards)

    def shards(self, **filter):
        more = {"ShardFilter": filter} if filter else {}
        return self.kinesis.list_shards(StreamName=self.stream, **more)["Shards"]

    def put(self, key, data):
        return self.kinesis.put_record(StreamName=self.stream, PartitionKey=key, Data=data.encode())

    def iterator(self, shard, kind="TRIM_HORIZON", **more):
        return self.kinesis.get_shard_iterator(
            StreamName=self.stream, ShardId=shard, ShardIteratorType=kind, **more)["ShardIterator"]

    def assert_tiles(self, shards):
        ranges = sorted((int(s["HashKeyRange"]["StartingHashKey"]), int(s["HashKeyRange"]["EndingHashKey"])) for s in shards)
        self.assertEqual((ranges[0][0], ranges[-1][1]), (0, TOP))
        for left, right in zip(ranges, ranges[1:]):
            self.assertEqual(left[1] + 1, right[0])

    def walk(self, is_done):
        """Reads all shards, parents before children, from ChildShards alone; records by partition key, in order."""
        self.assert_tiles(self.shards(Type="AT_TRIM_HORIZON"))
        read = collections.defaultdict(list)
        waiting = {s["ShardId"]: self.iterator(s["ShardId"]) for s in self.shards(Type="AT_TRIM_HORIZON")}
        ended = set()
        seen = set(waiting)
        while waiting:
            for shard, iterator in list(waiting.items()):
                answer = self.kinesis.get_records(ShardIterator=iterator, Limit=50)
                for record in answer["Records"]:
                    read[record["PartitionKey"]].append((record["Data"].decode(), shard, int(record["SequenceNumber"])))
                if "NextShardIterator" in answer:
                    waiting[shard] = answer["NextShardIterator"]
                    self.assertNotIn("ChildShards", answer)
                    if is_done(read) and not answer["Records"]:
                        del waiting[shard]
                    continue
                del waiting[shard]
                ended.add(shard)
                for child in answer["ChildShards"]:
                    if child["ShardId"] not in seen and ended.issuperset(child["ParentShards"]):
                        seen.add(child["ShardId"])
                        waiting[child["ShardId"]] = self.iterator(child["ShardId"])
        return read

    def test_a_split_makes_two_children_that_own_what_the_parent_owned(self):
        self.create(1)
        first = self.put("a", "before")
        self.kinesis.split_shard(StreamName=self.stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
        parent, low, high = self.shards()
        self.assertEqual(low["HashKeyRange"], {"StartingHashKey": "0", "EndingHashKey": str(2**127 - 1)})
        self.assertEqual(high["HashKeyRange"], {"StartingHashKey": str(2**127), "EndingHashKey": str(TOP)})
        self.assertEqual([low["ParentShardId"], high["ParentShardId"]], ["shardId-000000000000"] * 2)
        self.assertNotIn("AdjacentParentShardId", low)
        end = int(parent["SequenceNumberRange"]["EndingSequenceNumber"])
        self.assertLess(int(first["SequenceNumber"]), end)
        for child in (low, high):
            self.assertLess(end, int(child["SequenceNumberRange"]["StartingSequenceNumber"]))
            self.assertNotIn("EndingSequenceNumber", child["SequenceNumberRange"])
        self.assertEqual(self.put("a", "after")["ShardId"], low["ShardId"])
        answer = self.kinesis.get_records(ShardIterator=self.iterator(parent["ShardId"]), Limit=1)
        self.assertEqual([r["Data"] for r in answer["Records"]], [b"before"])
        if "NextShardIterator" in answer:
            answer = self.kinesis.get_records(ShardIterator=answer["NextShardIterator"])
        self.assertNotIn("NextShardIterator", answer)
        self.assertEqual([c["ShardId"] for c in answer["ChildShards"]], [low["ShardId"], high["ShardId"]])
        self.assertEqual(answer["ChildShards"][0]["ParentShards"], [parent["ShardId"]])
        self.assertEqual(answer["MillisBehindLatest"], 0)
        summary = self.kinesis.describe_stream_summary(StreamName=self.stream)["StreamDescriptionSummary"]
        self.assertEqual((summary["OpenShardCount"], summary["StreamStatus"]), (2, "ACTIVE"))
        self.assertEqual([s["ShardId"] for s in self.shards(Type="AT_LATEST")], [low["ShardId"], high["ShardId"]])

    def test_a_merge_makes_one_child_of_both(self):
        self.create(2)
        self.kinesis.merge_shards(StreamName=self.stream, ShardToMerge="shardId-000000000000",
                                  AdjacentShardToMerge="shardId-000000000001")
        child = self.shards()[2]
        self.assertEqual((child["ParentShardId"], child["AdjacentParentShardId"]),
                         ("shardId-000000000000", "shardId-000000000001"))
        for parent in ("shardId-000000000000", "shardId-000000000001"):
            answer = self.kinesis.get_records(ShardIterator=self.iterator(parent))
            self.assertNotIn("NextShardIterator", answer)
            self.assertEqual(answer["ChildShards"][0]["ParentShards"], ["shardId-000000000000", "shardId-000000000001"])

    def test_scaling_tiles_the_hash_space_and_keeps_the_lineage(self):
        self.create(3)
        for target in (6, 5, 3, 2, 4):
            answer = self.kinesis.update_shard_count(StreamName=self.stream, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
            self.assertEqual((answer["StreamName"], answer["TargetShardCount"]), (self.stream, target))
            self.assertEqual(len(self.shards(Type="AT_LATEST")), target)
            self.assert_tiles(self.shards(Type="AT_LATEST"))
            self.assert_tiles(self.shards(Type="AT_TRIM_HORIZON"))
        known = {s["ShardId"]: s for s in self.shards()}
        for shard in known.values():
            for parent in filter(None, [shard.get("ParentShardId"), shard.get("AdjacentParentShardId")]):
                self.assertLess(int(known[parent]["SequenceNumberRange"]["EndingSequenceNumber"]),
                                int(shard["SequenceNumberRange"]["StartingSequenceNumber"]))

    def test_resharding_under_load_loses_repeats_and_reorders_nothing_within_a_key(self):
        self.create(2)
        rounds, keys = 60, [f"key-{i}" for i in range(12)]
        numbers = collections.defaultdict(list)

        def produce(mine):
            kinesis = self.server.client("kinesis")
            for turn in range(rounds):
                answer = kinesis.put_records(StreamName=self.stream, Records=[
                    {"PartitionKey": key, "Data": str(turn).encode()} for key in mine])
                for key, entry in zip(mine, answer["Records"]):
                    numbers[key].append((entry["ShardId"], int(entry["SequenceNumber"])))

        producers = [threading.Thread(target=produce, args=(keys[i::3],)) for i in range(3)]
        for producer in producers:
            producer.start()
        for target in (4, 2, 3, 6, 3):
            self.kinesis.update_shard_count(StreamName=self.stream, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
        for producer in producers:
            producer.join()
        read = self.walk(lambda so_far: sum(map(len, so_far.values())) == rounds * len(keys))
        ranges = {s["ShardId"]: s["HashKeyRange"] for s in self.shards()}
        for key in keys:
            self.assertEqual([data for data, _, _ in read[key]], [str(turn) for turn in range(rounds)], key)
            self.assertEqual([place for _, *place in read[key]], [list(place) for place in numbers[key]])
            self.assertEqual([n for _, n in numbers[key]], sorted(n for _, n in numbers[key]))
            for shard, _ in numbers[key]:
                self.assertLessEqual(int(ranges[shard]["StartingHashKey"]), hash_key(key))
                self.assertLessEqual(hash_key(key), int(ranges[shard]["EndingHashKey"]))

    def test_shards_and_their_ends_survive_kill_9(self):
        self.create(1)
        self.put("a", "0")
        self.kinesis.split_shard(StreamName=self.stream, ShardToSplit="0", NewStartingHashKey=str(2**127))
        self.put("a", "1")
        before = self.shards()
        self.server.kill()
        self.server.start()
        self.assertEqual(self.shards(), before)
        self.put("a", "2")
        self.assertEqual([data for data, _, _ in self.walk(lambda read: len(read["a"]) == 3)["a"]], ["0", "1", "2"])

    def test_a_delivery_stream_reads_parents_and_children(self):
        self.create(1)
        s3 = self.server.client("s3")
        s3.create_bucket(Bucket="resharded")
        firehose = self.server.client("firehose")
        firehose.create_delivery_stream(
            DeliveryStreamName=self.stream, DeliveryStreamType="KinesisStreamAsSource",
            KinesisStreamSourceConfiguration={
                "KinesisStreamARN": f"arn:aws:kinesis:{harness.REGION}:000000000000:stream/{self.stream}", "RoleARN": harness.ROLE},
            ExtendedS3DestinationConfiguration={
                "RoleARN": harness.ROLE, "BucketARN": "arn:aws:s3:::resharded",
                "BufferingHints": {"IntervalInSeconds": 0, "SizeInMBs": 1}})
        sent = []
        for target in (2, 4, 2):
            for index in range(20):
                sent.append(f"{target}-{index}")
                self.put(f"k{index}", sent[-1] + "\n")
            self.kinesis.update_shard_count(StreamName=self.stream, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
        sent.append("last")
        self.put("k", "last\n")
        landed = []

        def all_there():
            landed[:] = []
            for entry in s3.list_objects_v2(Bucket="resharded").get("Contents", []):
                landed.extend(s3.get_object(Bucket="resharded", Key=entry["Key"])["Body"].read().decode().split())
            return len(landed) >= len(sent)

        harness.wait_for("all records in the bucket", all_there)
        self.assertEqual(sorted(landed), sorted(sent))

    def test_wrong_requests_get_the_services_errors(self):
        self.create(3)
        name = {"StreamName": self.stream}
        split, merge, scale = self.kinesis.split_shard, self.kinesis.merge_shards, self.kinesis.update_shard_count
        cases = [
            ("ResourceNotFoundException", split, {"StreamName": "nowhere", "ShardToSplit": "0", "NewStartingHashKey": "5"}),
            ("ResourceNotFoundException", split, {**name, "ShardToSplit": "shardId-000000000009", "NewStartingHashKey": "5"}),
            ("InvalidArgumentException", split, {**name, "ShardToSplit": "0", "NewStartingHashKey": "1"}),
            ("InvalidArgumentException", split, {**name, "ShardToSplit": "0", "NewStartingHashKey": str(TOP)}),
            ("ValidationException", split, {**name, "ShardToSplit": "0", "NewStartingHashKey": "05"}),
            ("ValidationException", split, {**name, "ShardToSplit": "0"}),
            ("InvalidArgumentException", merge, {**name, "ShardToMerge": "0", "AdjacentShardToMerge": "2"}),
            ("InvalidArgumentException", merge, {**name, "ShardToMerge": "1", "AdjacentShardToMerge": "0"}),
            ("InvalidArgumentException", scale, {**name, "TargetShardCount": 7, "ScalingType": "UNIFORM_SCALING"}),
            ("InvalidArgumentException", scale, {**name, "TargetShardCount": 1, "ScalingType": "UNIFORM_SCALING"}),
            ("ValidationException", scale, {**name, "TargetShardCount": 4, "ScalingType": "LOPSIDED"}),
            ("ValidationException", scale, {**name, "TargetShardCount": 0, "ScalingType": "UNIFORM_SCALING"}),
        ]
        for code, call, members in cases:
            with self.subTest(code=code, call=call.__name__, members=members):
                self.assert_error(code, call, **members)
        split(**name, ShardToSplit="0", NewStartingHashKey="1000")
        self.assert_error("InvalidArgumentException", split, **name, ShardToSplit="0", NewStartingHashKey="500")
        self.kinesis.create_stream(StreamName=self.stream + "-od", StreamModeDetails={"StreamMode": "ON_DEMAND"})
        self.assert_error("ValidationException", split, StreamName=self.stream + "-od", ShardToSplit="0", NewStartingHashKey="5")


if __name__ == "__main__":
    harness.main()
