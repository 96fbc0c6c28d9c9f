"""CBOR 1.1, the wire of the Java SDK: every shape of value, against boto3's JSON on the same stream."""

import http.client
import json
import subprocess
import time
import zlib

import cbor
import harness


class Cbor(harness.ServerCase):
    def setUp(self):
        self.kinesis = self.server.client("kinesis")
        self.stream = self.id().rsplit(".", 1)[1]
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port)

    def post(self, operation, body):
        self.connection.request("POST", "/", body, {"Content-Type": "application/x-amz-cbor-1.1",
                                                    "X-Amz-Target": "Kinesis_20131202." + operation})
        answer = self.connection.getresponse()
        self.assertEqual(answer.headers["Content-Type"], "application/x-amz-cbor-1.1")
        body = answer.read()
        return answer.status, cbor.loads(body) if body else None

    def call(self, operation, indefinite=True, **members):
        status, answer = self.post(operation, cbor.dumps(members, indefinite))
        self.assertEqual(status, 200, answer)
        return answer

    def test_records_and_times_are_the_same_in_both_wires(self):
        for indefinite in (True, False):
            stream = f"{self.stream}-{indefinite}"
            call = lambda operation, **members: self.call(operation, indefinite, StreamName=stream, **members)
            self.assertIsNone(call("CreateStream", ShardCount=1))
            data = [bytes(range(256)), b"", b"AQID", "größer".encode()]
            put = call("PutRecords", Records=[{"Data": one, "PartitionKey": "käse"} for one in data])
            self.assertEqual((put["FailedRecordCount"], put["EncryptionType"]), (0, "NONE"))
            call("PutRecord", Data=b"last", PartitionKey="k", ExplicitHashKey="5")
            description = call("DescribeStream")["StreamDescription"]
            told = self.kinesis.describe_stream(StreamName=stream)["StreamDescription"]
            created = description["StreamCreationTimestamp"]
            self.assertEqual(created, cbor.Tagged(1, round(told["StreamCreationTimestamp"].timestamp() * 1000)))
            self.assertIs(description["HasMoreShards"], False)
            by_time = call("GetShardIterator", ShardId="0", ShardIteratorType="AT_TIMESTAMP", Timestamp=created)
            untagged = call("GetShardIterator", ShardId="0", ShardIteratorType="AT_TIMESTAMP", Timestamp=created.value)
            for iterator in (by_time, untagged):
                answer = self.call("GetRecords", indefinite, **iterator)
                self.assertEqual([r["Data"] for r in answer["Records"]], data + [b"last"])
                self.assertEqual(answer["Records"][0]["PartitionKey"], "käse")
                self.assertEqual([r["SequenceNumber"] for r in answer["Records"][:4]], [e["SequenceNumber"] for e in put["Records"]])
                arrival = answer["Records"][0]["ApproximateArrivalTimestamp"]
                self.assertEqual(arrival.tag, 1)
                self.assertLess(abs(arrival.value / 1000 - time.time()), 60)
            same = self.kinesis.get_records(ShardIterator=by_time["ShardIterator"])["Records"]
            self.assertEqual([r["Data"] for r in same], data + [b"last"])

    def test_a_full_answer_comes_whole(self):
        self.call("CreateStream", StreamName=self.stream, ShardCount=1)
        sent = [bytes([i]) * (1 << 20) for i in range(9)]
        for one in sent:
            self.call("PutRecord", StreamName=self.stream, Data=one[:-1], PartitionKey="k")
        iterator = self.call("GetShardIterator", StreamName=self.stream, ShardId="0", ShardIteratorType="TRIM_HORIZON")
        self.assertEqual([r["Data"] for r in self.call("GetRecords", **iterator)["Records"]], [one[:-1] for one in sent])

    def test_events_are_in_cbor_where_the_subscription_was(self):
        self.call("CreateStream", StreamName=self.stream, ShardCount=1)
        arn = self.call("DescribeStream", StreamName=self.stream)["StreamDescription"]["StreamARN"]
        consumer = self.call("RegisterStreamConsumer", StreamARN=arn, ConsumerName="c")["Consumer"]
        self.assertEqual(consumer["ConsumerCreationTimestamp"].tag, 1)
        self.call("PutRecord", StreamName=self.stream, Data=b"\x00\xff", PartitionKey="k")
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        connection.request("POST", "/", cbor.dumps({
            "ConsumerARN": consumer["ConsumerARN"], "ShardId": "shardId-000000000000", "StartingPosition": {"Type": "TRIM_HORIZON"}}),
            {"Content-Type": "application/x-amz-cbor-1.1", "X-Amz-Target": "Kinesis_20131202.SubscribeToShard"})
        answer = connection.getresponse()
        self.assertEqual(answer.headers["Content-Type"], "application/vnd.amazon.eventstream")
        payloads = []
        for _ in range(2):
            prelude = answer.read(12)
            total, headers = int.from_bytes(prelude[:4], "big"), int.from_bytes(prelude[4:8], "big")
            rest = answer.read(total - 12)
            self.assertEqual(zlib.crc32(prelude[:8]), int.from_bytes(prelude[8:], "big"))
            self.assertEqual(zlib.crc32(prelude + rest[:-4]), int.from_bytes(rest[-4:], "big"))
            self.assertIn(b":content-type\x07\x00\x1aapplication/x-amz-cbor-1.1", rest[:headers])
            payloads.append(cbor.loads(rest[headers:-4]))
        connection.close()
        self.assertEqual(payloads[0], {})
        self.assertEqual([(r["Data"], r["PartitionKey"]) for r in payloads[1]["Records"]], [(b"\x00\xff", "k")])
        self.assertEqual(payloads[1]["MillisBehindLatest"], 0)

    def test_errors_are_told_in_cbor(self):
        status, error = self.post("DescribeStream", cbor.dumps({"StreamName": "nowhere"}))
        self.assertEqual((status, error["__type"]), (400, "ResourceNotFoundException"))
        self.assertIn("nowhere", error["message"])
        status, error = self.post("Nothing", cbor.dumps({}))
        self.assertEqual((status, error["__type"]), (400, "UnknownOperationException"))
        for broken in (b"", b"\xbf", b"\xa1\x01\x02", b"\x9f\xff", b"\xff" * 100, cbor.dumps({}) + b"\x00", b"\x81" * 10000):
            status, error = self.post("ListStreams", broken)
            self.assertEqual((status, error["__type"]), (400, "SerializationException"), broken[:10])
        self.assertIn("StreamNames", self.call("ListStreams"))

    def test_the_codec_of_awss_sdk_for_javascript_is_understood_and_understands(self):
        done = subprocess.run(["node", str(harness.HERE / "cbor.mjs"), self.server.endpoint, self.stream],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)
        created = self.kinesis.describe_stream(StreamName=self.stream)["StreamDescription"]["StreamCreationTimestamp"]
        self.assertEqual(told["created"], {"tag": 1, "value": round(created.timestamp() * 1000)})
        self.assertEqual((told["status"], told["failed"], told["type"]), (200, 0, "application/x-amz-cbor-1.1"))
        self.assertEqual(told["records"], ["00ff80", "", "größer".encode().hex()])
        self.assertEqual(told["keys"], ["käse"] * 3)
        self.assertEqual(told["arrival"]["tag"], 1)
        self.assertLess(abs(told["arrival"]["value"] / 1000 - time.time()), 60)
        self.assertEqual(told["error"], "ResourceNotFoundException")


if __name__ == "__main__":
    harness.main()
