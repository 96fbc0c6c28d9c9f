"""Kinesis Data Streams through boto3: streams, records, iterators, limits and errors."""

import datetime
import hashlib
import http.client
import json
import time

import harness


class Kinesis(harness.ServerCase):
    def setUp(self):
        self.kinesis = self.server.client("kinesis")
        self.stream = self.id().rsplit(".", 1)[1]
        self.kinesis.create_stream(StreamName=self.stream, ShardCount=4)

    def read(self, kind="TRIM_HORIZON", shard=None, limit=10000, **more):
        shards = [shard] if shard else [s["ShardId"] for s in self.kinesis.list_shards(StreamName=self.stream)["Shards"]]
        records = []
        for one in shards:
            iterator = self.kinesis.get_shard_iterator(
                StreamName=self.stream, ShardId=one, ShardIteratorType=kind, **more)["ShardIterator"]
            while True:
                answer = self.kinesis.get_records(ShardIterator=iterator, Limit=limit)
                records += answer["Records"]
                iterator = answer["NextShardIterator"]
                if answer["MillisBehindLatest"] == 0:
                    break
        return records

    def test_a_stream_describes_itself(self):
        description = self.kinesis.describe_stream(StreamName=self.stream)["StreamDescription"]
        self.assertEqual(description["StreamStatus"], "ACTIVE")
        self.assertEqual(description["RetentionPeriodHours"], 24)
        self.assertEqual([s["ShardId"] for s in description["Shards"]], [f"shardId-{i:012}" for i in range(4)])
        self.assertEqual(description["Shards"][0]["HashKeyRange"]["StartingHashKey"], "0")
        self.assertEqual(description["Shards"][3]["HashKeyRange"]["EndingHashKey"], str(2**128 - 1))
        for left, right in zip(description["Shards"], description["Shards"][1:]):
            self.assertEqual(int(left["HashKeyRange"]["EndingHashKey"]) + 1, int(right["HashKeyRange"]["StartingHashKey"]))
        summary = self.kinesis.describe_stream_summary(StreamName=self.stream)["StreamDescriptionSummary"]
        self.assertEqual(summary["OpenShardCount"], 4)
        self.assertIn(self.stream, self.kinesis.list_streams(Limit=100)["StreamNames"])

    def test_records_go_to_the_shard_of_their_keys_hash_and_come_back_in_order(self):
        sent = {}
        for index in range(200):
            key = f"key-{index % 17}"
            answer = self.kinesis.put_record(StreamName=self.stream, Data=str(index).encode(), PartitionKey=key)
            hashed = int.from_bytes(hashlib.md5(key.encode()).digest(), "big")
            self.assertEqual(answer["ShardId"], f"shardId-{min(hashed // (2**128 // 4), 3):012}")
            sent.setdefault(answer["ShardId"], []).append((answer["SequenceNumber"], str(index).encode(), key))
        for shard, expected in sent.items():
            got = [(r["SequenceNumber"], r["Data"], r["PartitionKey"]) for r in self.read(shard=shard, limit=7)]
            self.assertEqual(got, expected)
            numbers = [int(number) for number, _, _ in got]
            self.assertEqual(numbers, sorted(set(numbers)))
            self.assertEqual({len(number) for number, _, _ in got}, {56})

    def test_put_records_answers_each_entry_in_order(self):
        answer = self.kinesis.put_records(StreamName=self.stream, Records=[
            {"Data": str(i).encode(), "PartitionKey": "same"} for i in range(500)])
        self.assertEqual(answer["FailedRecordCount"], 0)
        numbers = [int(entry["SequenceNumber"]) for entry in answer["Records"]]
        self.assertEqual(numbers, sorted(numbers))
        self.assertEqual([r["Data"] for r in self.read()], [str(i).encode() for i in range(500)])

    def test_an_explicit_hash_key_chooses_the_shard_and_the_partition_key_is_kept(self):
        answer = self.kinesis.put_record(StreamName=self.stream, Data=b"x", PartitionKey="k", ExplicitHashKey=str(2**128 - 1))
        self.assertEqual(answer["ShardId"], "shardId-000000000003")
        self.assertEqual(self.read()[0]["PartitionKey"], "k")

    def test_iterators_stand_where_they_were_asked_for(self):
        put = [self.kinesis.put_record(StreamName=self.stream, Data=str(i).encode(), PartitionKey="a") for i in range(5)]
        shard = put[0]["ShardId"]
        data = lambda **how: [r["Data"] for r in self.read(shard=shard, **how)]
        self.assertEqual(data(kind="AT_SEQUENCE_NUMBER", StartingSequenceNumber=put[2]["SequenceNumber"]), [b"2", b"3", b"4"])
        self.assertEqual(data(kind="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=put[2]["SequenceNumber"]), [b"3", b"4"])
        start = self.kinesis.describe_stream(StreamName=self.stream)["StreamDescription"]["Shards"][int(shard[-1])]
        start = start["SequenceNumberRange"]["StartingSequenceNumber"]
        self.assertEqual(len(data(kind="AT_SEQUENCE_NUMBER", StartingSequenceNumber=start)), 5)
        records = self.read(shard=shard)
        self.assertEqual(data(kind="AT_TIMESTAMP", Timestamp=records[0]["ApproximateArrivalTimestamp"])[-1], b"4")
        long_ago = datetime.datetime(2020, 1, 1)
        self.assertEqual(len(data(kind="AT_TIMESTAMP", Timestamp=long_ago)), 5)
        latest = self.kinesis.get_shard_iterator(
            StreamName=self.stream, ShardId=shard, ShardIteratorType="LATEST")["ShardIterator"]
        self.kinesis.put_record(StreamName=self.stream, Data=b"new", PartitionKey="a")
        self.assertEqual([r["Data"] for r in self.kinesis.get_records(ShardIterator=latest)["Records"]], [b"new"])
        self.assertEqual([r["Data"] for r in self.kinesis.get_records(ShardIterator=latest)["Records"]], [b"new"])

    def test_a_limit_leaves_records_behind_and_says_so(self):
        for index in range(5):
            self.kinesis.put_record(StreamName=self.stream, Data=str(index).encode(), PartitionKey="a")
        shard = [s for s in range(4) if self.read(shard=f"shardId-{s:012}")][0]
        iterator = self.kinesis.get_shard_iterator(
            StreamName=self.stream, ShardId=str(shard), ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        answer = self.kinesis.get_records(ShardIterator=iterator, Limit=2)
        self.assertEqual(len(answer["Records"]), 2)
        self.assertGreater(answer["MillisBehindLatest"], 0)

    def test_an_iterator_dies_with_its_stream(self):
        iterator = self.kinesis.get_shard_iterator(
            StreamName=self.stream, ShardId="shardId-000000000000", ShardIteratorType="LATEST")["ShardIterator"]
        self.kinesis.delete_stream(StreamName=self.stream)
        self.assert_error("ResourceNotFoundException", self.kinesis.describe_stream, StreamName=self.stream)
        self.kinesis.create_stream(StreamName=self.stream, ShardCount=1)
        self.assert_error("ResourceNotFoundException", self.kinesis.get_records, ShardIterator=iterator)

    def test_list_shards_pages_and_filters(self):
        page = self.kinesis.list_shards(StreamName=self.stream, MaxResults=3)
        rest = self.kinesis.list_shards(NextToken=page["NextToken"])
        self.assertEqual([s["ShardId"][-1] for s in page["Shards"] + rest["Shards"]], list("0123"))
        self.assertNotIn("NextToken", rest)
        for kind in ("AT_LATEST", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON"):
            self.assertEqual(len(self.kinesis.list_shards(StreamName=self.stream, ShardFilter={"Type": kind})["Shards"]), 4)
        after = self.kinesis.list_shards(StreamName=self.stream, ShardFilter={"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000001"})
        self.assertEqual(len(after["Shards"]), 2)

    def test_wrong_requests_get_the_services_errors(self):
        cases = [
            ("ResourceNotFoundException", self.kinesis.put_record, {"StreamName": "nowhere", "Data": b"", "PartitionKey": "a"}),
            ("ResourceInUseException", self.kinesis.create_stream, {"StreamName": self.stream, "ShardCount": 1}),
            ("ValidationException", self.kinesis.create_stream, {"StreamName": "bad name", "ShardCount": 1}),
            ("ValidationException", self.kinesis.create_stream, {"StreamName": "x" * 129, "ShardCount": 1}),
            ("ValidationException", self.kinesis.put_record, {"StreamName": self.stream, "Data": b"x" * (1024 * 1024 + 1), "PartitionKey": "a"}),
            ("ValidationException", self.kinesis.put_record, {"StreamName": self.stream, "Data": b"", "PartitionKey": "k" * 257}),
            ("ValidationException", self.kinesis.put_records, {"StreamName": self.stream, "Records": [{"Data": b"", "PartitionKey": "a"}] * 501}),
            ("InvalidArgumentException", self.kinesis.put_record, {"StreamName": self.stream, "Data": b"", "PartitionKey": "a", "ExplicitHashKey": str(2**128)}),
            ("ValidationException", self.kinesis.put_record, {"StreamName": self.stream, "Data": b"", "PartitionKey": "a", "ExplicitHashKey": "01"}),
            ("InvalidArgumentException", self.kinesis.get_records, {"ShardIterator": "garbage"}),
            ("ResourceNotFoundException", self.kinesis.get_shard_iterator, {"StreamName": self.stream, "ShardId": "shardId-000000000009", "ShardIteratorType": "LATEST"}),
            ("InvalidArgumentException", self.kinesis.get_shard_iterator, {"StreamName": self.stream, "ShardId": "0", "ShardIteratorType": "AT_TIMESTAMP"}),
            ("InvalidArgumentException", self.kinesis.get_shard_iterator, {"StreamName": self.stream, "ShardId": "0", "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": time.time() + 3600}),
            ("InvalidArgumentException", self.kinesis.get_shard_iterator, {"StreamName": self.stream, "ShardId": "0", "ShardIteratorType": "AT_SEQUENCE_NUMBER"}),
        ]
        for code, call, members in cases:
            with self.subTest(code=code, call=call.__name__):
                self.assert_error(code, call, **members)
        self.kinesis.create_stream(StreamName=self.stream + "-2", ShardCount=1)
        foreign = self.kinesis.put_record(StreamName=self.stream + "-2", Data=b"", PartitionKey="a")
        answer = self.assert_error("InvalidArgumentException", self.kinesis.get_shard_iterator, StreamName=self.stream,
                                   ShardId="0", ShardIteratorType="AT_SEQUENCE_NUMBER",
                                   StartingSequenceNumber=foreign["SequenceNumber"])
        self.assertIn("did not come from this stream", answer["Error"]["Message"])
        other = self.kinesis.put_record(StreamName=self.stream, Data=b"", PartitionKey="a", ExplicitHashKey="0")
        self.assert_error("InvalidArgumentException", self.kinesis.get_shard_iterator, StreamName=self.stream,
                          ShardId="shardId-000000000001", ShardIteratorType="AT_SEQUENCE_NUMBER",
                          StartingSequenceNumber=other["SequenceNumber"])

    def test_a_mebibyte_with_its_key_and_nothing_at_all_are_records(self):
        for data in (b"x" * (1024 * 1024 - 1), b""):
            self.kinesis.put_record(StreamName=self.stream, Data=data, PartitionKey="a")
        self.assertEqual([len(r["Data"]) for r in self.read()], [1024 * 1024 - 1, 0])

    def post(self, body, target="Kinesis_20131202.ListStreams", kind="application/x-amz-json-1.1", connection=None, **headers):
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.server.port)
        sent = {"Content-Type": kind, **headers}
        if target:
            sent["X-Amz-Target"] = target
        connection.request("POST", "/", body, sent)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer

    def test_a_list_goes_on_only_at_a_token_of_ours(self):
        self.kinesis.create_stream(StreamName=self.stream + "-2", ShardCount=1)
        token = json.loads(self.post('{"Limit":1}')[1])["NextToken"]
        self.assertEqual(self.post(json.dumps({"NextToken": token}))[0], 200)
        status, text, _ = self.post('{"NextToken":"no token"}')
        self.assertEqual((status, json.loads(text)["__type"]), (400, "InvalidArgumentException"))

    def test_malformed_requests_keep_the_connection(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        cases = [
            ("{", "Kinesis_20131202.ListStreams", "SerializationException"),
            ("[]", "Kinesis_20131202.ListStreams", "SerializationException"),
            ("", "Kinesis_20131202.ListStreams", "SerializationException"),
            ("{}", "Kinesis_20131202.Nothing", "UnknownOperationException"),
            ("{}", "Unknown_1.ListStreams", "UnknownOperationException"),
            ("{}", None, "UnknownOperationException"),
            ('{"StreamName":5}', "Kinesis_20131202.DescribeStream", "SerializationException"),
        ]
        for body, target, expected in cases:
            with self.subTest(body=body, target=target):
                status, text, answer = self.post(body, target, connection=connection)
                self.assertEqual((status, json.loads(text)["__type"]), (400, expected))
                self.assertIsNotNone(answer.headers["x-amzn-RequestId"])
        status, text, _ = self.post("{}", connection=connection)
        self.assertEqual(status, 200)

    def test_a_foreign_page_or_name_is_refused_without_credentials(self):
        self.assertEqual(self.post("{}", Origin="https://evil.example")[0], 403)
        self.assertEqual(self.post("{}", Host="evil.example")[0], 403)


if __name__ == "__main__":
    harness.main()
