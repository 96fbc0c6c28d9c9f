"""Decompression and CloudWatchLogProcessing through boto3: with and without partitions, hostile records, what is dropped, kills."""

import base64
import gzip
import json
import pathlib
import re
import unittest
import urllib.request

import harness
import harness_proof
import test_dynamic_partitioning
from test_dynamic_partitioning import BUCKET, ERRORS, JSON_PARTS, NEWLINE, processor, refused

GZIP = processor("Decompression", CompressionFormat="GZIP")
MESSAGES = processor("CloudWatchLogProcessing", DataMessageExtraction="true")
CONTROL = gzip.compress(json.dumps({
    "messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "", "logStream": "", "subscriptionFilters": [],
    "logEvents": [{"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}).encode())

DIGITS = "".join(str(n * n) for n in range(150_000))  # nothing that compresses like a bomb


def payload(*messages):
    events = [{"id": f"{n:056}", "timestamp": 1752400000000 + n, "message": message} for n, message in enumerate(messages)]
    return json.dumps({"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g", "logStream": "s", "subscriptionFilters": ["f"],
                       "logEvents": events}).encode()


def log(*messages):
    return gzip.compress(payload(*messages))


def destination(*processors, interval=1, **more):
    return {"RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": "data/", "ErrorOutputPrefix": ERRORS,
            "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": interval},
            "ProcessingConfiguration": {"Enabled": True, "Processors": list(processors)}, **more}


class Landing(test_dynamic_partitioning.Landing):
    """Without partitions, unless `given` is another destination."""

    def __init__(self, test, *processors, given=None, **more):
        self.server = harness.Server()
        test.addCleanup(self.server.close)
        self.server.start()
        self.name = "logs"
        self.server.client("s3").create_bucket(Bucket=BUCKET)
        self.create(given or destination(*processors, **more))

    def create(self, given):
        self.server.client("firehose").create_delivery_stream(DeliveryStreamName=self.name, ExtendedS3DestinationConfiguration=given)

    def metric(self, name):
        page = urllib.request.urlopen(self.server.endpoint + "/_sluice/metrics").read().decode()
        found = re.search(rf'^{name}\{{delivery_stream="{self.name}"\}} (\S+)', page, re.M)
        return float(found[1]) if found else None

    def delivered(self):
        """Stops the server, which delivers what is buffered; the ledger must prove all of it."""
        self.server.stop()
        code, answer = harness_proof.verify(self.server.data)
        assert code == 0 and answer["proven"], answer
        return self.by_kind()

    def by_kind(self):
        bodies, _ = self.bodies()
        merged = {}
        for folder, body in sorted(bodies.items()):
            kind = "data" if folder.startswith("data") else folder
            merged[kind] = merged.get(kind, b"") + body
        return merged


class Decompression(unittest.TestCase):
    def test_records_are_unpacked_and_damaged_ones_go_to_the_error_output_as_they_came(self):
        landing = Landing(self, GZIP, interval=900)
        good = [b"one\n", b"", DIGITS[:1_000_000].encode() + b"\n", b"two\n"]
        bomb = gzip.compress(bytes(200_000_000))
        bad = [b"", b"plain", gzip.compress(b"cut off")[:-1], gzip.compress(b"behind") + b"trailing", bytes(1_000_000), bomb]
        bad.append(gzip.compress(b"changed")[:-8] + bytes(8))
        nested = gzip.compress(gzip.compress(b"nested"))
        landing.put(*map(gzip.compress, good), gzip.compress(b"three") + gzip.compress(b"") + gzip.compress(b"\n"))
        for record in bad:
            landing.put(record)
        landing.put(nested)
        bodies = landing.delivered()
        self.assertEqual(bodies.pop("data"), b"".join(good) + b"three\n" + gzip.decompress(nested))
        lines = refused(bodies.pop("errors/decompression-failed"))
        self.assertEqual(bodies, {})
        self.assertEqual([base64.b64decode(line["rawData"]) for line in lines], bad)
        self.assertEqual({line["errorCode"] for line in lines}, {"Decompression.InvalidData"})
        self.assertIn("unlikely ratio", lines[5]["errorMessage"])
        self.assertEqual(list(lines[0]), ["rawData", "errorCode", "errorMessage", "attemptsMade", "arrivalTimestamp", "attemptEndingTimestamp"])

    def test_many_bombs_cost_little_memory(self):
        landing = Landing(self, GZIP, interval=900)
        bombs = [gzip.compress(bytes(1_000_000)) for _ in range(400)]
        landing.put(*bombs)
        harness.wait_for("all of them to be read", lambda: landing.metric("sluice_source_read_records_total") == 400)
        status = pathlib.Path(f"/proc/{landing.server.process.pid}/status").read_text()
        self.assertLess(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]), 384 << 10)
        self.assertEqual(len(refused(landing.delivered()["errors/decompression-failed"])), 400)

    def test_messages_are_extracted_each_a_record(self):
        landing = Landing(self, GZIP, MESSAGES, NEWLINE, interval=900)
        awkward = ['{"a": "\u00e9\\n"}', "two\nlines", "", "tab\t\"quoted\" \\ \U0001f600", DIGITS[:200_000]]
        landing.put(log("one", "two"), CONTROL, log(), log(*awkward), gzip.compress(payload("three") + payload("four")))
        landing.put(gzip.compress(b'{"a":1}'), gzip.compress(b"text"), b"plain", gzip.compress(gzip.compress(payload("nested"))))
        bodies = landing.delivered()
        messages = ["one", "two", *awkward, "three", "four"]
        self.assertEqual(bodies.pop("data").decode(), "".join(message + "\n" for message in messages))
        self.assertEqual([line["errorCode"] for line in refused(bodies.pop("errors/processing-failed"))],
                         ["CloudWatchLogProcessing.InvalidData"] * 3)
        line, = refused(bodies.pop("errors/decompression-failed"))
        self.assertEqual(base64.b64decode(line["rawData"]), b"plain")
        self.assertEqual(bodies, {})

    def test_partitions_of_messages(self):
        extraction = processor("MetadataExtraction", MetadataExtractionQuery="{c: .c}", JsonParsingEngine="JQ-1.6")
        landing = Landing(self, given=destination(
            GZIP, MESSAGES, JSON_PARTS, extraction, NEWLINE, interval=900, Prefix="data/!{partitionKeyFromQuery:c}/",
            DynamicPartitioningConfiguration={"Enabled": True}))
        landing.put(log('{"c":"x"}{"c":"y"}', '{"c":"x","n":2}'), CONTROL, b"plain", log("text"))
        landing.server.stop()
        code, answer = harness_proof.verify(landing.server.data)
        self.assertTrue(code == 0 and answer["proven"], answer)
        bodies, _ = landing.bodies()
        self.assertEqual(bodies["data/x"], b'{"c":"x"}\n{"c":"x","n":2}\n')
        self.assertEqual(bodies["data/y"], b'{"c":"y"}\n')
        # A control message is an empty record, and that has no partition.
        self.assertEqual([base64.b64decode(line["rawData"]) for line in refused(bodies["errors/processing-failed"])], [b"", b"text"])
        self.assertEqual(len(refused(bodies["errors/decompression-failed"])), 1)

    def test_messages_are_converted(self):
        landing = Landing(self, GZIP, interval=900)
        glue = landing.server.client("glue")
        glue.create_database(DatabaseInput={"Name": "db"})
        glue.create_table(DatabaseName="db", TableInput={"Name": "t", "StorageDescriptor": {"Columns": [{"Name": "n", "Type": "int"}]}})
        landing.name = "converted"
        landing.create(destination(GZIP, MESSAGES, interval=900, DataFormatConversionConfiguration=harness.conversion("db", "t")))
        landing.put(log('{"n":1}', '{"n":"a"}', '{"n":2}'), CONTROL, log('{"n":3}'))
        bodies = landing.delivered()
        lines = refused(bodies.pop("errors/format-conversion-failed"))
        self.assertEqual([base64.b64decode(line["rawData"]) for line in lines], [b'{"n":"a"}', b""])
        self.assertEqual(lines[1]["lastErrorMessage"], "The record was empty or contained only whitespace.")
        paths = list(landing.server.bucket(BUCKET).rglob("*.parquet"))
        self.assertEqual(harness.hyparquet_rows(paths), [{"n": 1}, {"n": 2}, {"n": 3}])

    def test_a_stream_of_dropped_records_alone_goes_on(self):
        landing = Landing(self, GZIP, MESSAGES)
        landing.put(*[CONTROL] * 600)
        harness.wait_for("all of them to be dropped", lambda: landing.metric("sluice_dropped_records_total") == 600)
        landing.server.kill()
        landing.server.start()
        landing.put(CONTROL)
        harness.wait_for("only the new one to be", lambda: landing.metric("sluice_dropped_records_total") == 1)
        self.assertEqual(landing.delivered(), {})

    def test_every_message_is_delivered_once_over_kills(self):
        landing = Landing(self, GZIP, MESSAGES, NEWLINE)
        made = control = 0
        for life in range(4):
            for _ in range(5):
                records = []
                for _ in range(20):
                    records += [log(*[f"m{n}" for n in range(made, made + 7)]), CONTROL, b"bad %d" % made]
                    made += 7
                    control += 1
                landing.put(*records)
            if life < 3:
                before = sum(landing.bodies()[1].values())
                harness.wait_for("another object", lambda: sum(landing.bodies()[1].values()) > before)
                landing.server.kill()
                landing.server.start()
        bodies = landing.delivered()
        self.assertEqual(sorted(bodies["data"].decode().split()), sorted(f"m{n}" for n in range(made)))
        self.assertEqual(sorted(base64.b64decode(line["rawData"]) for line in refused(bodies["errors/decompression-failed"])),
                         sorted(b"bad %d" % n for n in range(0, made, 7)))

    def test_an_update_switches_it_on_and_off(self):
        landing = Landing(self, NEWLINE, interval=900)
        record = log("message")
        landing.put(record)
        landing.update(destination(GZIP, MESSAGES, NEWLINE))
        landing.put(record)
        landing.update(destination(NEWLINE))
        landing.put(record)
        # What was not sealed yet is gathered anew under the definition of now.
        self.assertEqual(landing.delivered(), {"data": (record + b"\n") * 3})

    def test_explain_knows_what_was_dropped(self):
        landing = Landing(self, GZIP, MESSAGES)
        kinesis, firehose = landing.server.client("kinesis"), landing.server.client("firehose")
        kinesis.create_stream(StreamName="source", ShardCount=1)
        landing.name = "from-kinesis"
        firehose.create_delivery_stream(
            DeliveryStreamName=landing.name, DeliveryStreamType="KinesisStreamAsSource", KinesisStreamSourceConfiguration={
                "KinesisStreamARN": f"arn:aws:kinesis:{harness.REGION}:000000000000:stream/source", "RoleARN": harness.ROLE},
            ExtendedS3DestinationConfiguration=destination(GZIP, MESSAGES))
        number = kinesis.put_record(StreamName="source", PartitionKey="k", Data=CONTROL)["SequenceNumber"]
        harness.wait_for("it to be dropped", lambda: landing.metric("sluice_dropped_records_total") == 1)
        said = harness_proof.run("explain", "source", number, "--json", "--data-dir", landing.server.data,
                                 "--endpoint", landing.server.endpoint).stdout
        self.assertIn('"dropped"', said)


class Definitions(harness.ServerCase):
    def test_wrong_definitions_name_the_member_and_the_rule(self):
        firehose = self.server.client("firehose")
        cases = [
            ((processor("Decompression", CompressionFormat="ZIP"),), "CompressionFormat of Decompression must be GZIP, not ZIP."),
            ((GZIP, GZIP), "Cannot have more than 1 Decompression processor."),
            ((GZIP, processor("CloudWatchLogProcessing")), "DataMessageExtraction is required when CloudWatchLogProcessing processor is used."),
            ((GZIP, processor("CloudWatchLogProcessing", DataMessageExtraction="false")),
             "DataMessageExtraction of CloudWatchLogProcessing must be true, not false."),
            ((MESSAGES,), "The CloudWatchLogProcessing processor needs the Decompression processor."),
            ((GZIP, JSON_PARTS), "RecordDeAggregation need DynamicPartitioningConfiguration to be enabled."),
        ]
        for processors, text in cases:
            with self.subTest(text=text):
                answer = self.assert_error("InvalidArgumentException", firehose.create_delivery_stream, DeliveryStreamName="s",
                                           ExtendedS3DestinationConfiguration=destination(*processors))
                self.assertIn(text, answer["Error"]["Message"])


if __name__ == "__main__":
    harness.main()
