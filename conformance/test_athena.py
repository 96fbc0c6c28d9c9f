"""Athena's API over what was delivered: boto3, the AWS CLI and AWS's SDK for JavaScript.

Every query runs in the real engine (libduckdb.so, as $SLUICE_DUCKDB, where `./dev setup` put it, or of the npm package
beside these tests).
"""

import csv
import datetime
import io
import json
import os
import re
import subprocess
import tempfile
import time
import unittest
import uuid

import harness

PACKAGED = harness.HERE / "node_modules/@duckdb/node-bindings-linux-x64/libduckdb.so"
if "SLUICE_DUCKDB" not in os.environ and PACKAGED.exists():
    os.environ["SLUICE_DUCKDB"] = str(PACKAGED)

BUCKET = "garmin-hr-s3-bucket"
CONFIG = f"""
[[bucket]]
name = "{BUCKET}"
[[bucket]]
name = "answers"
[[stream]]
name = "hr-kinesis-stream"
[[table]]
database = "hr_data"
name = "hr_table"
columns = "timestamp string, heart_rate int"
[[delivery_stream]]
name = "hr_firehose"
source = "hr-kinesis-stream"
bucket = "{BUCKET}"
prefix = "heart_rate_data/!{{timestamp:yyyy}}/!{{timestamp:MM}}/!{{timestamp:dd}}/session_!{{timestamp:HH-mm-ss}}/"
buffer_size_mb = 64
buffer_interval_s = 60
input_format = "openx-json"
output_format = "parquet"
table = "hr_data.hr_table"
"""
QUESTION = """SELECT
  MAX(heart_rate) AS max_heart_rate,
  MIN(heart_rate) AS min_heart_rate,
  MAX(heart_rate) - MIN(heart_rate) AS heart_rate_diff
FROM "AwsDataCatalog"."hr_data"."hr_table"
WHERE parse_datetime(timestamp, 'yyyy-MM-dd''T''HH:mm:ss.SSSSSS') BETWEEN
      parse_datetime(date_format(current_date, '%Y-%m-%d') || 'T15:40:00.000000', 'yyyy-MM-dd''T''HH:mm:ss.SSSSSS')
  AND parse_datetime(date_format(current_date, '%Y-%m-%d') || 'T16:00:00.000000', 'yyyy-MM-dd''T''HH:mm:ss.SSSSSS');
"""
BEATS = 10_000
TODAY = datetime.datetime.now(datetime.timezone.utc).date()


def beats():
    """One a second from 14:00 of today on; the rates say which is which."""
    start = datetime.datetime.combine(TODAY, datetime.time(14))
    for i in range(BEATS):
        yield (start + datetime.timedelta(seconds=i, microseconds=i)).isoformat(timespec="microseconds"), 60 + i % 131


# Expressions of Trino, and what Athena shows for them.
ANSWERS = {
    "7 / 2": "3",
    "7 / 2e0": "3.5",
    "'a' || 'b'": "ab",
    "date_format(timestamp '2025-07-03 01:02:03.123456', '%a %b %c %d %e %f %H %h %i %j %k %l %M %m %p %S %T %v %W %Y %y')":
        "Thu Jul 7 03 3 123456 01 01 02 184 1 1 July 07 AM 03 01:02:03 27 Thursday 2025 25",
    "date_parse('7/3/2025 13:02', '%c/%e/%Y %H:%i')": "2025-07-03 13:02:00.000",
    "parse_datetime('2025-07-13T21:25:19.123456', 'yyyy-MM-dd''T''HH:mm:ss.SSSSSS')": "2025-07-13 21:25:19.123456 UTC",
    "parse_datetime('2025-07-03T01:02:03+05:30', 'yyyy-MM-dd''T''HH:mm:ssZ')": "2025-07-02 19:32:03.000 UTC",
    "format_datetime(timestamp '2025-07-03 01:02:03.5', 'EEEE, d MMM yyyy hh:mm:ss.SSS a')":
        "Thursday, 3 Jul 2025 01:02:03.500 AM",
    "from_iso8601_timestamp('2020-05-11T11:15:05.055+01:00')": "2020-05-11 10:15:05.055 UTC",
    "from_iso8601_date('2020-05-11')": "2020-05-11",
    "from_unixtime(1.5)": "1970-01-01 00:00:01.500 UTC",
    "to_unixtime(timestamp '1970-01-01 00:00:01.5')": "1.5",
    "timestamp '2020-01-01 00:00:00 UTC' AT TIME ZONE 'Asia/Kolkata'": "2020-01-01 05:30:00.000",
    "hour(at_timezone(from_unixtime(0), 'America/New_York'))": "19",
    "date '2020-01-31' + interval '1' month": "2020-02-29",
    "date_add('day', -1, date '2020-01-01')": "2019-12-31",
    "date_diff('hour', timestamp '2020-01-01 00:59:00', timestamp '2020-01-01 01:01:00')": "0",
    "date_trunc('month', date '2020-05-05')": "2020-05-01",
    "day_of_week(date '2025-07-13')": "7",
    "extract(dow FROM date '2025-07-13')": "7",
    "element_at(array[1, 2], -1)": "2",
    "element_at(map(array['a'], array[1]), 'b')": None,
    "cardinality(map(array['a', 'b'], array[1, 2])) + cardinality(array[1])": "3",
    "json_extract_scalar('{\"a\":{\"b\":[1,\"x\"]}}', '$.a.b[1]')": "x",
    "json_extract_scalar('{\"a\":{}}', '$.a')": None,
    "CAST(json_extract('{\"a\":\"b\"}', '$[\"a\"]') AS varchar)": "b",
    "try(CAST('x' AS integer))": None,
    "try_cast('5' AS bigint)": "5",
    "CAST(row(1, 'x, y') AS row(a integer, b varchar))": "{a=1, b=x, y}",
    "map(array['k'], array[array[1, null]])": "{k=[1, null]}",
    "regexp_extract('abc', 'x')": None,
    "regexp_replace('abc', '(b)', '[$1]')": "a[b]c",
    "regexp_like('abc', 'b')": "true",
    "array_join(array['a', null, 'b'], '-', '?')": "a-?-b",
    "concat('a', CAST(null AS varchar))": None,
    "greatest(1, null)": None,
    "filter(array[1, 2, 3], x -> x > 1)": "[2, 3]",
    "reduce(array[1, 2, 3], 0, (s, x) -> s + x, s -> s * 10)": "60",
    "zip_with(array[1, 2], array[3, 4], (x, y) -> x + y)": "[4, 6]",
    "transform_values(map(array['a'], array[1]), (k, v) -> v + 1)": "{a=2}",
    "sequence(1, 9, 3)": "[1, 4, 7]",
    "slice(array[1, 2, 3, 4], -2, 2)": "[3, 4]",
    "to_hex(md5(to_utf8('a')))": "0CC175B9C0F1B6A831C399E269772661",
    "url_extract_parameter('https://h/p?x=1&y=2', 'y')": "2",
    "split_part('a-b', '-', 2)": "b",
    "strpos('abc', 'b')": "2",
    "if(1 > 2, 'y', 'n')": "n",
    "1e20": "1.0E20",
    "CAST(1.5 AS decimal(10, 2))": "1.50",
    "to_utf8('ab')": "61 62",
    "interval '2' hour": "0 02:00:00.000",
    "width_bucket(5, 0, 10, 5)": "3",
    "to_iso8601(timestamp '2020-01-01 00:00:00 UTC')": "2020-01-01T00:00:00.000Z",
}


@unittest.skipUnless("SLUICE_DUCKDB" in os.environ, "no libduckdb.so here; npm install in conformance/ brings one")
class Athena(harness.ServerCase):
    config = CONFIG

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        kinesis = cls.server.client("kinesis")
        records = [{"Data": json.dumps({"timestamp": at, "heart_rate": rate}) + "\n", "PartitionKey": "garmin"}
                   for at, rate in beats()]
        for first in range(0, BEATS, 500):
            kinesis.put_records(StreamName="hr-kinesis-stream", Records=records[first:first + 500])
        cls.server.stop()  # drains
        cls.server.start()
        cls.athena = cls.server.client("athena")
        cls.glue = cls.server.client("glue")

    def start(self, sql, **members):
        return self.athena.start_query_execution(QueryString=sql, **members)["QueryExecutionId"]

    def ended(self, identifier, patience=60):
        deadline = time.monotonic() + patience
        while True:
            execution = self.athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return execution
            self.assertLess(time.monotonic(), deadline, execution)
            time.sleep(0.05)

    def rows(self, identifier):
        pages = self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=identifier)
        return [[value.get("VarCharValue") for value in row["Data"]] for page in pages
                for row in page["ResultSet"]["Rows"]]

    def ask(self, sql, **members):
        identifier = self.start(sql, **members)
        execution = self.ended(identifier)
        self.assertEqual(execution["Status"]["State"], "SUCCEEDED", execution["Status"].get("StateChangeReason"))
        return self.rows(identifier)

    def test_the_question_between_two_clock_times_of_today(self):
        if datetime.datetime.now(datetime.timezone.utc).date() != TODAY:
            self.skipTest("today has become yesterday since the beats were put")
        rates = [rate for at, rate in beats() if "T15:40:00.000000" <= at[10:] <= "T16:00:00.000000"]
        self.assertEqual(self.ask(QUESTION), [
            ["max_heart_rate", "min_heart_rate", "heart_rate_diff"],
            [str(max(rates)), str(min(rates)), str(max(rates) - min(rates))]])

    def test_every_expression_is_answered_as_athena_answers_it(self):
        header, values = self.ask("SELECT " + ",\n".join(ANSWERS))
        self.assertEqual(header, [f"_col{i}" for i in range(len(ANSWERS))])
        for (expression, expected), value in zip(ANSWERS.items(), values):
            self.assertEqual(value, expected, expression)

    def test_ten_thousand_rows_come_in_pages_and_as_csv(self):
        identifier = self.start("SELECT timestamp, heart_rate FROM hr_table ORDER BY 1",
                                QueryExecutionContext={"Database": "hr_data"},
                                ResultConfiguration={"OutputLocation": "s3://answers/mine/"})
        execution = self.ended(identifier)
        self.assertEqual(execution["ResultConfiguration"]["OutputLocation"], f"s3://answers/mine/{identifier}.csv")
        self.assertGreater(execution["Statistics"]["DataScannedInBytes"], 0)
        expected = [["timestamp", "heart_rate"]] + [[at, str(rate)] for at, rate in beats()]
        self.assertEqual(self.rows(identifier), expected)
        first = self.athena.get_query_results(QueryExecutionId=identifier, MaxResults=7)
        self.assertEqual(len(first["ResultSet"]["Rows"]), 7)
        second = self.athena.get_query_results(QueryExecutionId=identifier, MaxResults=7, NextToken=first["NextToken"])
        self.assertEqual(second["ResultSet"]["Rows"][0]["Data"][0]["VarCharValue"], expected[7][0])
        self.assert_error("InvalidRequestException", self.athena.get_query_results, QueryExecutionId=identifier,
                          NextToken="nonsense")
        columns = first["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        self.assertEqual([(c["Name"], c["Type"], c["Precision"], c["CaseSensitive"]) for c in columns],
                         [("timestamp", "varchar", 2147483647, True), ("heart_rate", "integer", 10, False)])
        s3 = self.server.client("s3")
        text = s3.get_object(Bucket="answers", Key=f"mine/{identifier}.csv")["Body"].read().decode()
        self.assertTrue(text.startswith('"timestamp","heart_rate"\n"' + expected[1][0] + '","60"\n'))
        self.assertEqual(list(csv.reader(io.StringIO(text))), expected)
        self.assertGreater(s3.head_object(Bucket="answers", Key=f"mine/{identifier}.csv.metadata")["ContentLength"], 0)

    def test_a_long_query_is_cancelled(self):
        identifier = self.start("SELECT count(*) FROM hr_data.hr_table a, hr_data.hr_table b, hr_data.hr_table c "
                                "WHERE a.heart_rate + b.heart_rate * c.heart_rate = -1")
        harness.wait_for("the query to run", lambda: self.athena.get_query_execution(QueryExecutionId=identifier)
                         ["QueryExecution"]["Status"]["State"] == "RUNNING")
        self.assert_error("InvalidRequestException", self.athena.get_query_results, QueryExecutionId=identifier)
        began = time.monotonic()
        self.athena.stop_query_execution(QueryExecutionId=identifier)
        execution = self.ended(identifier)
        self.assertEqual(execution["Status"]["State"], "CANCELLED")
        self.assertLess(time.monotonic() - began, 10)
        self.athena.stop_query_execution(QueryExecutionId=identifier)

    def test_mistakes_are_told_with_line_and_column(self):
        for sql, reason in {
            "SELECT cardinality(array[1]),\n  heart_rat FROM hr_data.hr_table":
                "COLUMN_NOT_FOUND: line 2:3: column \"heart_rat\" does not exist; did you mean \"heart_rate\"?",
            "SELECT date_formt(current_date)":
                "FUNCTION_NOT_FOUND: line 1:8: function \"date_formt\" is not registered; did you mean date_format?",
        }.items():
            execution = self.ended(self.start(sql))
            self.assertEqual(execution["Status"]["State"], "FAILED")
            self.assertEqual(execution["Status"]["StateChangeReason"], reason)
            self.assertEqual(execution["Status"]["AthenaError"]["ErrorCategory"], 2)
        execution = self.ended(self.start("SELECT * FROM hr_data.nowhere"))
        self.assertIn("TABLE_NOT_FOUND", execution["Status"]["StateChangeReason"])
        execution = self.ended(self.start("SELECT 1 FROM hr_data.hr_table WHERE"))
        self.assertIn("SYNTAX_ERROR: line 1:", execution["Status"]["StateChangeReason"])
        for sql, message in {
            "SELECT (1": "line 1:8: this bracket is not closed",
            "SELECT st_point(1, 2)": "line 1:8: the function st_point is not offered",
            "MSCK REPAIR TABLE hr_table": "MSCK is not offered here; start a crawler",
            "SELECT 1; SELECT 2": "only one statement",
            "SELECT ?": "this is parameter 1",
        }.items():
            answer = self.assert_error("InvalidRequestException", self.start, sql)
            self.assertIn(message, answer["Error"]["Message"])
            self.assertEqual(answer["AthenaErrorCode"], "MALFORMED_QUERY")

    def test_a_client_token_answers_alike(self):
        token = uuid.uuid4().hex
        first = self.start("SELECT 1", ClientRequestToken=token)
        self.assertEqual(self.start("SELECT 1", ClientRequestToken=token), first)
        self.assert_error("InvalidRequestException", self.start, "SELECT 2", ClientRequestToken=token)

    def test_parameters_and_prepared_statements(self):
        sql = "SELECT count(*) AS n FROM hr_data.hr_table WHERE heart_rate >= ? AND substr(timestamp, 12, 2) = ?"
        count = sum(rate >= 100 and at[11:13] == "15" for at, rate in beats())
        self.assertEqual(self.ask(sql, ExecutionParameters=["100", "'15'"]), [["n"], [str(count)]])
        self.athena.create_prepared_statement(StatementName="hour_above", WorkGroup="primary", QueryStatement=sql)
        self.assertEqual(self.ask("EXECUTE hour_above USING 100, '15'"), [["n"], [str(count)]])
        self.assertEqual(self.ask("EXECUTE hour_above", ExecutionParameters=["100", "'15'"]), [["n"], [str(count)]])
        found = self.athena.get_prepared_statement(StatementName="hour_above", WorkGroup="primary")
        self.assertEqual(found["PreparedStatement"]["QueryStatement"], sql)
        self.athena.delete_prepared_statement(StatementName="hour_above", WorkGroup="primary")
        self.assert_error("ResourceNotFoundException", self.athena.get_prepared_statement, StatementName="hour_above",
                          WorkGroup="primary")
        self.assert_error("InvalidRequestException", self.start, "EXECUTE hour_above")

    def test_show_describe_and_ddl(self):
        context = {"QueryExecutionContext": {"Database": "made"}}
        self.assertEqual(self.ask("CREATE DATABASE IF NOT EXISTS made"), [])
        self.assertEqual(self.ask(
            "CREATE EXTERNAL TABLE beats (`timestamp` string, heart_rate int) PARTITIONED BY (day string) "
            f"STORED AS PARQUET LOCATION 's3://{BUCKET}/by_day/'", **context), [])
        self.assertIn(["made"], self.ask("SHOW DATABASES"))
        self.assertEqual(self.ask("SHOW TABLES IN made"), [["beats"]])
        self.assertEqual(self.ask("ALTER TABLE beats ADD PARTITION (day = '2025-07-13')", **context), [])
        self.assertEqual(self.ask("SHOW PARTITIONS beats", **context), [["day=2025-07-13"]])
        self.assertEqual(self.ask("DESCRIBE made.beats")[0][0].split("\t")[:2], ["timestamp".ljust(20), "string".ljust(20)])
        self.assertIn("CREATE EXTERNAL TABLE `made.beats`(", self.ask("SHOW CREATE TABLE made.beats")[0])
        self.assertEqual(self.glue.get_table(DatabaseName="made", Name="beats")["Table"]["PartitionKeys"][0]["Name"], "day")
        self.assertTrue(self.ask("EXPLAIN SELECT 1"))
        identifier = self.start("SHOW TABLES IN made")
        execution = self.ended(identifier)
        self.assertEqual(execution["StatementType"], "UTILITY")
        self.assertTrue(execution["ResultConfiguration"]["OutputLocation"].endswith(".txt"))
        self.assertEqual(self.ask("DROP TABLE beats", **context), [])
        self.assertEqual(self.ask("DROP DATABASE made"), [])
        failed = self.ended(self.start("SHOW TABLES IN made"))
        self.assertEqual(failed["Status"]["State"], "FAILED")

    def test_work_groups_named_queries_and_tags(self):
        self.athena.create_work_group(Name="runners", Description="those who run", Tags=[{"Key": "a", "Value": "b"}],
                                      Configuration={"ResultConfiguration": {"OutputLocation": "s3://answers/runners/"}})
        self.assert_error("InvalidRequestException", self.athena.create_work_group, Name="runners")
        group = self.athena.get_work_group(WorkGroup="runners")["WorkGroup"]
        self.assertTrue(group["Configuration"]["EnforceWorkGroupConfiguration"])
        identifier = self.start("SELECT 1", WorkGroup="runners",
                                ResultConfiguration={"OutputLocation": "s3://answers/elsewhere/"})
        location = self.ended(identifier)["ResultConfiguration"]["OutputLocation"]
        self.assertTrue(location.startswith("s3://answers/runners/"), location)
        self.assertEqual(self.athena.list_query_executions(WorkGroup="runners")["QueryExecutionIds"], [identifier])
        self.athena.update_work_group(WorkGroup="runners", State="DISABLED")
        self.assert_error("InvalidRequestException", self.start, "SELECT 1", WorkGroup="runners")
        arn = f"arn:aws:athena:{harness.REGION}:000000000000:workgroup/runners"
        self.athena.tag_resource(ResourceARN=arn, Tags=[{"Key": "c", "Value": "d"}])
        self.athena.untag_resource(ResourceARN=arn, TagKeys=["a"])
        self.assertEqual(self.athena.list_tags_for_resource(ResourceARN=arn)["Tags"], [{"Key": "c", "Value": "d"}])
        named = self.athena.create_named_query(Name="n", Database="hr_data", QueryString="SELECT 1",
                                               WorkGroup="runners")["NamedQueryId"]
        self.assertEqual(self.athena.list_named_queries(WorkGroup="runners")["NamedQueryIds"], [named])
        batch = self.athena.batch_get_named_query(NamedQueryIds=[named, "none"])
        self.assertEqual(batch["NamedQueries"][0]["QueryString"], "SELECT 1")
        self.assertEqual(len(batch["UnprocessedNamedQueryIds"]), 1)
        self.assert_error("InvalidRequestException", self.athena.delete_work_group, WorkGroup="runners")
        self.athena.delete_work_group(WorkGroup="runners", RecursiveDeleteOption=True)
        self.assert_error("InvalidRequestException", self.athena.get_work_group, WorkGroup="runners")
        self.assert_error("InvalidRequestException", self.athena.delete_work_group, WorkGroup="primary")
        self.assertIn("primary", [one["Name"] for one in self.athena.list_work_groups()["WorkGroups"]])

    def test_the_catalog_through_athena(self):
        self.assertEqual(self.athena.list_data_catalogs()["DataCatalogsSummary"],
                         [{"CatalogName": "AwsDataCatalog", "Type": "GLUE"}])
        databases = self.athena.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]
        self.assertIn("hr_data", [one["Name"] for one in databases])
        table = self.athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="hr_data",
                                               TableName="hr_table")["TableMetadata"]
        self.assertEqual([(c["Name"], c["Type"]) for c in table["Columns"]],
                         [("timestamp", "string"), ("heart_rate", "int")])
        listed = self.athena.list_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="hr_data", Expression="hr_.*")
        self.assertEqual([one["Name"] for one in listed["TableMetadataList"]], ["hr_table"])
        self.assert_error("MetadataException", self.athena.get_database, CatalogName="AwsDataCatalog", DatabaseName="no")
        self.assert_error("InvalidRequestException", self.athena.list_databases, CatalogName="other")
        self.assertEqual(len(self.athena.list_engine_versions()["EngineVersions"]), 2)

    def test_lists_and_batches_of_executions(self):
        identifiers = [self.start(f"SELECT {i}") for i in range(3)]
        for identifier in identifiers:
            self.ended(identifier)
        pages = self.athena.get_paginator("list_query_executions").paginate(PaginationConfig={"PageSize": 2})
        listed = [one for page in pages for one in page["QueryExecutionIds"]]
        self.assertEqual(len(listed), len(set(listed)))
        self.assertTrue(set(identifiers) <= set(listed))
        batch = self.athena.batch_get_query_execution(QueryExecutionIds=identifiers + ["none"])
        self.assertEqual([one["Query"] for one in batch["QueryExecutions"]], ["SELECT 0", "SELECT 1", "SELECT 2"])
        self.assertEqual(batch["UnprocessedQueryExecutionIds"][0]["QueryExecutionId"], "none")
        self.assert_error("InvalidRequestException", self.athena.get_query_execution, QueryExecutionId="none")
        statistics = self.athena.get_query_runtime_statistics(QueryExecutionId=identifiers[0])["QueryRuntimeStatistics"]
        self.assertEqual(statistics["Rows"]["OutputRows"], 1)

    def test_what_cannot_start_says_why(self):
        self.assert_error("InvalidRequestException", self.start, "SELECT 1",
                          ResultConfiguration={"OutputLocation": "s3://no-such-bucket/"})
        self.assert_error("InvalidRequestException", self.start, "SELECT 1", ResultConfiguration={"OutputLocation": "x"})
        self.assert_error("InvalidRequestException", self.start, "SELECT 1", WorkGroup="none")
        self.assert_error("InvalidRequestException", self.start, "SELECT 1", QueryExecutionContext={"Catalog": "other"})
        self.assert_error("InvalidRequestException", self.start, "")

    def test_the_aws_cli_asks(self):
        with tempfile.TemporaryDirectory() as home:
            def aws(*arguments):
                environment = dict(os.environ, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
                                   AWS_DEFAULT_REGION=harness.REGION, AWS_PAGER="", HOME=home)
                done = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.server.endpoint, "athena", *arguments],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
                self.assertEqual(done.returncode, 0, done.stderr)
                return json.loads(done.stdout)

            identifier = aws("start-query-execution", "--query-string", QUESTION)["QueryExecutionId"]
            self.ended(identifier)
            answer = aws("get-query-results", "--query-execution-id", identifier)
            self.assertEqual(answer["ResultSet"]["Rows"][0]["Data"][0]["VarCharValue"], "max_heart_rate")
            self.assertIn(identifier, aws("list-query-executions")["QueryExecutionIds"])

    def test_the_sdk_for_javascript_asks(self):
        def node(sql):
            done = subprocess.run(["node", str(harness.HERE / "athena.mjs"), self.server.endpoint, harness.REGION,
                                   "hr_data", sql],
                                  cwd=harness.HERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(done.stdout)

        answer = node("SELECT heart_rate, timestamp FROM hr_table ORDER BY timestamp")
        self.assertEqual(answer["state"], "SUCCEEDED", answer["reason"])
        self.assertEqual(answer["pages"], 11)
        self.assertEqual(answer["rows"][1:], [[str(rate), at] for at, rate in beats()])
        self.assertIn("COLUMN_NOT_FOUND", node("SELECT nope FROM hr_table")["reason"])


@unittest.skipUnless("SLUICE_DUCKDB" in os.environ, "no libduckdb.so here; npm install in conformance/ brings one")
class Restart(unittest.TestCase):
    def test_executions_outlive_the_server_and_what_ran_is_failed(self):
        server = harness.Server().start()
        self.addCleanup(server.close)
        athena = server.client("athena")
        done = athena.start_query_execution(QueryString="SELECT 1 AS one")["QueryExecutionId"]
        state = lambda one: server.client("athena").get_query_execution(QueryExecutionId=one)["QueryExecution"]["Status"]
        harness.wait_for("the query", lambda: state(done)["State"] == "SUCCEEDED")
        running = athena.start_query_execution(
            QueryString="SELECT count(*) FROM UNNEST(sequence(1, 100000)) AS a(x), UNNEST(sequence(1, 100000)) AS b(y) "
                        "WHERE sin(x) + cos(y) = 5")["QueryExecutionId"]
        harness.wait_for("the long query", lambda: state(running)["State"] == "RUNNING")
        server.kill()
        server.start()
        athena = server.client("athena")
        self.assertEqual(set(athena.list_query_executions()["QueryExecutionIds"]), {done, running})
        self.assertEqual(state(running)["State"], "FAILED")
        self.assertIn("the server ended before the query did", state(running)["StateChangeReason"])
        rows = athena.get_query_results(QueryExecutionId=done)["ResultSet"]["Rows"]
        self.assertEqual(rows[1]["Data"], [{"VarCharValue": "1"}])


class Documents(unittest.TestCase):
    def test_every_function_of_the_table_is_in_the_documents(self):
        text = (harness.ROOT / "docs/athena.md").read_text()
        source = (harness.ROOT / "src/query/trino_functions.cc").read_text()
        names = set(re.findall(r'F\{"(\w+)"', source))
        self.assertGreater(len(names), 250)
        self.assertEqual([name for name in sorted(names) if f"`{name}`" not in text], [])


class WithoutLibrary(unittest.TestCase):
    def test_without_the_library_the_catalog_answers_and_queries_say_what_to_install(self):
        server = harness.Server(environment=dict(os.environ, SLUICE_DUCKDB="/nowhere/libduckdb.so")).start()
        self.addCleanup(server.close)
        athena = server.client("athena")

        def reason(sql):
            identifier = athena.start_query_execution(QueryString=sql)["QueryExecutionId"]
            status = lambda: athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]["Status"]
            harness.wait_for(sql, lambda: status()["State"] in ("SUCCEEDED", "FAILED"))
            return status().get("StateChangeReason", "")

        self.assertEqual(reason("SHOW DATABASES"), "")
        self.assertIn("libduckdb.so", reason("SELECT 1"))


if __name__ == "__main__":
    harness.main()
