"""Data Firehose and the Glue catalog through boto3: definitions, direct puts, keys, raw objects, errors."""

import http.client
import json
import re
import unittest

import harness

BUCKET = "landing"


def destination(**more):
    return {"RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", **more}


FAST = {"SizeInMBs": 1, "IntervalInSeconds": 1}


class Firehose(harness.ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.client("s3").create_bucket(Bucket=BUCKET)
        glue = cls.server.client("glue")
        glue.create_database(DatabaseInput={"Name": "db"})
        glue.create_table(DatabaseName="db", TableInput={"Name": "t", "StorageDescriptor": {"Columns": [
            {"Name": "ts", "Type": "timestamp"}, {"Name": "name", "Type": "string"}, {"Name": "n", "Type": "bigint"},
            {"Name": "x", "Type": "double"}, {"Name": "ok", "Type": "boolean"}, {"Name": "day", "Type": "date"}]}})

    def setUp(self):
        self.firehose = self.server.client("firehose")
        self.s3 = self.server.client("s3")
        self.name = self.id().rsplit(".", 1)[1][:60]

    def create(self, CustomTimeZone=None, **more):
        if CustomTimeZone:
            harness.with_new_members(self.firehose, CustomTimeZone=CustomTimeZone)
        return self.firehose.create_delivery_stream(
            DeliveryStreamName=self.name, ExtendedS3DestinationConfiguration=destination(**more))

    def objects(self, prefix, count=1):
        def keys():
            return [entry["Key"] for entry in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]
        harness.wait_for(f"{count} objects under {prefix}", lambda: len(keys()) >= count)
        return keys()

    def body(self, key):
        return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def test_raw_records_are_concatenated_byte_for_byte(self):
        self.create(Prefix="raw/", BufferingHints=FAST)
        for _ in range(3):
            self.assertTrue(self.firehose.put_record(DeliveryStreamName=self.name, Record={"Data": b"abc"})["RecordId"])
        key, = self.objects("raw/")
        self.assertEqual(self.body(key), b"abcabcabc")
        self.assertRegex(key, rf"^raw/\d{{4}}/\d\d/\d\d/\d\d/{self.name}-1-\d{{4}}(-\d\d){{5}}-[0-9a-f-]{{36}}$")
        self.assertEqual(self.s3.head_object(Bucket=BUCKET, Key=key)["ContentType"], "application/octet-stream")

    def test_a_literal_prefix_gets_the_date_glued_on(self):
        self.create(Prefix="legacy", BufferingHints=FAST)
        self.firehose.put_record(DeliveryStreamName=self.name, Record={"Data": b"x"})
        self.assertRegex(self.objects("legacy")[0], r"^legacy\d{4}/\d\d/\d\d/\d\d/")

    def test_a_random_string_suppresses_the_date(self):
        self.create(Prefix="rand/!{firehose:random-string}/", ErrorOutputPrefix="e/!{firehose:error-output-type}/", BufferingHints=FAST)
        self.firehose.put_record(DeliveryStreamName=self.name, Record={"Data": b"x"})
        self.assertRegex(self.objects("rand/")[0], rf"^rand/[A-Za-z0-9]{{11}}/{self.name}-")

    def test_size_closes_an_object_before_the_interval(self):
        self.create(Prefix="size/", BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 300})
        half = b"x" * (512 * 1024)
        self.firehose.put_record(DeliveryStreamName=self.name, Record={"Data": half})
        self.firehose.put_record(DeliveryStreamName=self.name, Record={"Data": half})
        self.assertEqual(len(self.body(self.objects("size/")[0])), 1024 * 1024)

    def test_a_tag_lowers_the_size_below_what_conversion_allows(self):
        self.firehose.create_delivery_stream(
            DeliveryStreamName=self.name, Tags=[{"Key": "sluice:buffer-size-kib", "Value": "64"}, {"Key": "sluice:buffer-interval-s", "Value": "86400"}],
            ExtendedS3DestinationConfiguration=destination(Prefix="small/", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 900},
                                                           DataFormatConversionConfiguration=harness.conversion("db", "t")))
        record = json.dumps({"name": "x" * 1000}).encode() + b"\n"
        for _ in range(2):
            self.firehose.put_record_batch(DeliveryStreamName=self.name, Records=[{"Data": record}] * 64)
        self.assertEqual(len(self.objects("small/")), 1)
        self.assert_error("InvalidArgumentException", self.firehose.tag_delivery_stream, DeliveryStreamName=self.name,
                          Tags=[{"Key": "sluice:buffer-size-kib", "Value": "63"}])

    def test_direct_puts_are_converted(self):
        self.create(Prefix="typed/", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 1},
                    DataFormatConversionConfiguration=harness.conversion("db", "t"))
        records = [b'{"ts":"2025-07-13T21:25:19.5Z","name":"a","n":9007199254740993,"x":0.1,"ok":true,"day":"2025-07-13"}',
                   b'{"TS":1518033528123,"Name":"b"}{"name":"c","n":"17"}', b'{"name":null,"unknown":[1]}']
        answer = self.firehose.put_record_batch(DeliveryStreamName=self.name, Records=[{"Data": r} for r in records])
        self.assertEqual((answer["FailedPutCount"], len(answer["RequestResponses"])), (0, 3))
        key, = self.objects("typed/")
        import pathlib, tempfile
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "o.parquet"
            path.write_bytes(self.body(key))
            rows = harness.duckdb(f"SELECT ts::VARCHAR AS ts, name, n::VARCHAR AS n, x, ok, day::VARCHAR AS day FROM '{path}'")
        self.assertEqual(rows, [
            {"ts": "2025-07-13 21:25:19.5+00", "name": "a", "n": "9007199254740993", "x": 0.1, "ok": True, "day": "2025-07-13"},
            {"ts": "2018-02-07 19:58:48.123+00", "name": "b", "n": None, "x": None, "ok": None, "day": None},
            {"ts": None, "name": "c", "n": "17", "x": None, "ok": None, "day": None},
            {"ts": None, "name": None, "n": None, "x": None, "ok": None, "day": None}])

    def test_a_stream_is_described_twice_with_its_defaults(self):
        self.create(DataFormatConversionConfiguration=harness.conversion("db", "t"))
        described = self.firehose.describe_delivery_stream(DeliveryStreamName=self.name)["DeliveryStreamDescription"]
        self.assertEqual((described["DeliveryStreamStatus"], described["VersionId"], described["DeliveryStreamType"]),
                         ("ACTIVE", "1", "DirectPut"))
        one = described["Destinations"][0]
        self.assertEqual(one["DestinationId"], "destinationId-000000000001")
        extended = one["ExtendedS3DestinationDescription"]
        self.assertEqual(extended["BufferingHints"], {"SizeInMBs": 128, "IntervalInSeconds": 300})
        self.assertEqual((extended["CompressionFormat"], extended["S3BackupMode"]), ("UNCOMPRESSED", "Disabled"))
        self.assertEqual(one["S3DestinationDescription"]["BucketARN"], f"arn:aws:s3:::{BUCKET}")

    def test_streams_are_listed_and_deleted(self):
        self.create()
        self.assertIn(self.name, self.firehose.list_delivery_streams(Limit=1000)["DeliveryStreamNames"])
        self.assertIn(self.name, self.firehose.list_delivery_streams(DeliveryStreamType="DirectPut", Limit=1000)["DeliveryStreamNames"])
        self.assertNotIn(self.name, self.firehose.list_delivery_streams(DeliveryStreamType="KinesisStreamAsSource", Limit=1000)["DeliveryStreamNames"])
        self.firehose.delete_delivery_stream(DeliveryStreamName=self.name)
        self.assert_error("ResourceNotFoundException", self.firehose.describe_delivery_stream, DeliveryStreamName=self.name)
        self.create()

    def test_a_list_is_paged_by_names(self):
        names = [f"paged-{number:02}" for number in range(25)]
        for name in names:
            self.firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination())
        self.addCleanup(lambda: [self.firehose.delete_delivery_stream(DeliveryStreamName=name) for name in names])
        self.assertEqual(len(self.firehose.list_delivery_streams()["DeliveryStreamNames"]), 10)
        found, start, more = [], {}, True
        while more:
            page = self.firehose.list_delivery_streams(Limit=7, DeliveryStreamType="DirectPut", **start)
            self.assertLessEqual(len(page["DeliveryStreamNames"]), 7)
            found += page["DeliveryStreamNames"]
            start, more = {"ExclusiveStartDeliveryStreamName": found[-1]}, page["HasMoreDeliveryStreams"]
        self.assertEqual([name for name in found if name in names], names)
        self.assertEqual(sorted(set(found)), found, "each once, in order")
        # From where no stream is.
        page = self.firehose.list_delivery_streams(Limit=2, ExclusiveStartDeliveryStreamName="paged-10x")
        self.assertEqual(page["DeliveryStreamNames"], ["paged-11", "paged-12"])

    def test_wrong_definitions_name_the_member_and_the_rule(self):
        conversion = harness.conversion("db", "t")
        cases = [
            ("ValidationException", {"CompressionFormat": "SNAPPY"}, r"extendedS3DestinationConfiguration.compressionFormat.*\[ZIP, HADOOP_SNAPPY, Snappy, GZIP, UNCOMPRESSED\]"),
            ("ValidationException", {"BufferingHints": {"SizeInMBs": 129, "IntervalInSeconds": 60}}, "less than or equal to 128"),
            ("InvalidArgumentException", {"DataFormatConversionConfiguration": conversion, "BufferingHints": {"SizeInMBs": 63, "IntervalInSeconds": 60}},
             "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled."),
            ("InvalidArgumentException", {"DataFormatConversionConfiguration": conversion, "CompressionFormat": "GZIP"}, "must be set to UNCOMPRESSED"),
            ("InvalidArgumentException", {"DataFormatConversionConfiguration": harness.conversion("db", "absent")}, "EntityNotFoundException"),
            ("InvalidArgumentException", {"Prefix": "a/!{timestamp:yyyy}/"}, "."),
            ("InvalidArgumentException", {"Prefix": "a/!{nonsense:yyyy}/", "ErrorOutputPrefix": "e/!{firehose:error-output-type}/"}, "."),
            ("InvalidArgumentException", {"Prefix": "a/!{timestamp:session}/", "ErrorOutputPrefix": "e/!{firehose:error-output-type}/"}, "."),
            ("InvalidArgumentException", {"CustomTimeZone": "Mars/Olympus"}, "."),
        ]
        for code, members, text in cases:
            with self.subTest(members=members):
                answer = self.assert_error(code, self.create, **members)
                self.assertRegex(answer["Error"]["Message"], text)

    def test_a_kinesis_fed_stream_takes_no_puts(self):
        kinesis = self.server.client("kinesis")
        kinesis.create_stream(StreamName="fed", ShardCount=1)
        arn = kinesis.describe_stream(StreamName="fed")["StreamDescription"]["StreamARN"]
        source = {"KinesisStreamARN": arn, "RoleARN": harness.ROLE}
        self.firehose.create_delivery_stream(DeliveryStreamName=self.name, DeliveryStreamType="KinesisStreamAsSource",
                                             KinesisStreamSourceConfiguration=source,
                                             ExtendedS3DestinationConfiguration=destination(BufferingHints=FAST, Prefix="fed/"))
        answer = self.assert_error("InvalidArgumentException", self.firehose.put_record,
                                   DeliveryStreamName=self.name, Record={"Data": b"x"})
        self.assertEqual(answer["Error"]["Message"],
                         "This operation is not permitted on KinesisStreamAsSource delivery stream type.")
        kinesis.put_record(StreamName="fed", Data=b"hello", PartitionKey="k")
        self.assertEqual(self.body(self.objects("fed/")[0]), b"hello")
        self.assert_error("InvalidArgumentException", self.firehose.create_delivery_stream,
                          DeliveryStreamName="absent-source", DeliveryStreamType="KinesisStreamAsSource",
                          KinesisStreamSourceConfiguration={**source, "KinesisStreamARN": arn + "x"},
                          ExtendedS3DestinationConfiguration=destination())

    def test_limits_of_puts(self):
        self.create()
        cases = [
            ("ResourceNotFoundException", self.firehose.put_record, {"DeliveryStreamName": "nowhere", "Record": {"Data": b""}}),
            ("ValidationException", self.firehose.put_record, {"DeliveryStreamName": self.name, "Record": {"Data": b"x" * 1024001}}),
            ("ValidationException", self.firehose.put_record_batch, {"DeliveryStreamName": self.name, "Records": [{"Data": b""}] * 501}),
            ("InvalidArgumentException", self.firehose.put_record_batch, {"DeliveryStreamName": self.name, "Records": [{"Data": b"x" * 1000000}] * 5}),
        ]
        for code, call, members in cases:
            with self.subTest(code=code):
                self.assert_error(code, call, **members)

    def test_a_missing_record_is_one_violation_in_firehoses_form(self):
        self.create()
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        connection.request("POST", "/", json.dumps({"DeliveryStreamName": self.name}),
                           {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Firehose_20150804.PutRecord"})
        self.assertEqual(json.load(connection.getresponse())["message"],
                         "1 validation error detected: Value at 'record' failed to satisfy constraint: Member must not be null")

    def test_a_bucket_that_comes_later_is_delivered_to(self):
        self.firehose.create_delivery_stream(DeliveryStreamName=self.name, ExtendedS3DestinationConfiguration={
            **destination(BufferingHints=FAST, Prefix="p/"), "BucketARN": "arn:aws:s3:::late-bucket"})
        self.firehose.put_record(DeliveryStreamName=self.name, Record={"Data": b"patience"})
        import time
        time.sleep(2)
        self.s3.create_bucket(Bucket="late-bucket")
        def landed():
            return self.s3.list_objects_v2(Bucket="late-bucket").get("Contents", [])
        harness.wait_for("delivery to the late bucket", landed, patience=60)
        self.assertEqual(self.s3.get_object(Bucket="late-bucket", Key=landed()[0]["Key"])["Body"].read(), b"patience")

    def test_a_changed_table_is_picked_up(self):
        glue = self.server.client("glue")
        columns = [{"Name": "a", "Type": "int"}]
        glue.create_table(DatabaseName="db", TableInput={"Name": "grows", "StorageDescriptor": {"Columns": columns}})
        self.create(Prefix="grows/", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 1},
                    DataFormatConversionConfiguration=harness.conversion("db", "grows"))
        self.firehose.put_record(DeliveryStreamName=self.name, Record={"Data": b'{"a":1,"b":2}'})
        self.objects("grows/")
        glue.update_table(DatabaseName="db", TableInput={"Name": "grows", "StorageDescriptor": {
            "Columns": columns + [{"Name": "b", "Type": "int"}]}})
        self.firehose.put_record(DeliveryStreamName=self.name, Record={"Data": b'{"a":3,"b":4}'})
        self.objects("grows/", 2)
        rows = harness.hyparquet_rows(sorted(self.server.bucket(BUCKET).glob("grows/**/*.parquet"), key=lambda p: p.stat().st_mtime))
        self.assertEqual(rows, [{"a": 1}, {"a": 3, "b": 4}])

    def test_a_table_that_is_dropped_and_made_anew_is_picked_up(self):
        glue = self.server.client("glue")
        columns = [{"Name": "a", "Type": "int"}]
        glue.create_table(DatabaseName="db", TableInput={"Name": "again", "StorageDescriptor": {"Columns": columns}})
        self.create(Prefix="again/", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60},
                    DataFormatConversionConfiguration=harness.conversion("db", "again"))
        self.firehose.put_record(DeliveryStreamName=self.name, Record={"Data": b'{"a":1,"b":2}'})
        harness.wait_for("the record to be gathered", lambda: f'sluice_open_records{{delivery_stream="{self.name}"}} 1' in self.metrics())
        glue.delete_table(DatabaseName="db", Name="again")
        glue.create_table(DatabaseName="db", TableInput={"Name": "again", "StorageDescriptor": {
            "Columns": columns + [{"Name": "b", "Type": "int"}]}})
        self.objects("again/")
        self.firehose.put_record(DeliveryStreamName=self.name, Record={"Data": b'{"a":3,"b":4}'})
        self.firehose.update_destination(DeliveryStreamName=self.name, CurrentDeliveryStreamVersionId="1", DestinationId="destinationId-000000000001",
                                         ExtendedS3DestinationUpdate={"BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 1}})
        self.objects("again/", 2)
        rows = harness.hyparquet_rows(sorted(self.server.bucket(BUCKET).glob("again/**/*.parquet"), key=lambda p: p.stat().st_mtime))
        self.assertEqual(rows, [{"a": 1}, {"a": 3, "b": 4}])

    def metrics(self):
        return self.server.exchange("GET", "/_sluice/metrics", {})[2]


class Glue(harness.ServerCase):
    def test_databases_and_tables_live_and_die(self):
        glue = self.server.client("glue")
        glue.create_database(DatabaseInput={"Name": "HR_Data", "Description": "heart"})
        self.assertEqual(glue.get_database(Name="hr_data")["Database"]["Name"], "hr_data")
        self.assert_error("AlreadyExistsException", glue.create_database, DatabaseInput={"Name": "hr_data"})
        table = {"Name": "heart_rate", "TableType": "EXTERNAL_TABLE", "Parameters": {"classification": "parquet"},
                 "PartitionKeys": [{"Name": "year", "Type": "int"}],
                 "StorageDescriptor": {"Location": "s3://b/p/", "Columns": [{"Name": "timestamp", "Type": "string"}]}}
        glue.create_table(DatabaseName="hr_data", TableInput=table)
        got = glue.get_table(DatabaseName="hr_data", Name="heart_rate")["Table"]
        self.assertEqual((got["StorageDescriptor"]["Location"], got["PartitionKeys"][0]["Name"], got["Parameters"]["classification"]),
                         ("s3://b/p/", "year", "parquet"))
        self.assertEqual([t["Name"] for t in glue.get_tables(DatabaseName="hr_data")["TableList"]], ["heart_rate"])
        self.assert_error("AlreadyExistsException", glue.create_table, DatabaseName="hr_data", TableInput=table)
        self.assert_error("EntityNotFoundException", glue.get_table, DatabaseName="hr_data", Name="absent")
        self.assert_error("EntityNotFoundException", glue.create_table, DatabaseName="absent", TableInput=table)
        glue.delete_table(DatabaseName="hr_data", Name="heart_rate")
        self.assert_error("EntityNotFoundException", glue.delete_table, DatabaseName="hr_data", Name="heart_rate")
        glue.delete_database(Name="hr_data")
        self.assertEqual(glue.get_databases()["DatabaseList"], [])


if __name__ == "__main__":
    harness.main()
