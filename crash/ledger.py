"""What producers have sent, and what the server said to it."""

import json
import random
import threading
import time


class Ledger:
    """Numbers of records: taken by producers, then settled as acknowledged, with their places, or as unknown."""

    def __init__(self):
        self.lock = threading.Lock()
        self.next = 0
        self.acknowledged = {}  # number: (shard id, sequence number)
        self.unknown = set()

    def take(self, count):
        with self.lock:
            first = self.next
            self.next += count
            return range(first, first + count)

    def settle(self, numbers, places):
        """`places` as the answer told them; None when there was no answer."""
        with self.lock:
            if places is None:
                self.unknown.update(numbers)
            else:
                self.acknowledged.update(zip(numbers, places))


def record(number):
    bad = number % 50 == 0  # every fiftieth cannot be converted and belongs in the error output
    rate = '"none"' if bad else str(60 + number % 120)
    return json.dumps({"timestamp": f"{number:09}"})[:-1] + f', "heart_rate": {rate}}}\n'


def number_of(data):
    return int(json.loads(data)["timestamp"])


def produce(server, ledger, stop, name):
    """Puts records until it is told to stop.  Its keys are its own, so that within a key the numbers only grow."""
    dice = random.Random(name)
    while not stop.is_set():
        try:
            client = server.client("kinesis", attempts=1)
            while not stop.is_set():
                numbers = ledger.take(dice.choice((1, 1, 5, 40)))
                places = None
                try:
                    answer = client.put_records(StreamName="s", Records=[
                        {"Data": record(n).encode(), "PartitionKey": f"{name}-{n % 7}"} for n in numbers])
                    if answer["FailedRecordCount"] == 0:
                        places = [(entry["ShardId"], entry["SequenceNumber"]) for entry in answer["Records"]]
                finally:
                    ledger.settle(numbers, places)
        except Exception:  # the server is dead at the moment, as intended
            time.sleep(0.02)
