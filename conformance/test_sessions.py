"""Sessions through boto3: each becomes one object named by its start, whatever happens to the server meanwhile.

The recordings are real workouts (or simulated ones, where there is no sample data).  What must come out is computed here from
their time stamps.  A session that nothing follows would be delivered after its gap of silence; so that nobody waits for that,
a beat of the year 2099 ends the last one of each recording.
"""

import base64
import datetime
import json
import unittest
import zoneinfo

import harness
import harness_proof
from test_heart_rate import recordings
from test_kpl import aggregate

BUCKET = "garmin-hr-s3-bucket"
STREAM = "hr-kinesis-stream"
GAP = 300
SENTINEL = '{"timestamp": "2099-01-01T00:00:00", "heart_rate": 1}\n'
CALCUTTA = zoneinfo.ZoneInfo("Asia/Calcutta")

# The seed's configuration as a request, word for word.
SEED = json.loads("""
{"DeliveryStreamName":"hr_firehose","DeliveryStreamType":"KinesisStreamAsSource",
 "KinesisStreamSourceConfiguration":{"KinesisStreamARN":"arn:aws:kinesis:ap-south-1:111111111111:stream/hr-kinesis-stream","RoleARN":"arn:aws:iam::111111111111:role/firehose"},
 "ExtendedS3DestinationConfiguration":{"RoleARN":"arn:aws:iam::111111111111:role/firehose","BucketARN":"arn:aws:s3:::garmin-hr-s3-bucket",
  "Prefix":"heart_rate_data/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/session_!{timestamp:HH-mm-ss}/",
  "ErrorOutputPrefix":"errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/",
  "BufferingHints":{"SizeInMBs":64,"IntervalInSeconds":60},"CustomTimeZone":"Asia/Calcutta",
  "DataFormatConversionConfiguration":{"Enabled":true,
   "SchemaConfiguration":{"RoleARN":"arn:aws:iam::111111111111:role/firehose","DatabaseName":"hr_data","TableName":"heart_rate","Region":"ap-south-1","VersionId":"LATEST"},
   "InputFormatConfiguration":{"Deserializer":{"OpenXJsonSerDe":{}}},
   "OutputFormatConfiguration":{"Serializer":{"ParquetSerDe":{}}}}}}
""")
SESSION_PREFIX = SEED["ExtendedS3DestinationConfiguration"]["Prefix"].replace("timestamp", "session-start")


def tags(**pairs):
    return [{"Key": "sluice:" + key.replace("_", "-"), "Value": str(value)} for key, value in pairs.items()]


def create(server, request, **changes):
    """As given: boto3's model may not know all of its members."""
    body = {**request, **changes}
    known = json.loads(json.dumps(body))
    zone = known["ExtendedS3DestinationConfiguration"].pop("CustomTimeZone", None)
    firehose = server.client("firehose")
    if zone:
        harness.with_new_members(firehose, CustomTimeZone=zone)
    firehose.create_delivery_stream(**known)


def time_of(line):
    return datetime.datetime.fromisoformat(json.loads(line)["timestamp"]).replace(tzinfo=datetime.timezone.utc)


def sessions_of(lines):
    """Lists of lines, no two neighbours of one further apart than the gap."""
    found = []
    for line in lines:
        if found and (time_of(line) - time_of(found[-1][-1])).total_seconds() <= GAP:
            found[-1].append(line)
        else:
            found.append([line])
    return found


def folder_of(session):
    return min(map(time_of, session)).astimezone(CALCUTTA).strftime("heart_rate_data/%Y/%m/%d/session_%H-%M-%S")


class Sessions(unittest.TestCase):
    assert_error = harness.ServerCase.assert_error
    config = None

    def setUp(self):
        self.server = harness.Server(config=self.config).start()
        self.addCleanup(self.server.close)
        self.server.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": harness.REGION})

    def create_source(self, shards=1):
        glue = self.server.client("glue")
        glue.create_database(DatabaseInput={"Name": "hr_data"})
        glue.create_table(DatabaseName="hr_data", TableInput={"Name": "heart_rate", "StorageDescriptor": {
            "Columns": [{"Name": "timestamp", "Type": "string"}, {"Name": "heart_rate", "Type": "int"}]}})
        self.server.client("kinesis").create_stream(StreamName=STREAM, ShardCount=shards)

    def send(self, lines, key="garmin"):
        kinesis = self.server.client("kinesis")
        for start in range(0, len(lines), 500):
            answer = kinesis.put_records(StreamName=STREAM, Records=[
                {"Data": line.encode(), "PartitionKey": key} for line in lines[start:start + 500]])
            self.assertEqual(answer["FailedRecordCount"], 0)

    def files(self):
        return [path for path in self.server.bucket(BUCKET).rglob("*") if path.is_file()]

    def folders(self):
        """The objects by folder."""
        found = {}
        for path in self.files():
            found.setdefault(str(path.parent.relative_to(self.server.bucket(BUCKET))), []).append(path)
        return found

    def prove(self):
        self.server.stop()
        code, answer = harness_proof.verify(self.server.data)
        self.assertTrue(code == 0 and answer["proven"], answer)


class TheSeed(Sessions):
    def test_its_configuration_works_word_for_word(self):
        self.create_source()
        create(self.server, SEED)
        _, lines, expected = next(iter(recordings()))
        self.send(lines)
        self.server.stop()
        for path in self.files():
            self.assertRegex(str(path.relative_to(self.server.bucket(BUCKET))),
                             r"^heart_rate_data/\d{4}/\d\d/\d\d/session_\d\d-\d\d-\d\d/hr_firehose-1-\d{4}(-\d\d){5}-[0-9a-f-]{36}\.parquet$")
        self.assertEqual(len(harness.hyparquet_rows(self.files())), expected["records"])

    def test_with_sessions_one_recording_is_one_object_named_by_its_start(self):
        self.create_source()
        destination = {**SEED["ExtendedS3DestinationConfiguration"], "Prefix": SESSION_PREFIX}
        create(self.server, SEED, ExtendedS3DestinationConfiguration=destination,
               Tags=tags(session_gap_s=GAP, event_time_field=".timestamp"))
        _, lines, _ = next(iter(recordings()))
        self.send(lines + [SENTINEL])
        harness.wait_for("the session's object", self.files)
        (folder, paths), = self.folders().items()
        self.assertEqual(folder, folder_of(lines))
        self.assertEqual(harness.hyparquet_rows(paths), [json.loads(line) for line in lines])


class EveryRecording(Sessions):
    # What is open is parked all the time.
    config = "[server]\nreplay_window_mb = 1\nreplay_window_s = 1\n"

    def test_every_recording_becomes_its_sessions_through_kills_and_restarts(self):
        self.create_source(shards=2)
        destination = {**SEED["ExtendedS3DestinationConfiguration"], "Prefix": SESSION_PREFIX}
        create(self.server, SEED, ExtendedS3DestinationConfiguration=destination,
               Tags=tags(session_gap_s=GAP, session_key="partition-key", event_time_field=".timestamp"))
        data = {name: lines for name, lines, _ in recordings()}
        quarters = {name: [lines[len(lines) * q // 4:len(lines) * (q + 1) // 4] for q in range(4)] for name, lines in data.items()}
        for quarter in range(4):
            for name in data:  # many watches at once
                self.send(quarters[name][quarter], name)
            if quarter in (0, 2):
                self.server.kill()
                self.server.start()
            elif quarter == 1:
                self.server.stop()
                self.server.start()
        for name in data:
            self.send([SENTINEL], name)
        expected = {}
        for lines in data.values():
            for session in sessions_of(lines):
                expected.setdefault(folder_of(session), []).append(session)
        count = sum(map(len, expected.values()))
        print(f"\nnote: {len(data)} recordings, {sum(map(len, data.values()))} records, {count} sessions")
        harness.wait_for("all sessions", lambda: len(self.files()) >= count, patience=120)
        folders = self.folders()
        self.assertEqual({folder: len(paths) for folder, paths in folders.items()},
                         {folder: len(sessions) for folder, sessions in expected.items()})
        for folder, sessions in expected.items():
            rows = harness.hyparquet_rows(folders[folder])
            self.assertEqual(sorted(map(json.dumps, rows)), sorted(json.dumps(json.loads(line)) for session in sessions for line in session))
        self.prove()


class Rules(Sessions):
    """Records put directly, kept as they come."""

    def create(self, prefix="!{session-key}/!{session-start:HH-mm-ss}_!{session-id}/", key=".watch", **more):
        self.server.client("firehose").create_delivery_stream(
            DeliveryStreamName="watches", ExtendedS3DestinationConfiguration={
                "RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": prefix,
                "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
                "ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord", "Parameters": [
                    {"ParameterName": "Delimiter", "ParameterValue": "\\n"}]}]}},
            Tags=tags(**{"session_gap_s": GAP, "session_key": key, "event_time_field": "at", "session_end_field": "event",
                         "session_end_value": "stop", **more}))

    def put(self, *records):
        answer = self.server.client("firehose").put_record_batch(
            DeliveryStreamName="watches", Records=[{"Data": json.dumps(record).encode()} for record in records])
        self.assertEqual(answer["FailedPutCount"], 0)

    def wait(self, count):
        harness.wait_for(f"{count} objects", lambda: len(self.files()) >= count)
        return {folder.rpartition("_")[0] or folder: [json.loads(line) for path in paths for line in path.read_text().splitlines()]
                for folder, paths in self.folders().items()}

    @staticmethod
    def beat(clock, watch="a", **more):
        return {"at": f"2025-07-13T{clock}", "watch": watch, **more}

    def test_two_watches_do_not_disturb_each_other_and_a_marker_ends_a_session(self):
        self.create()
        a = [self.beat(f"10:{minute:02}:00") for minute in range(10)]
        b = [self.beat(f"09:{minute:02}:30", "b") for minute in range(10)]
        a[-1]["event"] = b[-1]["event"] = "stop"
        self.put(*[beat for pair in zip(a, b) for beat in pair])
        self.assertEqual(self.wait(2), {"a/10-00-00": a, "b/09-00-30": b})
        for folder in self.folders():
            self.assertRegex(folder, "_[0-9a-f]{16}$")
        self.put(self.beat("10:09:30", event="stop"))
        self.assertEqual(self.wait(3)["a/10-09-30"], [self.beat("10:09:30", event="stop")])
        self.prove()

    def test_silence_ends_a_session(self):
        self.create(session_gap_s=2)
        beats = [self.beat("10:00:00"), self.beat("10:00:02"), self.beat("10:00:01")]
        self.put(*beats)
        self.assertEqual(self.wait(1), {"a/10-00-00": beats})

    def test_no_session_is_longer_than_it_may_be(self):
        self.create(session_max_s=600)
        beats = [self.beat("10:00:00"), self.beat("10:05:00"), self.beat("10:09:59"), self.beat("10:10:00", event="stop")]
        self.put(*beats)
        self.assertEqual(self.wait(2), {"a/10-00-00": beats[:3], "a/10-10-00": beats[3:]})

    def test_a_late_session_has_an_object_in_its_right_place(self):
        self.create()
        now = [self.beat("10:00:00"), self.beat("10:05:00"), self.beat("10:10:00", event="stop")]
        late = [self.beat("08:00:00"), self.beat("08:00:30", event="stop")]
        self.put(now[0], late[0], now[1], late[1], now[2])
        self.assertEqual(self.wait(2), {"a/10-00-00": now, "a/08-00-00": late})

    def test_late_records_go_to_the_error_output_if_tags_say_so(self):
        self.create(session_gap_s=3, event_time_late="error-output")
        self.put(self.beat("10:00:00"), self.beat("08:00:00"), {"at": "2025-07-13T10:00:01"}, {"watch": "a"}, self.beat("07:00:00", "b"))
        self.wait(3)
        refused = [json.loads(line) for line in self.folders()["errors/processing-failed"][0].read_text().splitlines()]
        self.assertEqual({line["errorCode"]: json.loads(base64.b64decode(line["rawData"])) for line in refused},
                         {"EventTime.Late": self.beat("08:00:00"), "Session.KeyInvalid": {"at": "2025-07-13T10:00:01"},
                          "EventTime.Invalid": {"watch": "a"}})

    def test_a_stop_and_a_change_of_tags_cut_no_session_short(self):
        self.create()
        beats = [self.beat(f"10:0{minute}:00") for minute in range(6)]
        beats[-1]["event"] = "stop"
        self.put(*beats[:2])
        self.server.stop()
        self.assertEqual(self.files(), [])
        self.server.start()
        self.put(*beats[2:4])
        self.server.client("firehose").tag_delivery_stream(DeliveryStreamName="watches", Tags=tags(session_max_s=7200))
        self.put(beats[4])
        self.server.kill()
        self.server.start()
        self.put(beats[5])
        self.assertEqual(self.wait(1), {"a/10-00-00": beats})
        self.prove()

    def test_records_of_an_aggregate_are_of_the_sessions_of_their_own_keys(self):
        self.server.client("kinesis").create_stream(StreamName=STREAM, ShardCount=1)
        arn = self.server.client("kinesis").describe_stream(StreamName=STREAM)["StreamDescription"]["StreamARN"]
        self.server.client("firehose").create_delivery_stream(
            DeliveryStreamName="watches", DeliveryStreamType="KinesisStreamAsSource",
            KinesisStreamSourceConfiguration={"KinesisStreamARN": arn, "RoleARN": harness.ROLE},
            ExtendedS3DestinationConfiguration={
                "RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": "!{session-key}/",
                "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/"},
            Tags=tags(session_gap_s=GAP, session_key="partition-key", session_end_field="n", session_end_value=2))
        records = [(key, json.dumps({"key": key, "n": n}).encode()) for n in range(3) for key in ("a", "b")]
        self.server.client("kinesis").put_record(StreamName=STREAM, Data=aggregate(records), PartitionKey="whole")
        harness.wait_for("two objects", lambda: len(self.files()) >= 2)
        self.assertEqual({folder: paths[0].read_bytes() for folder, paths in self.folders().items()},
                         {key: b"".join(data for other, data in records if other == key) for key in ("a", "b")})

    def test_what_does_not_go_together_is_refused_by_name(self):
        for more, says in (({"session_gap_s": 0}, "sluice:session-gap-s must be a number from 1 to 604800, not '0'"),
                           ({"key": "partition-key"}, "cannot be 'partition-key': records that are put directly have none"),
                           ({"key": "none"}, "session-key needs the tag sluice:session-key"),
                           ({"prefix": "!{event-time:yyyy}/"}, "makes one object of a session"),
                           ({"prefix": "!{session-end:yyyy}/"}, "unknown namespace 'session-end'")):
            with self.subTest(**more):
                answer = self.assert_error("InvalidArgumentException", self.create, **more)
                self.assertIn(says, answer["Error"]["Message"])


if __name__ == "__main__":
    harness.main()
