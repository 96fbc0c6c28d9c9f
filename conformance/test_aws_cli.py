"""The whole set-up with the AWS CLI: stream, bucket, table, delivery stream, a record, and the object back."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import harness


class AwsCli(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server().start()
        self.addCleanup(self.server.close)
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)

    def aws(self, *arguments, fails=False):
        environment = dict(os.environ, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
                           AWS_DEFAULT_REGION=harness.REGION, AWS_PAGER="", HOME=self.home.name)
        done = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.server.endpoint, *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        self.assertEqual(done.returncode != 0, fails, done.stderr + done.stdout)
        return done.stderr if fails else done.stdout

    def test_from_nothing_to_an_object(self):
        self.aws("kinesis", "create-stream", "--stream-name", "hr-kinesis-stream", "--shard-count", "1")
        self.assertIn("make_bucket: garmin-hr-s3-bucket", self.aws("s3", "mb", "s3://garmin-hr-s3-bucket"))
        self.aws("glue", "create-database", "--database-input", "Name=hr_data")
        self.aws("glue", "create-table", "--database-name", "hr_data", "--table-input", json.dumps(
            {"Name": "heart_rate", "StorageDescriptor": {"Columns": [{"Name": "timestamp", "Type": "string"},
                                                                     {"Name": "heart_rate", "Type": "int"}]}}))
        stream = json.loads(self.aws("kinesis", "describe-stream-summary", "--stream-name", "hr-kinesis-stream"))
        arn = stream["StreamDescriptionSummary"]["StreamARN"]
        self.aws("firehose", "create-delivery-stream", "--delivery-stream-name", "hr_firehose",
                 "--delivery-stream-type", "KinesisStreamAsSource",
                 "--kinesis-stream-source-configuration", f"KinesisStreamARN={arn},RoleARN={harness.ROLE}",
                 "--extended-s3-destination-configuration", json.dumps({
                     "RoleARN": harness.ROLE, "BucketARN": "arn:aws:s3:::garmin-hr-s3-bucket",
                     "Prefix": "heart_rate_data/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/"
                               "session_!{timestamp:HH-mm-ss}/",
                     "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
                     "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
                     "DataFormatConversionConfiguration": harness.conversion("hr_data", "heart_rate")}))
        self.assertIn("hr_firehose", self.aws("firehose", "list-delivery-streams"))
        self.aws("kinesis", "put-record", "--stream-name", "hr-kinesis-stream", "--partition-key", "garmin",
                 "--cli-binary-format", "raw-in-base64-out",
                 "--data", '{"timestamp": "2025-07-13T15:55:19.123456", "heart_rate": 89}\n')
        self.server.stop()  # delivers without waiting for the interval
        self.server.start()
        key = self.aws("s3", "ls", "--recursive", "s3://garmin-hr-s3-bucket/heart_rate_data/").split()[-1]
        self.assertRegex(key, r"session_\d\d-\d\d-\d\d/hr_firehose-1-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9a-f-]{36}\.parquet$")
        copy = pathlib.Path(self.home.name) / "copy.parquet"
        self.aws("s3", "cp", f"s3://garmin-hr-s3-bucket/{key}", str(copy))
        self.assertEqual(harness.duckdb(f"SELECT * FROM '{copy}'"),
                         [{"timestamp": "2025-07-13T15:55:19.123456", "heart_rate": 89}])
        self.aws("s3", "cp", str(copy), "s3://garmin-hr-s3-bucket/copies/one.parquet")
        self.assertEqual((self.server.bucket("garmin-hr-s3-bucket") / "copies/one.parquet").read_bytes(), copy.read_bytes())
        self.aws("s3", "rm", "s3://garmin-hr-s3-bucket/copies/one.parquet")
        self.assertNotIn("copies", self.aws("s3", "ls", "s3://garmin-hr-s3-bucket/"))

    def test_mistakes_get_the_services_own_words(self):
        self.assertIn("ResourceNotFoundException", self.aws(
            "kinesis", "describe-stream", "--stream-name", "nowhere", fails=True))
        self.assertIn("NoSuchBucket", self.aws("s3", "ls", "s3://nowhere", fails=True))
        self.assertIn("EntityNotFoundException", self.aws(
            "glue", "get-table", "--database-name", "nowhere", "--name", "t", fails=True))


if __name__ == "__main__":
    harness.main()
