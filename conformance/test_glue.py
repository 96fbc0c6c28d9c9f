"""Glue's catalog and crawlers through boto3 and the AWS CLI.

Databases, tables and their versions, partitions and expressions; crawls of what Firehose delivered and of trees that
others made.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time

import harness

PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}


def columns(text):
    return [dict(zip(("Name", "Type"), column.split())) for column in text.split(", ")] if text else []


def table_input(name, data="timestamp string, heart_rate int", keys=""):
    return {"Name": name, "TableType": "EXTERNAL_TABLE", "PartitionKeys": columns(keys),
            "StorageDescriptor": {"Columns": columns(data), "Location": f"s3://bucket/{name}/", **PARQUET}}


def partition_input(*values):
    return {"Values": list(values), "StorageDescriptor": {
        "Columns": columns("timestamp string, heart_rate int"), "Location": "s3://bucket/" + "/".join(values), **PARQUET}}


class Catalog(harness.ServerCase):
    def setUp(self):
        self.glue = self.server.client("glue")
        self.database = self.id().rsplit(".", 1)[1][:60]
        self.glue.create_database(DatabaseInput={"Name": self.database})
        self.addCleanup(self.glue.delete_database, Name=self.database)

    def create(self, name, **how):
        self.glue.create_table(DatabaseName=self.database, TableInput=table_input(name, **how))
        return {"DatabaseName": self.database, "TableName": name}

    def values(self, table, **how):
        pages = self.glue.get_paginator("get_partitions").paginate(**table, **how)
        return ["/".join(partition["Values"]) for page in pages for partition in page["Partitions"]]

    def test_a_database_is_updated_and_keeps_its_name(self):
        self.glue.update_database(Name=self.database, DatabaseInput={"Name": self.database, "Description": "beats"})
        found = self.glue.get_database(Name=self.database)["Database"]
        self.assertEqual(found["Description"], "beats")
        self.assert_error("InvalidInputException", self.glue.update_database, Name=self.database,
                          DatabaseInput={"Name": "other"})
        self.assert_error("EntityNotFoundException", self.glue.update_database, Name="none", DatabaseInput={"Name": "none"})

    def test_tables_are_found_by_pattern_and_by_text(self):
        for name in ("heart_rate", "heart_rate_old", "steps"):
            self.create(name)

        def names(expression):
            return [table["Name"] for table in
                    self.glue.get_tables(DatabaseName=self.database, Expression=expression)["TableList"]]
        self.assertEqual(names("heart*"), ["heart_rate", "heart_rate_old"])
        self.assertEqual(names("*rate"), ["heart_rate"])
        self.assertEqual(names("steps|heart_rate"), ["heart_rate", "steps"])
        self.assertEqual(names("none"), [])
        found = self.glue.search_tables(SearchText="RATE_OLD")["TableList"]
        self.assertEqual([table["Name"] for table in found], ["heart_rate_old"])
        errors = self.glue.batch_delete_table(DatabaseName=self.database, TablesToDelete=["steps", "none"])["Errors"]
        self.assertEqual([(error["TableName"], error["ErrorDetail"]["ErrorCode"]) for error in errors],
                         [("none", "EntityNotFoundException")])

    def test_every_update_leaves_a_version_unless_it_says_not_to(self):
        table = self.create("t")
        for data in ("a int", "a bigint", "a double"):
            self.glue.update_table(DatabaseName=self.database, TableInput=table_input("t", data))
        self.glue.update_table(DatabaseName=self.database, TableInput=table_input("t", "a string"), SkipArchive=True)
        versions = [version["VersionId"] for page in
                    self.glue.get_paginator("get_table_versions").paginate(**table, PaginationConfig={"PageSize": 2})
                    for version in page["TableVersions"]]
        self.assertEqual(versions, ["4", "2", "1", "0"])
        old = self.glue.get_table_version(**table, VersionId="1")["TableVersion"]["Table"]
        self.assertEqual(old["StorageDescriptor"]["Columns"], [{"Name": "a", "Type": "int"}])
        self.assertEqual(self.glue.get_table_version(**table)["TableVersion"]["VersionId"], "4")
        self.assert_error("ConcurrentModificationException", self.glue.update_table, DatabaseName=self.database,
                          TableInput=table_input("t"), VersionId="2")
        self.glue.delete_table_version(**table, VersionId="0")
        self.assert_error("EntityNotFoundException", self.glue.get_table_version, **table, VersionId="0")
        errors = self.glue.batch_delete_table_version(**table, VersionIds=["1", "4", "9"])["Errors"]
        self.assertEqual([(error["VersionId"], error["ErrorDetail"]["ErrorCode"]) for error in errors],
                         [("4", "InvalidInputException"), ("9", "EntityNotFoundException")])

    def test_partitions_one_by_one(self):
        table = self.create("t", keys="year string, month string")
        self.glue.create_partition(**table, PartitionInput=partition_input("2025", "07"))
        found = self.glue.get_partition(**table, PartitionValues=["2025", "07"])["Partition"]
        self.assertEqual(found["StorageDescriptor"]["Location"], "s3://bucket/2025/07")
        self.assertEqual((found["DatabaseName"], found["TableName"]), (self.database, "t"))
        self.assertIn("CreationTime", found)
        self.assert_error("AlreadyExistsException", self.glue.create_partition, **table,
                          PartitionInput=partition_input("2025", "07"))
        self.assert_error("InvalidInputException", self.glue.create_partition, **table, PartitionInput=partition_input("2025"))
        self.glue.update_partition(**table, PartitionValueList=["2025", "07"], PartitionInput=partition_input("2025", "08"))
        self.assert_error("EntityNotFoundException", self.glue.get_partition, **table, PartitionValues=["2025", "07"])
        self.assert_error("InvalidInputException", self.glue.update_table, DatabaseName=self.database,
                          TableInput=table_input("t", keys="year string"))
        self.glue.delete_partition(**table, PartitionValues=["2025", "08"])
        self.assert_error("EntityNotFoundException", self.glue.delete_partition, **table, PartitionValues=["2025", "08"])
        self.assert_error("EntityNotFoundException", self.glue.create_partition, DatabaseName=self.database, TableName="none",
                          PartitionInput=partition_input("2025", "08"))

    def test_partitions_in_batches(self):
        table = self.create("t", keys="year string")
        inputs = [partition_input(year) for year in ("2023", "2024", "2025")]
        self.assertEqual(self.glue.batch_create_partition(**table, PartitionInputList=inputs)["Errors"], [])
        errors = self.glue.batch_create_partition(**table, PartitionInputList=inputs[2:] + [partition_input("2026")])["Errors"]
        self.assertEqual([(error["PartitionValues"], error["ErrorDetail"]["ErrorCode"]) for error in errors],
                         [(["2025"], "AlreadyExistsException")])
        got = self.glue.batch_get_partition(**table, PartitionsToGet=[{"Values": ["2026"]}, {"Values": ["1999"]}])
        self.assertEqual([partition["Values"] for partition in got["Partitions"]], [["2026"]])
        self.assertEqual(got["UnprocessedKeys"], [{"Values": ["1999"]}])
        errors = self.glue.batch_update_partition(**table, Entries=[
            {"PartitionValueList": ["2026"], "PartitionInput": partition_input("2027")},
            {"PartitionValueList": ["1999"], "PartitionInput": partition_input("1999")}])["Errors"]
        self.assertEqual([(error["PartitionValueList"], error["ErrorDetail"]["ErrorCode"]) for error in errors],
                         [(["1999"], "EntityNotFoundException")])
        errors = self.glue.batch_delete_partition(**table, PartitionsToDelete=[{"Values": ["2023"]}, {"Values": ["1999"]}])
        self.assertEqual([error["PartitionValues"] for error in errors["Errors"]], [["1999"]])
        self.assertEqual(self.values(table), ["2024", "2025", "2027"])

    def test_partitions_by_expression(self):
        table = self.create("t", keys="year string, month int, day date")
        inputs = [partition_input(str(year), f"{month:02}", f"{year}-{month:02}-{day:02}")
                  for year in (2024, 2025) for month in (2, 11) for day in (1, 15)]
        inputs.append(partition_input("__HIVE_DEFAULT_PARTITION__", "1", "x"))
        self.glue.batch_create_partition(**table, PartitionInputList=inputs)

        def count(expression):
            return len(self.values(table, Expression=expression))
        for expression, expected in [
                ("year = '2025'", 4), ("year <> '2025'", 4), ("month > 2", 4), ("month < 11 and year = '2024'", 2),
                ("day between '2025-02-15' and '2025-11-01'", 2), ("year in ('2025') or month = 2", 6),
                ("not (year = '2025')", 4), ("year like '20_4'", 4), ("year is null", 1), ("year is not null", 8),
                ("(month = 2 or month = 11) and day >= '2025-01-01'", 4), ("", 9)]:
            with self.subTest(expression=expression):
                self.assertEqual(count(expression), expected)
        for expression, message in [("hour = 1", "position 1: hour is no partition key"),
                                    ("month = 'x'", "position 9: 'x' is no value"),
                                    ("year = '2025' and", "position 18: a partition key is expected before the end")]:
            with self.subTest(expression=expression):
                answer = self.assert_error("InvalidInputException", self.glue.get_partitions, **table, Expression=expression)
                self.assertIn(message, answer["Error"]["Message"])

    def test_many_partitions_come_in_pages_and_segments(self):
        table = self.create("t", keys="number string")
        expected = [f"{number:04}" for number in range(2500)]
        for start in range(0, len(expected), 100):
            self.glue.batch_create_partition(**table, PartitionInputList=[
                partition_input(value) for value in expected[start:start + 100]])
        self.assertEqual(self.values(table), expected)
        self.assertEqual(self.values(table, PaginationConfig={"PageSize": 7, "MaxItems": 20}), expected[:20])
        self.assertEqual(self.values(table, Expression="number >= '2400'", PaginationConfig={"PageSize": 30}), expected[2400:])
        shares = [self.values(table, Segment={"SegmentNumber": number, "TotalSegments": 4}) for number in range(4)]
        self.assertTrue(all(shares))
        self.assertEqual(sorted(value for share in shares for value in share), expected)
        without = self.glue.get_partitions(**table, ExcludeColumnSchema=True, MaxResults=1)["Partitions"][0]
        self.assertNotIn("Columns", without["StorageDescriptor"])
        self.assert_error("InvalidInputException", self.glue.get_partitions, **table, NextToken="?")
        self.assert_error("ValidationException", self.glue.get_partitions, **table, MaxResults=5000)

    def test_clients_that_ask_in_passing_are_answered(self):
        table = self.create("t", keys="year string")
        self.assertEqual(self.glue.get_user_defined_functions(DatabaseName=self.database, Pattern="*")["UserDefinedFunctions"], [])
        self.assertEqual(self.glue.get_partition_indexes(**table)["PartitionIndexDescriptorList"], [])
        self.assertEqual(self.glue.get_column_statistics_for_table(**table, ColumnNames=["a"])["ColumnStatisticsList"], [])
        self.assertTrue(self.glue.get_catalog_import_status()["ImportStatus"]["ImportCompleted"])
        self.assert_error("EntityNotFoundException", self.glue.get_user_defined_function, DatabaseName=self.database,
                          FunctionName="f")

    def test_everything_is_there_after_a_restart(self):
        table = self.create("t", keys="year string")
        self.glue.create_partition(**table, PartitionInput=partition_input("2025"))
        self.glue.update_table(DatabaseName=self.database, TableInput=table_input("t", "b int", keys="year string"))
        self.server.kill()
        self.server.start()
        self.glue = self.server.client("glue")
        self.assertEqual(self.values(table), ["2025"])
        self.assertEqual(len(self.glue.get_table_versions(**table)["TableVersions"]), 2)

    def test_through_the_aws_cli(self):
        if not shutil.which("aws"):
            self.skipTest("the AWS CLI is not installed")
        table = self.create("t", keys="year string")
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                       "AWS_DEFAULT_REGION": harness.REGION, "AWS_EC2_METADATA_DISABLED": "true"}

        def aws(*words):
            done = subprocess.run(["aws", "--endpoint-url", self.server.endpoint, "glue", *words], env=environment,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(done.stdout or "{}")
        where = ["--database-name", self.database, "--table-name", "t"]
        aws("create-partition", *where, "--partition-input", json.dumps(partition_input("2025")))
        aws("create-partition", *where, "--partition-input", json.dumps(partition_input("2026")))
        found = aws("get-partitions", *where, "--expression", "year > '2025'")["Partitions"]
        self.assertEqual([partition["Values"] for partition in found], [["2026"]])
        self.assertEqual(self.values(table), ["2025", "2026"])


def parquet(columns_text, rows):
    """The bytes of a Parquet file, made by `sluice convert`."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/in.json", f"{folder}/out.parquet"
        with open(source, "w") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        subprocess.run([str(harness.BINARY), "convert", source, target, "--schema", columns_text], check=True,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with open(target, "rb") as file:
            return file.read()


def beats(count):
    return [{"timestamp": f"2025-07-13T21:25:{second:02}", "heart_rate": 60 + second} for second in range(count)]


BEATS = "timestamp string, heart_rate int"


class Crawls(harness.ServerCase):
    config = """
[[bucket]]
name = "configured"

[[crawler]]
name = "configured"
database = "configured"
path = "s3://configured/heart_rate_data/"
table_prefix = "raw_"
"""

    def setUp(self):
        self.glue, self.s3 = self.server.client("glue"), self.server.client("s3")
        self.name = self.id().rsplit(".", 1)[1].replace("_", "-")[:50].rstrip("-")
        self.database = self.name.replace("-", "_")
        self.s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": harness.REGION})

    def put(self, key, rows=None, columns_text=BEATS, body=None):
        self.s3.put_object(Bucket=self.name, Key=key, Body=body if body is not None else parquet(columns_text, rows or beats(3)))

    def create(self, path, **members):
        self.glue.create_crawler(Name=self.name, Role="glue", DatabaseName=self.database,
                                 Targets={"S3Targets": [{"Path": path}]}, **members)

    def crawl(self, name=None):
        name = name or self.name
        self.glue.start_crawler(Name=name)
        harness.wait_for("the crawl ends", lambda: self.glue.get_crawler(Name=name)["Crawler"]["State"] == "READY")
        return self.glue.get_crawler(Name=name)["Crawler"]["LastCrawl"]

    def tables(self):
        return {table["Name"]: table for table in self.glue.get_tables(DatabaseName=self.database)["TableList"]}

    def columns(self, table):
        return [(column["Name"], column["Type"]) for column in self.tables()[table]["StorageDescriptor"]["Columns"]]

    def partitions(self, table, **how):
        return ["/".join(partition["Values"]) for partition in
                self.glue.get_partitions(DatabaseName=self.database, TableName=table, **how)["Partitions"]]

    def test_a_delivered_bucket(self):
        """The pipeline of a watch: Firehose lands Parquet by date and session, hr_data_crawler makes hr_data of it."""
        firehose = self.server.client("firehose")
        self.glue.create_database(DatabaseInput={"Name": "delivered"})
        self.glue.create_table(DatabaseName="delivered", TableInput={
            "Name": "records", "StorageDescriptor": {"Columns": columns(BEATS)}})
        firehose.create_delivery_stream(
            DeliveryStreamName="crawled", DeliveryStreamType="DirectPut", ExtendedS3DestinationConfiguration={
                "RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{self.name}",
                "Prefix": "heart_rate_data/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/session_!{timestamp:HH-mm-ss}/",
                "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
                "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
                "DataFormatConversionConfiguration": harness.conversion("delivered", "records")})
        firehose.put_record_batch(DeliveryStreamName="crawled", Records=[
            {"Data": json.dumps(beat).encode()} for beat in beats(50)] + [{"Data": b"no record"}])
        self.server.stop()
        self.server.start()
        self.glue, self.s3 = self.server.client("glue"), self.server.client("s3")
        keys = [entry["Key"] for entry in self.s3.list_objects_v2(Bucket=self.name)["Contents"]]
        self.assertTrue(any(key.startswith("errors/") for key in keys), keys)
        self.glue.create_crawler(Name="hr_data_crawler", Role="glue", DatabaseName="hr_data",
                                 Targets={"S3Targets": [{"Path": f"s3://{self.name}"}]})
        last = self.crawl("hr_data_crawler")
        self.assertEqual(last["Status"], "SUCCEEDED", last)
        self.assertIn("errors/", last["ErrorMessage"])
        self.database = "hr_data"
        self.assertEqual(list(self.tables()), ["heart_rate_data"])
        table = self.tables()["heart_rate_data"]
        self.assertEqual(self.columns("heart_rate_data"), [("timestamp", "string"), ("heart_rate", "int")])
        self.assertEqual([key["Name"] for key in table["PartitionKeys"]], [f"partition_{level}" for level in range(4)])
        self.assertEqual(table["StorageDescriptor"]["Location"], f"s3://{self.name}/heart_rate_data/")
        self.assertIn("parquet", table["StorageDescriptor"]["InputFormat"].lower())
        parameters = table["Parameters"]
        self.assertEqual({name: parameters[name] for name in ("classification", "recordCount", "UPDATED_BY_CRAWLER", "typeOfData")},
                         {"classification": "parquet", "recordCount": "50", "UPDATED_BY_CRAWLER": "hr_data_crawler",
                          "typeOfData": "file"})
        self.assertEqual(len(self.partitions("heart_rate_data")), 1)
        self.assertEqual(self.partitions("heart_rate_data", Expression="partition_3 like 'session%'"),
                         self.partitions("heart_rate_data"))
        metrics = self.glue.get_crawler_metrics(CrawlerNameList=["hr_data_crawler"])["CrawlerMetricsList"][0]
        self.assertEqual((metrics["TablesCreated"], metrics["TablesUpdated"], metrics["StillEstimating"]), (1, 0, False))
        self.check_ddl()
        landed = next(key for key in keys if key.startswith("heart_rate_data/"))
        self.assertRegex(self.server.output(), rf"crawled: delivered s3://{self.name}/{re.escape(landed)}: 50 rows, \d+ bytes\n")
        self.assertRegex(self.server.output(), rf"crawled: refused records in s3://{self.name}/errors/.*: 1 record, \d+ bytes\n")

    def sluice(self, *words):
        done = subprocess.run([str(harness.BINARY), *words, "--data-dir", str(self.server.data)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout, done.stderr

    def check_ddl(self):
        """What the crawler found, for Athena: projected, since the delivery stream says how its folders go on."""
        sql, notes = self.sluice("ddl", "hr_data.heart_rate_data")
        year = time.gmtime().tm_year
        for line in ("PARTITIONED BY (\n  `partition_0` string,\n  `partition_1` string,\n  `partition_2` string\n)",
                     f"LOCATION 's3://{self.name}/heart_rate_data/'", f"'projection.partition_0.range' = '{year},",
                     "/heart_rate_data/${partition_0}/${partition_1}/${partition_2}/'"):
            self.assertIn(line, sql)
        self.assertIn("partition_3 is no column there", notes)
        self.assertIn("'projection.partition_0.range' = '2024,2026'",
                      self.sluice("ddl", "hr_data.heart_rate_data", "--years", "2024-2026")[0])
        folder = self.partitions("heart_rate_data")[0]
        values = ", ".join(f"`partition_{level}` = '{value}'" for level, value in enumerate(folder.split("/")))
        self.assertEqual(self.sluice("ddl", "hr_data.heart_rate_data", "--partitions")[0],
                         "ALTER TABLE `hr_data`.`heart_rate_data` ADD IF NOT EXISTS\n"
                         f"  PARTITION ({values}) LOCATION 's3://{self.name}/heart_rate_data/{folder}/';\n")
        self.assertIn(f"hr_data.heart_rate_data  s3://{self.name}/heart_rate_data/ in 1 partition\n",
                      self.sluice("query", "--tables")[0])

    def test_a_new_column_makes_a_new_version(self):
        self.put("data/year=2025/month=07/a.parquet")
        self.create(f"s3://{self.name}/data/")
        self.crawl()
        self.assertEqual(self.columns("data"), [("timestamp", "string"), ("heart_rate", "int")])
        self.put("data/year=2025/month=08/b.parquet", [{"timestamp": "t", "heart_rate": 1, "energy_kj": 2}],
                 "timestamp string, heart_rate bigint, energy_kj int")
        self.crawl()
        self.assertEqual(self.columns("data"), [("timestamp", "string"), ("heart_rate", "bigint"), ("energy_kj", "int")])
        self.assertEqual(self.partitions("data"), ["2025/07", "2025/08"])
        versions = self.glue.get_table_versions(DatabaseName=self.database, TableName="data")["TableVersions"]
        self.assertEqual([version["VersionId"] for version in versions], ["1", "0"])
        metrics = self.glue.get_crawler_metrics(CrawlerNameList=[self.name])["CrawlerMetricsList"][0]
        self.assertEqual((metrics["TablesCreated"], metrics["TablesUpdated"]), (1, 1))

    def test_foreign_files_are_skipped_and_named(self):
        whole = parquet(BEATS, beats(30))
        self.put("data/a.parquet", body=whole)
        self.put("data/half.parquet", body=whole[:len(whole) // 2])
        self.put("data/readme.md", body=b"# not a table")
        self.put("data/_SUCCESS", body=b"")
        self.put("data/.hidden", body=b"PAR1")
        (self.server.bucket(self.name) / "data/by_hand.parquet").write_bytes(whole)
        self.create(f"s3://{self.name}/data/")
        last = self.crawl()
        self.assertEqual(last["Status"], "SUCCEEDED")
        for name in ("half.parquet", "readme.md"):
            self.assertIn(name, last["ErrorMessage"])
        self.assertNotIn("hidden", last["ErrorMessage"])
        self.assertEqual(self.tables()["data"]["Parameters"]["objectCount"], "2")

    def test_what_is_gone_is_deleted_if_asked(self):
        self.put("data/y=1/a.parquet")
        self.put("data/y=2/a.parquet")
        self.create(f"s3://{self.name}/data/", SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE",
                                                                   "DeleteBehavior": "DELETE_FROM_DATABASE"})
        self.crawl()
        self.assertEqual(self.partitions("data"), ["1", "2"])
        self.s3.delete_object(Bucket=self.name, Key="data/y=1/a.parquet")
        self.crawl()
        self.assertEqual(self.partitions("data"), ["2"])
        self.s3.delete_object(Bucket=self.name, Key="data/y=2/a.parquet")
        self.crawl()
        self.assertEqual(self.tables(), {})

    def test_exclusions_grouping_and_prefix(self):
        self.put("data/x/a.parquet")
        self.put("data/y/a.parquet", [{"steps": 1}], "steps int")
        self.put("data/z/a.parquet", [{"steps": "many"}], "steps string")
        self.glue.create_crawler(
            Name=self.name, Role="glue", DatabaseName=self.database, TablePrefix="p_",
            Targets={"S3Targets": [{"Path": f"s3://{self.name}/data/", "Exclusions": ["z/**"]}]})
        self.crawl()
        self.assertEqual(list(self.tables()), ["p_x", "p_y"])
        self.glue.update_crawler(Name=self.name, TablePrefix="q_", Configuration=json.dumps(
            {"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}))
        self.crawl()
        self.assertIn("q_data", self.tables())
        self.assertEqual(self.columns("q_data"), [("timestamp", "string"), ("heart_rate", "int"), ("steps", "int")])
        self.assertEqual(self.glue.get_crawler(Name=self.name)["Crawler"]["Version"], 2)

    def test_crawlers_are_kept_listed_and_deleted(self):
        self.create(f"s3://{self.name}/", Tags={"team": "heart"}, Description="d")
        self.assert_error("AlreadyExistsException", self.create, f"s3://{self.name}/")
        found = self.glue.get_crawler(Name=self.name)["Crawler"]
        self.assertEqual((found["State"], found["DatabaseName"], found["Description"], found["CrawlElapsedTime"]),
                         ("READY", self.database, "d", 0))
        self.assertEqual(found["SchemaChangePolicy"], {"UpdateBehavior": "UPDATE_IN_DATABASE",
                                                       "DeleteBehavior": "DEPRECATE_IN_DATABASE"})
        self.assertNotIn("LastCrawl", found)
        self.assertIn(self.name, self.glue.list_crawlers()["CrawlerNames"])
        self.assertEqual(self.glue.list_crawlers(Tags={"team": "heart"})["CrawlerNames"], [self.name])
        pages = self.glue.get_paginator("get_crawlers").paginate(PaginationConfig={"PageSize": 1})
        self.assertIn(self.name, [crawler["Name"] for page in pages for crawler in page["Crawlers"]])
        batch = self.glue.batch_get_crawlers(CrawlerNames=[self.name, "none"])
        self.assertEqual((len(batch["Crawlers"]), batch["CrawlersNotFound"]), (1, ["none"]))
        arn = f"arn:aws:glue:{harness.REGION}:000000000000:crawler/{self.name}"
        self.glue.tag_resource(ResourceArn=arn, TagsToAdd={"more": "1"})
        self.glue.untag_resource(ResourceArn=arn, TagsToRemove=["team"])
        self.assertEqual(self.glue.get_tags(ResourceArn=arn)["Tags"], {"more": "1"})
        self.assertEqual(self.glue.get_tags(ResourceArn=arn.replace("crawler/", "database/"))["Tags"], {})
        self.assert_error("CrawlerNotRunningException", self.glue.stop_crawler, Name=self.name)
        self.assert_error("EntityNotFoundException", self.glue.start_crawler, Name="none")
        self.assert_error("NoScheduleException", self.glue.start_crawler_schedule, CrawlerName=self.name)
        self.assert_error("SchedulerNotRunningException", self.glue.stop_crawler_schedule, CrawlerName=self.name)
        self.assert_error("InvalidInputException", self.glue.update_crawler, Name=self.name, Schedule="cron(0 12 * * ? *)")
        self.assert_error("InvalidInputException", self.glue.update_crawler, Name=self.name,
                          Targets={"JdbcTargets": [{"ConnectionName": "c", "Path": "p"}]})
        self.assert_error("ValidationException", self.glue.create_crawler, Name="", Role="glue", Targets={})
        self.server.kill()
        self.server.start()
        self.glue = self.server.client("glue")
        self.assertEqual(self.glue.get_crawler(Name=self.name)["Crawler"]["Description"], "d")
        self.glue.delete_crawler(Name=self.name)
        self.assert_error("EntityNotFoundException", self.glue.get_crawler, Name=self.name)

    def test_a_failed_crawl_says_why(self):
        self.create("s3://no-such-bucket/")
        last = self.crawl()
        self.assertEqual(last["Status"], "FAILED")
        self.assertIn("no-such-bucket", last["ErrorMessage"])

    def test_a_crawler_of_the_configuration_file(self):
        self.s3.put_object(Bucket="configured", Key="heart_rate_data/a.parquet", Body=parquet(BEATS, beats(3)))
        self.crawl("configured")
        self.database = "configured"
        self.assertEqual(list(self.tables()), ["raw_heart_rate_data"])

    def test_ten_thousand_objects_are_crawled_in_moments(self):
        folder = self.server.bucket(self.name) / "data"
        body = parquet(BEATS, beats(60))
        for number in range(10_000):
            place = folder / f"{number // 100:03}"
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{number:05}.parquet").write_bytes(body)
        self.s3.list_objects_v2(Bucket=self.name, MaxKeys=1)  # files made by hand are looked at once by the bucket
        self.create(f"s3://{self.name}/data/")
        started = time.monotonic()
        self.crawl()
        print(f"\nnote: 10,000 objects in 100 partitions crawled in {time.monotonic() - started:.1f} s")
        self.assertEqual(self.tables()["data"]["Parameters"]["recordCount"], "600000")
        self.assertEqual(len(self.partitions("data")), 100)

    def test_a_crawl_that_is_stopped(self):
        folder = self.server.bucket(self.name) / "data"
        folder.mkdir(parents=True)
        body = parquet(BEATS, beats(60))
        for number in range(3000):
            (folder / f"{number:05}.parquet").write_bytes(body)
        self.create(f"s3://{self.name}/data/")
        self.glue.start_crawler(Name=self.name)
        self.assert_error("CrawlerRunningException", self.glue.start_crawler, Name=self.name)
        self.assert_error("CrawlerRunningException", self.glue.delete_crawler, Name=self.name)
        self.glue.stop_crawler(Name=self.name)
        harness.wait_for("the crawl ends", lambda: self.glue.get_crawler(Name=self.name)["Crawler"]["State"] == "READY")
        self.assertEqual(self.glue.get_crawler(Name=self.name)["Crawler"]["LastCrawl"]["Status"], "CANCELLED")

    def test_through_the_aws_cli(self):
        if not shutil.which("aws"):
            self.skipTest("the AWS CLI is not installed")
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                       "AWS_DEFAULT_REGION": harness.REGION, "AWS_EC2_METADATA_DISABLED": "true"}

        def aws(*words):
            done = subprocess.run(["aws", "--endpoint-url", self.server.endpoint, "glue", *words], env=environment,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(done.stdout or "{}")
        self.put("data/a.parquet")
        aws("create-crawler", "--name", self.name, "--role", "glue", "--database-name", self.database,
            "--targets", json.dumps({"S3Targets": [{"Path": f"s3://{self.name}/data/"}]}))
        aws("start-crawler", "--name", self.name)
        harness.wait_for("the crawl ends", lambda: aws("get-crawler", "--name", self.name)["Crawler"]["State"] == "READY")
        self.assertEqual(list(self.tables()), ["data"])
        aws("delete-crawler", "--name", self.name)


if __name__ == "__main__":
    harness.main()
