"""docs/compatibility.md against the models of Kinesis that the SDKs carry: nothing of the API is left unsaid.

Every operation is answered, or named `no`.  Every member of its requests is read (a value of the wrong type is refused),
or named `ignored` or `no`.  Every member of its answers has been seen in one, or is named `no`.
"""

import base64
import http.client
import json
import re
import subprocess
import unittest

import botocore.session

import harness

CONSUMER = "arn:aws:kinesis:ap-south-1:000000000000:stream/s/consumer/c:1700000000"


def document():
    """The Kinesis section: states of operations, of members of requests, and of members of answers, by name."""
    text = (harness.ROOT / "docs/compatibility.md").read_text()
    section = text[text.index("## Kinesis Data Streams"):]
    tables = {}
    for line in section[:section.index("\n## ", 3)].splitlines():
        if not line.startswith("| ") or line.startswith("| ---"):
            continue
        first, state = line.strip("| ").split(" | ", 1)
        if state == "state":
            table = tables.setdefault(first, {})
            continue
        names = re.findall(r"`(\w+)`", first) or re.split(r",\s*", first)
        for name in names:
            table[name] = (table.get(name, "") + " " + state).strip()
    return tables["operation"], tables["member of a request"], tables["member of an answer"]


def paths(tree, prefix=""):
    """Dotted paths of all members of a tree, or of an answer."""
    found = set()
    for element in tree if isinstance(tree, list) else [tree]:
        for name, below in element.items() if isinstance(element, dict) else ():
            found |= {prefix + name} | paths(below, prefix + name + ".")
    return found


def wrong(tree, path):
    """A request whose member at the path has a value of a type that it cannot have."""
    if isinstance(tree, list):
        return [wrong(tree[0], path)]
    name, *rest = path
    below = tree[name]
    return {name: wrong(below, rest) if rest else [] if below is None else True}


class Model(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = subprocess.run(["node", "kinesis_model.mjs"], cwd=harness.HERE, stdout=subprocess.PIPE, check=True)
        cls.model = json.loads(done.stdout)
        cls.operations, cls.asked, cls.told = document()
        cls.answered = {name: members for name, members in cls.model.items() if not cls.operations.get(name, "no").startswith("no")}
        cls.server = harness.Server(config='[[stream]]\nname = "s"\n').start()
        cls.addClassCleanup(cls.server.close)

    def call(self, operation, server=None, **members):
        connection = http.client.HTTPConnection("127.0.0.1", (server or self.server).port, timeout=10)
        connection.request("POST", "/", json.dumps(members), {
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Kinesis_20131202." + operation})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return json.loads(body) if body else {}

    def test_every_operation_is_answered_or_named_no(self):
        older = botocore.session.get_session().get_service_model("kinesis").operation_names
        self.assertGreaterEqual(set(self.model), set(older))
        for name in self.model:
            with self.subTest(operation=name):
                self.assertIn(name, self.operations)
                unknown = self.call(name).get("__type") == "UnknownOperationException"
                self.assertEqual(unknown, self.operations[name].startswith("no"), self.operations[name])
        self.assertEqual(set(self.operations) - set(self.model), set(), "no operations of Kinesis")

    def test_every_member_of_a_request_is_read_or_named_ignored(self):
        for name, members in self.answered.items():
            for path in paths(members["input"]):
                with self.subTest(operation=name, member=path):
                    last = path.rsplit(".", 1)[-1]
                    self.assertIn(last, self.asked)
                    answer = self.call(name, **wrong(members["input"], path.split(".")))
                    is_read = answer.get("__type") == "SerializationException"
                    if not is_read:
                        self.assertRegex(self.asked[last], r"\b(ignored|no)\b", answer)

    def test_every_member_of_an_answer_is_given_or_named_no(self):
        seen = self.everything()
        for name, members in self.answered.items():
            for path in paths(members["output"]) - seen.get(name, set()):
                last = path.rsplit(".", 1)[-1]
                if last.endswith("Exception") or last == "KMSOptInRequired":
                    continue  # errors within an event stream
                with self.subTest(operation=name, member=path):
                    self.assertRegex(self.told.get(last, "missing"), r"\bno\b")
        for name, members in self.answered.items():
            for path in seen.get(name, set()) - paths(members["output"]):
                with self.subTest(operation=name, member=path):
                    self.fail("no member of the model")
            for path in paths(members["output"]):
                if not path.endswith("Exception") and not path.endswith("KMSOptInRequired"):
                    self.assertIn(path.rsplit(".", 1)[-1], self.told)

    def everything(self):
        """Calls every operation, each in the ways that make its answers differ; the members seen, by operation."""
        seen = {}

        def call(operation, server=None, **members):
            answer = self.call(operation, server, **members)
            self.assertNotIn("__type", answer, (operation, members))
            seen[operation] = seen.get(operation, set()) | paths(answer)
            return answer

        for name in ("a", "b"):
            call("CreateStream", StreamName=name, ShardCount=2, Tags={"k": "v"})
        call("CreateStream", StreamName="on-demand", StreamModeDetails={"StreamMode": "ON_DEMAND"})
        call("DescribeStreamSummary", StreamName="on-demand")
        arn = call("DescribeStreamSummary", StreamName="a")["StreamDescriptionSummary"]["StreamARN"]
        call("StartStreamEncryption", StreamName="a", EncryptionType="KMS", KeyId="alias/aws/kinesis")
        call("EnableEnhancedMonitoring", StreamName="a", ShardLevelMetrics=["ALL"])
        call("DisableEnhancedMonitoring", StreamName="a", ShardLevelMetrics=["IncomingBytes"])
        data = base64.b64encode(b"x").decode()
        call("PutRecord", StreamName="a", Data=data, PartitionKey="k", ExplicitHashKey="0")
        call("PutRecords", StreamName="a", Records=[{"Data": data, "PartitionKey": "k", "ExplicitHashKey": "0"}])
        consumer = call("RegisterStreamConsumer", StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
        call("RegisterStreamConsumer", StreamARN=arn, ConsumerName="d")
        call("ListStreamConsumers", StreamARN=arn, MaxResults=1)
        call("DescribeStreamConsumer", ConsumerARN=consumer)
        call("MergeShards", StreamName="a", ShardToMerge="0", AdjacentShardToMerge="1")
        call("SplitShard", StreamName="a", ShardToSplit="2", NewStartingHashKey=str(2**127))
        call("UpdateShardCount", StreamName="b", TargetShardCount=4, ScalingType="UNIFORM_SCALING")
        for shard in ("0", "3"):
            iterator = call("GetShardIterator", StreamName="a", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
            call("GetRecords", **iterator)
        events = self.server.client("kinesis").subscribe_to_shard(
            ConsumerARN=consumer, ShardId="shardId-000000000000", StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"]
        call("SplitShard", StreamName="a", ShardToSplit="4", NewStartingHashKey=str(3 * 2**126))
        seen["SubscribeToShard"] = {"EventStream"} | {"EventStream." + path for event in events for path in paths(event)}
        open_events = self.server.client("kinesis").subscribe_to_shard(
            ConsumerARN=consumer, ShardId="shardId-000000000003", StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"]
        seen["SubscribeToShard"] |= {"EventStream." + path for path in paths(next(iter(open_events)))}
        open_events.close()
        call("DescribeStream", StreamName="a")
        call("DescribeStreamSummary", StreamName="a")
        call("ListShards", StreamName="a", MaxResults=1)
        call("ListShards", StreamName="a")
        call("ListStreams", Limit=1)
        call("DescribeLimits")
        call("AddTagsToStream", StreamName="a", Tags={"z": "1"})
        call("ListTagsForStream", StreamName="a")
        call("RemoveTagsFromStream", StreamName="a", TagKeys=["z"])
        call("TagResource", ResourceARN=arn, Tags={"z": "1"})
        call("ListTagsForResource", ResourceARN=arn)
        call("UntagResource", ResourceARN=arn, TagKeys=["z"])
        call("PutResourcePolicy", ResourceARN=arn, Policy="{}")
        call("GetResourcePolicy", ResourceARN=arn)
        call("DeleteResourcePolicy", ResourceARN=arn)
        call("StopStreamEncryption", StreamName="a", EncryptionType="KMS", KeyId="alias/aws/kinesis")
        call("IncreaseStreamRetentionPeriod", StreamName="a", RetentionPeriodHours=48)
        call("DecreaseStreamRetentionPeriod", StreamName="a", RetentionPeriodHours=24)
        call("UpdateStreamMode", StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
        call("UpdateMaxRecordSize", StreamARN=arn, MaxRecordSizeInKiB=2048)
        call("DeregisterStreamConsumer", ConsumerARN=consumer)
        call("DeleteStream", StreamName="a", EnforceConsumerDeletion=True)
        limited = harness.Server(config='[server]\nlimits = "aws"\n[[stream]]\nname = "s"\n').start()
        self.addCleanup(limited.close)
        entries = [{"Data": data, "PartitionKey": "k"}] * 500
        while call("PutRecords", limited, StreamName="s", Records=entries)["FailedRecordCount"] == 0:
            pass
        self.assertEqual(set(self.answered) - set(seen), set(), "operations that were not called")
        return seen


if __name__ == "__main__":
    harness.main()
