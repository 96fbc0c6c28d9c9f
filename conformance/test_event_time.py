"""Event time through boto3: keys by what records tell of, late records, what is refused, changes of the definition, restarts."""

import base64
import datetime
import json
import unittest

import harness
import harness_proof
from test_kpl import aggregate

BUCKET = "landing"
ERRORS = "errors/!{firehose:error-output-type}/"
FIELD = ("sluice:event-time-field", ".at")


def tags(*pairs):
    return [{"Key": key, "Value": value} for key, value in pairs]


def destination(prefix="!{event-time:yyyy/MM/dd}/h=!{event-time:HH}/", interval=900, **more):
    return {"RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": prefix, "ErrorOutputPrefix": ERRORS,
            "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": interval},
            "ProcessingConfiguration": {"Enabled": True, "Processors": [
                {"Type": "AppendDelimiterToRecord", "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}]}]}, **more}


def record(at, **more):
    return json.dumps({"at": at, **more}).encode()


def instant(text):
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc).timestamp())


class EventTime(unittest.TestCase):
    assert_error = harness.ServerCase.assert_error

    def setUp(self):
        self.server = harness.Server().start()
        self.addCleanup(self.server.close)
        self.server.client("s3").create_bucket(Bucket=BUCKET)
        self.firehose = self.server.client("firehose")

    def create(self, *pairs, name="timed", zone=None, **more):
        firehose = harness.with_new_members(self.firehose, CustomTimeZone=zone) if zone else self.firehose
        firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination(**more),
                                        **({"Tags": tags(*pairs)} if pairs else {}))

    def put(self, *records, name="timed"):
        for data in records:
            self.server.client("firehose").put_record(DeliveryStreamName=name, Record={"Data": data})

    def landed(self):
        """The records by folder, the server stopped; the bucket must prove itself."""
        self.server.stop()
        code, answer = harness_proof.verify(self.server.data)
        self.assertTrue(code == 0 and answer["proven"], answer)
        folders = {}
        for path in sorted(self.server.bucket(BUCKET).rglob("*")):
            if path.is_file():
                folder = str(path.parent.relative_to(self.server.bucket(BUCKET)))
                folders.setdefault(folder, []).extend(json.loads(line) for line in path.read_text().splitlines())
        return folders

    def refused(self, folders):
        return {base64.b64decode(line["rawData"]): (line["errorCode"], line["errorMessage"])
                for line in folders.pop("errors/processing-failed", [])}

    def test_records_land_in_the_hour_they_tell_of_in_the_zone_of_the_stream(self):
        self.create(FIELD, zone="America/New_York")
        # The clocks of New York go from 02:00 to 03:00 on 2025-03-09 (07:00 UTC), and from 02:00 to 01:00 on 2025-11-02 (06:00 UTC).
        hours = {"2025-03-09T06:59:59.999": "2025/03/09/h=01", "2025-03-09T07:00:00Z": "2025/03/09/h=03",
                 "2025-11-02T05:59:59+00:00": "2025/11/02/h=01", "2025-11-02T06:00:00": "2025/11/02/h=01",
                 "2025-11-02T02:00:00-05:00": "2025/11/02/h=02", "2025-07-13": "2025/07/12/h=20"}
        self.put(*[record(at) for at in hours])
        self.assertEqual({folder: [line["at"] for line in lines] for folder, lines in self.landed().items()},
                         {folder: [at for at, other in hours.items() if other == folder] for folder in hours.values()})

    def test_numbers_are_read_as_the_tag_says(self):
        second = instant("2025-07-13T15:55:19")
        for unit, factor in (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)):
            self.create(("sluice:event-time-field", ".gps.time"), ("sluice:event-time-format", f"epoch-{unit}"),
                        name=unit, prefix=unit + "-!{event-time:yyyy-MM-dd_HH-mm-ss}/")
            self.put(json.dumps({"gps": {"time": second * factor}}).encode(), json.dumps({"gps": {"time": str(second * factor)}}).encode(),
                     name=unit)
        self.assertEqual({folder: len(lines) for folder, lines in self.landed().items()},
                         {f"{unit}-2025-07-13_15-55-19": 2 for unit in ("s", "ms", "us", "ns")})

    def test_records_without_a_usable_time_go_to_the_error_output_and_stop_nothing(self):
        self.create(FIELD)
        bad = [b"{}", b"no json", b"", record(7), record(None), record("yesterday"), record(["x"]), record("2025-02-30T00:00:00"),
               b'{"at": "2025-07-13T00:00:00"', record("x" * 100000)]
        self.put(*bad, record("2025-07-13T15:55:19", n=1))
        folders = self.landed()
        lines = self.refused(folders)
        self.assertEqual(set(lines), set(bad))
        self.assertEqual({code for code, _ in lines.values()}, {"EventTime.Invalid"})
        self.assertEqual(lines[b"{}"][1], "the field .at is missing")
        self.assertIn('the field .at is "yesterday", which is no time like', lines[record("yesterday")][1])
        self.assertIn("sluice:event-time-format", lines[record(7)][1])
        self.assertEqual(list(folders), ["2025/07/13/h=15"])

    def test_late_records_go_where_the_tag_says(self):
        late = ("2025-07-13T14:55:18", "2025-07-13T15:55:20")
        for name, policy in (("own", "own-object"), ("refusing", "error-output")):
            self.create(FIELD, ("sluice:event-time-lateness-s", "3600"), ("sluice:event-time-late", policy), name=name, prefix=name + "-!{event-time:HH}/")
            self.put(record("2025-07-13T15:55:19"), record("2025-07-13T14:55:19"), *map(record, late), name=name)
        folders = self.landed()
        lines = self.refused(folders)
        self.assertEqual({folder: len(found) for folder, found in folders.items()},
                         {"own-15": 2, "own-14": 2, "refusing-15": 2, "refusing-14": 1})
        self.assertEqual({code for code, _ in lines.values()}, {"EventTime.Late"})
        self.assertEqual(set(lines), {record(late[0])})

    def test_it_goes_with_dynamic_partitioning_and_aggregates(self):
        processors = [{"Type": "MetadataExtraction", "Parameters": [
            {"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{watch: .watch}"},
            {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"}]}]
        self.create(FIELD, prefix="!{partitionKeyFromQuery:watch}/!{event-time:yyyy-MM}/", interval=60,
                    DynamicPartitioningConfiguration={"Enabled": True},
                    ProcessingConfiguration={"Enabled": True, "Processors": processors})
        self.put(aggregate([("key", data) for data in (record("2025-07-31T23:59:59", watch="a"), record("2025-08-01", watch="a"),
                                                       record("2025-08-02", watch="b"), record("2025-08-02"))]))
        self.server.stop()
        bodies = {str(path.parent.relative_to(self.server.bucket(BUCKET))): path.read_bytes()
                  for path in self.server.bucket(BUCKET).rglob("*") if path.is_file()}
        self.assertIn(b"MetadataExtractionFailed", bodies.pop("errors/processing-failed"))
        self.assertEqual(bodies, {"a/2025-07": record("2025-07-31T23:59:59", watch="a"), "a/2025-08": record("2025-08-01", watch="a"),
                                  "b/2025-08": record("2025-08-02", watch="b")})

    def test_kills_and_changes_lose_and_double_nothing(self):
        self.create(FIELD)
        sent = [record(f"2025-07-{day:02}T12:00:00", n=day) for day in range(1, 31)]
        self.put(*sent[:10])
        self.server.kill()
        self.server.start()
        self.put(*sent[10:20])
        described = self.server.client("firehose").describe_delivery_stream(DeliveryStreamName="timed")["DeliveryStreamDescription"]
        self.server.client("firehose").update_destination(
            DeliveryStreamName="timed", CurrentDeliveryStreamVersionId=described["VersionId"],
            DestinationId=described["Destinations"][0]["DestinationId"],
            ExtendedS3DestinationUpdate={"Prefix": "v2/!{event-time:MM}/", "ErrorOutputPrefix": ERRORS})
        self.put(*sent[20:])
        self.server.kill()
        self.server.start()
        folders = self.landed()
        self.assertEqual(sorted(line["n"] for lines in folders.values() for line in lines), list(range(1, 31)))
        self.assertEqual(list(folders), ["v2/07"])

    def test_tags_and_prefix_that_do_not_go_together_are_refused_by_name(self):
        for pairs, more, says in (
                ((), {}, "Prefix: '!{event-time:yyyy/MM/dd}' needs the tag sluice:event-time-field"),
                ((FIELD,), {"ErrorOutputPrefix": "!{event-time:yyyy}/!{firehose:error-output-type}/"}, "event-time may stand in Prefix only"),
                ((FIELD,), {"Prefix": "!{event-time:bbb}/"}, "unknown letter 'b'"),
                ((("sluice:event-time-field", ".a..b"),), {}, "sluice:event-time-field must be a path"),
                ((FIELD, ("sluice:event-time-format", "unix")), {}, "'epoch-s', 'epoch-ms', 'epoch-us' or 'epoch-ns', not 'unix'"),
                ((FIELD, ("sluice:event-time-late", "error-output")), {}, "needs the tag sluice:event-time-lateness-s"),
                ((FIELD, ("sluice:event-time-lateness-s", "x")), {}, "must be a number from 0 to 31622400, not 'x'")):
            with self.subTest(pairs=pairs, **more):
                answer = self.assert_error("InvalidArgumentException", self.firehose.create_delivery_stream, DeliveryStreamName="bad",
                                           ExtendedS3DestinationConfiguration=destination() | more, **({"Tags": tags(*pairs)} if pairs else {}))
                self.assertIn(says, answer["Error"]["Message"])
        self.create(FIELD)
        answer = self.assert_error("InvalidArgumentException", self.firehose.untag_delivery_stream, DeliveryStreamName="timed", TagKeys=[FIELD[0]])
        self.assertIn("sluice:event-time-field", answer["Error"]["Message"])
        self.firehose.tag_delivery_stream(DeliveryStreamName="timed", Tags=tags(("sluice:event-time-format", "epoch-s")))
        self.put(record(0))
        self.assertEqual(list(self.landed()), ["1970/01/01/h=00"])

    def test_the_configuration_file_says_it_as_well(self):
        self.server.stop()
        self.server.config = f'''
[[delivery_stream]]
name = "declared"
bucket = "{BUCKET}"
prefix = "file/!{{event-time:yyyy}}/"
[delivery_stream.tags]
"sluice:event-time-field" = "at"
'''
        self.server.start()
        self.put(record("1999-12-31T23:59:59"), name="declared")
        self.server.stop()
        self.assertEqual(len(list((self.server.bucket(BUCKET) / "file/1999").iterdir())), 1)


if __name__ == "__main__":
    harness.main()
