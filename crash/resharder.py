"""Splits, merges and scales the shards of a stream at random, while the server dies now and then."""

import collections
import random
import time

SHARDS_MAX = 8


class Resharder:
    def __init__(self, server, stop, seed):
        self.server = server
        self.stop = stop
        self.dice = random.Random(seed)
        self.done = collections.Counter()

    def run(self):
        while not self.stop.is_set():
            try:
                client = self.server.client("kinesis", attempts=1)
                while not self.stop.wait(self.dice.uniform(0.05, 0.6)):
                    self.change(client)
            except Exception:  # the server is dead, or a change whose answer was lost has been made
                time.sleep(0.05)

    def change(self, client):
        shards = client.list_shards(StreamName="s", ShardFilter={"Type": "AT_LATEST"})["Shards"]
        shards.sort(key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))
        ways = [self.split] * (len(shards) < SHARDS_MAX) + [self.merge] * (len(shards) > 1) + [self.scale]
        way = self.dice.choice(ways)
        way(client, shards)
        self.done[way.__name__] += 1

    def split(self, client, shards):
        shard = self.dice.choice(shards)
        first, last = (int(shard["HashKeyRange"][side]) for side in ("StartingHashKey", "EndingHashKey"))
        client.split_shard(StreamName="s", ShardToSplit=shard["ShardId"], NewStartingHashKey=str(self.dice.randint(first + 2, last - 1)))

    def merge(self, client, shards):
        left = self.dice.randrange(len(shards) - 1)
        client.merge_shards(StreamName="s", ShardToMerge=shards[left]["ShardId"], AdjacentShardToMerge=shards[left + 1]["ShardId"])

    def scale(self, client, shards):
        target = self.dice.randint(-(-len(shards) // 2), min(2 * len(shards), SHARDS_MAX))
        client.update_shard_count(StreamName="s", TargetShardCount=target, ScalingType="UNIFORM_SCALING")
