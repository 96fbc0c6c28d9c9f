"""What producers have sent, and what the server said to it."""

import collections
import json
import random
import threading
import time

from botocore.config import Config

PATIENT = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 10})


class Ledger:
    """Numbers of records: taken by producers, then settled as acknowledged, with their places, as refused or as unknown."""

    def __init__(self):
        self.lock = threading.Lock()
        self.next = 0
        self.acknowledged = {}  # number: (shard id, sequence number)
        self.unknown = set()
        self.refused = collections.Counter()  # records by error code; they are not stored
        self.in_part = []  # answers that refuse some records of a request and no others
        self.tried_again = 0  # calls that a client sent a second time, or a third

    def take(self, count):
        with self.lock:
            first = self.next
            self.next += count
            return range(first, first + count)

    def settle(self, numbers, answer):
        """What PutRecords answered; None when there was no answer.  A request is stored whole or not at all."""
        with self.lock:
            if answer is None:
                self.unknown.update(numbers)
            elif answer["FailedRecordCount"] == 0:
                places = ((entry["ShardId"], entry["SequenceNumber"]) for entry in answer["Records"])
                self.acknowledged.update(zip(numbers, places))
            elif answer["FailedRecordCount"] == len(numbers):
                self.refused.update(entry["ErrorCode"] for entry in answer["Records"])
            else:
                self.in_part.append(answer)

    def count_attempt(self, request, **_):
        with self.lock:
            self.tried_again += b"attempt=1" not in request.headers["amz-sdk-request"]


def record(number):
    bad = number % 50 == 0  # every fiftieth cannot be converted and belongs in the error output
    rate = '"none"' if bad else str(60 + number % 120)
    return json.dumps({"timestamp": f"{number:09}"})[:-1] + f', "heart_rate": {rate}}}\n'


def number_of(data):
    return int(json.loads(data)["timestamp"])


def produce(server, ledger, stop, name, text=record, go=None, pause_s=0, patient=False):
    """Puts records until it is told to stop; while `go` is not set it waits.  Its keys are its own, so that within a key the
    numbers only grow.  A patient producer takes no answer within a second for none, and tries the call again as AWS's SDKs
    do, under the same invocation id; the others try once."""
    dice = random.Random(name)
    while not stop.is_set():
        try:
            client = server.client("kinesis", attempts=1, config=PATIENT if patient else None)
            client.meta.events.register("before-send.kinesis.PutRecords", ledger.count_attempt)
            while not stop.wait(pause_s):
                if go:
                    go.wait()
                numbers = ledger.take(dice.choice((1, 1, 5, 40)))
                answer = None
                try:
                    answer = client.put_records(StreamName="s", Records=[
                        {"Data": text(n).encode(), "PartitionKey": f"{name}-{n % 7}"} for n in numbers])
                finally:
                    ledger.settle(numbers, answer)
        except Exception:  # the server is dead at the moment, as intended
            time.sleep(0.02)
