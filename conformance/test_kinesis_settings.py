"""What can be set on a stream beside its shards: retention, mode, tags, consumers, monitoring, encryption, policies."""

import http.client
import json

import harness


class Settings(harness.ServerCase):
    def setUp(self):
        self.kinesis = self.server.client("kinesis")
        self.stream = self.id().rsplit(".", 1)[1]
        self.kinesis.create_stream(StreamName=self.stream, ShardCount=2)
        self.arn = self.kinesis.describe_stream(StreamName=self.stream)["StreamDescription"]["StreamARN"]

    def summary(self):
        return self.kinesis.describe_stream_summary(StreamName=self.stream)["StreamDescriptionSummary"]

    def call(self, operation, **members):
        """Operations that boto3's model may be too old for; the error's type, or the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        connection.request("POST", "/", json.dumps(members), {
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Kinesis_20131202." + operation})
        answer = connection.getresponse()
        body = answer.read()
        parsed = json.loads(body) if body else {}
        return parsed["__type"] if answer.status != 200 else parsed

    def restart(self):
        self.server.kill()
        self.server.start()

    def test_retention_goes_up_and_down_within_its_bounds(self):
        up, down = self.kinesis.increase_stream_retention_period, self.kinesis.decrease_stream_retention_period
        up(StreamName=self.stream, RetentionPeriodHours=8760)
        self.assertEqual(self.summary()["RetentionPeriodHours"], 8760)
        down(StreamName=self.stream, RetentionPeriodHours=48)
        self.restart()
        self.assertEqual(self.summary()["RetentionPeriodHours"], 48)
        for call, hours in ((up, 47), (up, 8761), (down, 49), (down, 23)):
            with self.subTest(call=call.__name__, hours=hours):
                self.assert_error("InvalidArgumentException", call, StreamName=self.stream, RetentionPeriodHours=hours)
        message = self.assert_error("InvalidArgumentException", up, StreamName=self.stream, RetentionPeriodHours=24)["Error"]["Message"]
        self.assertEqual(message, f"Requested retention period (24 hours) for stream {self.stream} can not be shorter than "
                                  "existing retention period (48 hours). Use DecreaseRetentionPeriod API.")

    def test_mode_and_record_size_change(self):
        self.kinesis.update_stream_mode(StreamARN=self.arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
        self.assertEqual(self.summary()["StreamModeDetails"], {"StreamMode": "ON_DEMAND"})
        self.assertEqual(self.call("UpdateMaxRecordSize", StreamARN=self.arn, MaxRecordSizeInKiB=4096), {})
        self.restart()
        self.assertEqual(self.call("DescribeStreamSummary", StreamName=self.stream)["StreamDescriptionSummary"]["MaxRecordSizeInKiB"], 4096)
        self.kinesis.put_record(StreamName=self.stream, PartitionKey="k", Data=b"x" * (3 << 20))
        self.assertEqual(self.call("UpdateMaxRecordSize", StreamARN=self.arn, MaxRecordSizeInKiB=512), "ValidationException")
        self.assertEqual(self.call("UpdateStreamMode", StreamARN=self.arn, StreamModeDetails={"StreamMode": "SOMETIMES"}),
                         "ValidationException")
        limits = self.kinesis.describe_limits()
        self.assertGreaterEqual(limits["OpenShardCount"], 2)
        self.assertGreaterEqual(limits["OnDemandStreamCount"], 1)

    def test_tags_by_name_and_by_arn_are_the_same_tags(self):
        self.kinesis.add_tags_to_stream(StreamName=self.stream, Tags={"team": "heart", "stage": "test", "a": "1"})
        self.kinesis.add_tags_to_stream(StreamName=self.stream, Tags={"a": "2"})
        self.assertEqual(self.call("TagResource", ResourceARN=self.arn, Tags={"z": ""}), {})
        self.restart()
        page = self.kinesis.list_tags_for_stream(StreamName=self.stream, Limit=2)
        self.assertEqual((page["Tags"], page["HasMoreTags"]), ([{"Key": "a", "Value": "2"}, {"Key": "stage", "Value": "test"}], True))
        rest = self.kinesis.list_tags_for_stream(StreamName=self.stream, ExclusiveStartTagKey="stage")
        self.assertEqual((rest["Tags"], rest["HasMoreTags"]), ([{"Key": "team", "Value": "heart"}, {"Key": "z", "Value": ""}], False))
        self.kinesis.remove_tags_from_stream(StreamName=self.stream, TagKeys=["a", "never there"])
        self.assertEqual(self.call("UntagResource", ResourceARN=self.arn, TagKeys=["z"]), {})
        self.assertEqual([t["Key"] for t in self.call("ListTagsForResource", ResourceARN=self.arn)["Tags"]], ["stage", "team"])
        self.assert_error("InvalidArgumentException", self.kinesis.add_tags_to_stream, StreamName=self.stream,
                          Tags={f"tag-{i}": "" for i in range(49)})
        self.assert_error("ValidationException", self.kinesis.add_tags_to_stream, StreamName=self.stream, Tags={"k" * 129: ""})
        self.assert_error("ValidationException", self.kinesis.add_tags_to_stream, StreamName=self.stream, Tags={"k": "v" * 257})
        self.assertEqual(len(self.kinesis.list_tags_for_stream(StreamName=self.stream)["Tags"]), 2)

    def test_consumers_register_once_and_go(self):
        made = self.kinesis.register_stream_consumer(StreamARN=self.arn, ConsumerName="analysis")["Consumer"]
        self.assertEqual(made["ConsumerStatus"], "ACTIVE")
        self.assertRegex(made["ConsumerARN"], "^" + self.arn + r"/consumer/analysis:\d+$")
        self.kinesis.register_stream_consumer(StreamARN=self.arn, ConsumerName="audit")
        self.assert_error("ResourceInUseException", self.kinesis.register_stream_consumer, StreamARN=self.arn, ConsumerName="audit")
        self.restart()
        self.assertEqual(self.summary()["ConsumerCount"], 2)
        for reference in ({"ConsumerARN": made["ConsumerARN"]}, {"StreamARN": self.arn, "ConsumerName": "analysis"}):
            described = self.kinesis.describe_stream_consumer(**reference)["ConsumerDescription"]
            self.assertEqual((described["ConsumerName"], described["StreamARN"]), ("analysis", self.arn))
            self.assertEqual(described["ConsumerCreationTimestamp"], made["ConsumerCreationTimestamp"])
        page = self.kinesis.list_stream_consumers(StreamARN=self.arn, MaxResults=1)
        rest = self.kinesis.list_stream_consumers(StreamARN=self.arn, NextToken=page["NextToken"])
        self.assertEqual([c["ConsumerName"] for c in page["Consumers"] + rest["Consumers"]], ["analysis", "audit"])
        self.assertNotIn("NextToken", rest)
        self.assertEqual(self.call("TagResource", ResourceARN=made["ConsumerARN"], Tags={"k": "v"}), {})
        self.assertEqual(self.call("ListTagsForResource", ResourceARN=made["ConsumerARN"])["Tags"], [{"Key": "k", "Value": "v"}])
        self.assertEqual(self.call("ListTagsForResource", ResourceARN=self.arn)["Tags"], [])
        self.assert_error("ResourceInUseException", self.kinesis.delete_stream, StreamName=self.stream)
        self.kinesis.deregister_stream_consumer(ConsumerARN=made["ConsumerARN"])
        self.assert_error("ResourceNotFoundException", self.kinesis.describe_stream_consumer, ConsumerARN=made["ConsumerARN"])
        self.assert_error("ResourceNotFoundException", self.kinesis.deregister_stream_consumer, ConsumerARN=made["ConsumerARN"])
        self.assert_error("InvalidArgumentException", self.kinesis.describe_stream_consumer, ConsumerName="audit")
        self.kinesis.delete_stream(StreamName=self.stream, EnforceConsumerDeletion=True)

    def test_monitoring_encryption_and_policies_are_kept_and_told(self):
        enabled = self.kinesis.enable_enhanced_monitoring(StreamName=self.stream, ShardLevelMetrics=["IncomingBytes", "OutgoingBytes"])
        self.assertEqual((enabled["CurrentShardLevelMetrics"], enabled["DesiredShardLevelMetrics"]),
                         ([], ["IncomingBytes", "OutgoingBytes"]))
        self.kinesis.disable_enhanced_monitoring(StreamName=self.stream, ShardLevelMetrics=["IncomingBytes"])
        self.kinesis.start_stream_encryption(StreamName=self.stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
        policy = '{"Version":"2012-10-17","Statement":[]}'
        self.assertEqual(self.call("GetResourcePolicy", ResourceARN=self.arn), "ResourceNotFoundException")
        self.assertEqual(self.call("PutResourcePolicy", ResourceARN=self.arn, Policy=policy), {})
        self.restart()
        summary = self.summary()
        self.assertEqual(summary["EnhancedMonitoring"], [{"ShardLevelMetrics": ["OutgoingBytes"]}])
        self.assertEqual((summary["EncryptionType"], summary["KeyId"]), ("KMS", "alias/aws/kinesis"))
        self.assertEqual(self.kinesis.put_record(StreamName=self.stream, PartitionKey="k", Data=b"")["EncryptionType"], "KMS")
        self.assertEqual(self.call("GetResourcePolicy", ResourceARN=self.arn)["Policy"], policy)
        self.assertEqual(self.call("PutResourcePolicy", ResourceARN=self.arn, Policy="no JSON"), "InvalidArgumentException")
        self.assertEqual(self.call("DeleteResourcePolicy", ResourceARN=self.arn), {})
        self.assertEqual(self.call("DeleteResourcePolicy", ResourceARN=self.arn), "ResourceNotFoundException")
        self.kinesis.stop_stream_encryption(StreamName=self.stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
        self.assertNotIn("KeyId", self.summary())
        self.kinesis.enable_enhanced_monitoring(StreamName=self.stream, ShardLevelMetrics=["ALL"])
        self.assertEqual(len(self.summary()["EnhancedMonitoring"][0]["ShardLevelMetrics"]), 7)
        self.assert_error("ValidationException", self.kinesis.enable_enhanced_monitoring, StreamName=self.stream,
                          ShardLevelMetrics=["Everything"])

    def test_arns_of_other_things_are_refused(self):
        for arn in ("arn:aws:s3:::bucket", self.arn + "/consumer/none", "stream/" + self.stream):
            self.assertEqual(self.call("ListTagsForResource", ResourceARN=arn), "ValidationException", arn)
        self.assertEqual(self.call("ListTagsForResource", ResourceARN=self.arn + "/consumer/none:1"), "ResourceNotFoundException")


if __name__ == "__main__":
    harness.main()
