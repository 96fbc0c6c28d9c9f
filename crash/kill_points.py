"""kill -9 at every named place of the way append, roll, park, seal, plan, put, commit, checkpoint, recover.

The names are those of crash/way.py; crash/tracer.py kills at them, tears a write, or makes a sync fail.  The server is the
shipped one: it knows nothing of this.  After a sync that failed it has to go on: answer producers and deliver.
"""

import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "conformance"))
import harness  # noqa: E402

import bucket  # noqa: E402
from ledger import Ledger, produce  # noqa: E402

DRAIN_PATIENCE_S = 600
PRODUCERS = 3
PATIENCE_S = 60
TRIES = 3


@dataclasses.dataclass(frozen=True)
class Pace:
    """When open objects are closed and, before that, parked."""
    interval_s: int
    window_s: int

    def config(self):
        return f"""
[server]
drain_timeout_s = {DRAIN_PATIENCE_S}
replay_window_s = {self.window_s}
[[bucket]]
name = "landing"
[[stream]]
name = "s"
shards = 2
max_mb = 4
on_full = "trim"
[[table]]
database = "db"
name = "t"
columns = "timestamp string, heart_rate int"
[[delivery_stream]]
name = "converted"
source = "s"
bucket = "landing"
prefix = "converted/!{{timestamp:HH-mm-ss}}/"
buffer_size_mb = 64
buffer_interval_s = {self.interval_s}
input_format = "openx-json"
output_format = "parquet"
table = "db.t"
"""


@dataclasses.dataclass
class Point:
    """A place and what is done there."""
    place: str
    do: str = "kill"
    name: str = ""
    often: int = 1  # the place is reached so often in a second or two; one of those times is taken
    after: str = ""  # the point at which the life before was killed
    fails: str = ""  # a place before it at which a sync fails
    pauses: bool = False  # producers stop, so that the log is idle
    stops: bool = False  # the server is asked to stop

    def __post_init__(self):
        self.name = self.name or self.place


NEVER_PARKED = Pace(interval_s=1, window_s=900)
POINTS = [
    Point("append: frame not written", often=40),
    Point("append: frame not written", "half", "append: frame written in part", often=40),
    Point("append: frame written, not synced", often=40),
    Point("append: frame synced, not answered", often=40),
    Point("append: answered", often=40),
    Point("roll: footer written, not synced", often=2),
    Point("roll: footer synced, no segment to follow", often=2),
    Point("roll: segment made, empty", often=2),
    Point("append: header not written", "half", "roll: header written in part", often=2),
    Point("roll: header written, not synced", often=2),
    Point("roll: header synced, name not", often=2),
    Point("roll: segment durable, not noted", often=2),
    Point("roll: segment noted, without a frame", often=2),
    Point("trim: segment not removed", often=2),
    Point("trim: segment removed, name not synced", often=2),
    Point("trim: segment gone", often=2),
    Point("idle: marker written, not synced", pauses=True),
    Point("idle: marker synced, position not noted", pauses=True),
    Point("idle: position noted", pauses=True),
    Point("build: spool file made, empty", often=2),
    Point("build: rows written", often=2),
    Point("seal: whole, not synced", often=2),
    Point("seal: synced, name not", often=2),
    Point("seal: sealed, not planned", often=2),
    Point("plan: written in part", often=8),
    Point("plan: written, not synced", often=2),
    Point("plan: planned, not put", often=2),
    Point("put: folder made, name not synced", often=2),
    Point("put: row staged, not renamed", often=2),
    Point("put: renamed, name not synced", often=2),
    Point("put: put, not committed", often=2),
    Point("commit: written in part", often=8),
    Point("commit: written, not synced", often=2),
    Point("commit: committed", often=2),
    Point("checkpoint: written in part", stops=True, often=8),
    Point("checkpoint: written, not synced", stops=True),
    Point("checkpoint: synced, -wal not reset", stops=True),
    Point("checkpoint: done, -wal not removed", stops=True),
    Point("recover: torn tail kept aside, not cut", after="append: frame written in part"),
    Point("recover: torn tail cut, not synced", after="append: frame written in part"),
    Point("recover: tail not synced", after="append: frame synced, not answered"),
    Point("recover: tail synced", after="append: frame synced, not answered"),
    Point("recover: unplanned spool file not removed", after="seal: sealed, not planned"),
    Point("recover: unplanned spool file removed", after="seal: sealed, not planned"),
    Point("recover: planned object put again, name not synced", after="plan: planned, not put"),
    Point("recover: put object recognised, not committed", after="put: put, not committed"),
    Point("append: frame about to be synced", "EIO", "failing sync: of a frame", often=40),
    Point("roll: segment made, empty", "kill", "failing sync: of a frame, no segment to go on in", fails="append: frame about to be synced"),
    Point("roll: header synced, name not", "kill", "failing sync: of a frame, its segment not disowned", fails="append: frame about to be synced"),
    Point("seal: whole, not synced", "EIO", "failing sync: of a sealed object", often=2),
    Point("seal: name about to be synced", "EIO", "failing sync: of its name", often=2),
    Point("plan: written, not synced", "EIO", "failing sync: of a plan", often=2),
    Point("put: name about to be synced", "EIO", "failing sync: of an object's name", often=2),
    Point("commit: written, not synced", "EIO", "failing sync: of a commit", often=2),
    Point("checkpoint: written, not synced", "EIO", "failing sync: of the database", stops=True),
]

PARKED = Pace(interval_s=4, window_s=1)
PARKING_POINTS = [
    Point("park: rows not synced", often=3),
    Point("park: rows synced, name not", often=3),
    Point("park: synced, not recorded", often=3),
    Point("park: written in part", often=6),
    Point("park: recorded, not synced", often=3),
    Point("park: parked", often=3),
    Point("park: rows written behind what is parked", often=2),
    Point("recover: parked file not cut", after="park: rows written behind what is parked"),
    Point("recover: parked file cut, not synced", after="park: rows written behind what is parked"),
    Point("park: rows not synced", "EIO", "failing sync: of a parked object", often=3),
    Point("park: name about to be synced", "EIO", "failing sync: of the name of a parked object", often=3),
    Point("park: recorded, not synced", "EIO", "failing sync: of what is parked, in the ledger", often=3),
]

COURSES = [(NEVER_PARKED, POINTS), (PARKED, PARKING_POINTS)]
ALL_POINTS = POINTS + PARKING_POINTS


def numbered(number):
    """A record that can be converted."""
    return json.dumps({"timestamp": f"{number:09}", "heart_rate": 60 + number % 120}) + "\n"


class Course:
    """A server, its producers, and how often each point was hit."""

    def __init__(self, dice, pace):
        self.dice = dice
        self.server = harness.Server(config=pace.config())
        self.sent, self.stop, self.go = Ledger(), threading.Event(), threading.Event()
        self.producers = [threading.Thread(target=produce, args=(self.server, self.sent, self.stop, f"p{i}"),
                                           kwargs={"text": numbered, "go": self.go, "pause_s": 0.01}) for i in range(PRODUCERS)]
        self.order = self.server.data.parent / (self.server.data.name + ".order.json")
        self.report = self.order.with_suffix(".report")
        self.kills = 0

    def start(self):
        self.server.start(PATIENCE_S)
        for thread in self.producers:
            thread.start()
        self.go.set()
        self.wait_for_records()
        self.server.kill()

    def strike(self, point):
        """Whether the point was reached.  The server is dead afterwards."""
        if point.after:
            before = next(one for one in ALL_POINTS if one.name == point.after)
            if not self.live(before):
                return False
        return self.live(point)

    def live(self, point):
        """One life of the server, up to the point."""
        deeds = [{"place": point.fails, "nth": self.dice.randint(1, 40), "do": "EIO"}] if point.fails else []
        deeds.append({"place": point.place, "nth": self.dice.randint(1, point.often), "do": point.do})
        self.report.unlink(missing_ok=True)
        self.order.write_text(json.dumps({"report": str(self.report), "deeds": deeds}))
        self.server.prefix = [sys.executable, str(HERE / "tracer.py"), str(self.order), "--"]
        self.go.set()
        self.kills += 1
        try:
            self.server.start(PATIENCE_S)
            self.accompany(point)
        except RuntimeError:  # it may be killed before it is ready
            if not self.report.exists():
                raise
        finally:
            ended = self.end(point)
        if ended and not point.stops and not self.report.exists():
            raise AssertionError(f"the server ended by itself, with {self.server.process.returncode}")
        return self.report.exists()

    def accompany(self, point):
        if point.pauses:
            self.wait_for_records()
            self.go.clear()
        if point.stops:
            self.wait_for_records()
            self.signal(signal.SIGTERM)
        self.wait_for(self.report.exists)
        if point.do == "EIO" and self.report.exists() and not point.stops:
            objects = self.objects()
            self.wait_for_records()
            if not self.wait_for(lambda: self.objects() > objects):
                raise AssertionError(f"{point.name}: nothing was delivered afterwards")

    def end(self, point):
        """Kills the server if it lives; whether it had ended before."""
        is_ending = self.report.exists() and (point.do != "EIO" or point.stops)
        ended = self.wait_for(lambda: self.server.process.poll() is not None, PATIENCE_S if is_ending else 0)
        if not ended:
            self.signal(signal.SIGKILL)
        self.server.process.wait()
        return ended

    def signal(self, which):
        try:
            os.kill(int((self.server.data / "LOCK").read_text()), which)
        except (ProcessLookupError, ValueError):
            pass

    def wait_for_records(self):
        """Until some are acknowledged that are sent from now on, or the point is reached before."""
        before = len(self.sent.acknowledged)
        if not self.wait_for(lambda: len(self.sent.acknowledged) > before + 100) and self.server.process.poll() is None:
            raise AssertionError("no record is acknowledged any more")

    def wait_for(self, condition, patience=PATIENCE_S):
        """Whether it came true while the server lived."""
        deadline = time.monotonic() + patience
        while not condition() and time.monotonic() < deadline:
            if self.server.process.poll() is not None:
                return condition()
            time.sleep(0.005)
        return condition()

    def objects(self):
        return sum(1 for _ in self.server.bucket("landing").glob("converted/**/*.parquet"))

    def verdict(self):
        """Drains; what is wrong, by kind."""
        self.stop.set()
        self.go.set()
        for thread in self.producers:
            thread.join()
        self.server.prefix = []
        self.server.start(PATIENCE_S)
        self.server.stop(DRAIN_PATIENCE_S + PATIENCE_S)
        wrong = bucket.faults(bucket.landed(self.server)["converted"], self.sent)
        done = subprocess.run([harness.BINARY, "verify", "--data-dir", self.server.data], capture_output=True, text=True, check=False)
        if done.returncode:
            wrong["verify"] = [done.stdout + done.stderr]
        return wrong

    def close(self):
        self.stop.set()
        self.go.set()
        self.server.close()
        for path in (self.order, self.report):
            path.unlink(missing_ok=True)


def run(dice, hits):
    """Strikes each point once; counts hits; how many checks passed and failed."""
    results = [run_course(dice, hits, pace, points) for pace, points in COURSES]
    return sum(passed for passed, _ in results), sum(failed for _, failed in results)


def run_course(dice, hits, pace, points):
    passed = failed = 0
    course, point = Course(dice, pace), None
    try:
        course.start()
        for point in dice.sample(points, len(points)):
            struck = any(course.strike(point) for _ in range(TRIES))
            hits[point.name] += struck
            passed, failed = passed + struck, failed + (not struck)
            if not struck:
                print(f"FAILED {point.name}: not reached in {TRIES} lives", flush=True)
        wrong = course.verdict()
        print(f"{course.kills} lives, {len(course.sent.acknowledged)} records acknowledged, {len(course.sent.unknown)} without an answer: "
              + ", ".join(f"{kind} {len(which)}" for kind, which in wrong.items())
              + "".join(f"; {kind} {sorted(which)[:5]}" for kind, which in wrong.items() if which), flush=True)
        passed, failed = passed + (not any(wrong.values())), failed + any(map(bool, wrong.values()))
    except Exception as error:  # anything here is a finding; say it and count it
        failed += 1
        print(f"FAILED {point.name if point else 'start'}: {type(error).__name__}: {error}\n{course.server.output()[-3000:]}", flush=True)
    finally:
        course.close()
    return passed, failed
