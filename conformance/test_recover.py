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

    def test_without_a_yes_nothing_is_written(self):
        self.damage("DELETE FROM marks")
        before = (self.server.data / "sluice.db").read_bytes()
        self.assertIn("--yes", self.recover(expect=1))
        self.assertEqual((self.server.data / "sluice.db").read_bytes(), before)

    def test_a_running_server_is_left_alone(self):
        self.server.start()
        self.assertIn("stop the server first", self.recover(expect=1))

    def test_without_a_store_it_says_what_would_help(self):
        for path in self.server.data.glob("sluice.db*"):
            path.unlink()
        self.assertIn("any older sluice.db", self.recover(expect=1))
        (self.server.data / "sluice.db").write_bytes(b"no database at all" * 1000)
        self.assertIn("any older sluice.db", self.recover(expect=1))


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
