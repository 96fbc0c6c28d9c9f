"""sluice recover: a ledger that was damaged, lost or brought back from long ago is made again; then every record lands once."""

import pathlib
import re
import shutil
import tempfile
import unittest

import harness
import harness_proof
from harness_proof import Producer, landed_ids, run, store, verify


def backup(data):
    """The store as a stopped server leaves it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-backup-"))
    for path in pathlib.Path(data).glob("sluice.db*"):
        shutil.copy2(path, folder)
    return folder


def restore(data, folder):
    for path in pathlib.Path(data).glob("sluice.db*"):
        path.unlink()
    for path in folder.iterdir():
        shutil.copy2(path, data)


SLOW = harness_proof.CONFIG.replace("buffer_interval_s = 1", "buffer_interval_s = 900")


class Recover(unittest.TestCase):
    """A delivery in two shards with refused records, stopped with some of them still in the log."""

    def setUp(self):
        self.server = harness.Server(config=harness_proof.CONFIG)
        self.addCleanup(self.server.close)
        self.server.start()
        self.producer = Producer(self.server)
        for part in range(3):
            self.producer.put(50)
            self.producer.wait()
        self.stop_with_records_left()

    def stop_with_records_left(self):
        self.server.stop()
        self.server.arguments = ["--on-stop", "leave"]
        self.server.start()
        self.producer.put(20)
        self.server.stop()
        self.server.arguments = []

    def damage(self, *statements):
        with store(self.server.data) as db:
            for statement in statements:
                db.execute(statement)

    def recover(self, *arguments, expect=0):
        done = run("recover", "--data-dir", self.server.data, *arguments, stdin=-3)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def assert_every_record_lands_once(self):
        code, answer = verify(self.server.data)
        self.assertEqual([one for one in answer["faults"]], [], answer)
        self.server.start()
        self.producer.put(30)
        self.server.stop()
        self.assertEqual(landed_ids(self.server.data), list(range(self.producer.made)))
        code, answer = verify(self.server.data)
        self.assertEqual((code, answer["faults"]), (0, []))

    def recover_and_check(self, *damage, arguments=()):
        self.damage(*damage)
        said = self.recover("--yes", *arguments)
        self.assertIn("before-recover", said)
        self.assert_every_record_lands_once()
        return said

    def test_a_whole_ledger_is_left_alone(self):
        self.assertIn("nothing to recover", self.recover())
        self.assertEqual(list(self.server.data.glob("*before-recover*")), [])

    def test_lost_marks(self):
        self.recover_and_check("DELETE FROM marks WHERE delivery LIKE 'to_parquet/%'")

    def test_a_changed_mark(self):
        said = self.recover_and_check("UPDATE marks SET low = low + 5 WHERE shard = 1")
        self.assertIn("its mark is lost", said)

    def test_a_lost_plan_of_each_kind(self):
        self.damage("CREATE TABLE kept AS SELECT number FROM plans")
        with store(self.server.data) as db:
            numbers = [number for number, in db.execute("SELECT number FROM kept ORDER BY number")]
            db.execute("DROP TABLE kept")
        self.assertGreaterEqual(len(numbers), 6)
        self.recover_and_check("DELETE FROM plans WHERE number IN (2, 3)", "UPDATE plans SET body = x'00' WHERE number = 5")

    def test_everything_of_the_ledger_is_gone(self):
        self.recover_and_check("DELETE FROM marks", "DELETE FROM plans", "DELETE FROM tallies WHERE name IN ('marks', 'plans', 'history')")

    def test_an_older_store_is_brought_up_to_the_objects(self):
        old = backup(self.server.data)
        self.addCleanup(shutil.rmtree, old)
        self.server.start()
        self.producer.put(50)
        self.server.stop()
        self.stop_with_records_left()
        restore(self.server.data, old)
        code, answer = verify(self.server.data)
        self.assertEqual(code, 1)
        said = self.recover("--yes")
        self.assertIn("without a proof", said)
        self.assert_every_record_lands_once()

    def test_a_resharded_stream(self):
        self.server.start()
        kinesis = self.server.client("kinesis")
        kinesis.split_shard(StreamName="beats", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**126))
        harness.wait_for("the split", lambda: kinesis.describe_stream_summary(StreamName="beats")
                         ["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")
        self.producer.put(60)
        self.producer.wait()
        self.stop_with_records_left()
        self.recover_and_check("DELETE FROM marks", "DELETE FROM plans WHERE number % 2 = 0")

    def test_objects_that_were_deleted_on_purpose_are_not_delivered_again_unless_it_is_said(self):
        bucket = self.server.data / "buckets/landing/parquet"
        gone = min((path for path in bucket.rglob("*") if path.is_file()), key=lambda path: path.stat().st_mtime_ns)
        lost = sorted(row["id"] for row in harness.hyparquet_rows([gone]))
        gone.unlink()
        self.damage("DELETE FROM plans WHERE number = 1", "DELETE FROM marks")
        said = self.recover("--yes", expect=1)
        self.assertIn("--redeliver-missing", said)
        self.assertIn("nothing was written", said)
        self.recover("--yes", "--redeliver-missing")
        self.server.start()
        self.server.stop()
        landed = landed_ids(self.server.data)
        self.assertEqual(landed, list(range(self.producer.made)))
        self.assertTrue(set(lost) <= set(landed))

    def test_an_object_that_was_removed_stays_delivered_unless_it_is_said(self):
        bucket = self.server.data / "buckets/landing/parquet"
        gone = min((path for path in bucket.rglob("*") if path.is_file()), key=lambda path: path.stat().st_mtime_ns)
        rows = sorted(row["id"] for row in harness.hyparquet_rows([gone]))
        gone.unlink()
        said = self.recover()
        self.assertIn("nothing to recover", said)
        self.assertIn(f"1 object with {len(rows)} records was delivered and is not in the bucket any more", said)
        self.assertIn("--redeliver-missing", said)
        self.assertEqual(list(self.server.data.glob("*before-recover*")), [])
        said = self.recover("--yes", "--redeliver-missing")
        self.assertIn(f"{len(rows)} records of 1 object that was removed from the bucket are delivered again: whoever has "
                      "taken them from there meets them twice", said)
        self.assert_every_record_lands_once()

    def test_removed_records_that_the_stream_does_not_keep_any_more_stay_with_their_plan(self):
        bucket = self.server.data / "buckets/landing/parquet"
        gone = min((path for path in bucket.rglob("*") if path.is_file()), key=lambda path: path.stat().st_mtime_ns)
        gone.unlink()
        for log in (self.server.data / "streams").rglob("*.log"):
            log.unlink()
        said = self.recover("--yes", "--redeliver-missing")
        self.assertIn("the stream does not keep them any more", said)
        code, answer = verify(self.server.data)
        self.assertEqual([one["fault"] for one in answer["faults"]], ["object-missing"])

    def test_without_a_yes_nothing_is_written(self):
        self.damage("DELETE FROM marks")
        before = (self.server.data / "sluice.db").read_bytes()
        self.assertIn("--yes", self.recover(expect=1))
        self.assertEqual((self.server.data / "sluice.db").read_bytes(), before)

    def test_a_running_server_is_left_alone(self):
        self.server.start()
        self.assertIn("stop the server first", self.recover(expect=1))


class RecoverWithoutStore(unittest.TestCase):
    """sluice.db is gone, or nothing in it can be read: it is made again from configuration, objects and logs."""

    def serve(self, config):
        self.server = harness.Server(config=config)
        self.addCleanup(self.server.close)
        self.server.start()
        self.producer = Producer(self.server)

    def deliver_and_leave_some(self):
        records = []
        for part in range(3):
            records += self.producer.put(50)
            self.producer.wait()
        self.server.stop()
        self.server.arguments = ["--on-stop", "leave"]
        self.server.start()
        records += self.producer.put(20)
        self.server.stop()
        self.server.arguments = []
        return records

    def lose_store(self):
        for path in self.server.data.glob("sluice.db*"):
            path.unlink()

    def recover(self, *arguments, config=None, expect=0):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(self.server.config if config is None else config)
            file.flush()
            options = ["--config", file.name] if config != "" else []
            done = run("recover", "--yes", "--data-dir", self.server.data, *options, *arguments, stdin=-3)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def assert_proven(self):
        code, answer = verify(self.server.data)
        self.assertEqual((code, answer["faults"], answer["proven"]), (0, [], True), answer)

    def assert_every_record_lands_once(self):
        self.assert_proven()
        self.server.start()
        self.producer.put(30)
        self.server.stop()
        self.assertEqual(landed_ids(self.server.data), list(range(self.producer.made)))
        self.assert_proven()

    def test_without_a_configuration_it_says_what_it_needs_and_what_is_there(self):
        self.serve(harness_proof.CONFIG)
        self.deliver_and_leave_some()
        self.lose_store()
        said = self.recover(config="", expect=1)
        for part in ("sluice.db is gone", "--config FILE", "any older sluice.db", "by their objects: to_parquet",
                     "1 log with records"):
            self.assertIn(part, said)
        self.assertEqual(list(self.server.data.glob("sluice.db*")), [])

    def test_a_server_does_not_begin_anew_beside_logs_that_it_cannot_explain(self):
        self.serve(harness_proof.CONFIG)
        self.deliver_and_leave_some()
        self.lose_store()
        with self.assertRaisesRegex(RuntimeError, r"sluice\.db is gone, and .*streams holds 1 log: `sluice recover --config FILE`"):
            self.server.start()
        self.recover()
        self.assert_every_record_lands_once()

    def test_marks_plans_and_streams_come_back_and_nothing_is_delivered_twice(self):
        self.serve(harness_proof.CONFIG)
        records = self.deliver_and_leave_some()
        self.lose_store()
        said = self.recover()
        for part in ("sluice.db is gone", "its life", "stream beats: its log is streams/", "make it again",
                     "their objects are in the bucket and prove their records"):
            self.assertIn(part, said)
        self.assert_every_record_lands_once()
        done = run("explain", "beats", records[1]["SequenceNumber"], "--data-dir", self.server.data)
        self.assertIn("to_parquet: delivered", done.stdout, "sequence numbers are those of before")

    def test_a_store_of_which_nothing_can_be_read_has_one_cure_and_is_kept_aside(self):
        self.serve(harness_proof.CONFIG)
        self.deliver_and_leave_some()
        self.lose_store()
        (self.server.data / "sluice.db").write_bytes(b"no database at all" * 1000)
        for command in (["verify"], ["explain", "to_parquet"]):
            done = run(*command, "--data-dir", self.server.data)
            self.assertEqual(done.returncode, 1)
            self.assertIn("`sluice recover --help` says how it is made again", done.stderr)
            self.assertNotIn("back-up", done.stderr)
        said = self.recover(config="", expect=1)
        self.assertIn("cannot be read", said)
        self.assertIn("--config FILE", said)
        self.assertNotIn("back-up", said)
        self.assertIn("before-recover", self.recover())
        self.assertEqual(next(self.server.data.glob("*before-recover*")).read_bytes()[:11], b"no database")
        self.assert_every_record_lands_once()

    def test_what_direct_put_has_taken(self):
        self.serve(re.sub(r'(?m)^source = .*$', "", harness_proof.CONFIG))
        firehose = self.server.client("firehose")

        def put(first, count):
            answer = firehose.put_record_batch(DeliveryStreamName="to_parquet", Records=[
                {"Data": b'{"id": %d}\n' % number} for number in range(first, first + count)])
            self.assertEqual(answer["FailedPutCount"], 0)
        put(0, 40)
        self.server.stop()
        self.server.arguments = ["--on-stop", "leave"]
        self.server.start()
        put(40, 10)
        self.server.stop()
        self.lose_store()
        self.recover()
        self.assert_proven()
        self.server.arguments = []
        self.server.start()
        firehose = self.server.client("firehose")
        put(50, 5)
        self.server.stop()
        self.assertEqual(landed_ids(self.server.data), list(range(55)))
        self.assert_proven()

    def test_records_that_were_never_delivered_are_those_of_the_only_stream(self):
        self.serve(SLOW)
        self.server.arguments = ["--on-stop", "leave"]
        self.producer.put(20)
        self.server.kill()
        self.lose_store()
        self.assertIn("stream beats: its log is streams/", self.recover())
        self.server.arguments = []
        self.assert_every_record_lands_once()

    def test_of_two_streams_without_objects_somebody_must_say_which_is_which(self):
        self.serve(SLOW + '[[stream]]\nname = "other"\nshards = 2\n')
        self.producer.put(20)
        Producer(self.server, "other").put(5)
        sizes = {}
        for folder in (self.server.data / "streams").iterdir():
            sizes[sum(path.stat().st_size for path in folder.iterdir())] = folder.name
        self.server.kill()
        self.lose_store()
        said = self.recover(expect=1)
        self.assertIn("no object tells which log is whose of the streams beats, other", said)
        self.assertIn("--stream NAME=FOLDER", said)
        beats, other = sizes[max(sizes)], sizes[min(sizes)]
        self.assertIn("nothing was written", said)
        self.assertIn("no such folder", self.recover("--stream", f"beats={'0' * 32}", expect=1))
        self.recover("--stream", f"beats={beats}", "--stream", f"other={other}")
        self.assert_every_record_lands_once()

    def test_a_stream_that_was_split_is_refused_with_the_reason(self):
        self.serve(harness_proof.CONFIG)
        self.producer.put(20)
        kinesis = self.server.client("kinesis")
        kinesis.split_shard(StreamName="beats", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**126))
        harness.wait_for("the split", lambda: kinesis.describe_stream_summary(StreamName="beats")
                         ["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")
        self.producer.put(40)
        self.server.stop()
        self.lose_store()
        said = self.recover(expect=1)
        self.assertIn("stream beats has had 4 shards, the configuration says 2", said)
        self.assertIn("nothing was written", said)

    def test_raw_objects_prove_nothing_without_their_headers_and_are_refused(self):
        self.serve(harness_proof.CONFIG + harness_proof.RAW)
        self.producer.put(20)
        self.server.stop()
        self.lose_store()
        said = self.recover(expect=1)
        self.assertIn("may be of this delivery stream", said)
        self.assertIn("nothing was written", said)

    def test_a_wrong_configuration_or_stream_is_wrong_usage(self):
        self.serve(harness_proof.CONFIG)
        self.server.stop()
        self.recover(config="nonsense", expect=2)
        self.assertIn("NAME=FOLDER", self.recover("--stream", "beats", expect=2))


class RecoverRaw(unittest.TestCase):
    """Objects of raw records: their proofs are headers, which only the store keeps."""

    def setUp(self):
        config = re.sub(r"(?s)\[\[delivery_stream\]\].*", "", harness_proof.CONFIG) + harness_proof.RAW
        self.server = harness.Server(config=config)
        self.addCleanup(self.server.close)
        self.server.start()
        self.producer = Producer(self.server)
        self.deliver(50)

    def deliver(self, count):
        self.producer.put(count)
        self.server.stop()
        self.server.start()

    def landed(self):
        paths = [path for path in (self.server.bucket("landing") / "raw").rglob("*") if path.is_file()]
        return sorted(int(number) for path in paths for number in re.findall(r'"id": (\d+)', path.read_text()))

    def recover(self):
        return run("recover", "--yes", "--data-dir", self.server.data, stdin=-3)

    def test_marks_and_plans_come_back_from_the_headers(self):
        self.deliver(30)
        self.server.stop()
        with store(self.server.data) as db:
            db.execute("DELETE FROM marks")
            db.execute("DELETE FROM plans WHERE number <> 1")
        done = self.recover()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.server.start()
        self.deliver(20)
        self.server.stop()
        self.assertEqual(self.landed(), list(range(self.producer.made)))
        code, answer = verify(self.server.data)
        self.assertEqual((code, answer["faults"]), (0, []))

    def test_an_older_store_does_not_know_them_and_is_refused(self):
        self.server.stop()
        old = backup(self.server.data)
        self.addCleanup(shutil.rmtree, old)
        self.server.start()
        self.deliver(30)
        self.server.stop()
        restore(self.server.data, old)
        done = self.recover()
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("may be of this delivery stream", done.stdout)
        self.assertIn("nothing was written", done.stderr)


class RecoverPlanned(unittest.TestCase):
    """Objects that are sealed and planned and wait for a bucket that is not there."""

    def setUp(self):
        config = harness_proof.CONFIG.replace('[[bucket]]\nname = "landing"\n', "")
        self.server = harness.Server(config=config)
        self.addCleanup(self.server.close)
        self.server.start()
        self.producer = Producer(self.server)
        self.producer.put(50)
        self.spool = self.server.data / "spool"
        harness.wait_for("planned objects", lambda: self.planned() == 2)
        self.server.kill()

    def planned(self):
        with store(self.server.data) as db:
            return db.execute("SELECT count(*) FROM plans WHERE state = 0").fetchone()[0]

    def finish(self):
        done = run("recover", "--yes", "--data-dir", self.server.data, stdin=-3)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.server.start()
        self.server.client("s3").create_bucket(Bucket="landing")
        self.producer.put(30)
        self.server.stop()
        self.assertEqual(landed_ids(self.server.data), list(range(self.producer.made)))
        code, answer = verify(self.server.data)
        self.assertEqual((code, answer["faults"]), (0, []))

    def test_they_are_put_under_their_plans(self):
        with store(self.server.data) as db:
            db.execute("DELETE FROM marks")
        self.finish()

    def test_sealed_files_that_rotted_were_never_put_and_their_records_come_in_others(self):
        for path in self.spool.rglob("*"):
            if path.is_file():
                harness.flip_bit(path, path.stat().st_size // 2)
        code, answer = verify(self.server.data)
        self.assertEqual(code, 1)
        self.assertEqual([fault["fault"] for fault in answer["faults"]], ["plan-stuck"] * 2)
        self.finish()

    def test_without_their_plans_their_records_come_from_the_log(self):
        with store(self.server.data) as db:
            db.execute("DELETE FROM marks")
            db.execute("DELETE FROM plans")
            db.execute("DELETE FROM tallies WHERE name IN ('marks', 'plans', 'history')")
        self.finish()


if __name__ == "__main__":
    harness.main()
