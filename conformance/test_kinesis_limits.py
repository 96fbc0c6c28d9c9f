"""`limits = "aws"`: Kinesis's throughput and call rates, for people who test how their clients take them."""

import harness


class Limits(harness.ServerCase):
    config = '[server]\nlimits = "aws"\n'

    def setUp(self):
        self.kinesis = self.server.client("kinesis", attempts=1)
        self.stream = self.id().rsplit(".", 1)[1]
        self.server.client("kinesis", attempts=10).create_stream(StreamName=self.stream, ShardCount=2)

    def test_put_records_fails_entry_by_entry_and_stores_the_others(self):
        entries = [{"Data": str(i).encode(), "PartitionKey": "k", "ExplicitHashKey": "0"} for i in range(499)]
        entries.append({"Data": b"other", "PartitionKey": "k", "ExplicitHashKey": str(2**128 - 1)})
        stored = []
        while True:
            answer = self.kinesis.put_records(StreamName=self.stream, Records=entries)
            failed = [i for i, entry in enumerate(answer["Records"]) if "ErrorCode" in entry]
            self.assertEqual(answer["FailedRecordCount"], len(failed))
            stored += [entries[i]["Data"] for i in range(499) if i not in failed]
            if failed:
                break
            self.assertLess(len(stored), 10_000)
        entry = answer["Records"][failed[0]]
        self.assertEqual(entry, {
            "ErrorCode": "ProvisionedThroughputExceededException",
            "ErrorMessage": f"Rate exceeded for shard shardId-000000000000 in stream {self.stream} under account 000000000000."})
        self.assertEqual(answer["Records"][499]["ShardId"], "shardId-000000000001")
        iterator = self.kinesis.get_shard_iterator(StreamName=self.stream, ShardId="0", ShardIteratorType="TRIM_HORIZON")
        self.assertEqual([r["Data"] for r in self.kinesis.get_records(**self.only(iterator))["Records"]], stored)

    @staticmethod
    def only(answer):
        return {"ShardIterator": answer["ShardIterator"]}

    def test_a_client_that_retries_gets_its_record_in(self):
        record = {"StreamName": self.stream, "Data": b"x" * 900_000, "PartitionKey": "k", "ExplicitHashKey": "0"}
        with self.assertRaises(self.kinesis.exceptions.ProvisionedThroughputExceededException):
            for _ in range(100):
                self.kinesis.put_record(**record)
        self.assertEqual(self.server.client("kinesis", attempts=10).put_record(**record)["ShardId"], "shardId-000000000000")

    def test_a_shard_is_read_five_times_a_second(self):
        iterator = self.only(self.kinesis.get_shard_iterator(StreamName=self.stream, ShardId="0", ShardIteratorType="LATEST"))
        with self.assertRaises(self.kinesis.exceptions.ProvisionedThroughputExceededException):
            for _ in range(200):
                self.kinesis.get_records(**iterator)

    def test_calls_have_their_rates(self):
        with self.assertRaises(self.kinesis.exceptions.LimitExceededException):
            for _ in range(200):
                self.kinesis.describe_limits()


if __name__ == "__main__":
    harness.main()
