"""Members of Kinesis requests that other tests take for granted: ARNs, modes, sizes, orderings, dry runs."""

import base64
import http.client
import json
import time

import harness

KIB, MIB = 1 << 10, 1 << 20


class Members(harness.ServerCase):
    config = f'[server]\nregion = "{harness.REGION}"\n'

    def setUp(self):
        self.kinesis = self.server.client("kinesis")
        self.once = self.server.client("kinesis", attempts=1)
        self.stream = self.id().rsplit(".", 1)[1]

    def create(self, **members):
        self.kinesis.create_stream(StreamName=self.stream, **({"ShardCount": 1} | members))
        return self.arn()

    def arn(self, stream=None, region=harness.REGION, account="0" * 12):
        return f"arn:aws:kinesis:{region}:{account}:stream/{stream or self.stream}"

    def call(self, operation, **members):
        """As any client would whose model is the newest; the error's type, or the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        connection.request("POST", "/", json.dumps(members), {
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Kinesis_20131202." + operation})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        parsed = json.loads(body) if body else {}
        return parsed["__type"] if answer.status != 200 else parsed

    def summary(self, stream=None):
        return self.call("DescribeStreamSummary", StreamName=stream or self.stream)["StreamDescriptionSummary"]

    def iterator(self, shard="0"):
        return self.kinesis.get_shard_iterator(
            StreamName=self.stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]

    def test_every_operation_takes_the_arn_in_the_place_of_the_name(self):
        arn = self.create(ShardCount=4)
        other = self.arn("another")
        self.kinesis.create_stream(StreamName="another", ShardCount=1)
        data = base64.b64encode(b"x").decode()
        calls = [
            ("AddTagsToStream", {"Tags": {"k": "v"}}),
            ("ListTagsForStream", {}),
            ("RemoveTagsFromStream", {"TagKeys": ["k"]}),
            ("IncreaseStreamRetentionPeriod", {"RetentionPeriodHours": 48}),
            ("DecreaseStreamRetentionPeriod", {"RetentionPeriodHours": 24}),
            ("DescribeStream", {}),
            ("DescribeStreamSummary", {}),
            ("EnableEnhancedMonitoring", {"ShardLevelMetrics": ["ALL"]}),
            ("DisableEnhancedMonitoring", {"ShardLevelMetrics": ["ALL"]}),
            ("StartStreamEncryption", {"EncryptionType": "KMS", "KeyId": "k"}),
            ("StopStreamEncryption", {"EncryptionType": "KMS", "KeyId": "k"}),
            ("PutRecord", {"Data": data, "PartitionKey": "k", "ExplicitHashKey": "0"}),
            ("PutRecords", {"Records": [{"Data": data, "PartitionKey": "k", "ExplicitHashKey": "0"}]}),
            ("GetShardIterator", {"ShardId": "0", "ShardIteratorType": "LATEST"}),
            ("ListShards", {}),
            ("MergeShards", {"ShardToMerge": "0", "AdjacentShardToMerge": "1"}),
            ("SplitShard", {"ShardToSplit": "4", "NewStartingHashKey": "1000"}),
            ("UpdateShardCount", {"TargetShardCount": 4, "ScalingType": "UNIFORM_SCALING"}),
        ]
        for operation, members in calls:
            with self.subTest(operation=operation):
                self.assertEqual(self.call(operation, StreamName=self.stream, StreamARN=other, **members), "InvalidArgumentException")
                self.assertEqual(self.call(operation, **members), "InvalidArgumentException")
                self.assertIsInstance(self.call(operation, StreamARN=arn, **members), dict)
                self.assertIsInstance(self.call(operation, StreamName=self.stream, StreamARN=arn, **self.again(operation, members)), dict)
                self.assertEqual(self.call(operation, StreamARN="arn:aws:s3:::bucket", **members), "ValidationException")
                self.assertEqual(self.call(operation, StreamARN=self.arn("nowhere"), **members), "ResourceNotFoundException")
        iterator = self.call("GetShardIterator", StreamARN=arn, ShardId="0", ShardIteratorType="TRIM_HORIZON")
        self.assertEqual(len(self.call("GetRecords", StreamARN=arn, **iterator)["Records"]), 4)
        self.assertEqual(self.call("GetRecords", StreamARN=other, **iterator), "InvalidArgumentException")
        self.assertEqual(self.call("DeleteStream", StreamName=self.stream, StreamARN=other), "InvalidArgumentException")
        self.assertEqual(self.call("DeleteStream", StreamARN=arn), {})
        self.assertEqual(self.call("DescribeStream", StreamARN=arn), "ResourceNotFoundException")

    @staticmethod
    def again(operation, members):
        """The same call where it can be made twice; of those that use up a shard, one of another shard."""
        return {"MergeShards": {"ShardToMerge": "2", "AdjacentShardToMerge": "3"},
                "SplitShard": {"ShardToSplit": "5", "NewStartingHashKey": str(2**127 + 1000)}}.get(operation, members)

    def test_an_arn_of_another_region_or_account_names_the_stream_too(self):
        self.create()
        for arn in (self.arn(region="eu-west-1"), self.arn(account="111122223333"), self.arn().replace("arn:aws:", "arn:aws-cn:")):
            self.assertEqual(self.call("DescribeStreamSummary", StreamARN=arn)["StreamDescriptionSummary"]["StreamARN"], self.arn())

    def test_a_stream_on_demand_has_four_shards(self):
        self.kinesis.create_stream(StreamName=self.stream, StreamModeDetails={"StreamMode": "ON_DEMAND"})
        summary = self.summary()
        self.assertEqual((summary["OpenShardCount"], summary["StreamModeDetails"]), (4, {"StreamMode": "ON_DEMAND"}))
        self.assertEqual(summary["RecordDistributionStrategy"], "USER_PARTITION_KEY")
        put = self.kinesis.put_record(StreamName=self.stream, Data=b"x", PartitionKey="k", ExplicitHashKey=str(2**128 - 1))
        self.assertEqual(put["ShardId"], "shardId-000000000003")
        self.assert_error("ValidationException", self.once.create_stream, StreamName=self.stream + "-2", ShardCount=1,
                          StreamModeDetails={"StreamMode": "ON_DEMAND"})
        scale = {"StreamName": self.stream, "TargetShardCount": 8, "ScalingType": "UNIFORM_SCALING"}
        self.assert_error("ValidationException", self.once.update_shard_count, **scale)
        self.kinesis.update_stream_mode(StreamARN=self.arn(), StreamModeDetails={"StreamMode": "PROVISIONED"})
        self.assertEqual(self.kinesis.update_shard_count(**scale)["CurrentShardCount"], 4)
        self.assertEqual(self.summary()["OpenShardCount"], 8)
        self.assertNotIn("RecordDistributionStrategy", self.summary())

    def test_create_stream_judges_what_it_is_given(self):
        wrong = [
            ("ValidationException", {}),
            ("ValidationException", {"ShardCount": 0}),
            ("LimitExceededException", {"ShardCount": 10_001}),
            ("ValidationException", {"StreamModeDetails": {}}),
            ("ValidationException", {"ShardCount": 1, "StreamModeDetails": {"StreamMode": "SOMETIMES"}}),
            ("ValidationException", {"ShardCount": 1, "MaxRecordSizeInKiB": 1023}),
            ("ValidationException", {"ShardCount": 1, "MaxRecordSizeInKiB": 10_241}),
            ("ValidationException", {"ShardCount": 1, "Tags": {f"k{i}": "" for i in range(51)}}),
            ("ValidationException", {"ShardCount": 1, "Tags": {"k" * 129: ""}}),
            ("InvalidArgumentException", {"ShardCount": 1, "RecordDistributionStrategy": "AUTO"}),
        ]
        for code, members in wrong:
            with self.subTest(members=str(members)[:80]):
                self.assertEqual(self.call("CreateStream", StreamName=self.stream, **members), code)
        self.assertEqual(self.call("CreateStream", StreamName=self.stream, ShardCount=1, WarmThroughputMiBps=10,
                                   RecordDistributionStrategy="USER_PARTITION_KEY", Tags={f"k{i}": "v" for i in range(50)}), {})
        self.assertEqual(self.call("CreateStream", StreamName=self.stream, ShardCount=1), "ResourceInUseException")
        self.assertEqual(len(self.kinesis.list_tags_for_stream(StreamName=self.stream)["Tags"]), 50)
        self.kinesis.get_waiter("stream_exists").wait(StreamName=self.stream)
        self.kinesis.delete_stream(StreamName=self.stream)
        self.kinesis.get_waiter("stream_not_exists").wait(StreamName=self.stream)

    def test_a_number_for_ordering_is_one_of_the_past(self):
        self.create()
        put = lambda **more: self.kinesis.put_record(StreamName=self.stream, Data=b"x", PartitionKey="k", **more)["SequenceNumber"]
        numbers = [put()]
        for _ in range(3):
            numbers.append(put(SequenceNumberForOrdering=numbers[-1]))
        self.assertEqual([int(n) for n in numbers], sorted(int(n) for n in numbers))
        shard, = self.kinesis.list_shards(StreamName=self.stream)["Shards"]
        put(SequenceNumberForOrdering=shard["SequenceNumberRange"]["StartingSequenceNumber"])
        future = str(int(numbers[0]) + (3600 << 36))  # the time of the record stands above 36 bits
        for code, number in (("InvalidArgumentException", future), ("InvalidArgumentException", "5"), ("ValidationException", "x")):
            with self.subTest(number=number):
                self.assert_error(code, self.once.put_record, StreamName=self.stream, Data=b"x", PartitionKey="k",
                                  SequenceNumberForOrdering=number)

    def test_data_and_key_together_keep_to_the_streams_record_size(self):
        self.create()
        put = lambda data, key: self.once.put_record(StreamName=self.stream, Data=b"x" * data, PartitionKey=key)
        batch = lambda data, key: self.once.put_records(StreamName=self.stream, Records=[{"Data": b"x" * data, "PartitionKey": key}])
        for one in (put, batch):
            one(MIB - 3, "key")
            self.assert_error("InvalidArgumentException", one, MIB - 2, "key")
            self.assert_error("ValidationException", one, MIB + 1, "k")
        self.assertEqual(len(self.kinesis.get_records(ShardIterator=self.iterator())["Records"]), 2)

    def test_a_large_record_is_ten_mebibytes(self):
        self.call("CreateStream", StreamName=self.stream, ShardCount=1, MaxRecordSizeInKiB=10 * KIB)
        self.assertEqual(self.summary()["MaxRecordSizeInKiB"], 10 * KIB)
        whole = bytes(range(256)) * (10 * MIB // 256)
        self.kinesis.put_record(StreamName=self.stream, Data=whole[:-1], PartitionKey="k")
        self.assert_error("InvalidArgumentException", self.once.put_record, StreamName=self.stream, Data=whole, PartitionKey="k")
        self.assert_error("ValidationException", self.once.put_record, StreamName=self.stream, Data=whole + b"x", PartitionKey="k")
        record, = self.kinesis.get_records(ShardIterator=self.iterator())["Records"]
        self.assertEqual(record["Data"], whole[:-1])

    def test_a_put_carries_ten_mebibytes_with_its_keys(self):
        self.create(ShardCount=2)
        entries = lambda last: [{"Data": b"x" * (MIB - 1), "PartitionKey": "k"}] * 9 + [{"Data": b"x" * last, "PartitionKey": "k"}]
        answer = self.once.put_records(StreamName=self.stream, Records=entries(MIB - 1))
        self.assertEqual((answer["FailedRecordCount"], len(answer["Records"])), (0, 10))
        more = entries(MIB - 1) + [{"Data": b"", "PartitionKey": "k"}]
        error = self.assert_error("InvalidArgumentException", self.once.put_records, StreamName=self.stream, Records=more)
        self.assertIn("10 MB", error["Error"]["Message"])
        self.assert_error("ValidationException", self.once.put_records, StreamName=self.stream, Records=[])

    def test_an_answer_carries_ten_mebibytes_or_one_record(self):
        self.call("CreateStream", StreamName=self.stream, ShardCount=1, MaxRecordSizeInKiB=10 * KIB)
        sizes = [4 * MIB, 4 * MIB, 4 * MIB, 9 * MIB, 5 * MIB]
        for size in sizes:
            self.kinesis.put_record(StreamName=self.stream, Data=b"x" * size, PartitionKey="k")
        iterator, pages = self.iterator(), []
        while True:
            answer = self.kinesis.get_records(ShardIterator=iterator)
            pages.append([len(record["Data"]) for record in answer["Records"]])
            iterator = answer["NextShardIterator"]
            if answer["MillisBehindLatest"] == 0:
                break
        self.assertEqual(pages, [sizes[:2], sizes[2:3], sizes[3:4], sizes[4:]])

    def test_limits_of_get_records(self):
        self.create()
        self.kinesis.put_records(StreamName=self.stream, Records=[{"Data": b"x", "PartitionKey": "k"}] * 7)
        for limit in (0, 10_001):
            self.assert_error("ValidationException", self.once.get_records, ShardIterator=self.iterator(), Limit=limit)
        iterator, pages = self.iterator(), []
        for _ in range(3):
            answer = self.kinesis.get_records(ShardIterator=iterator, Limit=3)
            pages.append((len(answer["Records"]), answer["MillisBehindLatest"] > 0))
            iterator = answer["NextShardIterator"]
        self.assertEqual(pages, [(3, True), (3, True), (1, False)])
        self.assertEqual(self.kinesis.get_records(ShardIterator=iterator)["Records"], [])

    def test_a_time_is_met_to_the_millisecond(self):
        self.create()
        for index in range(5):
            self.kinesis.put_record(StreamName=self.stream, Data=b"%d" % index, PartitionKey="k")
            time.sleep(0.005)
        records = self.kinesis.get_records(ShardIterator=self.iterator())["Records"]
        for index, record in enumerate(records):
            for offset, first in ((0, index), (0.001, index + 1)):
                iterator = self.call("GetShardIterator", StreamName=self.stream, ShardId="0", ShardIteratorType="AT_TIMESTAMP",
                                     Timestamp=round(record["ApproximateArrivalTimestamp"].timestamp() + offset, 3))
                got = [r["Data"] for r in self.kinesis.get_records(**iterator)["Records"]]
                self.assertEqual(got, [b"%d" % i for i in range(first, 5)])

    def test_subscriptions_begin_where_iterators_do(self):
        arn = self.create()
        put = [self.kinesis.put_record(StreamName=self.stream, Data=b"%d" % i, PartitionKey="k") for i in range(4)]
        arrived = self.kinesis.get_records(ShardIterator=self.iterator())["Records"][2]["ApproximateArrivalTimestamp"]
        for number, (position, first) in enumerate([
                ({"Type": "TRIM_HORIZON"}, 0),
                ({"Type": "AT_SEQUENCE_NUMBER", "SequenceNumber": put[1]["SequenceNumber"]}, 1),
                ({"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": put[1]["SequenceNumber"]}, 2),
                ({"Type": "AT_TIMESTAMP", "Timestamp": arrived}, None)]):
            consumer = self.kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=f"c{number}")["Consumer"]["ConsumerARN"]
            events = self.kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId="0", StartingPosition=position)["EventStream"]
            got = [r["Data"] for r in next(iter(events))["SubscribeToShardEvent"]["Records"]]
            events.close()
            if first is None:  # records of the same millisecond come along
                self.assertEqual(got[-2:], [b"2", b"3"])
            else:
                self.assertEqual(got, [b"%d" % i for i in range(first, 4)])

    def test_an_event_carries_a_mebibyte_at_most(self):
        arn = self.create()
        consumer = self.kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
        for size in (600_000, 400_000, 400_000, MIB - 1):
            self.kinesis.put_record(StreamName=self.stream, Data=b"x" * size, PartitionKey="k")
        events = self.kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId="0", StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"]
        sizes = [[len(r["Data"]) for r in next(iter(events))["SubscribeToShardEvent"]["Records"]] for _ in range(3)]
        events.close()
        self.assertEqual(sizes, [[600_000, 400_000], [400_000], [MIB - 1]])

    def test_short_shard_ids_mean_the_long_one(self):
        self.create(ShardCount=2)
        for text in ("1", "01", "shardId-1", "shardId-000000000001"):
            self.kinesis.get_shard_iterator(StreamName=self.stream, ShardId=text, ShardIteratorType="LATEST")
        for text in ("2", "shardId-", "shard-1", "shardId-99999999999", "x"):
            self.assert_error("ResourceNotFoundException", self.once.get_shard_iterator, StreamName=self.stream, ShardId=text,
                              ShardIteratorType="LATEST")

    def test_an_iterator_outlives_the_server(self):
        self.create()
        self.kinesis.put_record(StreamName=self.stream, Data=b"x", PartitionKey="k")
        iterator = self.iterator()
        self.server.kill()
        self.server.start()
        self.assertEqual(len(self.kinesis.get_records(ShardIterator=iterator)["Records"]), 1)
        for wrong in (iterator[:-4], iterator[:-1] + ("A" if iterator[-1] != "A" else "B"), "AAAA"):
            self.assert_error("InvalidArgumentException", self.once.get_records, ShardIterator=wrong)
        self.assert_error("ValidationException", self.once.get_records, ShardIterator="A" * 513)

    def test_a_dry_run_does_nothing(self):
        arn = self.create()
        data = base64.b64encode(b"x").decode()
        consumer = self.kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
        iterator = self.iterator()
        for operation, members in (
                ("PutRecord", {"StreamName": self.stream, "Data": data, "PartitionKey": "k"}),
                ("PutRecords", {"StreamName": self.stream, "Records": [{"Data": data, "PartitionKey": "k"}]}),
                ("GetShardIterator", {"StreamName": self.stream, "ShardId": "0", "ShardIteratorType": "LATEST"}),
                ("GetRecords", {"ShardIterator": iterator}),
                ("SubscribeToShard", {"ConsumerARN": consumer, "ShardId": "0", "StartingPosition": {"Type": "LATEST"}})):
            with self.subTest(operation=operation):
                self.assertEqual(self.call(operation, DryRun=True, **members), "DryRunOperationException")
                if operation.startswith("Put"):
                    wrong = members | {"StreamName": "nowhere"}
                    self.assertEqual(self.call(operation, DryRun=True, **wrong), "ResourceNotFoundException")
        self.assertEqual(self.call("GetRecords", DryRun=False, ShardIterator=iterator)["Records"], [])

    def test_the_sdk_for_javascript_makes_the_calls_that_boto3_does_not_know(self):
        arn = self.create()
        data = base64.b64encode(b"x").decode()
        consumer = self.kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
        calls = [
            ("UpdateMaxRecordSize", {"StreamARN": arn, "MaxRecordSizeInKiB": 4096}),
            ("DescribeStreamSummary", {"StreamARN": arn}),
            ("PutRecord", {"StreamARN": arn, "Data": data, "PartitionKey": "k"}),
            ("PutRecord", {"StreamARN": arn, "Data": data, "PartitionKey": "k", "DryRun": True}),
            ("TagResource", {"ResourceARN": consumer, "Tags": {"k": "v"}}),
            ("ListTagsForResource", {"ResourceARN": consumer}),
            ("UntagResource", {"ResourceARN": consumer, "TagKeys": ["k"]}),
            ("ListTagsForResource", {"ResourceARN": consumer}),
            ("PutResourcePolicy", {"ResourceARN": consumer, "Policy": "{}"}),
            ("GetResourcePolicy", {"ResourceARN": consumer}),
            ("DeleteResourcePolicy", {"ResourceARN": consumer}),
            ("GetResourcePolicy", {"ResourceARN": consumer}),
            ("ListShards", {"StreamARN": arn, "ShardFilter": {"Type": "AT_TIMESTAMP", "Timestamp": int(time.time() * 1000)}}),
            ("GetShardIterator", {"StreamARN": arn, "ShardId": "0", "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 0}),
            ("UpdateStreamWarmThroughput", {"StreamARN": arn, "WarmThroughputMiBps": 10}),
        ]
        outcomes = harness.javascript_calls(self.server, *calls)
        names = [outcome.get("error") for outcome in outcomes]
        self.assertEqual(names, [None] * 3 + ["DryRunOperationException"] + [None] * 7 + ["ResourceNotFoundException", None, None,
                                                                                       "UnknownOperationException"])
        self.assertEqual(outcomes[1]["answer"]["StreamDescriptionSummary"]["MaxRecordSizeInKiB"], 4096)
        self.assertEqual([outcomes[5]["answer"]["Tags"], outcomes[7]["answer"]["Tags"]], [[{"Key": "k", "Value": "v"}], []])
        self.assertEqual(outcomes[9]["answer"]["Policy"], "{}")
        self.assertEqual(len(outcomes[12]["answer"]["Shards"]), 1)

    def test_settings_judge_what_they_are_given(self):
        arn = self.create()
        name = {"StreamName": self.stream}
        for code, operation, members in (
                ("ValidationException", "StartStreamEncryption", {**name, "EncryptionType": "NONE", "KeyId": "k"}),
                ("ValidationException", "StartStreamEncryption", {**name, "EncryptionType": "KMS"}),
                ("ValidationException", "StopStreamEncryption", {**name, "EncryptionType": "KMS", "KeyId": "k" * 2049}),
                ("ValidationException", "AddTagsToStream", {**name, "Tags": {}}),
                ("ValidationException", "RemoveTagsFromStream", {**name, "TagKeys": []}),
                ("ValidationException", "RemoveTagsFromStream", {**name, "TagKeys": ["k"] * 51}),
                ("ValidationException", "ListTagsForStream", {**name, "Limit": 51}),
                ("ValidationException", "EnableEnhancedMonitoring", {**name, "ShardLevelMetrics": []}),
                ("ValidationException", "IncreaseStreamRetentionPeriod", name),
                ("ValidationException", "RegisterStreamConsumer", {"StreamARN": arn, "ConsumerName": "a b"}),
                ("ValidationException", "RegisterStreamConsumer", {"ConsumerName": "c"}),
                ("ValidationException", "UpdateMaxRecordSize", {"StreamARN": arn, "MaxRecordSizeInKiB": 10_241}),
                ("ValidationException", "UpdateStreamMode", {"StreamARN": arn}),
                ("ResourceNotFoundException", "UpdateStreamMode", {"StreamARN": arn + "x", "StreamModeDetails": {"StreamMode": "ON_DEMAND"}}),
                ("InvalidArgumentException", "DescribeStreamConsumer", {"StreamARN": arn})):
            with self.subTest(operation=operation, members=str(members)[:80]):
                self.assertEqual(self.call(operation, **members), code)
        made = self.call("RegisterStreamConsumer", StreamARN=arn, ConsumerName="c", Tags={"team": "heart"})["Consumer"]
        self.assertEqual(self.call("ListTagsForResource", ResourceARN=made["ConsumerARN"])["Tags"], [{"Key": "team", "Value": "heart"}])
        self.assertEqual(self.call("DescribeStreamConsumer", ConsumerARN=made["ConsumerARN"], StreamARN=self.arn("other"),
                                   ConsumerName="other")["ConsumerDescription"]["ConsumerName"], "c")

    def test_what_is_ignored_changes_nothing(self):
        arn = self.create()
        self.assertEqual(self.call("DescribeStreamSummary", StreamName=self.stream, StreamId="x")["StreamDescriptionSummary"]["StreamARN"], arn)
        self.assertEqual(self.call("UpdateStreamMode", StreamARN=arn, StreamModeDetails={"StreamMode": "PROVISIONED"}, WarmThroughputMiBps=1), {})
        self.assertEqual(len(self.call("ListShards", StreamName=self.stream, StreamCreationTimestamp=1)["Shards"]), 1)
        self.assertEqual(len(self.call("ListShards", StreamName=self.stream, NoSuchMember={"a": []}, NextToken=None)["Shards"]), 1)


if __name__ == "__main__":
    harness.main()
