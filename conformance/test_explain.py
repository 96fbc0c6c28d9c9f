"""sluice explain: why a record, an object or a delivery stream is where it is, within a second, in a dozen situations."""

import json
import time
import unittest

import harness
import harness_proof
from harness_proof import Producer, run

SLOW = harness_proof.CONFIG.replace("buffer_interval_s = 1", "buffer_interval_s = 900")
NOWHERE = harness_proof.CONFIG.replace('[[bucket]]\nname = "landing"\n', "")


class Explain(unittest.TestCase):
    def serve(self, config):
        self.server = harness.Server(config=config)
        self.addCleanup(self.server.close)
        self.server.start()
        self.producer = Producer(self.server)
        return self.server

    def explain(self, *what):
        """The answers; each within a second."""
        begun = time.monotonic()
        done = run("explain", *what, "--json", "--data-dir", self.server.data, "--endpoint", self.server.endpoint)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLess(time.monotonic() - begun, 1.0)
        return json.loads(done.stdout)

    def record(self, record, stream="beats"):
        answers = self.explain(stream, record["ShardId"], record["SequenceNumber"])
        self.assertEqual(len(answers), 1, answers)
        return answers[0]["state"], "\n".join(answers[0]["sentences"])

    def wait_for_state(self, record, state):
        harness.wait_for(state, lambda: self.record(record)[0] == state)
        return self.record(record)[1]

    def test_buffered_with_size_and_time_at_which_it_closes(self):
        self.serve(SLOW)
        state, why = self.record(self.producer.put(5)[1])
        self.assertEqual(state, "buffered")
        self.assertRegex(why, r"closes at 64 MiB, or at 20\d\d-.*Z at the latest \(900 s after")
        harness.wait_for("an open object", lambda: "are in the open object" in "".join(self.explain("to_parquet")[0]["sentences"]))
        self.assertRegex(self.record(self.producer.put(1)[0])[1], r"\d records of \d+ bytes are in the open object")

    def test_sealed_with_a_bucket_that_does_not_exist(self):
        self.serve(NOWHERE)
        records = self.producer.put(20)
        why = self.wait_for_state(records[1], "planned")
        self.assertIn("bucket landing does not exist", why)
        self.assertRegex(why, r"the next try is at .*Z")
        delivery = self.explain("to_parquet")[0]
        self.assertEqual(delivery["state"], "running")
        self.assertIn("wait for their put", delivery["sentences"][0])
        self.server.client("s3").create_bucket(Bucket="landing")
        self.wait_for_state(records[1], "delivered")

    def test_sealed_with_a_bucket_that_fails(self):
        self.serve(harness_proof.CONFIG)
        folder = self.server.bucket("landing")
        folder.rmdir()
        folder.write_text("no folder")
        records = self.producer.put(20)
        self.wait_for_state(records[1], "planned")
        harness.wait_for("the error", lambda: "last error: plan 1" in self.record(records[1])[1])
        why = self.record(records[1])[1]
        self.assertIn("landing", why)
        self.assertRegex(why, r"that was at .*Z; the next try is at .*Z")
        folder.unlink()
        folder.mkdir()
        self.wait_for_state(records[1], "delivered")

    def test_delivered_and_refused(self):
        self.serve(harness_proof.CONFIG)
        records = self.producer.put(20)
        why = self.wait_for_state(records[1], "delivered")
        self.assertRegex(why, r"s3://landing/parquet/\S+, plan \d+, committed at")
        self.assertRegex(why, r"row|record \d+ of its shard's \d+")
        why = self.wait_for_state(records[7], "refused")
        self.assertIn("s3://landing/errors/format-conversion-failed/", why)
        self.assertIn("DataFormatConversion.", why)

    def test_a_record_that_never_was(self):
        self.serve(SLOW)
        record = self.producer.put(1)[0]
        number = int(record["SequenceNumber"])
        beyond = {**record, "SequenceNumber": str(number + (1 << 108))}
        self.assertEqual(self.record(beyond)[0], "never-existed")

    def test_before_the_start_of_the_delivery_stream(self):
        self.serve('[[bucket]]\nname = "landing"\n[[stream]]\nname = "beats"\n')
        early = self.producer.put(3)[1]
        time.sleep(1.1)
        self.server.client("firehose").create_delivery_stream(
            DeliveryStreamName="late", DeliveryStreamType="KinesisStreamAsSource",
            KinesisStreamSourceConfiguration={"KinesisStreamARN": f"arn:aws:kinesis:{harness.REGION}:000000000000:stream/beats",
                                              "RoleARN": harness.ROLE},
            ExtendedS3DestinationConfiguration={"RoleARN": harness.ROLE, "BucketARN": "arn:aws:s3:::landing"})
        state, why = self.record(early)
        self.assertEqual(state, "before-start", why)

    def test_a_deleted_stream(self):
        self.serve(harness_proof.CONFIG)
        record = self.producer.put(3)[1]
        self.wait_for_state(record, "delivered")
        self.server.client("kinesis").delete_stream(StreamName="beats")
        answers = self.explain("beats", record["SequenceNumber"])
        self.assertEqual([one["state"] for one in answers], ["stream-deleted", "delivered"])

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
        state, why = self.record(record)
        self.assertEqual(state, "lost")
        self.assertRegex(why, r"00000000000000000001\.log.* \d+")

    def test_a_child_waits_for_its_parent(self):
        self.serve(SLOW)
        self.producer.put(20)
        kinesis = self.server.client("kinesis")
        kinesis.split_shard(StreamName="beats", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**126))
        harness.wait_for("the split", lambda: kinesis.describe_stream_summary(StreamName="beats")
                         ["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")
        children = [one for one in self.producer.put(40) if one["ShardId"] in ("shardId-000000000002", "shardId-000000000003")]
        state, why = self.record(children[0])
        self.assertEqual(state, "waits-for-parent")
        self.assertIn("its shard comes after shard 0", why)

    def test_without_a_server_the_data_directory_tells(self):
        self.serve(harness_proof.CONFIG)
        records = self.producer.put(20)
        self.wait_for_state(records[1], "delivered")
        self.wait_for_state(records[7], "refused")
        self.server.arguments = ["--on-stop", "leave"]
        self.server.stop()
        self.assertEqual(self.record(records[1])[0], "delivered")
        self.assertEqual(self.record(records[7])[0], "refused")
        self.assertEqual(self.explain("to_parquet")[0]["state"], "stopped")

    def test_objects(self):
        self.serve(harness_proof.CONFIG)
        self.wait_for_state(self.producer.put(20)[1], "delivered")
        path = next(path for path in self.server.bucket("landing").rglob("parquet/*/*/*/*/*") if path.is_file())
        key = path.relative_to(self.server.bucket("landing"))
        answer = self.explain(f"s3://landing/{key}")[0]
        self.assertEqual((answer["delivery_stream"], answer["state"]), ("to_parquet", "object-delivered"))
        self.assertEqual(self.explain("s3://landing/nothing")[0]["state"], "object-unknown")

    def test_wrong_questions_are_wrong_usage(self):
        self.serve(SLOW)
        record = self.producer.put(1)[0]
        for words in (("beats", "no-number"), ("beats", "shardId-000000000009", record["SequenceNumber"]), ()):
            with self.subTest(words):
                self.assertEqual(run("explain", *words, "--data-dir", self.server.data).returncode, 2)


if __name__ == "__main__":
    harness.main()
