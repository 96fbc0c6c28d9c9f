#!/usr/bin/env python3
"""A disk that is full to its last byte, and what goes on: crash/full_disk.py.

On a small disk of its own (a tmpfs, which needs root) producers fill a stream whose bucket is not there yet.

1. Before the disk is full they are refused, with Kinesis's own code and no other, and what lies below the floor is there.
2. The server is killed, others fill the disk to the last byte, and it is started: it releases its reserve and comes up.
   A reader reads everything.  Producers wait.
3. The bucket is made: with the reserve's room everything is delivered, and the log is trimmed behind it.
4. The others go: producers go on by themselves, and the reserve is taken again.

At the end each acknowledged record is in the bucket once, no other is, and `sluice verify` proves it.
Ends with `N passed, N failed`.
"""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import harness  # noqa: E402

import bucket  # noqa: E402
from ledger import Ledger, produce  # noqa: E402
from readers import Poller  # noqa: E402

MIB = 1 << 20
DISK_MIB, FLOOR_MIB, RESERVE_MIB = 96, 32, 8
DRAIN_PATIENCE_S = 600
CONFIG = f"""
[server]
free_space_floor_mb = {FLOOR_MIB}
drain_timeout_s = {DRAIN_PATIENCE_S}
[[stream]]
name = "s"
shards = 2
max_mb = 48
on_full = "trim"
[[delivery_stream]]
name = "raw"
source = "s"
bucket = "landing"
prefix = "raw/"
buffer_size_mb = 1
buffer_interval_s = 1
"""
PRODUCERS = 3
PATIENCE_S = 120
THROTTLED = "ProvisionedThroughputExceededException"


def padded(number):
    """A record of a kilobyte."""
    return json.dumps({"timestamp": f"{number:09}", "padding": "x" * 1000}) + "\n"


class Course:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.server = harness.Server(data_directory=folder, config=CONFIG).start()
        self.sent, self.stop = Ledger(), threading.Event()
        self.poller = Poller(self.server, 1)
        self.threads = [threading.Thread(target=produce, args=(self.server, self.sent, self.stop, f"p{i}"),
                                         kwargs={"text": padded, "pause_s": 0.002}) for i in range(PRODUCERS)]
        self.reading = threading.Thread(target=self.poller.run, daemon=True)

    def start(self):
        for thread in [*self.threads, self.reading]:
            thread.start()

    def free(self):
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def fill(self):
        """Others take what is free, to the last page."""
        with contextlib.suppress(OSError), open(self.folder / "ballast", "ab", buffering=0) as ballast:
            while True:
                ballast.write(b"\0" * 4096)

    def metric(self, name):
        with urllib.request.urlopen(self.server.endpoint + "/_sluice/metrics", timeout=PATIENCE_S) as answer:
            return int(re.search(rf"^{re.escape(name)} (\d+)$", answer.read().decode(), re.M).group(1))

    def wait_for(self, what, condition):
        harness.wait_for(what, condition, PATIENCE_S)

    def throttles_before_the_disk_is_full(self):
        assert self.metric("sluice_disk_reserve_bytes") == RESERVE_MIB * MIB
        self.wait_for("a refusal", lambda: sum(self.sent.refused.values()) > 100)
        free = self.free()
        assert (FLOOR_MIB - RESERVE_MIB - 4) * MIB < free < (FLOOR_MIB - RESERVE_MIB + 4) * MIB, free
        assert set(self.sent.refused) == {THROTTLED}, self.sent.refused
        assert "No space left" not in self.server.output(), self.server.output()
        assert (self.folder / "reserve").stat().st_size == RESERVE_MIB * MIB

    def starts_on_a_full_disk_and_is_read(self):
        self.server.kill()
        self.fill()
        assert self.free() == 0 and (self.folder / "reserve").exists()
        self.server.start(PATIENCE_S)
        self.wait_for("the reserve's release", lambda: not (self.folder / "reserve").exists())
        assert f"the reserve of {RESERVE_MIB * MIB} is released" in self.server.output()
        refused, known = sum(self.sent.refused.values()), len(self.sent.acknowledged)
        self.wait_for("a refusal", lambda: sum(self.sent.refused.values()) > refused + 100)
        assert len(self.sent.acknowledged) == known, "the reserve is not for producers"
        self.wait_for("a reader sees everything", lambda: self.sent.acknowledged.keys() <= self.poller.seen.places.keys())

    def delivers_and_trims_with_the_reserve(self):
        log = 'sluice_stream_log_bytes{stream="s"}'
        bytes_before = self.metric(log)
        self.server.client("s3").create_bucket(Bucket="landing", CreateBucketConfiguration={"LocationConstraint": harness.REGION})
        self.wait_for("delivery", lambda: self.metric('sluice_backlog_records{delivery_stream="raw"}') == 0)
        counts = bucket.landed(self.server)["raw"]
        assert all(counts[n] == 1 for n in self.sent.acknowledged), bucket.faults(counts, self.sent)
        self.wait_for("trimming", lambda: self.metric(log) < bytes_before // 2)
        assert (self.folder / "ballast").exists()

    def goes_on_by_itself_when_there_is_room(self):
        known = len(self.sent.acknowledged)
        (self.folder / "ballast").unlink()
        self.wait_for("producers go on", lambda: len(self.sent.acknowledged) > known + 100)
        self.wait_for("the reserve", lambda: self.metric("sluice_disk_reserve_bytes") == RESERVE_MIB * MIB)
        assert set(self.sent.refused) == {THROTTLED}, self.sent.refused

    def has_everything_once(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()
        self.server.stop(DRAIN_PATIENCE_S + PATIENCE_S)
        wrong = bucket.faults(bucket.landed(self.server)["raw"], self.sent)
        assert not any(wrong.values()), {kind: which[:5] for kind, which in wrong.items()}
        done = subprocess.run([harness.BINARY, "verify", "--data-dir", self.folder], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        print(f"{len(self.sent.acknowledged)} records acknowledged, {sum(self.sent.refused.values())} refused, "
              f"{len(self.sent.unknown)} without an answer")

    def close(self):
        self.stop.set()
        self.server.close()


STEPS = (Course.throttles_before_the_disk_is_full, Course.starts_on_a_full_disk_and_is_read,
         Course.delivers_and_trims_with_the_reserve, Course.goes_on_by_itself_when_there_is_room, Course.has_everything_once)


def main():
    if os.geteuid() != 0:
        print("mounting a small disk needs root\n0 passed, 0 failed, 1 skipped")
        return
    passed, course = 0, None
    with tempfile.TemporaryDirectory(prefix="sluice-small-disk-") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", folder], check=True)
        try:
            course = Course(folder)
            course.start()
            for step in STEPS:
                begun = time.monotonic()
                step(course)
                passed += 1
                print(f"ok {step.__name__}, {time.monotonic() - begun:.1f} s", flush=True)
        except Exception as error:  # anything here is a finding; say it and count it
            print(f"FAILED {STEPS[passed].__name__}: {type(error).__name__}: {error}\n{course.server.output()[-3000:] if course else ''}")
        finally:
            if course:
                course.close()
            subprocess.run(["umount", "-l", folder], check=False)
    failed = passed < len(STEPS)
    print(f"{passed} passed, {int(failed)} failed", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
