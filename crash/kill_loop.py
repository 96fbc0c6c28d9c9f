#!/usr/bin/env python3
"""kill -9 in the middle of producing and delivering, again and again: crash/kill_loop.py [cycles] [seed].

Producers write down what was acknowledged.  Every cycle kills the server at a random moment and starts it again on the
same data.  At the end everything is drained and read back: an acknowledged record must be in the bucket exactly once;
one whose answer was lost in a kill may be there once or not at all; anything else must not be there.
Ends with `N passed, N failed`, one check a cycle and three at the end.
"""

import collections
import json
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import harness  # noqa: E402

CONFIG = """
[[bucket]]
name = "landing"
[[stream]]
name = "s"
shards = 2
[[table]]
database = "db"
name = "t"
columns = "timestamp string, heart_rate int"
[[delivery_stream]]
name = "converted"
source = "s"
bucket = "landing"
prefix = "converted/!{timestamp:HH-mm-ss}/"
buffer_size_mb = 64
buffer_interval_s = 1
input_format = "openx-json"
output_format = "parquet"
table = "db.t"
[[delivery_stream]]
name = "raw"
source = "s"
bucket = "landing"
prefix = "raw/!{timestamp:HH-mm-ss}/"
buffer_size_mb = 1
buffer_interval_s = 0
"""
PRODUCERS = 4


class Ledger:
    """What producers have sent, and what of it was acknowledged."""

    def __init__(self):
        self.lock = threading.Lock()
        self.next = 0
        self.acknowledged = set()
        self.unknown = set()

    def take(self, count):
        with self.lock:
            first = self.next
            self.next += count
            return range(first, first + count)

    def settle(self, numbers, is_acknowledged):
        with self.lock:
            (self.acknowledged if is_acknowledged else self.unknown).update(numbers)


def record(number):
    bad = number % 50 == 0  # every fiftieth cannot be converted and belongs in the error output
    rate = '"none"' if bad else str(60 + number % 120)
    return json.dumps({"timestamp": f"{number:09}"})[:-1] + f', "heart_rate": {rate}}}\n'


def produce(server, ledger, stop, seed):
    dice = random.Random(seed)
    while not stop.is_set():
        try:
            client = server.client("kinesis", attempts=1)
            while not stop.is_set():
                numbers = ledger.take(dice.choice((1, 1, 5, 40)))
                answered = False
                try:
                    entries = [{"Data": record(n).encode(), "PartitionKey": str(n % 7)} for n in numbers]
                    answer = client.put_records(StreamName="s", Records=entries)
                    answered = answer["FailedRecordCount"] == 0
                finally:
                    ledger.settle(numbers, answered)
        except Exception:  # the server is dead at the moment, as intended
            time.sleep(0.02)


def landed(server):
    """Times each record was found in the two outputs."""
    converted, raw = collections.Counter(), collections.Counter()
    bucket = server.bucket("landing")
    files = [str(path) for path in bucket.glob("converted/**/*.parquet")]
    if files:
        listing = ",".join(f"'{path}'" for path in files)
        for row in harness.duckdb(f"SELECT timestamp, heart_rate FROM read_parquet([{listing}])"):
            number = int(row["timestamp"])
            assert row["heart_rate"] == 60 + number % 120, row
            converted[number] += 1
    import base64
    for path in (bucket / "format-conversion-failed").rglob("*"):
        if path.is_file():
            for line in path.read_text().splitlines():
                converted[int(json.loads(base64.b64decode(json.loads(line)["rawData"]))["timestamp"])] += 1
    for path in bucket.glob("raw/**/*"):
        if path.is_file():
            for line in path.read_text().splitlines():
                raw[int(json.loads(line)["timestamp"])] += 1
    return {"converted": converted, "raw": raw}


def main():
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
    print(f"{cycles} cycles, seed {seed}")
    dice = random.Random(seed)
    server = harness.Server(config=CONFIG).start()
    ledger, stop = Ledger(), threading.Event()
    producers = [threading.Thread(target=produce, args=(server, ledger, stop, seed + i)) for i in range(PRODUCERS)]
    passed = failed = 0
    try:
        for producer in producers:
            producer.start()
        restarts = []
        for cycle in range(cycles):
            time.sleep(dice.uniform(0.05, 2.5))
            before = len(ledger.acknowledged)
            server.kill()
            started = time.monotonic()
            server.start()
            restarts.append(time.monotonic() - started)
            passed += 1
            if sys.stdout.isatty() or cycle % 10 == 9:
                print(f"cycle {cycle + 1}: {before} acknowledged, restart took {restarts[-1] * 1000:.0f} ms", flush=True)
        stop.set()
        for producer in producers:
            producer.join()
        server.stop()
        found = landed(server)
        for name, counts in found.items():
            lost = [n for n in ledger.acknowledged if counts[n] == 0]
            double = [n for n, times in counts.items() if times > 1]
            phantom = [n for n in counts if n not in ledger.acknowledged and n not in ledger.unknown]
            print(f"{name}: {len(ledger.acknowledged)} acknowledged, {len(ledger.unknown)} without an answer, "
                  f"{sum(counts.values())} landed; lost {len(lost)}, double {len(double)}, phantom {len(phantom)}")
            is_right = not lost and not double and not phantom
            passed, failed = passed + is_right, failed + (not is_right)
        unlike = [n for n in ledger.unknown if found["raw"][n] != found["converted"][n]]
        print(f"records without an answer that the two outputs disagree on: {len(unlike)}")
        passed, failed = passed + (not unlike), failed + bool(unlike)
        restarts.sort()
        print(f"note: {len(ledger.acknowledged)} records acknowledged over {cycles} kills, median restart "
              f"{restarts[len(restarts) // 2] * 1000:.0f} ms" if restarts else "note: no cycle")
    except Exception as error:  # anything here is a finding; say it and count it
        failed += 1
        print(f"{type(error).__name__}: {error}\n{server.output()[-3000:]}")
    finally:
        stop.set()
        server.close()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
