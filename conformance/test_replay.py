"""`sluice replay`: what is in the error output is delivered after all, each record once, however often it is called and whatever is killed.

The count of the big test is SLUICE_REPLAY_RECORDS, 20,000 if not given:

    SLUICE_REPLAY_RECORDS=1000000 /usr/bin/python3 conformance/test_replay.py Replay.test_poisoned_records_are_delivered_once
"""

import base64
import contextlib
import json
import os
import sqlite3
import subprocess
import time
import unittest

import harness
import harness_proof

RECORDS = int(os.environ.get("SLUICE_REPLAY_RECORDS", "20000"))
BUCKET = "landing"
CONFIG = f"""
[[bucket]]
name = "{BUCKET}"
[[stream]]
name = "s"
shards = 2
"""
COLUMNS = [{"Name": "id", "Type": "int"}, {"Name": "value", "Type": "int"}]
REPAIRED = [{"Name": "id", "Type": "int"}, {"Name": "value", "Type": "string"}]


def poisoned(number):
    """Cannot be converted while `value` is an int."""
    return b'{"id": %d, "value": "no number"}\n' % number


def broken(number):
    """Can never be."""
    return b'{"id": %d, "value": \n' % number


class Case(unittest.TestCase):
    """Each test has a server, a table and a delivery stream of its own."""

    tags = ()

    def setUp(self):
        self.server = harness.Server(config=CONFIG).start()
        self.addCleanup(self.server.close)
        self.glue = self.server.client("glue")
        self.firehose = self.server.client("firehose")
        self.s3 = self.server.client("s3")
        self.glue.create_database(DatabaseInput={"Name": "db"})
        self.glue.create_table(DatabaseName="db", TableInput=self.table(COLUMNS))
        self.create()

    @staticmethod
    def table(columns):
        return {"Name": "t", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": {"Columns": columns}}

    def destination(self, **more):
        return {"RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": "made/",
                "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/", "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 1},
                "DataFormatConversionConfiguration": harness.conversion("db", "t"), **more}

    def create(self, **more):
        tags = {"Tags": [{"Key": k, "Value": v} for k, v in self.tags]} if self.tags else {}
        self.firehose.create_delivery_stream(DeliveryStreamName="d", ExtendedS3DestinationConfiguration=self.destination(**more), **tags)

    def repair_table(self):
        self.glue.update_table(DatabaseName="db", TableInput=self.table(REPAIRED))

    def put(self, records):
        for first in range(0, len(records), 500):
            answer = self.firehose.put_record_batch(DeliveryStreamName="d", Records=[{"Data": r} for r in records[first:first + 500]])
            self.assertEqual(answer["FailedPutCount"], 0)

    def errors(self):
        """The objects of the error output, and their bytes."""
        return {p: p.read_bytes() for p in sorted(self.server.bucket(BUCKET).glob("errors/**/*")) if p.is_file()}

    def error_lines(self):
        return [json.loads(line) for text in self.errors().values() for line in text.splitlines()]

    def wait_for_errors(self, count):
        # Counted without parsing: there may be a million.
        harness.wait_for(f"{count} error lines", lambda: sum(text.count(b"\n") for text in self.errors().values()) == count, 600)
        # An object is there a moment before its commit, by which a replay finds it.
        harness.wait_for("their commit", lambda: not self.open_plans())

    def open_plans(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.server.data}/sluice.db?mode=ro", uri=True)) as store:
            return store.execute("SELECT count(*) FROM plans WHERE state = 0").fetchone()[0]

    def ids(self):
        files = [str(p) for p in self.server.bucket(BUCKET).glob("made/**/*.parquet")]
        return sorted(row["id"] for row in harness.hyparquet_rows(files)) if files else []

    def run_replay(self, *arguments):
        return subprocess.run([str(harness.BINARY), "replay", "d", "--endpoint", self.server.endpoint, "--region", harness.REGION,
                               *map(str, arguments)], capture_output=True, text=True, check=False, timeout=1200)

    def replay(self, *arguments, code=0):
        """The summary."""
        done = self.run_replay("--json", *arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr + self.server.output()[-2000:])
        return json.loads(done.stdout)

    def assert_verified(self):
        code, answer = harness_proof.verify(self.server.data)
        self.assertEqual(code, 0, answer)
        code, answer = harness_proof.verify(self.server.data, "--bucket-only")
        self.assertEqual([], answer["faults"])


class Replay(Case):
    def test_poisoned_records_are_delivered_once(self):
        for first in range(0, RECORDS, 10_000):
            self.put([poisoned(n) for n in range(first, min(first + 10_000, RECORDS))])
        self.wait_for_errors(RECORDS)
        before = {path: len(text) for path, text in self.errors().items()}
        self.assertEqual(self.replay("--dry-run")["matched"], RECORDS)
        self.repair_table()
        summary = self.replay()
        self.assertEqual((summary["delivered"], summary["still_failing"], summary["problems"]), (RECORDS, 0, []))
        found = harness.duckdb(f"""SELECT count(*)::INT AS rows, count(DISTINCT id)::INT AS ids, min(id) AS low, max(id) AS high
                                   FROM read_parquet('{self.server.bucket(BUCKET)}/made/**/*.parquet')""")
        self.assertEqual(found, [{"rows": RECORDS, "ids": RECORDS, "low": 0, "high": RECORDS - 1}])
        made = sorted(self.server.bucket(BUCKET).glob("made/**/*.parquet"))
        again = self.replay()
        self.assertEqual((again["matched"], again["delivered"]), (0, 0))
        self.assertEqual(sorted(self.server.bucket(BUCKET).glob("made/**/*.parquet")), made)
        self.assertEqual({path: len(text) for path, text in self.errors().items()}, before, "the error output stays as it was")
        self.assert_verified()

    def test_what_is_refused_again_stays_and_is_not_written_again(self):
        self.put([broken(n) if n % 4 == 0 else poisoned(n) for n in range(100)])
        self.wait_for_errors(100)
        before = self.errors()
        unrepaired = self.replay(code=6)
        self.assertEqual((unrepaired["delivered"], unrepaired["still_failing"]), (0, 100))
        self.repair_table()
        for delivered in (75, 0):
            summary = self.replay(code=6)
            self.assertEqual((summary["delivered"], summary["still_failing"]), (delivered, 25))
            self.assertEqual(sum(summary["failing"].values()), 25)
            self.assertEqual(self.ids(), [n for n in range(100) if n % 4])
            self.assertEqual(self.errors(), before)
        text = self.run_replay()
        self.assertEqual(text.returncode, 6)
        self.assertRegex(text.stdout, r"still failing +25  DataFormatConversion\.")
        self.assert_verified()

    def test_a_restart_changes_nothing(self):
        self.put([poisoned(n) for n in range(10)])
        self.wait_for_errors(10)
        self.repair_table()
        self.replay("--code", "no such code")
        self.assertEqual(self.replay()["delivered"], 10)
        self.server.stop()
        self.server.start()
        self.assertEqual(self.replay()["matched"], 0)
        self.server.kill()
        self.server.start()
        self.assertEqual(self.replay()["matched"], 0)
        self.assertEqual(self.ids(), list(range(10)))

    def test_lines_are_repaired_by_a_file(self):
        self.put([broken(n) for n in range(20)])
        self.wait_for_errors(20)
        listed = [json.loads(line) for line in self.run_replay("--list").stdout.splitlines()]
        self.assertEqual(len(listed), 20)
        for line in listed:
            number = int(base64.b64decode(line["rawData"]).split(b":")[1].split(b",")[0])
            line["rawData"] = base64.b64encode(b'{"id": %d, "value": %d}' % (number, number)).decode()
        path = self.server.notes / "lines.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in listed[:10]))
        first = self.replay("--repair", path)
        self.assertEqual((first["matched"], first["delivered"], first["not_waiting"]), (10, 10, 0))
        # By sequence numbers, as the error output has them; of those that are delivered nothing comes again.
        for line in listed:
            del line["replayId"]
        path.write_text("\n\n".join(json.dumps(line) for line in listed))
        second = self.replay("--repair", path)
        self.assertEqual((second["matched"], second["delivered"], second["not_waiting"]), (10, 10, 10))
        third = self.replay("--repair", path)
        self.assertEqual((third["matched"], third["not_waiting"]), (0, 20))
        self.assertEqual(self.replay()["matched"], 0, "the original and the repaired line are one")
        self.assertEqual(self.ids(), list(range(20)))
        self.assert_verified()

    def test_a_repair_that_is_refused_can_be_repaired_again(self):
        self.put([broken(1)])
        self.wait_for_errors(1)
        line = json.loads(self.run_replay("--list").stdout)
        path = self.server.notes / "lines.jsonl"
        for data, code in ((b"still {", 6), (b'{"id": 1}', 0)):
            path.write_text(json.dumps({"replayId": line["replayId"], "rawData": base64.b64encode(data).decode()}))
            self.assertEqual(self.replay("--repair", path, code=code)["matched"], 1)
        self.assertEqual(self.ids(), [1])

    def test_files_that_repair_nothing_are_refused(self):
        self.put([broken(1)])
        self.wait_for_errors(1)
        path = self.server.notes / "lines.jsonl"
        for text in ("no json", "{}", '{"rawData":"aaaa"}', '{"rawData":"a","replayId":"1-1"}', '{"rawData":"aaaa","replayId":"x"}',
                     '{"rawData":"aaaa","replayId":"1-1"}\n{"rawData":"aaaa","replayId":"1-1"}'):
            path.write_text(text)
            done = self.run_replay("--repair", path)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        path.write_text('{"rawData":"aaaa","replayId":"99-1"}')
        self.assertEqual(self.replay("--repair", path)["not_waiting"], 1)
        path.write_text("")
        self.assertEqual(self.replay("--repair", path)["matched"], 0)
        self.assertEqual(self.replay("--dry-run")["matched"], 1, "all of it waits as before")

    def test_selections(self):
        self.put([poisoned(n) for n in range(5)])
        self.wait_for_errors(5)
        time.sleep(1.1)  # arrival times are told apart by seconds on the command line
        middle = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.put([broken(n) for n in range(5, 8)])
        self.wait_for_errors(8)
        codes = {line["lastErrorCode"] for line in self.error_lines()}
        key = str(next(iter(self.errors())).relative_to(self.server.bucket(BUCKET)))
        for arguments, count in ((("--to", middle), 5), (("--from", middle), 3), (("--from", middle, "--to", middle), 0),
                                 (("--prefix", "errors/"), 8), (("--prefix", "other/"), 0),
                                 (("--prefix", key), self.errors()[self.server.bucket(BUCKET) / key].count(b"\n"))):
            self.assertEqual(self.replay("--dry-run", *arguments)["matched"], count, arguments)
        by_code = {code: self.replay("--dry-run", "--code", code)["matched"] for code in codes}
        self.assertEqual(sum(by_code.values()), 8)
        self.assertEqual(self.replay("--dry-run")["codes"], by_code)
        self.repair_table()
        self.assertEqual(self.replay("--to", middle)["delivered"], 5)
        self.assertEqual(self.replay("--dry-run")["matched"], 3)

    def test_a_record_keeps_its_number_and_its_time(self):
        kinesis = self.server.client("kinesis")
        arn = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
        self.firehose.delete_delivery_stream(DeliveryStreamName="d")
        self.firehose.create_delivery_stream(
            DeliveryStreamName="d", DeliveryStreamType="KinesisStreamAsSource",
            ExtendedS3DestinationConfiguration=self.destination(Prefix="made/!{timestamp:yyyyMMddHHmmss}/"),
            KinesisStreamSourceConfiguration={"KinesisStreamARN": arn, "RoleARN": harness.ROLE})
        number = kinesis.put_record(StreamName="s", Data=poisoned(1), PartitionKey="k")["SequenceNumber"]
        self.wait_for_errors(1)
        explain = ["explain", "--data-dir", self.server.data, "--endpoint", self.server.endpoint, "s", number]
        self.assertEqual(harness_proof.run(*explain).returncode, 6)
        self.repair_table()
        time.sleep(1.1)
        self.replay()
        told = harness_proof.run(*explain)
        self.assertEqual(told.returncode, 0, told.stdout)
        self.assertIn("a replay took it", told.stdout)
        arrival = self.error_lines()[0]["arrivalTimestamp"] // 1000
        folder = next(self.server.bucket(BUCKET).glob("made/**/*.parquet")).parent.name
        self.assertEqual(folder, time.strftime("%Y%m%d%H%M%S", time.gmtime(arrival)))
        key = next(self.server.bucket(BUCKET).glob("made/**/*.parquet")).relative_to(self.server.bucket(BUCKET))
        told = harness_proof.run("explain", "--data-dir", self.server.data, "--endpoint", self.server.endpoint, f"s3://{BUCKET}/{key}")
        self.assertEqual(told.returncode, 0, told.stdout)
        self.assertIn("d/replay", told.stdout)
        # Nothing of it is anything else to recover.
        self.server.stop()
        recovered = harness_proof.run("recover", "--yes", "--data-dir", self.server.data, stdin=subprocess.DEVNULL)
        self.assertEqual(recovered.returncode, 0, recovered.stdout + recovered.stderr)
        self.server.start()
        self.assertEqual(self.replay()["matched"], 0)

    def test_error_objects_that_are_gone_or_changed_are_told_and_left_alone(self):
        self.put([poisoned(0)])
        self.wait_for_errors(1)
        removed = next(iter(self.errors()))
        self.put([poisoned(1)])
        self.wait_for_errors(2)
        changed = next(path for path in self.errors() if path != removed)
        self.put([poisoned(2)])
        self.wait_for_errors(3)
        key = lambda path: str(path.relative_to(self.server.bucket(BUCKET)))
        self.s3.delete_object(Bucket=BUCKET, Key=key(removed))
        self.s3.put_object(Bucket=BUCKET, Key=key(changed), Body=changed.read_bytes() * 2)
        self.repair_table()
        summary = self.replay(code=6)
        self.assertEqual((summary["delivered"], len(summary["problems"])), (1, 2))
        self.assertEqual(self.ids(), [2])

    def test_a_replay_that_is_held_up_can_be_stopped_and_goes_on_later(self):
        self.put([poisoned(n) for n in range(10)])
        self.wait_for_errors(10)
        self.glue.delete_table(DatabaseName="db", Name="t")
        watching = subprocess.Popen([str(harness.BINARY), "replay", "d", "--endpoint", self.server.endpoint, "--region", harness.REGION],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertIn("held up", watching.stderr.readline())
        self.assertEqual(self.run_replay("--stop").returncode, 0)
        out, _ = watching.communicate(timeout=60)
        self.assertEqual(watching.returncode, 1)
        self.assertIn("stopped", out)
        self.glue.create_table(DatabaseName="db", TableInput=self.table(REPAIRED))
        self.assertEqual(self.replay()["delivered"], 10)
        self.assertEqual(self.ids(), list(range(10)))

    def test_a_deleted_delivery_stream_takes_its_replays_with_it(self):
        self.put([poisoned(n) for n in range(10)])
        self.wait_for_errors(10)
        self.repair_table()
        self.assertEqual(self.replay()["delivered"], 10)
        self.firehose.delete_delivery_stream(DeliveryStreamName="d")
        self.assertEqual(self.run_replay().returncode, 1)
        self.create()
        self.assertEqual(self.replay()["matched"], 0, "another life has another error output")
        self.server.stop()
        self.server.start()
        self.assertEqual(self.replay()["matched"], 0)

    def test_who_cannot_sign_cannot_replay(self):
        server = harness.Server(config=CONFIG + '[[credentials]]\naccess_key_id = "known"\nsecret_access_key = "secret"\n').start()
        self.addCleanup(server.close)
        done = subprocess.run([str(harness.BINARY), "replay", "d", "--endpoint", server.endpoint, "--region", harness.REGION],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("UnrecognizedClientException", done.stderr)

    def test_wrong_words_and_no_server(self):
        for arguments in (("--from", "yesterday"), ("--list", "--stop"), ("--repair", "x", "--dry-run"), ("--nothing",)):
            self.assertEqual(self.run_replay(*arguments).returncode, 2, arguments)
        done = subprocess.run([str(harness.BINARY), "replay", "d", "--endpoint", "http://127.0.0.1:1"], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 3, done.stderr)


class Killed(Case):
    """Many small objects, so that there is something half done at every moment."""

    tags = (("sluice:buffer-size-kib", "64"),)

    def test_nothing_is_lost_or_double_when_the_server_is_killed_in_the_middle(self):
        count = 20_000
        self.put([poisoned(n) for n in range(count)])
        self.wait_for_errors(count)
        self.repair_table()
        for pause in (0.01, 0.03, 0.1, 0.05, 0.2):
            watching = subprocess.Popen([str(harness.BINARY), "replay", "d", "--endpoint", self.server.endpoint, "--region",
                                         harness.REGION], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            made = len(self.server.output())
            # Not before it has begun to deliver, unless it has ended.
            harness.wait_for("the replay is at work", lambda: "d/replay: delivered" in self.server.output()[made:] or
                             watching.poll() is not None)
            time.sleep(pause)
            self.server.kill()
            watching.wait(60)
            self.server.start()
        self.replay()
        self.assertEqual(self.replay()["matched"], 0)
        self.assertEqual(self.ids(), list(range(count)))
        self.assert_verified()

    def test_an_update_in_the_middle_changes_nothing_about_that(self):
        count = 20_000
        self.put([poisoned(n) for n in range(count)])
        self.wait_for_errors(count)
        self.repair_table()
        watching = subprocess.Popen([str(harness.BINARY), "replay", "d", "--endpoint", self.server.endpoint, "--region",
                                     harness.REGION], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for version in range(1, 6):
            self.firehose.update_destination(DeliveryStreamName="d", CurrentDeliveryStreamVersionId=str(version),
                                             DestinationId="destinationId-000000000001",
                                             ExtendedS3DestinationUpdate={"Prefix": f"made/{version}/"})
        self.assertEqual(watching.wait(600), 0)
        self.assertEqual(self.replay()["matched"], 0)
        self.assertEqual(self.ids(), list(range(count)))
        self.assert_verified()


class Partitioned(Case):
    """Without conversion: what has no partition to go to is replayed once the query finds one."""

    def processing(self, query):
        parameter = lambda name, value: {"ParameterName": name, "ParameterValue": value}
        return {"Enabled": True, "Processors": [
            {"Type": "RecordDeAggregation", "Parameters": [parameter("SubRecordType", "JSON")]},
            {"Type": "MetadataExtraction", "Parameters": [parameter("MetadataExtractionQuery", query),
                                                          parameter("JsonParsingEngine", "JQ-1.6")]},
            {"Type": "AppendDelimiterToRecord", "Parameters": [parameter("Delimiter", "\\n")]}]}

    def destination(self, **more):
        whole = super().destination(**more)
        del whole["DataFormatConversionConfiguration"]
        return {**whole, "Prefix": "made/!{partitionKeyFromQuery:k}/", "DynamicPartitioningConfiguration": {"Enabled": True},
                "ProcessingConfiguration": self.processing("{k: .k}")}

    def made(self):
        return sorted(line for path in self.server.bucket(BUCKET).glob("made/**/*") if path.is_file()
                      for line in path.read_bytes().splitlines())

    def test_parts_without_a_partition_are_delivered_once_the_query_finds_one(self):
        # Two objects in a record, one of which the query finds nothing in.
        self.put([b'{"k": "a", "n": %d}{"other": "b", "n": %d}' % (n, n) for n in range(50)])
        self.wait_for_errors(50)
        harness.wait_for("the other halves", lambda: len(self.made()) == 50)
        self.assertEqual(self.replay(code=6)["still_failing"], 50)
        self.firehose.update_destination(DeliveryStreamName="d", CurrentDeliveryStreamVersionId="1",
                                         DestinationId="destinationId-000000000001",
                                         ExtendedS3DestinationUpdate={"ProcessingConfiguration": self.processing("{k: (.k // .other)}")})
        self.assertEqual(self.replay()["delivered"], 50)
        self.assertEqual(self.replay()["matched"], 0)
        made = [json.loads(line) for line in self.made()]
        self.assertEqual(sorted(line["n"] for line in made), sorted([*range(50), *range(50)]))
        self.assertEqual(len({line["n"] for line in made if "other" in line}), 50)
        self.assert_verified()


if __name__ == "__main__":
    harness.main()
