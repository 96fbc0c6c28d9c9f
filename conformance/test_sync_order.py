"""What is synced before what, seen in the system calls of the real server: crash/tracer.py records each of them.

- An answer to a put leaves when no log has a byte that is not synced, and there was a frame to sync.
- What a rename shows was synced before, and the same thread syncs the folders of new names before it does anything else.
- An object's way is seal, plan, rename, commit, each synced before the next; an upload is answered after its rename is final.
"""

import collections
import json
import os
import pathlib
import signal
import sys
import tempfile
import unittest

import harness

sys.path.insert(0, str(harness.ROOT / "crash"))
import way  # noqa: E402

CONFIG = """
[[bucket]]
name = "landing"
[[stream]]
name = "s"
shards = 2
[[delivery_stream]]
name = "d"
source = "s"
bucket = "landing"
prefix = "d/"
buffer_size_mb = 1
buffer_interval_s = 0
[[delivery_stream]]
name = "direct"
bucket = "landing"
prefix = "direct/"
buffer_size_mb = 1
buffer_interval_s = 0
"""
ROUNDS = 5
PUTS = 6  # of each kind, in a round
SYNCS = ("fdatasync", "fsync")
RENAMES = ("rename", "renameat", "renameat2")


def is_answer(call):
    return call.name == "sendmsg" and call.result is None and call.begins.startswith("HTTP/1.1 200")


def returned(call, *names):
    return call.name in names and call.result is not None and call.result >= 0


def check_answers(calls):
    """Of one client that puts one request after the other; how many answers were seen."""
    unsynced, has_frame, answers = set(), False, 0
    for call in calls:
        kind = way.kind_of(call.path)
        if kind == "log" and call.name == "pwrite64" and call.result is None:
            unsynced.add(call.path)
            has_frame = has_frame or way.written_kind(call) == "frame"
        elif kind == "log" and returned(call, *SYNCS):
            unsynced.discard(call.path)
        elif is_answer(call):
            assert has_frame, f"answer {answers} leaves and no frame was written"
            assert not unsynced, f"answer {answers} leaves before the sync of {unsynced}"
            has_frame, answers = False, answers + 1
    return answers


def check_renames(calls):
    """How many renames were seen.  A thread may rename several, and then syncs all their folders before it does anything else."""
    unsynced, due, renames = set(), collections.defaultdict(set), 0
    for call in calls:
        folders = due[call.thread_id]
        if returned(call, "fsync"):
            folders.discard(call.path)
        elif call.result is None and call.name not in ("fsync", *RENAMES):
            assert not folders, f"{call.name} of {call.path} where {folders} is to be synced"
        if call.name in ("pwrite64", "openat") and call.result is None:
            unsynced.add(call.path)
        elif returned(call, *SYNCS):
            unsynced.discard(call.path)
        elif call.name in RENAMES and call.result is None:
            assert call.path not in unsynced, f"{call.path} is renamed before it is synced"
        elif returned(call, *RENAMES):
            folders.add(os.path.dirname(call.path_to))
            renames += 1
    assert not any(due.values()), f"never synced: {due}"
    return renames


def check_objects(calls):
    """Of delivered objects, one after the other, each spool file's steps; how many were seen."""
    steps, objects = {}, 0  # by spool folder
    for call in calls:
        kind, folder = way.kind_of(call.path_to), os.path.dirname(call.path)
        if kind == "spool" and returned(call, "fdatasync"):
            steps[folder] = ["whole"]
        elif kind == "spools" and returned(call, "fsync"):
            steps.setdefault(call.path, []).append("sealed")
        elif kind == "wal" and call.thread.startswith("delivery-") and returned(call, "fdatasync"):
            for known in steps.values():
                known.append("ledger")
        elif kind == "bucket" and call.name in RENAMES and way.kind_of(call.path) == "spool":
            known = steps[folder]
            if call.result is None:
                assert known[:2] == ["whole", "sealed"] and known[-1] == "ledger", f"{call.path} is renamed after {known}"
            else:
                steps[folder], objects = ["renamed"], objects + 1
    for folder, known in steps.items():
        assert known[0] == "renamed" and "ledger" in known, f"{folder}: not committed: {known}"
    return objects


class SyncOrder(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="sluice-trace-") as folder:
            cls.folder, cls.record = pathlib.Path(folder), pathlib.Path(folder) / "calls"
            order = cls.folder / "order.json"
            order.write_text(json.dumps({"record": str(cls.record)}))
            cls.server = harness.Server(config=CONFIG, prefix=[sys.executable, str(harness.ROOT / "crash/tracer.py"), str(order), "--"])
            cls.addClassCleanup(cls.server.close)
            cls.server.start()
            cls.take_course()

    @classmethod
    def take_course(cls):
        kinesis, firehose, s3 = (cls.server.client(service, attempts=1) for service in ("kinesis", "firehose", "s3"))
        begun = len(cls.calls_so_far())
        for turn in range(ROUNDS):
            for index in range(PUTS):
                kinesis.put_record(StreamName="s", Data=b"one\n", PartitionKey=str(index))
                kinesis.put_records(StreamName="s", Records=[{"Data": b"many\n", "PartitionKey": str(n)} for n in range(20)])
                firehose.put_record(DeliveryStreamName="direct", Record={"Data": b"direct\n"})
            harness.wait_for("delivery", lambda: cls.landed("d") > turn and cls.landed("direct") > turn)
        cls.puts = cls.calls_so_far()[begun:]
        begun += len(cls.puts)
        for index in range(5):
            s3.put_object(Bucket="landing", Key=f"uploads/{index}/{index}", Body=b"x" * 100_000)
        cls.uploads = cls.calls_so_far()[begun:]
        os.kill(int((cls.server.data / "LOCK").read_text()), signal.SIGTERM)
        assert cls.server.process.wait(60) == 0, cls.server.output()
        cls.all = cls.calls_so_far()

    @classmethod
    def landed(cls, prefix):
        """Objects."""
        return sum(1 for path in (cls.server.bucket("landing") / prefix).rglob("*") if path.is_file())

    @classmethod
    def calls_so_far(cls):
        lines = cls.record.read_text().splitlines(keepends=True)
        return [way.Call(**json.loads(line)) for line in lines if line.endswith("\n")]

    def without_syncs(self, calls, kind):
        """As if the server did not make them."""
        return [call for call in calls if not (call.name in SYNCS and way.kind_of(call.path) == kind)]

    def test_the_sync_returns_before_an_answer_leaves(self):
        self.assertEqual(check_answers(self.puts), 3 * PUTS * ROUNDS)
        with self.assertRaisesRegex(AssertionError, "before the sync of .*log"):
            check_answers(self.without_syncs(self.puts, "log"))

    def test_what_a_rename_shows_is_synced_and_then_its_name(self):
        self.assertGreater(check_renames(self.all), 2 * ROUNDS)
        with self.assertRaisesRegex(AssertionError, "is renamed before it is synced"):
            check_renames(self.without_syncs(self.all, "spool"))
        with self.assertRaisesRegex(AssertionError, "is to be synced"):
            check_renames(self.without_syncs(self.all, "bucket"))

    def test_an_objects_steps_are_synced_one_before_the_other(self):
        self.assertGreater(check_objects(self.all), 2 * ROUNDS - 1)
        with self.assertRaisesRegex(AssertionError, "is renamed after"):
            check_objects(self.without_syncs(self.all, "wal"))
        with self.assertRaisesRegex(AssertionError, "is renamed after"):
            check_objects(self.without_syncs(self.all, "spools"))

    def test_an_upload_is_answered_when_its_name_is_final(self):
        final = 0
        for call in self.uploads:
            if way.kind_of(call.path_to) == "bucket" and returned(call, "fsync"):
                final += "/uploads/" in call.path
            elif is_answer(call):
                self.assertGreater(final, 0)
                final = 0
        self.assertEqual(sum(map(is_answer, self.uploads)), 5)
        check_renames(self.uploads)


if __name__ == "__main__":
    harness.main()
