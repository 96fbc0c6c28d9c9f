"""Two consumers of a stream whose shards change and whose server dies: one polls, one subscribes.

Both walk the lineage, parents before children, from what GetRecords and events tell of a closed shard's children, and keep
their checkpoints in memory: what was received is received once.
"""

import collections
import random
import threading
import time

import ledger


class Seen:
    """What one consumer has received, in its order."""

    def __init__(self):
        self.lock = threading.Lock()
        self.places = {}  # number: (shard id, sequence number)
        self.by_key = collections.defaultdict(list)
        self.again = []  # numbers or places that came a second time
        self.places_known = set()

    def take(self, shard, records):
        with self.lock:
            for record in records:
                number, place = ledger.number_of(record["Data"]), (shard, record["SequenceNumber"])
                if number in self.places or place in self.places_known:
                    self.again.append(number)
                self.places[number] = place
                self.places_known.add(place)
                self.by_key[record["PartitionKey"]].append(number)

    def faults(self, sent):
        """What is wrong with it, by kind, once all is drained."""
        return {
            "lost": [n for n in sent.acknowledged if n not in self.places],
            "double": self.again,
            "phantom": [n for n in self.places if n not in sent.acknowledged and n not in sent.unknown],
            "moved": [n for n, place in sent.acknowledged.items() if self.places.get(n, place) != place],
            "disordered": [key for key, numbers in self.by_key.items() if numbers != sorted(numbers)],
        }


class Lineage:
    """Which shards are to be read: a child once all its parents are read to their ends."""

    def __init__(self, roots):
        self.lock = threading.Lock()
        self.known = set(roots)
        self.ended = set()
        self.waiting = {}  # child: its parents

    def end(self, shard, children):
        """The shard is read to its end; the children that can be read now."""
        with self.lock:
            self.ended.add(shard)
            for child in children:
                if child["ShardId"] not in self.known:
                    self.waiting[child["ShardId"]] = child["ParentShards"]
            ready = [child for child, parents in self.waiting.items() if self.ended.issuperset(parents)]
            for child in ready:
                del self.waiting[child]
            self.known.update(ready)
            return ready


def roots(server):
    shards = server.client("kinesis").list_shards(StreamName="s", ShardFilter={"Type": "AT_TRIM_HORIZON"})["Shards"]
    return [shard["ShardId"] for shard in shards]


class Poller:
    """GetRecords in turn from every shard that can be read.  After a failure it goes on with the iterator it had, or with one
    behind the last record."""

    def __init__(self, server, seed):
        self.server = server
        self.seen = Seen()
        self.dice = random.Random(seed)
        self.stop_at_tip = threading.Event()
        self.last = {shard: None for shard in roots(server)}  # sequence numbers
        self.lineage = Lineage(self.last)
        self.iterators = {}

    def run(self):
        while True:
            try:
                client = self.server.client("kinesis", attempts=1)
                while True:
                    is_last = self.stop_at_tip.is_set()
                    if self.turn(client) and is_last:
                        return
            except Exception:  # the server is dead at the moment, as intended
                if self.dice.random() < 0.5:
                    self.iterators.clear()
                time.sleep(0.02)

    def turn(self, client):
        """Reads once from each shard; whether all are at the tip."""
        at_tip = True
        for shard in list(self.last):
            if shard not in self.iterators:
                self.iterators[shard] = self.iterator(client, shard)
            answer = client.get_records(ShardIterator=self.iterators[shard], Limit=self.dice.choice((10, 500, 10_000)))
            self.seen.take(shard, answer["Records"])
            if answer["Records"]:
                self.last[shard] = answer["Records"][-1]["SequenceNumber"]
            self.iterators[shard] = answer.get("NextShardIterator")
            if self.iterators[shard] is None:
                del self.last[shard], self.iterators[shard]
                self.last.update(dict.fromkeys(self.lineage.end(shard, answer["ChildShards"])))
                at_tip = False
            elif answer["Records"] or answer["MillisBehindLatest"] > 0:
                at_tip = False
        return at_tip

    def iterator(self, client, shard):
        where = {"ShardIteratorType": "TRIM_HORIZON"}
        if self.last[shard]:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": self.last[shard]}
        return client.get_shard_iterator(StreamName="s", ShardId=shard, **where)["ShardIterator"]


class Subscriber:
    """SubscribeToShard, a thread for each shard that can be read; subscribes anew behind the last event when one breaks off."""

    def __init__(self, server):
        self.server = server
        self.seen = Seen()
        self.stop = threading.Event()
        self.first = roots(server)
        self.lineage = Lineage(self.first)
        self.threads = []
        client = server.client("kinesis")
        arn = client.describe_stream(StreamName="s")["StreamDescription"]["StreamARN"]
        self.consumer = client.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
        self.subscriptions = 0

    def start(self, shards=None):
        for shard in self.first if shards is None else shards:
            self.threads.append(threading.Thread(target=self.read, args=(shard,), daemon=True))
            self.threads[-1].start()

    def read(self, shard):
        position = {"Type": "TRIM_HORIZON"}
        while not self.stop.is_set():
            try:
                client = self.server.client("kinesis", attempts=1)
                events = client.subscribe_to_shard(ConsumerARN=self.consumer, ShardId=shard, StartingPosition=position)["EventStream"]
                self.subscriptions += 1
                for event in events:
                    event = event["SubscribeToShardEvent"]
                    self.seen.take(shard, event["Records"])
                    if "ContinuationSequenceNumber" not in event:
                        events.close()
                        return self.start(self.lineage.end(shard, event["ChildShards"]))
                    position = {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": event["ContinuationSequenceNumber"]}
            except Exception:  # the server is dead at the moment, as intended
                time.sleep(0.05)
