"""sluice explain: why a record, an object or a delivery stream is where it is, in members for programs, each within a second.

A record in a buffer, sealed for a bucket that is missing or fails, not read because too much waits, without its table,
behind its parent shard, delivered, refused, removed or changed in the bucket, lost, trimmed, from before the start, of a
deleted stream, unknown; an object, an error object, a foreign one; a delivery stream that runs, drains, is stopped.
"""

import json
import re
import signal
import time
import unittest

import harness
import harness_proof
from harness_proof import Producer, run

SLOW = harness_proof.CONFIG.replace("buffer_interval_s = 1", "buffer_interval_s = 900")
NOWHERE = harness_proof.CONFIG.replace('[[bucket]]\nname = "landing"\n', "")
RAW_NOWHERE = re.sub(r"(?s)\[\[delivery_stream\]\].*", "", NOWHERE) + harness_proof.RAW

EXIT_CODES = {"well": 0, "unknown": 4, "held": 5, "gone": 6}


class Explain(unittest.TestCase):
    def serve(self, config, *arguments):
        self.server = harness.Server(config=config, arguments=arguments)
        self.addCleanup(self.server.close)
        self.server.start()
        self.producer = Producer(self.server)
        return self.server

    def explain(self, *what):
        """The answers, with an exit code that fits them, within a second: of ten tries one, for the machine may be busy."""
        for _ in range(10):
            begun = time.monotonic()
            done = run("explain", *what, "--json", "--data-dir", self.server.data, "--endpoint", self.server.endpoint)
            if time.monotonic() - begun < 1.0:
                break
        else:
            self.fail(f"explain {what} takes a second and more")
        answers = json.loads(done.stdout)
        self.assertEqual(done.returncode, max(EXIT_CODES[one["outlook"]] for one in answers), answers)
        return answers

    def record(self, record, stream="beats"):
        answers = self.explain(stream, record["ShardId"], record["SequenceNumber"])
        self.assertEqual(len(answers), 1, answers)
        return answers[0]

    def text(self, answer):
        return "\n".join(answer["sentences"])

    def wait_for_state(self, record, state, cause=None):
        """Until the record is in a state, for a reason."""
        last = {}

        def is_there():
            last.update(self.record(record))
            return last["state"] == state and cause in (None, last.get("cause"))
        try:
            harness.wait_for(f"{state} {cause}", is_there)
        except AssertionError as late:
            raise AssertionError(f"{late}: {last}") from None
        return self.record(record)

    def object(self, prefix):
        """The key of an object."""
        folder = self.server.bucket("landing")
        return next(path.relative_to(folder) for path in sorted((folder / prefix).rglob("*")) if path.is_file())

    # --- a record, from the stream to the bucket

    def test_a_record_in_a_buffer_waits_for_size_or_time(self):
        self.serve(SLOW)
        answer = self.record(self.producer.put(5)[1])
        self.assertEqual((answer["state"], answer["outlook"], answer["cause"]), ("buffered", "well", "buffering"))
        self.assertRegex(self.text(answer), r"closes at 64 MiB, or at 20\d\d-.*Z at the latest \(900 s after")
        self.assertLess(answer["since"], answer["until"])
        harness.wait_for("an open object", lambda: "in the open object" in self.text(self.explain("to_parquet")[0]))
        answer = self.record(self.producer.put(1)[0])
        self.assertRegex(self.text(answer), r"\d records of \d+ bytes are in the open object")
        self.assertGreaterEqual(answer["backlog"]["open_records"], 4)

    def test_a_sealed_record_waits_for_a_bucket_that_does_not_exist(self):
        self.serve(NOWHERE)
        records = self.producer.put(20)
        answer = self.wait_for_state(records[1], "planned", "bucket-missing")
        self.assertEqual(answer["outlook"], "held")
        self.assertIn("bucket landing does not exist", self.text(answer))
        self.assertIn("next_attempt", answer)
        self.assertNotIn("committed_at", answer["object"])
        self.assertGreater(answer["object"]["bytes"], 0)
        delivery = self.explain("to_parquet")[0]
        self.assertEqual((delivery["state"], delivery["cause"]), ("running", "bucket-missing"))
        self.assertRegex(delivery["sentences"][0], "waits? for (its|their) put")
        self.server.client("s3").create_bucket(Bucket="landing")
        self.wait_for_state(records[1], "delivered")

    def test_a_sealed_record_is_held_by_a_bucket_that_fails(self):
        self.serve(harness_proof.CONFIG)
        folder = self.server.bucket("landing")
        folder.rmdir()
        folder.write_text("no folder")
        records = self.producer.put(20)
        answer = self.wait_for_state(records[1], "planned", "failing")
        self.assertEqual(answer["outlook"], "held")
        self.assertRegex(answer["last_error"], r"^plan 1.*landing")
        self.assertLess(answer["last_error_at"], answer["next_attempt"])
        self.assertRegex(self.text(answer), r"that was at .*Z; the next try is at .*Z")
        folder.unlink()
        folder.mkdir()
        self.wait_for_state(records[1], "delivered")

    def test_a_record_that_is_not_read_because_too_many_objects_wait(self):
        self.serve(RAW_NOWHERE)
        kinesis = self.server.client("kinesis")
        for _ in range(40):
            last = kinesis.put_record(StreamName="beats", PartitionKey="a", Data=b"x" * 1_000_000 + b"\n")
        answer = self.wait_for_state(last, "buffered", "paused")
        self.assertEqual(answer["outlook"], "held")
        self.assertRegex(self.text(answer), r"paused: 1\d objects wait for the bucket")
        self.assertGreaterEqual(answer["backlog"]["objects"], 16)

    def test_a_record_whose_table_is_missing(self):
        self.serve(harness_proof.CONFIG)
        self.server.client("glue").delete_table(DatabaseName="db", Name="beats")
        records = self.producer.put(3)
        answer = self.wait_for_state(records[1], "buffered", "table-missing")
        self.assertEqual(answer["outlook"], "held")
        self.assertIn("table db.beats does not exist", self.text(answer))
        self.assertEqual(self.explain("to_parquet")[0]["cause"], "table-missing")
        self.server.client("glue").create_table(DatabaseName="db", TableInput={"Name": "beats", "StorageDescriptor": {
            "Columns": [{"Name": "id", "Type": "int"}, {"Name": "text", "Type": "string"}]}})
        self.wait_for_state(records[1], "delivered")

    def test_a_delivered_record(self):
        self.serve(harness_proof.CONFIG)
        records = self.producer.put(20)
        answer = self.wait_for_state(records[1], "delivered")
        self.assertEqual(answer["outlook"], "well")
        self.assertRegex(self.text(answer), r"s3://landing/parquet/\S+, plan \d+, committed at")
        self.assertRegex(self.text(answer), r"row|record \d+ of its shard's \d+")
        self.assertEqual(answer["since"], answer["object"]["committed_at"])
        self.assertEqual(answer["object"]["in_bucket"], "whole")
        self.assertIn(int(records[1]["ShardId"][-1]), [one["shard"] for one in answer["object"]["shards"]])

    def test_a_refused_record(self):
        self.serve(harness_proof.CONFIG)
        records = self.producer.put(20)
        answer = self.wait_for_state(records[7], "refused")
        self.assertEqual(answer["outlook"], "gone")
        self.assertRegex(answer["cause"], r"^DataFormatConversion\.")
        self.assertIn("s3://landing/errors/format-conversion-failed/", self.text(answer))
        self.assertEqual(answer["object"]["kind"], "format-conversion-failed")

    def test_a_record_whose_object_was_removed_by_hand_is_not_called_delivered(self):
        self.serve(harness_proof.CONFIG)
        records = self.producer.put(20)
        key = self.wait_for_state(records[1], "delivered")["object"]["key"]
        path = self.server.bucket("landing") / key
        kept = path.read_bytes()
        path.unlink()
        answer = self.record(records[1])
        self.assertEqual((answer["state"], answer["outlook"], answer["cause"]), ("object-missing", "gone", "removed"))
        self.assertEqual(answer["object"]["in_bucket"], "missing")
        self.assertIn("it was delivered in", self.text(answer))
        self.assertEqual(self.explain(f"s3://landing/{key}")[0]["state"], "object-missing")
        path.write_bytes(kept[:-1])
        answer = self.record(records[1])
        self.assertEqual((answer["state"], answer["cause"]), ("object-changed", "cut-off"))
        path.write_bytes(kept[:-1] + b"X")
        answer = self.record(records[1])
        self.assertEqual((answer["state"], answer["cause"]), ("object-changed", "other-bytes"))
        self.assertEqual(self.explain(f"s3://landing/{key}")[0]["object"]["in_bucket"], "changed")
        path.write_bytes(kept)
        self.assertEqual(self.record(records[1])["state"], "delivered")

    def test_a_record_that_never_was(self):
        self.serve(SLOW)
        record = self.producer.put(1)[0]
        number = int(record["SequenceNumber"])
        beyond = {**record, "SequenceNumber": str(number + (1 << 108))}
        answer = self.record(beyond)
        self.assertEqual((answer["state"], answer["outlook"]), ("never-existed", "unknown"))
        self.assertEqual(self.explain("nobody", record["SequenceNumber"])[0]["state"], "stream-unknown")

    def test_before_the_start_of_the_delivery_stream(self):
        self.serve('[[bucket]]\nname = "landing"\n[[stream]]\nname = "beats"\n')
        early = self.producer.put(3)[1]
        time.sleep(1.1)
        self.server.client("firehose").create_delivery_stream(
            DeliveryStreamName="late", DeliveryStreamType="KinesisStreamAsSource",
            KinesisStreamSourceConfiguration={"KinesisStreamARN": f"arn:aws:kinesis:{harness.REGION}:000000000000:stream/beats",
                                              "RoleARN": harness.ROLE},
            ExtendedS3DestinationConfiguration={"RoleARN": harness.ROLE, "BucketARN": "arn:aws:s3:::landing"})
        answer = self.record(early)
        self.assertEqual((answer["state"], answer["outlook"]), ("before-start", "gone"), answer)

    def test_a_deleted_stream(self):
        self.serve(harness_proof.CONFIG)
        record = self.producer.put(3)[1]
        self.wait_for_state(record, "delivered")
        self.server.client("kinesis").delete_stream(StreamName="beats")
        answers = self.explain("beats", record["SequenceNumber"])
        self.assertEqual([one["state"] for one in answers], ["stream-unknown", "delivered"])

    def test_lost_to_damage(self):
        self.serve(SLOW)
        record = self.producer.put(3)[1]
        log = next((self.server.data / "streams").rglob("00000000000000000001.log"))
        written = log.stat().st_size
        harness.wait_for("the marker of an idle second", lambda: log.stat().st_size > written)
        self.server.kill()
        data = bytearray(log.read_bytes())
        at = data.find(b"xxxx")
        data[at:at + 4] = b"????"
        log.write_bytes(data)
        self.server.start()
        answer = self.record(record)
        self.assertEqual((answer["state"], answer["outlook"], answer["cause"]), ("lost", "gone", "damage"))
        self.assertRegex(self.text(answer), r"00000000000000000001\.log.* \d+")

    def test_trimmed_before_it_could_be_delivered(self):
        self.serve(SLOW, "--on-stop", "leave")
        time.sleep(1.1)  # the second of the delivery stream's start is over
        record = self.producer.put(3)[1]
        self.server.stop()
        next((self.server.data / "streams").rglob("00000000000000000001.log")).unlink()
        self.server.start()
        answer = self.wait_for_state(record, "trimmed")
        self.assertEqual((answer["outlook"], answer["cause"]), ("gone", "retention"))
        self.assertIn("the stream does not keep it any more", self.text(answer))

    def test_a_child_waits_for_its_parent(self):
        self.serve(SLOW)
        self.producer.put(20)
        kinesis = self.server.client("kinesis")
        kinesis.split_shard(StreamName="beats", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**126))
        harness.wait_for("the split", lambda: kinesis.describe_stream_summary(StreamName="beats")
                         ["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")
        children = [one for one in self.producer.put(40) if one["ShardId"] in ("shardId-000000000002", "shardId-000000000003")]
        answer = self.record(children[0])
        self.assertEqual((answer["state"], answer["outlook"], answer["cause"]), ("waits-for-parent", "well", "parent-not-read"))
        self.assertIn("its shard comes after shard 0", self.text(answer))

    # --- a server that is not there, or ends

    def test_without_a_server_the_data_directory_tells(self):
        self.serve(harness_proof.CONFIG)
        records = self.producer.put(20)
        self.wait_for_state(records[1], "delivered")
        self.wait_for_state(records[7], "refused")
        self.server.stop()
        self.assertEqual(self.record(records[1])["state"], "delivered")
        self.assertEqual(self.record(records[7])["state"], "refused")
        answer = self.explain("to_parquet")[0]
        self.assertEqual((answer["state"], answer["outlook"], answer["cause"]), ("stopped", "held", "no-server"))

    def test_a_server_that_listens_elsewhere(self):
        self.serve(SLOW)
        record = self.producer.put(1)[0]
        done = run("explain", "beats", record["SequenceNumber"], "--json", "--data-dir", self.server.data,
                   "--endpoint", "http://127.0.0.1:1")
        answer = json.loads(done.stdout)[0]
        self.assertEqual((done.returncode, answer["cause"]), (5, "server-silent"))
        self.assertIn(f"process {self.server.process.pid} has the data directory", self.text(answer))

    def test_a_delivery_stream_that_is_being_drained(self):
        self.serve(NOWHERE)
        record = self.producer.put(2)[1]
        self.server.process.send_signal(signal.SIGTERM)  # it drains for 30 s, for there is no bucket
        harness.wait_for("draining", lambda: self.explain("to_parquet")[0]["state"] == "draining")
        answer = self.explain("to_parquet")[0]
        self.assertIn(f"(process {self.server.process.pid}) is draining", self.text(answer))
        self.assertIn(self.record(record)["state"], ("buffered", "planned"))
        self.assertIn("bucket landing does not exist", self.text(answer))
        self.server.kill()
        self.assertEqual(self.explain("to_parquet")[0]["state"], "stopped")

    # --- objects

    def test_an_object(self):
        self.serve(harness_proof.CONFIG)
        self.wait_for_state(self.producer.put(20)[1], "delivered")
        key = self.object("parquet")
        answer = self.explain(f"s3://landing/{key}")[0]
        self.assertEqual((answer["delivery_stream"], answer["state"], answer["outlook"]),
                         ("to_parquet", "object-delivered", "well"))
        self.assertEqual((answer["object"]["key"], answer["object"]["in_bucket"]), (str(key), "whole"))
        self.assertEqual(answer["object"]["records"], sum(one["count"] for one in answer["object"]["shards"]))
        self.server.client("s3").put_object(Bucket="landing", Key="mine", Body=b"12345")
        for place, state in (("landing/nothing", "object-unknown"), ("landing/mine", "object-unplanned"),
                             ("no-bucket/key", "object-unknown"), ("landing", "object-unknown")):
            with self.subTest(place):
                answer = self.explain(f"s3://{place}")[0]
                self.assertEqual((answer["state"], answer["outlook"]), (state, "unknown"))

    def test_an_error_object(self):
        self.serve(harness_proof.CONFIG)
        self.wait_for_state(self.producer.put(20)[7], "refused")
        answer = self.explain(f"s3://landing/{self.object('errors')}")[0]
        self.assertEqual((answer["state"], answer["object"]["kind"]), ("object-delivered", "format-conversion-failed"))
        self.assertIn("format-conversion-failed", answer["sentences"][0])

    def test_a_delivery_stream_that_is_unknown(self):
        self.serve(SLOW)
        answer = self.explain("nobody")[0]
        self.assertEqual((answer["state"], answer["outlook"]), ("delivery-unknown", "unknown"))

    def test_wrong_questions_are_wrong_usage(self):
        self.serve(SLOW)
        record = self.producer.put(1)[0]
        for words in (("beats", "no-number"), ("beats", "shardId-000000000009", record["SequenceNumber"]), ()):
            with self.subTest(words):
                self.assertEqual(run("explain", *words, "--data-dir", self.server.data).returncode, 2)


if __name__ == "__main__":
    harness.main()
