#!/usr/bin/env python3
"""`sluice heartrate record` with a pretended sensor and a real server, both of them killed again and again.

The sensor numbers its notifications (in their energy field), so that every one can be told from every other: in the
sensor's log of what it sent, in the lines the recorder printed, in the stream and in the bucket.

What counts as received: a beat whose line is printed (--json) is on disk and must be in the bucket.  One that a kill met
between the bus and the disk may be missing, and only that one and what follows it in its connection.  Nothing may be twice.
"""

import collections
import json
import os
import pathlib
import pty
import random
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import harness
from harness_bluetooth import FakeBluez

FIRST = "AA:BB:CC:DD:EE:01"
CONFIG = """
[[bucket]]
name = "landing"
[[stream]]
name = "hr"
shards = 2
[[table]]
database = "db"
name = "beats"
columns = "timestamp string, heart_rate int, rr_ms string, energy_kj int, device_id string, session_id string, seq bigint, resumed_after_s double"
[[delivery_stream]]
name = "landing"
source = "hr"
bucket = "landing"
prefix = "beats/"
buffer_size_mb = 64
buffer_interval_s = 1
input_format = "openx-json"
output_format = "parquet"
table = "db.beats"
"""


class Recorder:
    """A recorder process after the other, on one spool; what they printed is kept."""

    def __init__(self, bluez, endpoint, folder, *arguments):
        self.folder = pathlib.Path(folder)
        self.command = [str(harness.BINARY), "heartrate", "record", *arguments, "--stream", "hr", "--endpoint", endpoint,
                        "--spool", str(self.folder / "spool")]
        self.environment = {**bluez.environment(), "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
        self.process = None
        self.outputs = []

    def start(self):
        self.outputs.append(self.folder / f"out-{len(self.outputs)}")
        with open(self.outputs[-1], "w") as out, open(f"{self.outputs[-1]}.err", "w") as error:
            self.process = subprocess.Popen(self.command, stdout=out, stderr=error, env=self.environment)
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def interrupt(self, patience=60):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(patience)

    def beats(self):
        """What the lines say that were printed to their ends."""
        return [json.loads(line) for path in self.outputs for line in path.read_text().splitlines(True) if line.endswith("\n")]

    def said(self):
        return "".join(pathlib.Path(f"{path}.err").read_text() for path in self.outputs)


class RecorderCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sluice-recorder-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.server = harness.Server(config=CONFIG).start()
        self.addCleanup(self.server.close)

    def bluez(self, **sensor):
        bluez = FakeBluez(sensors=[{"name": "Strap", "energy": True, "rr": 2, **sensor}])
        self.addCleanup(bluez.close)
        return bluez.start()

    def recorder(self, bluez, *arguments):
        recorder = Recorder(bluez, self.server.endpoint, self.folder, *arguments)
        self.addCleanup(lambda: recorder.process and recorder.process.poll() is None and recorder.kill())
        return recorder

    def stream(self):
        """The stream's records in order; a device is one partition key, so all lie in one shard."""
        kinesis = self.server.client("kinesis")
        found = []
        for shard in kinesis.list_shards(StreamName="hr")["Shards"]:
            at = kinesis.get_shard_iterator(StreamName="hr", ShardId=shard["ShardId"],
                                            ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            while True:
                answer = kinesis.get_records(ShardIterator=at)
                found += answer["Records"]
                at = answer["NextShardIterator"]
                if not answer["Records"] and answer["MillisBehindLatest"] == 0:
                    break
        self.assertEqual({record["PartitionKey"] for record in found} - {FIRST}, set())
        return [json.loads(record["Data"]) for record in found]

    def landed(self):
        """Stops the server, which drains, and reads the bucket."""
        self.server.stop()
        return harness.duckdb(f"SELECT * FROM read_parquet('{self.server.bucket('landing')}/beats/**/*.parquet')")


class Killing(RecorderCase):
    def test_every_beat_that_was_received_is_in_the_bucket_once(self):
        seed = int(os.environ.get("SLUICE_SEED", random.SystemRandom().randrange(1 << 32)))
        seconds = float(os.environ.get("SLUICE_KILL_SECONDS", 25))
        dice = random.Random(seed)
        print(f"seed {seed}", end=" ", flush=True)
        bluez = self.bluez(interval_ms=10, drop_after=170, back_after_ms=150, repeat_every=97, garbage_every=101)
        recorder = self.recorder(bluez, "Strap", "--fields", "all", "--json").start()
        kills = collections.Counter()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(dice.uniform(0.3, 2.2))
            victim = dice.choice(("recorder", "recorder", "server", "both", "server for long"))
            kills[victim] += 1
            if victim != "server" and victim != "server for long":
                recorder.kill()
            if victim != "recorder":
                self.server.kill()
                time.sleep(3 if victim == "server for long" else 0)
                self.server.start()
            if recorder.process.poll() is not None:
                recorder.start()
        wait_until = len(recorder.beats()) + 50
        harness.wait_for("the last recorder works", lambda: len(recorder.beats()) > wait_until)
        self.assertEqual(recorder.interrupt(), 0, recorder.said())

        printed = recorder.beats()
        stream = self.stream()
        rows = self.landed()
        sent = {entry["n"]: entry for entry in bluez.deliveries()}
        # Garbage that can be read, with a warning, is recorded too, and has no number of its own.
        numbers = [row["energy_kj"] for row in stream if self.is_beat(sent, row.get("energy_kj"))]
        print(f"{dict(kills)}; {len(sent)} notifications, {len(printed)} printed, {len(rows)} rows", end=" ", flush=True)

        # Once, in order, and the bucket has what the stream has.
        self.assertEqual([n for n, times in collections.Counter(numbers).items() if times > 1], [])
        self.assert_same(numbers, sorted(numbers))
        self.assert_same(sorted((row["session_id"], int(row["seq"]), row["heart_rate"]) for row in rows),
                         [(row["session_id"], row["seq"], row["heart_rate"]) for row in stream])
        # Whatever was printed is there, as it was printed.
        by_place = {(row["session_id"], row["seq"]): row for row in stream}
        for beat in printed:
            self.assertEqual(by_place[beat["session_id"], beat["seq"]], beat)
        # It is what the sensor sent.
        by_number = {row.get("energy_kj"): row for row in stream}
        for number in numbers:
            self.assertEqual(by_number[number]["heart_rate"], bytes.fromhex(sent[number]["packet"])[1])
        # Of each connection all from the first on; only a kill cuts off its end.
        whole = cut = 0
        stored = set(numbers)
        for connection in sorted({entry["connection"] for entry in sent.values()}):
            wanted = [n for n, entry in sent.items() if entry["connection"] == connection and self.is_beat(sent, n)]
            have = [n for n in wanted if n in stored]
            lives = self.runs(wanted, have)
            self.assertLessEqual(lives, 1 + kills["recorder"] + kills["both"], (connection, wanted, have))
            whole, cut = whole + (have == wanted), cut + (have != wanted)
        self.assertLessEqual(cut, kills["recorder"] + kills["both"] + 1)
        self.assertGreater(whole, 0)
        self.assertGreater(len(rows), 50 * seconds / 2)
        # Sessions go on over restarts, and are numbered without a gap.
        self.assertEqual(len({row["session_id"] for row in stream}), 1)
        self.assert_same([row["seq"] for row in stream], list(range(1, len(stream) + 1)))

    def assert_same(self, have, wanted):
        """Of long lists: unittest's own comparison takes minutes to draw the difference."""
        at = next((i for i, (one, other) in enumerate(zip(have, wanted)) if one != other), min(len(have), len(wanted)))
        self.assertTrue(have == wanted, f"{len(have)} and {len(wanted)}; at {at}: {have[at:at + 3]}, {wanted[at:at + 3]}")

    @staticmethod
    def is_beat(sent, n):
        """Not garbage, and not the one before once more."""
        packet = bytes.fromhex(sent[n]["packet"]) if n in sent else b""
        return len(packet) >= 8 and packet[0] == 0x18 and int.from_bytes(packet[2:4], "little") == n

    @staticmethod
    def runs(wanted, have):
        """Into how many stretches of `wanted` those in `have` fall."""
        inside, count = set(have), 0
        for before, n in zip([None] + wanted[:-1], wanted):
            count += n in inside and before not in inside
        return count


class Recording(RecorderCase):
    def test_a_session_of_a_given_length_lands_as_it_was_sent(self):
        bluez = self.bluez(interval_ms=20)
        recorder = self.recorder(bluez, FIRST, "--fields", "all", "--json", "--duration", "3").start()
        self.assertEqual(recorder.process.wait(30), 0, recorder.said())
        rows = self.landed()
        self.assertEqual(sorted(row["energy_kj"] for row in rows), [beat["energy_kj"] for beat in recorder.beats()])
        self.assertGreater(len(rows), 100)
        self.assertIn(f"{len(rows)} beats recorded in 0:0", recorder.said())

    def test_the_seeds_form_is_the_default(self):
        bluez = self.bluez(interval_ms=20)
        recorder = self.recorder(bluez, "Strap", "--duration", "1").start()
        self.assertEqual(recorder.process.wait(30), 0, recorder.said())
        for record in self.stream():
            self.assertEqual(sorted(record), ["heart_rate", "timestamp"])
            self.assertRegex(record["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$")

    def test_an_unreachable_stream_costs_nothing_and_the_next_run_sends_what_waits(self):
        bluez = self.bluez(interval_ms=20)
        self.server.kill()
        recorder = self.recorder(bluez, "Strap", "--fields", "all", "--json", "--duration", "2").start()
        self.assertEqual(recorder.process.wait(60), 0, recorder.said())
        beats = recorder.beats()
        self.assertGreater(len(beats), 60)
        self.assertIn("records wait in ", recorder.said())
        self.server.start()
        recorder.start()
        self.assertEqual(recorder.process.wait(60), 0, recorder.said())
        self.assertIn(f"{len(beats)} records of an earlier recording go first", recorder.said())
        self.assertEqual([row["energy_kj"] for row in self.stream()], [beat["energy_kj"] for beat in recorder.beats()])

    def test_a_lost_link_is_resumed_and_marked(self):
        bluez = self.bluez(interval_ms=20, drop_after=30, back_after_ms=700)
        recorder = self.recorder(bluez, "Strap", "--fields", "all", "--json", "--duration", "6").start()
        self.assertEqual(recorder.process.wait(60), 0, recorder.said())
        beats = recorder.beats()
        connections = {entry["n"]: entry["connection"] for entry in bluez.deliveries()}
        marked = [beat["energy_kj"] for beat in beats if "resumed_after_s" in beat]
        firsts = [after["energy_kj"] for before, after in zip(beats, beats[1:])
                  if connections[before["energy_kj"]] != connections[after["energy_kj"]]]
        self.assertEqual(marked, firsts)
        self.assertGreaterEqual(len(marked), 1)
        self.assertEqual(len(beats), len(bluez.deliveries()) - sum(
            1 for entry in bluez.deliveries() if entry["n"] > beats[-1]["energy_kj"]))

    def test_two_recorders_of_one_sensor_and_stream_are_refused(self):
        bluez = self.bluez(interval_ms=50)
        first = self.recorder(bluez, "Strap", "--json").start()
        harness.wait_for("it records", lambda: len(first.beats()) > 3)
        second = Recorder(bluez, self.server.endpoint, self.folder, "Strap")
        ran = subprocess.run(second.command, env=second.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("this sensor is being recorded into that stream already", ran.stderr)
        self.assertEqual(first.interrupt(), 0)

    def test_what_cannot_begin_says_why(self):
        bluez = self.bluez(interval_ms=50)
        bluez.control("add", name="Strap", address="AA:BB:CC:DD:EE:02")
        for arguments, code, part in (
                (["Strap"], 1, "AA:BB:CC:DD:EE:02"),
                (["Strap", "--duration", "0"], 2, "take --duration from 1"),
                (["Strap", "--aws"], 2, "--endpoint and --aws name two servers"),
                (["Strap", "--age", "200"], 2, "age")):
            recorder = self.recorder(bluez, *arguments)
            ran = subprocess.run(recorder.command, env=recorder.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 text=True, timeout=60)
            self.assertEqual(ran.returncode, code, ran.stderr)
            self.assertIn(part, ran.stderr)

    def test_a_terminal_gets_a_screen_and_its_cursor_back(self):
        bluez = self.bluez(interval_ms=50, battery=80, location=1)
        recorder = self.recorder(bluez, "Strap", "--age", "30")
        ours, theirs = pty.openpty()
        process = subprocess.Popen(recorder.command, env={**recorder.environment, "TERM": "xterm-256color"}, stdin=theirs,
                                   stdout=theirs, stderr=theirs)
        os.close(theirs)
        seen, end, asked = b"", time.monotonic() + 30, False
        while process.poll() is None or select.select([ours], [], [], 0)[0]:
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    seen += os.read(ours, 65536)
                except OSError:
                    break
            if not asked and b" sent" in seen and time.monotonic() > end - 26:
                process.send_signal(signal.SIGINT)
                asked = True
            self.assertLess(time.monotonic(), end)
        os.close(ours)
        self.assertEqual(process.wait(), 0)
        text = seen.decode()
        for part in ("\033[?25l", "██", "battery 80 %", "zone ", "chest", "RR 500 to 1000 ms"):
            self.assertIn(part, text)
        self.assertGreater(text.rindex("\033[?25h"), text.rindex("\033[?25l"))


if __name__ == "__main__":
    harness.main()
