"""sluice verify: a real delivery proves itself, and every planted fault is found by name."""

import pathlib
import shutil
import tempfile
import unittest

import harness
import harness_proof
from harness_proof import Producer, run, store, verify


class Verify(unittest.TestCase):
    """One delivery in two shards, one of them split later, with refused records; each test damages a copy of it."""

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(config=harness_proof.CONFIG + harness_proof.RAW)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        producer = Producer(cls.server)
        for part in range(3):
            producer.put(60)
            producer.wait()
        kinesis = cls.server.client("kinesis")
        kinesis.split_shard(StreamName="beats", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**126))
        harness.wait_for("the split", lambda: kinesis.describe_stream_summary(StreamName="beats")
                         ["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")
        producer.put(60)
        producer.wait()
        cls.made = producer.made
        cls.while_running = verify(cls.server.data)
        cls.server.stop()

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="sluice-verify-")
        self.addCleanup(shutil.rmtree, folder)
        self.data = pathlib.Path(folder) / "data"
        shutil.copytree(self.server.data, self.data, symlinks=True)

    def objects(self, prefix="parquet"):
        """Oldest first."""
        found = [path for path in (self.data / "buckets/landing" / prefix).rglob("*") if path.is_file()]
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)

    def key(self, path):
        return str(path.relative_to(self.data / "buckets/landing"))

    def faults(self, *arguments):
        code, answer = verify(self.data, *arguments)
        self.assertEqual(code, 1 if answer["faults"] else 4 if answer["not_proven"] else 0)
        self.assertEqual(answer["proven"], code == 0)
        return answer["faults"]

    def only(self, *arguments):
        faults = self.faults(*arguments)
        self.assertEqual(len(faults), 1, faults)
        return faults[0]

    def test_a_whole_delivery_is_proven_running_and_stopped(self):
        for code, answer in (self.while_running, verify(self.server.data), verify(self.data)):
            self.assertEqual(code, 0, answer)
            self.assertTrue(answer["proven"])
            self.assertEqual(answer["not_proven"], [])
            by_name = {one["delivery_stream"]: one for one in answer["delivery_streams"]}
            self.assertEqual(by_name["to_parquet"]["records"], self.made)
            self.assertEqual(by_name["raw"]["records"], self.made)
            self.assertGreaterEqual(by_name["to_parquet"]["objects"], 8)

    def test_the_text_is_a_table_and_a_verdict(self):
        done = run("verify", "landing", "--data-dir", self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^to_parquet +\d+ +240 .* ledger$")
        self.assertIn("proven: nothing is missing, double or foreign", done.stdout)

    def test_a_deleted_object_is_missing(self):
        for prefix in ("parquet", "errors", "raw"):
            with self.subTest(prefix):
                gone = self.objects(prefix)[1]
                saved = gone.read_bytes()
                gone.unlink()
                fault = self.only()
                self.assertEqual((fault["fault"], fault["key"]), ("object-missing", self.key(gone)))
                self.assertEqual(fault["records"][0]["stream"], "beats")
                self.assertIn("on purpose", fault["message"])
                gone.write_bytes(saved)

    def test_a_copy_under_another_name_is_foreign(self):
        for prefix in ("parquet", "errors", "raw"):
            with self.subTest(prefix):
                original = self.objects(prefix)[0]
                copy = original.with_name("copy.parquet")
                shutil.copy(original, copy)
                fault = self.only()
                self.assertEqual((fault["fault"], fault["key"]), ("object-foreign", self.key(copy)))
                self.assertIn(self.key(original), fault["message"])
                copy.unlink()

    def test_a_truncated_object_is_changed(self):
        for prefix in ("parquet", "errors", "raw"):
            with self.subTest(prefix):
                cut = self.objects(prefix)[1]
                kept = cut.read_bytes()
                cut.write_bytes(kept[:-10])
                fault = self.only()
                self.assertEqual((fault["fault"], fault["key"]), ("object-changed", self.key(cut)))
                self.assertIn("it was cut off", fault["message"])
                self.assertIn("plan", fault)
                cut.write_bytes(kept)

    def test_two_swapped_objects_are_changed_and_told_apart(self):
        for prefix in ("parquet", "errors", "raw"):
            with self.subTest(prefix):
                left, right = self.objects(prefix)[:2]
                bytes_of_left, bytes_of_right = left.read_bytes(), right.read_bytes()
                left.write_bytes(bytes_of_right)
                right.write_bytes(bytes_of_left)
                faults = self.faults()
                self.assertEqual({(one["fault"], one["key"]) for one in faults},
                                 {("object-changed", self.key(left)), ("object-changed", self.key(right))})
                plans = {one["key"]: one["plan"] for one in faults}
                for one in faults:
                    other = plans[self.key(right if one["key"] == self.key(left) else left)]
                    self.assertEqual(one["message"], f"it holds the object of plan {other}")
                left.write_bytes(bytes_of_left)
                right.write_bytes(bytes_of_right)

    def test_one_changed_byte_shows_by_the_digest_whatever_the_object_is(self):
        for prefix in ("parquet", "errors", "raw"):
            with self.subTest(prefix):
                object_ = self.objects(prefix)[0]
                kept = object_.read_bytes()
                data = bytearray(kept)
                data[60] ^= 0x20
                object_.write_bytes(data)
                fault = self.only()
                self.assertEqual((fault["fault"], fault["key"]), ("object-changed", self.key(object_)))
                object_.write_bytes(kept)

    def test_a_changed_page_shows_by_the_digest_and_is_named(self):
        object_ = self.objects()[0]
        data = bytearray(object_.read_bytes())
        data[60] ^= 0x20
        object_.write_bytes(data)
        fault = self.only()
        self.assertEqual((fault["fault"], fault["key"]), ("object-changed", self.key(object_)))
        self.assertIn("row group 0", fault["message"])

    def test_row_groups_that_somebody_rewrote_show_by_the_digest_though_all_rows_are_there(self):
        object_ = self.objects()[0]
        rewritten = object_.with_name("rewritten.parquet")
        harness.duckdb(f"COPY (FROM read_parquet('{object_}')) TO '{rewritten}' (FORMAT parquet)")
        rewritten.rename(object_)
        fault = self.only()
        self.assertEqual((fault["fault"], fault["key"]), ("object-changed", self.key(object_)))
        self.assertTrue(fault["records"])

    def test_a_row_group_that_was_replaced_by_another_objects_is_changed(self):
        """The pages of one object under the footer of another, which still is a readable file of the right size."""
        object_, other = self.objects()[:2]
        data, donor = bytearray(object_.read_bytes()), other.read_bytes()
        footer = int.from_bytes(data[-8:-4], "little") + 8
        pages = min(len(data) - footer, len(donor) - 4)
        data[4:pages] = donor[4:pages]
        self.assertNotEqual(bytes(data), object_.read_bytes())
        object_.write_bytes(data)
        fault = self.only()
        self.assertEqual((fault["fault"], fault["key"]), ("object-changed", self.key(object_)))
        self.assertIn("row group 0", fault["message"])
        self.assertIn("object-changed", [one["fault"] for one in self.faults("--bucket-only")])

    def test_a_removed_plan_row_is_named_by_number_and_object(self):
        with store(self.data) as db:
            db.execute("DELETE FROM plans WHERE delivery LIKE 'to_parquet/%' AND number = 3")
        faults = self.faults()
        missing = [one for one in faults if one["fault"] == "plan-missing"]
        self.assertEqual([one["plan"] for one in missing], [3])
        self.assertTrue(missing[0]["key"])
        self.assertIn("ledger-damaged", [one["fault"] for one in faults])

    def test_moved_marks_are_named(self):
        for change in ("low + 3", "low - 3"):
            with self.subTest(change):
                with store(self.data) as db:
                    kept = db.execute("SELECT delivery, shard, low FROM marks WHERE delivery LIKE 'raw/%'").fetchall()
                    db.execute(f"UPDATE marks SET low = {change} WHERE delivery LIKE 'raw/%' AND shard = 1")
                faults = self.faults()
                self.assertIn("ledger-damaged", [one["fault"] for one in faults])
                self.assertTrue(any("shard 1" in one["message"] for one in faults), faults)
                with store(self.data) as db:
                    db.executemany("UPDATE marks SET low = ?3 WHERE delivery = ?1 AND shard = ?2", kept)

    def test_without_a_ledger_the_objects_prove_each_other(self):
        code, answer = verify(self.data, "--bucket-only")
        self.assertEqual((code, answer["faults"], answer["verdict"]), (4, [], "proven-in-part"))
        self.assertEqual(len(answer["not_proven"]), 1)
        gone = self.objects("raw")[1]
        gone.unlink()
        self.assertIn("plan-missing", [one["fault"] for one in self.faults("--bucket-only")])

    def test_without_a_store_it_says_what_cannot_be_proven(self):
        for path in self.data.glob("sluice.db*"):
            path.unlink()
        code, answer = verify(self.data)
        self.assertEqual((code, answer["faults"], answer["proven"]), (4, [], False))
        self.assertIn("no Parquet files", " ".join(answer["not_proven"]))
        names = {one["delivery_stream"]: one for one in answer["delivery_streams"]}
        self.assertEqual(set(names), {"to_parquet"})

    def test_wrong_places_are_wrong_usage(self):
        for arguments in (("--data-dir", self.data / "nothing"), ("no-bucket", "--data-dir", self.data), ("--nonsense",)):
            with self.subTest(arguments):
                self.assertEqual(run("verify", *arguments).returncode, 2)


class VerifyWhileDelivering(unittest.TestCase):
    def test_what_is_delivered_meanwhile_is_no_fault(self):
        server = harness.Server(config=harness_proof.CONFIG + harness_proof.RAW).start()
        self.addCleanup(server.close)
        producer = Producer(server)
        for part in range(25):
            producer.put(30)
            code, answer = verify(server.data)
            self.assertEqual((code, answer["faults"]), (0, []))
        producer.wait()


if __name__ == "__main__":
    harness.main()
