"""Dynamic partitioning and record processors through boto3: keys by partition, limits, what is refused, sub-records, restarts."""

import base64
import collections
import json
import pathlib
import re
import unittest
import urllib.request

import harness
import harness_proof
from test_kpl import aggregate

BUCKET = "landing"
ERRORS = "errors/!{firehose:error-output-type}/"
QUERY = "{customer: .customer}"


def processor(kind, **parameters):
    return {"Type": kind, "Parameters": [{"ParameterName": n, "ParameterValue": v} for n, v in parameters.items()]}


NEWLINE = processor("AppendDelimiterToRecord", Delimiter="\\n")
JSON_PARTS = processor("RecordDeAggregation", SubRecordType="JSON")


def destination(*processors, query=QUERY, prefix="data/customer=!{partitionKeyFromQuery:customer}/", interval=1, **more):
    extraction = processor("MetadataExtraction", MetadataExtractionQuery=query, JsonParsingEngine="JQ-1.6")
    return {"RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": prefix, "ErrorOutputPrefix": ERRORS,
            "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": interval},
            "DynamicPartitioningConfiguration": {"Enabled": True},
            "ProcessingConfiguration": {"Enabled": True, "Processors": [extraction, *processors]}, **more}


def record(customer, **more):
    return json.dumps({"customer": customer, **more}).encode()


class Landing:
    """A server with a bucket and a delivery stream of its own."""

    def __init__(self, test, *processors, tags=(), name="parts", **more):
        self.server = harness.Server()
        test.addCleanup(self.server.close)
        self.server.start()
        self.name = name
        self.server.client("s3").create_bucket(Bucket=BUCKET)
        self.server.client("firehose").create_delivery_stream(
            DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination(*processors, **more),
            **({"Tags": [{"Key": k, "Value": v} for k, v in tags]} if tags else {}))

    def put(self, *records):
        firehose = self.server.client("firehose")
        for first in range(0, len(records), 500):
            answer = firehose.put_record_batch(DeliveryStreamName=self.name,
                                               Records=[{"Data": data} for data in records[first:first + 500]])
            assert answer["FailedPutCount"] == 0, answer

    def update(self, given, **members):
        firehose = self.server.client("firehose")
        described = firehose.describe_delivery_stream(DeliveryStreamName=self.name)["DeliveryStreamDescription"]
        firehose.update_destination(
            DeliveryStreamName=self.name, CurrentDeliveryStreamVersionId=described["VersionId"],
            DestinationId=described["Destinations"][0]["DestinationId"],
            ExtendedS3DestinationUpdate={"ProcessingConfiguration": given["ProcessingConfiguration"], **members})

    def bodies(self):
        """By folder within the bucket, in no order: what its objects hold, and how many there are."""
        bodies, counts = collections.defaultdict(bytes), collections.Counter()
        for path in self.server.bucket(BUCKET).rglob("*"):
            if path.is_file():
                folder = str(path.parent.relative_to(self.server.bucket(BUCKET)))
                bodies[folder] += path.read_bytes()
                counts[folder] += 1
        return bodies, counts

    def delivered(self):
        """Stops the server, which delivers what is buffered; the bucket must prove itself."""
        self.server.stop()
        code, answer = harness_proof.verify(self.server.data)
        assert code == 0 and answer["proven"], answer
        _, alone = harness_proof.verify(self.server.data, "--bucket-only")
        assert not alone["faults"], alone
        return self.bodies()


def refused(body):
    return [json.loads(line) for line in body.decode().splitlines()]


class DynamicPartitioning(unittest.TestCase):
    def test_each_partition_has_objects_of_its_own(self):
        landing = Landing(self, NEWLINE, prefix="data/!{timestamp:yyyy}/!{partitionKeyFromQuery:customer}-!{partitionKeyFromQuery:day}/",
                          query='{customer: .customer, day: .time[0:10]}')
        times = ["2025-07-13T21:25:19", "2025-07-13T23:59:59", "2025-07-14T00:00:00"]
        records = [record(customer, time=time, n=n) for n in range(20) for customer in ("acme", "zenith") for time in times]
        landing.put(*records)
        bodies, counts = landing.delivered()
        self.assertEqual({re.sub(r"^data/\d{4}/", "", folder) for folder in bodies},
                         {f"{customer}-2025-07-{day}" for customer in ("acme", "zenith") for day in ("13", "14")})
        for folder, body in bodies.items():
            customer, day = re.fullmatch(r"data/\d{4}/(\w+)-(.*)", folder).groups()
            lines = [json.loads(line) for line in body.decode().splitlines()]
            self.assertEqual(len(lines), 40 if day.endswith("13") else 20)
            self.assertEqual({line["customer"] for line in lines}, {customer})
        name = next(path.name for path in landing.server.bucket(BUCKET).rglob("*") if path.is_file())
        self.assertRegex(name, r"^parts-1-\d{4}(-\d\d){5}-[0-9a-f-]{36}$")

    def test_jq_makes_values_that_are_folders(self):
        landing = Landing(self, NEWLINE, query='{day: (.at | strftime("%Y/%m/%d")), customer: (.customer | ascii_downcase)}',
                          prefix="!{partitionKeyFromQuery:day}/!{partitionKeyFromQuery:customer}/")
        landing.put(record("ACME", at=0), record("acme", at=86399), record("acme", at=86400), record("acme", at="later"))
        bodies, _ = landing.delivered()
        line, = refused(bodies.pop("errors/processing-failed"))
        self.assertEqual(base64.b64decode(line["rawData"]), record("acme", at="later"))
        self.assertEqual(bodies, {"1970/01/01/acme": record("ACME", at=0) + b"\n" + record("acme", at=86399) + b"\n",
                                  "1970/01/02/acme": record("acme", at=86400) + b"\n"})

    def test_records_without_values_and_with_hostile_ones_go_to_the_error_output(self):
        landing = Landing(self, NEWLINE, prefix="!{partitionKeyFromQuery:customer}/")
        bad = [record(None), record(""), b"{}", b"no json", record(".."), record("a/../../b"), record("a\nb"), record("x" * 1000)]
        good = {"2025/07/13": "2025/07/13", "x=1 & %2F": "x=1 & %2F", "temp\u00e9rature": "temp\u00e9rature"}
        landing.put(*bad, *map(record, good))
        bodies, counts = landing.delivered()
        lines = refused(bodies.pop("errors/processing-failed"))
        self.assertEqual(set(bodies), set(good.values()))
        self.assertEqual(sorted(base64.b64decode(line["rawData"]) for line in lines), sorted(bad))
        self.assertEqual({line["errorCode"] for line in lines}, {"DynamicPartitioning.MetadataExtractionFailed"})
        self.assertEqual(list(lines[0]), ["rawData", "errorCode", "errorMessage", "attemptsMade", "arrivalTimestamp", "attemptEndingTimestamp"])
        why = {base64.b64decode(line["rawData"]): line["errorMessage"] for line in lines}
        for without in bad[:3]:
            self.assertEqual(why[without], "partitionKeys values must not be null or empty")
        self.assertIn("control character", why[record("a\nb")])

    def test_the_501st_partition_is_refused(self):
        landing = Landing(self, interval=900)
        landing.put(*[record(f"c{n:04}") for n in range(501)])
        bodies, counts = landing.delivered()
        line, = refused(bodies.pop("errors/processing-failed"))
        self.assertEqual(len(bodies), 500)
        self.assertEqual(line["errorCode"], "DynamicPartitioning.ActivePartitionLimitExceeded")
        self.assertNotIn("data/customer=" + json.loads(base64.b64decode(line["rawData"]))["customer"], bodies)

    def test_tags_say_how_many_partitions_may_be_open_and_what_becomes_of_one_more(self):
        records = [record(f"c{n}") for n in range(5)]
        landing = Landing(self, interval=900, tags=[("sluice:partitions-max", "2")])
        landing.put(*records)
        bodies, _ = landing.delivered()
        self.assertEqual(len(refused(bodies.pop("errors/processing-failed"))), 3)
        self.assertEqual(len(bodies), 2)
        landing = Landing(self, interval=900, tags=[("sluice:partitions-max", "2"), ("sluice:partition-overflow", "close-least-recently-used")])
        landing.put(*records)
        bodies, _ = landing.delivered()
        self.assertEqual(set(bodies), {f"data/customer=c{n}" for n in range(5)})

    def test_json_objects_of_a_record_go_each_their_way(self):
        landing = Landing(self, JSON_PARTS, NEWLINE, interval=900)
        many = b"".join(record("many", n=n) for n in range(501))
        landing.put(record("a", n=1) + b"\n\n" + record("b", n=2) + record("a", n=3) + b"\n",
                    b"[" + record("a") + b"]", b"".join(record("full", n=n) for n in range(500)), many)
        bodies, _ = landing.delivered()
        self.assertEqual(bodies["data/customer=a"], record("a", n=1) + b"\n" + record("a", n=3) + b"\n")
        self.assertEqual(bodies["data/customer=b"], record("b", n=2) + b"\n")
        self.assertEqual(len(bodies["data/customer=full"].splitlines()), 500)
        # An array, and more than 500 objects, stay one record, to which the query has no answer.
        self.assertEqual([base64.b64decode(line["rawData"]) for line in refused(bodies["errors/processing-failed"])],
                         [b"[" + record("a") + b"]", many])

    def test_delimited_pieces_of_a_record_go_each_their_way(self):
        landing = Landing(self, processor("RecordDeAggregation", SubRecordType="DELIMITED", Delimiter="IyMjIw=="), interval=900)
        landing.put(b"####".join([record("a"), record("b"), b"", record("a")]))
        bodies, _ = landing.delivered()
        self.assertEqual(bodies, {"data/customer=a": record("a") * 2, "data/customer=b": record("b")})

    def test_aggregates_of_the_producer_library_are_unpacked_first(self):
        landing = Landing(self, JSON_PARTS, NEWLINE, interval=900)
        kinesis, firehose = landing.server.client("kinesis"), landing.server.client("firehose")
        kinesis.create_stream(StreamName="aggregated", ShardCount=1)
        firehose.create_delivery_stream(
            DeliveryStreamName="from-kinesis", DeliveryStreamType="KinesisStreamAsSource",
            KinesisStreamSourceConfiguration={
                "KinesisStreamARN": f"arn:aws:kinesis:{harness.REGION}:000000000000:stream/aggregated", "RoleARN": harness.ROLE},
            ExtendedS3DestinationConfiguration=destination(JSON_PARTS, NEWLINE, prefix="kpl/!{partitionKeyFromQuery:customer}/", interval=900))
        kinesis.put_record(StreamName="aggregated", PartitionKey="k", Data=aggregate(
            [("k", record("a", n=1) + record("b", n=2)), ("k", record("a", n=3))]))
        bodies, _ = landing.delivered()
        self.assertEqual(bodies, {"kpl/a": record("a", n=1) + b"\n" + record("a", n=3) + b"\n", "kpl/b": record("b", n=2) + b"\n"})

    def test_partitions_are_converted(self):
        landing = Landing(self, JSON_PARTS)
        glue = landing.server.client("glue")
        glue.create_database(DatabaseInput={"Name": "db"})
        glue.create_table(DatabaseName="db", TableInput={"Name": "t", "StorageDescriptor": {"Columns": [{"Name": "n", "Type": "int"}]}})
        landing.name = "converted"
        landing.server.client("firehose").create_delivery_stream(
            DeliveryStreamName="converted", ExtendedS3DestinationConfiguration=destination(
                JSON_PARTS, interval=900, DataFormatConversionConfiguration=harness.conversion("db", "t")))
        landing.put(record("a", n=1) + record("b", n=2), record("a", n="three"), record("a", n=4))
        bodies, _ = landing.delivered()
        line, = refused(bodies.pop("errors/format-conversion-failed"))
        self.assertEqual(base64.b64decode(line["rawData"]), record("a", n="three"))
        paths = {path.parent.name: path for path in landing.server.bucket(BUCKET).rglob("*.parquet")}
        self.assertEqual(harness.hyparquet_rows([paths["customer=a"]]), [{"n": 1}, {"n": 4}])
        self.assertEqual(harness.hyparquet_rows([paths["customer=b"]]), [{"n": 2}])

    def test_a_delimiter_needs_no_partitioning(self):
        landing = Landing(self)
        landing.name = "lines"
        landing.server.client("firehose").create_delivery_stream(
            DeliveryStreamName="lines", ExtendedS3DestinationConfiguration={
                "RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": "lines/",
                "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 900},
                "ProcessingConfiguration": {"Enabled": True, "Processors": [NEWLINE]}})
        landing.put(b"a", b"b", aggregate([("k", b"c"), ("k", b"d")]))
        bodies, _ = landing.delivered()
        self.assertEqual(list(bodies.values()), [b"a\nb\nc\nd\n"])

    def test_every_part_is_delivered_once_over_kills(self):
        landing = Landing(self, JSON_PARTS, NEWLINE)
        made = 0
        for life in range(4):
            for _ in range(5):
                records = []
                for _ in range(40):
                    records.append(b"".join(record(f"c{n % 7}", n=n) if n % 11 else record(None, n=n) for n in range(made, made + 5)))
                    made += 5
                landing.put(*records)
            if life < 3:
                before = sum(landing.bodies()[1].values())
                harness.wait_for("another object", lambda: sum(landing.bodies()[1].values()) > before)
                landing.server.kill()
                landing.server.start()
        bodies, _ = landing.delivered()
        seen = []
        for folder, body in bodies.items():
            lines = [base64.b64decode(line["rawData"]) for line in refused(body)] if folder.startswith("errors") else body.splitlines()
            for line in map(json.loads, lines):
                seen.append(line["n"])
                self.assertEqual(folder, f"data/customer=c{line['n'] % 7}" if line["n"] % 11 else "errors/processing-failed")
        self.assertEqual(sorted(seen), list(range(made)))

    def test_an_update_replaces_processors_and_a_record_partly_delivered_keeps_its_parts(self):
        landing = Landing(self, JSON_PARTS, NEWLINE, interval=900,
                          tags=[("sluice:partitions-max", "1"), ("sluice:partition-overflow", "close-least-recently-used")])
        landing.put(record("a") + record("b"))  # b takes the place of a, whose object is delivered
        harness.wait_for("the first part", lambda: set(landing.bodies()[0]) == {"data/customer=a"})
        landing.update(destination())
        whole = record("c") + record("d")
        landing.put(whole, record("b", n=2))
        bodies, _ = landing.delivered()
        line, = refused(bodies.pop("errors/processing-failed"))
        self.assertEqual(base64.b64decode(line["rawData"]), whole)
        self.assertEqual(bodies, {"data/customer=a": record("a") + b"\n", "data/customer=b": record("b") + record("b", n=2)})
        version = {path.parent.name: path.name.split("-")[1] for path in landing.server.bucket(BUCKET).rglob("customer=*/*")}
        self.assertEqual(version, {"customer=a": "1", "customer=b": "2"})

    def test_open_partitions_are_counted(self):
        landing = Landing(self, interval=900)
        landing.put(*map(record, "abcab"))

        def active():
            page = urllib.request.urlopen(landing.server.endpoint + "/_sluice/metrics").read().decode()
            return re.findall(r'^sluice_partitions_active\{delivery_stream="parts"\} (\d+)', page, re.M)
        harness.wait_for("three partitions", lambda: active() == ["3"])


class Definitions(harness.ServerCase):
    def setUp(self):
        self.firehose = self.server.client("firehose")

    def create(self, given, name="s", **more):
        return self.firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=given, **more)

    def test_what_was_given_is_described(self):
        given = destination(JSON_PARTS, NEWLINE)
        self.create(given, "described")
        described = self.firehose.describe_delivery_stream(DeliveryStreamName="described")["DeliveryStreamDescription"]
        extended = described["Destinations"][0]["ExtendedS3DestinationDescription"]
        self.assertEqual(extended["ProcessingConfiguration"], given["ProcessingConfiguration"])
        self.assertEqual(extended["DynamicPartitioningConfiguration"], {"Enabled": True, "RetryOptions": {"DurationInSeconds": 300}})
        self.assertNotIn("ProcessingConfiguration", described["Destinations"][0]["S3DestinationDescription"])

    def test_updates_keep_what_partitioning_needs(self):
        self.create(destination(JSON_PARTS), "changing")

        def update(**members):
            self.firehose.update_destination(DeliveryStreamName="changing", CurrentDeliveryStreamVersionId="1",
                                             DestinationId="destinationId-000000000001", ExtendedS3DestinationUpdate=members)
        for members in ({"DynamicPartitioningConfiguration": {"Enabled": False}}, {"ProcessingConfiguration": {"Enabled": False}},
                        {"Prefix": "!{partitionKeyFromQuery:other}/"}, {"Prefix": "plain/"},
                        {"BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 0}},
                        {"ProcessingConfiguration": destination(query="[.customer]")["ProcessingConfiguration"]}):
            with self.subTest(members=members):
                self.assert_error("InvalidArgumentException", update, **members)
        update(ProcessingConfiguration=destination(NEWLINE)["ProcessingConfiguration"])
        extended = self.firehose.describe_delivery_stream(DeliveryStreamName="changing")[
            "DeliveryStreamDescription"]["Destinations"][0]["ExtendedS3DestinationDescription"]
        self.assertEqual(extended["ProcessingConfiguration"], destination(NEWLINE)["ProcessingConfiguration"])
        self.assertTrue(extended["DynamicPartitioningConfiguration"]["Enabled"])

    def test_wrong_definitions_name_the_member_and_the_rule(self):
        good = destination()
        processing = lambda *processors: {"ProcessingConfiguration": {"Enabled": True, "Processors": list(processors)}}
        many = "{" + ",".join(f"k{n}: .customer" for n in range(50)) + ", customer}"
        cases = [
            ("ValidationException", processing({"Type": "Lamda"}), r"processors.1.member.type.*\[Decompression, Lambda, RecordDeAggregation"),
            ("ValidationException", processing(processor("MetadataExtraction", Query="{}")), "parameters.1.member.parameterName"),
            ("InvalidArgumentException", processing(processor("Lambda")), "LambdaArn is required when Lambda processor is used."),
            ("InvalidArgumentException", processing(processor("Decompression", CompressionFormat="ZIP")), "must be GZIP, not ZIP"),
            ("InvalidArgumentException", {"Prefix": "a/"},
             "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled"),
            ("InvalidArgumentException", {"ErrorOutputPrefix": ""}, "ErrorOutputPrefix: it must be given"),
            ("InvalidArgumentException", {"Prefix": "!{partitionKeyFromLambda:customer}/"},
             "Lambda should be present when S3 Prefix contains keys from partitionKeyFromLambda namespace"),
            ("InvalidArgumentException", {"Prefix": "!{partitionKeyFromQuery:other}/"}, "other is no key of MetadataExtractionQuery, which has customer"),
            ("InvalidArgumentException", {"BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 0}}, "IntervalInSeconds must not be 0"),
            ("InvalidArgumentException", {"DynamicPartitioningConfiguration": {"Enabled": False}}, "needs DynamicPartitioningConfiguration to be enabled"),
            ("InvalidArgumentException", {"ProcessingConfiguration": {"Enabled": False}},
             "Processing Configuration is not enabled when DataPartitioning is enabled"),
            ("InvalidArgumentException", processing(NEWLINE),
             "MetadataExtraction processor should be present when S3 Prefix has partitionKeyFromQuery namespace"),
            ("InvalidArgumentException", destination(query="[.customer]"), "."),
            ("InvalidArgumentException", destination(query="{customer: .customer"), "."),
            ("InvalidArgumentException", destination(query=many), "50"),
        ]
        for code, members, text in cases:
            with self.subTest(members=members):
                answer = self.assert_error(code, self.create, {**good, **members})
                self.assertRegex(answer["Error"]["Message"], text)

    def test_tags_of_partitions_are_judged(self):
        for key, value in (("sluice:partitions-max", "0"), ("sluice:partitions-max", "10001"), ("sluice:partition-overflow", "drop")):
            with self.subTest(key=key, value=value):
                answer = self.assert_error("InvalidArgumentException", self.create, destination(), Tags=[{"Key": key, "Value": value}])
                self.assertIn(key, answer["Error"]["Message"])


if __name__ == "__main__":
    harness.main()
