#!/usr/bin/env python3
"""kill -9 in the middle of all that a stream does, again and again: crash/kill_loop.py [cycles] [seed].

Producers write down what was acknowledged, and where; shards are split, merged and scaled; one consumer polls and one
subscribes, along the lineage; one delivery stream lands Parquet and one the records as they are.  Every cycle kills the
server at a random moment and starts it again on the same data; every fifth has it stand still before (SIGSTOP) until
clients have taken no answer for none and sent their calls again.  At the end everything is drained and compared:

- an acknowledged record is in each output of the bucket exactly once, one whose answer was lost once or not at all,
  nothing else is there;
- both consumers saw the same, at the places that were acknowledged, no place twice, each key's records in their order;
- outputs and consumers agree on the records whose answers were lost.

Then, on a course of its own, the server is killed at every named place of its way, and every sync fails once: see
crash/kill_points.py.  One pass over all points, more for more cycles; a point that is not reached is a failure.

Ends with `N passed, N failed`: a check a cycle, and for each hundred of them one for each output and consumer and one that they
agree; one a point, and one for what each pass has landed.
"""

import collections
import pathlib
import random
import re
import signal
import sys
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import harness  # noqa: E402

import bucket  # noqa: E402
import kill_points  # noqa: E402
from ledger import Ledger, produce  # noqa: E402
from readers import Poller, Subscriber  # noqa: E402
from resharder import Resharder  # noqa: E402

DRAIN_PATIENCE_S = 600
CONFIG = f"""
[server]
drain_timeout_s = {DRAIN_PATIENCE_S}
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
prefix = "converted/!{{timestamp:HH-mm-ss}}/"
buffer_size_mb = 64
buffer_interval_s = 1
input_format = "openx-json"
output_format = "parquet"
table = "db.t"
[[delivery_stream]]
name = "raw"
source = "s"
bucket = "landing"
prefix = "raw/!{{timestamp:HH-mm-ss}}/"
buffer_size_mb = 1
buffer_interval_s = 0
"""
PRODUCERS = 4  # every other is patient
CYCLES_PER_STOP = 5
CYCLES_PER_PASS = 60
CYCLES_PER_COURSE = 100  # then a new data directory: each start walks all shards that ever were
PATIENCE_S = 60


class Run:
    """The server and everybody who uses it."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.server = harness.Server(config=CONFIG).start()
        self.sent, self.stop = Ledger(), threading.Event()
        self.poller, self.subscriber = Poller(self.server, seed), Subscriber(self.server)
        self.resharder = Resharder(self.server, self.stop, seed)
        self.changing = [threading.Thread(target=produce, args=(self.server, self.sent, self.stop, f"p{i}"),
                                          kwargs={"patient": i % 2 == 1}) for i in range(PRODUCERS)]
        self.changing.append(threading.Thread(target=self.resharder.run))
        self.polling = threading.Thread(target=self.poller.run, daemon=True)
        self.restarts = []
        self.stops = self.repeats = 0

    def start(self):
        for thread in self.changing:
            thread.start()
        self.polling.start()
        self.subscriber.start()

    def cycle(self, stands_still):
        time.sleep(self.dice.uniform(0.05, 2.5))
        if stands_still:
            self.stand_still()
        self.server.kill()
        started = time.monotonic()
        self.server.start(PATIENCE_S)
        self.restarts.append(time.monotonic() - started)

    def stand_still(self):
        """SIGSTOP until a call lies there twice: of three that were sent again, two are of one producer."""
        before = self.repeated()
        self.server.process.send_signal(signal.SIGSTOP)
        tried = self.sent.tried_again
        harness.wait_for("clients send their calls again", lambda: self.sent.tried_again >= tried + PRODUCERS // 2 + 1, PATIENCE_S)
        self.server.process.send_signal(signal.SIGCONT)
        known = len(self.sent.acknowledged)
        harness.wait_for("producers go on", lambda: len(self.sent.acknowledged) > known + 100, PATIENCE_S)
        self.stops, self.repeats = self.stops + 1, self.repeats + self.repeated() - before

    def repeated(self):
        """Requests that this life of the server has recognised as sent before."""
        with urllib.request.urlopen(self.server.endpoint + "/_sluice/metrics", timeout=PATIENCE_S) as answer:
            return int(re.search(r"^sluice_log_repeats_total (\d+)$", answer.read().decode(), re.M).group(1))

    def drain(self):
        """Ends producing and resharding, lets the consumers come to the tip, and the server deliver and stop."""
        self.stop.set()
        for thread in self.changing:
            thread.join()
        self.poller.stop_at_tip.set()
        self.polling.join(DRAIN_PATIENCE_S)
        if self.polling.is_alive():
            raise AssertionError(f"the poller has not reached the tip in {DRAIN_PATIENCE_S} s")
        deadline = time.monotonic() + DRAIN_PATIENCE_S
        while len(self.subscriber.seen.places) < len(self.poller.seen.places) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.subscriber.stop.set()
        self.server.stop(DRAIN_PATIENCE_S + PATIENCE_S)
        if "could not deliver everything in time" in self.server.output():
            raise AssertionError(f"not drained in {DRAIN_PATIENCE_S} s")

    def verdicts(self):
        """What is wrong, by kind, of each output and consumer and of all together; and how many records each has."""
        outputs = bucket.landed(self.server)
        readers = {"poller": self.poller.seen, "subscriber": self.subscriber.seen}
        found = {name: (len(counts), bucket.faults(counts, self.sent)) for name, counts in outputs.items()}
        found |= {name: (len(seen.places), seen.faults(self.sent)) for name, seen in readers.items()}
        everyone = [set(counts) for counts in outputs.values()] + [set(seen.places) for seen in readers.values()]
        unlike = set.union(*everyone) - set.intersection(*everyone)
        found["all of them"] = (len(set.union(*everyone)), {"unlike": sorted(unlike)})
        return found


def loop(cycles, seed):
    """The cycles and what came of them; how many checks passed and failed."""
    run = Run(seed)
    passed = failed = 0
    try:
        run.start()
        for cycle in range(cycles):
            before = len(run.sent.acknowledged)
            run.cycle(cycle % CYCLES_PER_STOP == CYCLES_PER_STOP // 2)
            passed += 1
            if sys.stdout.isatty() or cycle % 10 == 9:
                print(f"cycle {cycle + 1}: {before} acknowledged, restart took {run.restarts[-1] * 1000:.0f} ms", flush=True)
        run.drain()
        print(f"{len(run.sent.acknowledged)} records acknowledged, {len(run.sent.unknown)} without an answer; shards changed by "
              + ", ".join(f"{count} {way}s" for way, count in sorted(run.resharder.done.items()))
              + f"; {run.subscriber.subscriptions} subscriptions; {run.stops} times stopped, with {run.repeats} calls "
              "that lay there twice")
        for name, (count, kinds) in run.verdicts().items():
            print(f"{name}: {count} records; " + ", ".join(f"{kind} {len(which)}" for kind, which in kinds.items())
                  + "".join(f"; {kind} {sorted(which)[:5]}" for kind, which in kinds.items() if which))
            passed, failed = passed + (not any(kinds.values())), failed + any(map(bool, kinds.values()))
        run.restarts.sort()
        print(f"note: {len(run.sent.acknowledged)} records acknowledged over {cycles} kills, median restart "
              f"{run.restarts[len(run.restarts) // 2] * 1000:.0f} ms" if run.restarts else "note: no cycle")
    except Exception as error:  # anything here is a finding; say it and count it
        failed += 1
        print(f"{type(error).__name__}: {error}\n{run.server.output()[-3000:]}")
    finally:
        run.stop.set()
        run.subscriber.stop.set()
        run.server.close()
    return passed, failed


def strike_points(passes, seed):
    """Every named point, so often; how many checks passed and failed."""
    dice, hits = random.Random(seed), collections.Counter()
    passed = failed = 0
    for _ in range(passes):
        more = kill_points.run(dice, hits)
        passed, failed = passed + more[0], failed + more[1]
    print("named points, and how often each was hit:")
    for point in kill_points.ALL_POINTS:
        print(f"  {hits[point.name]:4}  {point.name}")
    print(f"note: {sum(hits.values())} hits at {len(hits)} named points of the way")
    return passed, failed


def main():
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
    print(f"{cycles} cycles, seed {seed}")
    parts = [loop(min(CYCLES_PER_COURSE, cycles - begun), seed + begun) for begun in range(0, cycles, CYCLES_PER_COURSE)]
    parts.append(strike_points(max(1, cycles // CYCLES_PER_PASS), seed))
    passed, failed = (sum(part) for part in zip(*parts))
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
