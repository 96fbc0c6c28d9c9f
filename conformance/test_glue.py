"""Glue's catalog through boto3 and the AWS CLI: databases, tables and their versions, partitions and expressions."""

import json
import os
import shutil
import subprocess

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


if __name__ == "__main__":
    harness.main()
