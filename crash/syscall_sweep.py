#!/usr/bin/env python3
"""Every system call of the file system fails once, at every place: crash/syscall_sweep.py [--every N] [--calls A,B,..].

A short course (start, puts, deliveries as they are and as Parquet, an orderly end) runs once under strace to count the
calls each thread makes behind the loading of the program.  Then it runs again for each call and count, that one call
failing (strace's injection counts by thread): EIO, and ENOSPC where a disk may be full.  Whatever the server makes of it, it must not die of a signal or show a
stack trace; then it starts again untouched, everything is drained, and

- an acknowledged record is in each output of the bucket exactly once, one whose answer was lost once or not at all;
- `sluice verify` proves the bucket.

--every N takes every Nth place, from a different one for each call.  Ends with `N passed, N failed`, one check a place.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import harness  # noqa: E402

# What the course's threads ask of the file system, and what may come of it.
ERRORS = {
    "openat": ("EIO", "ENOSPC"),
    "openat2": ("EIO", "ENOSPC"),
    "pwrite64": ("EIO", "ENOSPC"),
    "pwritev": ("EIO", "ENOSPC"),
    "pread64": ("EIO",),
    "fdatasync": ("EIO",),
    "fsync": ("EIO",),
    "ftruncate": ("EIO", "ENOSPC"),
    "renameat": ("EIO", "ENOSPC"),
    "renameat2": ("EIO", "ENOSPC"),
    "rename": ("EIO", "ENOSPC"),
    "unlink": ("EIO",),
    "unlinkat": ("EIO",),
    "mkdir": ("EIO", "ENOSPC"),
    "mkdirat": ("EIO", "ENOSPC"),
    "getdents64": ("EIO",),
    "flock": ("EIO",),
}
CONFIG = """
[[bucket]]
name = "landing"
[[stream]]
name = "s"
shards = 2
[[table]]
database = "db"
name = "t"
columns = "number int, text string"
[[delivery_stream]]
name = "converted"
source = "s"
bucket = "landing"
prefix = "converted/"
buffer_size_mb = 64
buffer_interval_s = 0
input_format = "openx-json"
output_format = "parquet"
table = "db.t"
[[delivery_stream]]
name = "raw"
source = "s"
bucket = "landing"
prefix = "raw/"
buffer_size_mb = 1
buffer_interval_s = 0
"""
BATCHES = 6
BATCH = 5
PATIENCE_S = 30
TRACES = ("Sanitizer", "terminate called", "Segmentation", "    #0 ")


class Course:
    """What the producer has sent, and what of it was acknowledged."""

    def __init__(self):
        self.acknowledged, self.unknown = set(), set()

    def run(self, server):
        kinesis = server.client("kinesis", attempts=1)
        for batch in range(BATCHES):
            numbers = set(range(batch * BATCH, (batch + 1) * BATCH))
            entries = [{"Data": json.dumps({"number": n, "text": "x" * 40}).encode() + b"\n", "PartitionKey": str(n)} for n in numbers]
            try:
                answer = kinesis.put_records(StreamName="s", Records=entries)
            except Exception:  # refused, or the answer never came: its fate is open
                self.unknown |= numbers
                continue
            for number, entry in zip(sorted(numbers), answer["Records"]):
                (self.unknown if "ErrorCode" in entry else self.acknowledged).add(number)
            time.sleep(0.02)


def server_in(folder, prefix=()):
    return harness.Server(data_directory=folder, config=CONFIG, prefix=prefix)


def end(server):
    """SIGTERM to the server, not to its tracer; its exit code."""
    try:
        os.kill(int((server.data / "LOCK").read_text()), signal.SIGTERM)
    except (OSError, ValueError):
        server.process.terminate()
    try:
        return server.process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:  # it goes on trying to deliver: that is no fault
        subprocess.run(["pkill", "-KILL", "-P", str(server.process.pid)], check=False)
        server.process.wait()
        return 0


def landed(folder):
    bucket = pathlib.Path(folder) / "buckets/landing"
    raw = collections.Counter(json.loads(line)["number"] for path in bucket.glob("raw/**/*") if path.is_file()
                              for line in path.read_text().splitlines())
    files = ",".join(f"'{path}'" for path in bucket.glob("converted/**/*.parquet"))
    rows = harness.duckdb(f"SELECT number FROM read_parquet([{files}])") if files else []
    return {"raw": raw, "converted": collections.Counter(row["number"] for row in rows)}


def judge(folder, course):
    """What is wrong with a data directory in which everything was delivered; empty: nothing."""
    for name, found in landed(folder).items():
        lost = [n for n in course.acknowledged if found[n] == 0]
        double = [n for n in found if found[n] > 1]
        phantom = [n for n in found if n not in course.acknowledged | course.unknown]
        if lost or double or phantom:
            return f"{name}: lost {lost}, double {double}, phantom {phantom}"
    done = subprocess.run([harness.BINARY, "verify", "--data-dir", folder], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"verify: {done.stdout}{done.stderr}"


def strike(call, error, place):
    """The course with one call failing, then a life without; what is wrong."""
    with tempfile.TemporaryDirectory(prefix="sluice-sweep-") as folder:
        course = Course()
        server = server_in(folder, ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", f"trace={call}",
                                    "-e", f"inject={call}:error={error}:when={place}"])
        try:
            try:
                server.start()
                course.run(server)
            except RuntimeError:  # it did not start: one line has to say why, and what to do
                if not re.fullmatch(r"sluice serve: .+; .+\n", server.output()):
                    return f"it did not start and did not say why: {server.output()}"
            code = end(server) if server.process.poll() is None else server.process.returncode
            said = server.output()
            if code < 0 or code >= 128 or any(trace in said for trace in TRACES):
                return f"it ended with {code}: {said}"
        finally:
            server.close()
        again = server_in(folder)
        try:
            again.start()
            again.stop(PATIENCE_S)
        except RuntimeError as wrong:
            return f"afterwards: {wrong}"
        finally:
            again.close()
        return judge(folder, course)


def find_places():
    """By call, the places to strike: behind those of the program's own loading, up to the most that a thread made."""
    with tempfile.TemporaryDirectory(prefix="sluice-sweep-") as folder, tempfile.NamedTemporaryFile() as trace:
        course = Course()
        server = server_in(folder, ["strace", "-f", "--seccomp-bpf", "-o", trace.name, "-e", "trace=" + ",".join(ERRORS)])
        server.start()
        course.run(server)
        assert end(server) == 0, server.output()
        server.close()
        wrong = judge(folder, course)
        assert not wrong and len(course.acknowledged) == BATCHES * BATCH, wrong
        text = pathlib.Path(trace.name).read_text()
    made = re.compile(r"^(\d+) +(\w+)\(", re.M)
    loading = collections.Counter(call for _, call in made.findall(text[:text.index("sluice.toml")]))
    most = collections.Counter()
    for (_, call), count in collections.Counter(made.findall(text)).items():
        most[call] = max(most[call], count)
    return {call: range(loading[call] + 1, count + 1) for call, count in sorted(most.items())}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--calls", default="")
    options = parser.parse_args()
    wanted = options.calls.split(",") if options.calls else list(ERRORS)
    passed = failed = 0
    for turn, (call, places) in enumerate(find_places().items()):
        if call not in wanted:
            continue
        for error in ERRORS[call]:
            struck = places[turn % options.every::options.every]
            for place in struck:
                wrong = strike(call, error, place)
                passed, failed = (passed, failed + 1) if wrong else (passed + 1, failed)
                if wrong:
                    print(f"FAILED {call} {error} at {place}: {wrong}", flush=True)
            print(f"note: {call} {error}: {len(struck)} of {len(places)} places", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
