"""Encryption at rest of the log: what clients are told of it, and that nothing of a record lies in the log's files."""

import json
import unittest

import botocore.exceptions
import harness

BUCKET = "landing"
SECRET = b"resting heart rate"
KMS_KEY = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"


def destination(interval=1):
    return {"RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": "data/", "ErrorOutputPrefix": "errors/",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": interval}}


class Encryption(unittest.TestCase):
    def start(self, **more):
        server = harness.Server(**more)
        self.addCleanup(server.close)
        server.start()
        return server

    def firehose(self, server, name="hr", **more):
        server.client("s3").create_bucket(Bucket=BUCKET)
        firehose = server.client("firehose")
        firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination(**more.pop("hints", {})), **more)
        return firehose

    def logs(self, server):
        return b"".join(path.read_bytes() for path in (server.data / "streams").rglob("*.log"))

    def delivered(self, server):
        return b"".join(path.read_bytes() for path in server.bucket(BUCKET).rglob("*") if path.is_file())

    def described(self, firehose, name="hr"):
        return firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]["DeliveryStreamEncryptionConfiguration"]

    def test_direct_puts_are_encrypted_from_the_start_to_the_stop(self):
        server = self.start()
        firehose = self.firehose(server, DeliveryStreamEncryptionConfigurationInput={"KeyType": "AWS_OWNED_CMK"})
        self.assertEqual(self.described(firehose), {"KeyType": "AWS_OWNED_CMK", "Status": "ENABLED"})
        self.assertTrue(firehose.put_record(DeliveryStreamName="hr", Record={"Data": SECRET + b" 1\n"})["Encrypted"])
        self.assertTrue(firehose.put_record_batch(DeliveryStreamName="hr", Records=[{"Data": SECRET + b" 2\n"}])["Encrypted"])
        self.assertNotIn(SECRET, self.logs(server))
        firehose.stop_delivery_stream_encryption(DeliveryStreamName="hr")
        self.assertEqual(self.described(firehose), {"Status": "DISABLED"})
        self.assertFalse(firehose.put_record(DeliveryStreamName="hr", Record={"Data": b"in the open\n"})["Encrypted"])
        self.assertIn(b"in the open", self.logs(server))
        firehose.start_delivery_stream_encryption(
            DeliveryStreamName="hr", DeliveryStreamEncryptionConfigurationInput={"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": KMS_KEY})
        self.assertEqual(self.described(firehose), {"KeyARN": KMS_KEY, "KeyType": "CUSTOMER_MANAGED_CMK", "Status": "ENABLED"})
        self.assertTrue(firehose.put_record(DeliveryStreamName="hr", Record={"Data": SECRET + b" 3\n"})["Encrypted"])
        self.assertNotIn(SECRET, self.logs(server))
        server.kill()
        server.start()
        self.assertEqual(self.described(server.client("firehose"))["Status"], "ENABLED")
        self.assertTrue(server.client("firehose").put_record(DeliveryStreamName="hr", Record={"Data": SECRET + b" 4\n"})["Encrypted"])
        server.stop()
        self.assertEqual(sorted(self.delivered(server).splitlines()),
                         sorted([b"in the open"] + [SECRET + b" %d" % n for n in range(1, 5)]))

    def test_a_key_of_objects_is_told_again_and_encrypts_nothing(self):
        server = self.start()
        encryption = {"KMSEncryptionConfig": {"AWSKMSKeyARN": KMS_KEY}}
        server.client("s3").create_bucket(Bucket=BUCKET)
        firehose = server.client("firehose")
        firehose.create_delivery_stream(DeliveryStreamName="hr", ExtendedS3DestinationConfiguration={
            **destination(), "EncryptionConfiguration": encryption})
        server.kill()
        server.start()

        def told():
            found, = server.client("firehose").describe_delivery_stream(DeliveryStreamName="hr")["DeliveryStreamDescription"]["Destinations"]
            both = {json.dumps(found[kind]["EncryptionConfiguration"]) for kind in ("ExtendedS3DestinationDescription", "S3DestinationDescription")}
            self.assertEqual(len(both), 1)
            return json.loads(both.pop())
        self.assertEqual(told(), encryption)
        firehose = server.client("firehose")
        firehose.put_record(DeliveryStreamName="hr", Record={"Data": b"in the open\n"})
        harness.wait_for("an object", lambda: self.delivered(server) == b"in the open\n")
        key = server.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"][0]["Key"]
        self.assertNotIn("ServerSideEncryption", server.client("s3").head_object(Bucket=BUCKET, Key=key))
        firehose.update_destination(DeliveryStreamName="hr", CurrentDeliveryStreamVersionId="1", DestinationId="destinationId-000000000001",
                                    ExtendedS3DestinationUpdate={"EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"}})
        self.assertEqual(told(), {"NoEncryptionConfig": "NoEncryption"})

    def test_a_kinesis_stream_is_encrypted_and_its_readers_see_nothing_of_it(self):
        server = self.start()
        kinesis = server.client("kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=2)
        kinesis.start_stream_encryption(StreamName="s", EncryptionType="KMS", KeyId="alias/aws/kinesis")
        answer = kinesis.put_records(StreamName="s", Records=[
            {"Data": SECRET + b" %d" % n, "PartitionKey": f"patient-{n}"} for n in range(50)])
        self.assertEqual((answer["FailedRecordCount"], answer["EncryptionType"]), (0, "KMS"))
        self.assertNotIn(SECRET, self.logs(server))
        self.assertNotIn(b"patient-", self.logs(server))
        server.kill()
        server.start()
        kinesis = server.client("kinesis")
        read = {}
        for shard in kinesis.list_shards(StreamName="s")["Shards"]:
            iterator = kinesis.get_shard_iterator(StreamName="s", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            for record in kinesis.get_records(ShardIterator=iterator)["Records"]:
                self.assertEqual(record["EncryptionType"], "KMS")
                read[record["PartitionKey"]] = record["Data"]
        self.assertEqual(read, {f"patient-{n}": SECRET + b" %d" % n for n in range(50)})

    def test_without_the_key_nothing_is_delivered_nor_lost_and_a_replaced_key_still_reads(self):
        server = self.start()
        firehose = self.firehose(server, hints={"interval": 900}, DeliveryStreamEncryptionConfigurationInput={"KeyType": "AWS_OWNED_CMK"})
        firehose.put_record(DeliveryStreamName="hr", Record={"Data": SECRET})
        server.kill()
        key_file = server.data / "encryption.key"
        self.assertEqual(key_file.stat().st_mode & 0o777, 0o600)
        key = key_file.read_text()
        key_file.write_text("f" * 64 + "\n")
        server.start()

        def complaint():
            return "which the key file does not hold" in server.output()
        harness.wait_for("the complaint", complaint)
        self.assertEqual(self.delivered(server), b"")
        server.kill()
        key_file.write_text("f" * 64 + "\n" + key)
        server.start()
        server.client("firehose").put_record(DeliveryStreamName="hr", Record={"Data": b", another"})
        server.stop()
        self.assertEqual(self.delivered(server), SECRET + b", another")

    def test_a_key_file_from_the_configuration_is_used_and_must_be_there(self):
        server = harness.Server()
        self.addCleanup(server.close)
        server.data.mkdir(parents=True, exist_ok=True)
        key_file = server.data.parent / (server.data.name + ".key")
        self.addCleanup(key_file.unlink)
        key_file.write_text("0123456789abcdef" * 4 + "\n")
        configured = self.start(config=f'[server]\nencryption_key_file = "{key_file}"\n')
        firehose = self.firehose(configured, DeliveryStreamEncryptionConfigurationInput={"KeyType": "AWS_OWNED_CMK"})
        firehose.put_record(DeliveryStreamName="hr", Record={"Data": SECRET})
        self.assertNotIn(SECRET, self.logs(configured))
        self.assertFalse((configured.data / "encryption.key").exists())

    def test_what_cannot_be_encrypted_is_refused(self):
        server = self.start()
        firehose = self.firehose(server)
        kinesis = server.client("kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        arn = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
        firehose.create_delivery_stream(
            DeliveryStreamName="reader", DeliveryStreamType="KinesisStreamAsSource", ExtendedS3DestinationConfiguration=destination(),
            KinesisStreamSourceConfiguration={"KinesisStreamARN": arn, "RoleARN": harness.ROLE})
        for name, given, code in [
                ("reader", {"KeyType": "AWS_OWNED_CMK"}, "InvalidArgumentException"),
                ("hr", {"KeyType": "CUSTOMER_MANAGED_CMK"}, "InvalidArgumentException"),
                ("hr", {"KeyType": "NO_SUCH_KEY"}, "ValidationException"),
                ("nobody", {"KeyType": "AWS_OWNED_CMK"}, "ResourceNotFoundException")]:
            with self.subTest(name=name, **given), self.assertRaises(botocore.exceptions.ClientError) as caught:
                firehose.start_delivery_stream_encryption(DeliveryStreamName=name, DeliveryStreamEncryptionConfigurationInput=given)
            self.assertEqual(caught.exception.response["Error"]["Code"], code)
        self.assertEqual(self.described(firehose), {"Status": "DISABLED"})


if __name__ == "__main__":
    harness.main()
