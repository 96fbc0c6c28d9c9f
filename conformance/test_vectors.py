"""Test vectors of Data Firehose, as a table: what is asked for, and what must come of it.

Each vector goes through boto3 and AWS's SDK for JavaScript, whose model knows the newer members, and some go through the AWS CLI, each time with
a delivery stream of its own.  Delivered rows are read back by DuckDB and by hyparquet.  How many went through which client is printed.
"""

import base64
import collections
import concurrent.futures
import contextlib
import dataclasses
import datetime
import gzip
import io
import itertools
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest
import urllib.request
import zoneinfo

import botocore.exceptions

import harness

BUCKET = "landing"
ACCOUNT = "000000000000"
DESTINATION = "destinationId-000000000001"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
ERRORS = "errors/!{firehose:error-output-type}/"
COMPRESSIONS = "[ZIP, HADOOP_SNAPPY, Snappy, GZIP, UNCOMPRESSED]"
NEW_MEMBERS = ("FileExtension", "CustomTimeZone")  # which Debian's boto3 and AWS CLI do not know
OPENX = {"OpenXJsonSerDe": {}}
HIVE = {"HiveJsonSerDe": {}}
LATE = {"SizeInMBs": 64, "IntervalInSeconds": 900}


# --- clients: call() gives the answer's members, or (error code, message) ---


class Boto3:
    name = "boto3"

    def __init__(self, server):
        self.client = server.client("firehose", attempts=1)

    def call(self, operation, members):
        kind = next((kind for kind in ("ExtendedS3DestinationConfiguration", "ExtendedS3DestinationUpdate") if kind in members), None)
        new = {name: members[kind][name] for name in NEW_MEMBERS if name in members[kind]} if kind else {}

        def add(params, **_):
            body = json.loads(params["body"])
            body[kind].update(new)
            params["body"] = json.dumps(body).encode()
        event = f"before-call.firehose.{operation}"
        if new:
            members = {**members, kind: {name: value for name, value in members[kind].items() if name not in new}}
            self.client.meta.events.register(event, add)
        try:
            method = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
            return getattr(self.client, method)(**members)
        except botocore.exceptions.ClientError as refused:
            return refused.response["Error"]["Code"], refused.response["Error"]["Message"]
        finally:
            self.client.meta.events.unregister(event, add)

    def close(self):
        self.client.close()


def with_text_for_bytes(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: with_text_for_bytes(member) for key, member in value.items()}
    return [with_text_for_bytes(one) for one in value] if isinstance(value, list) else value


class Javascript:
    name = "SDK for JavaScript"

    def __init__(self, server):
        self.process = subprocess.Popen(["node", "calls.mjs", "Firehose", server.endpoint, harness.REGION], cwd=harness.HERE,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def call(self, operation, members):
        self.process.stdin.write(json.dumps([operation, with_text_for_bytes(members)]) + "\n")
        self.process.stdin.flush()
        outcome = json.loads(self.process.stdout.readline())
        return outcome["answer"] if "answer" in outcome else (outcome["error"], outcome["message"])

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Cli:
    name = "AWS CLI"

    def __init__(self, server):
        self.endpoint = server.endpoint
        self.home = tempfile.TemporaryDirectory()
        config = pathlib.Path(self.home.name) / "config"
        config.write_text(f"[default]\nregion = {harness.REGION}\nparameter_validation = false\n")  # the server is to judge
        self.environment = dict(os.environ, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_CONFIG_FILE=str(config),
                                AWS_PAGER="", AWS_MAX_ATTEMPTS="1", HOME=self.home.name)

    def call(self, operation, members):
        command = re.sub(r"(?<!^)(?=[A-Z])", "-", operation).lower()
        done = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.endpoint, "firehose", command, "--cli-binary-format", "base64",
                               "--cli-input-json", json.dumps(with_text_for_bytes(members))],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment)
        if done.returncode == 0:
            return json.loads(done.stdout) if done.stdout.strip() else {}
        refused = re.search(r"An error occurred \((\w+)\) when calling the \w+ operation(?: \(reached[^)]*\))?: (.*)", done.stderr, re.S)
        if not refused:
            raise RuntimeError(done.stderr + done.stdout)
        return refused.group(1), refused.group(2).strip()

    def close(self):
        self.home.cleanup()


CLIENTS = (Boto3, Javascript, Cli)


# --- the table ---


@dataclasses.dataclass
class Vector:
    """One line of the table.  What stands there holds for every client that it goes through."""

    number: str
    what: str
    members: dict = dataclasses.field(default_factory=dict)  # of the S3 destination; Prefix None: given none
    columns: str = ""                                        # "name type, ...": conversion into such a table
    serde: dict = dataclasses.field(default_factory=lambda: OPENX)
    refused: tuple = ()                                      # (code, message) instead of all that follows
    updates: list = dataclasses.field(default_factory=list)  # before anything is put
    described: dict = dataclasses.field(default_factory=dict)  # members that the destination is described with
    records: list = dataclasses.field(default_factory=list)  # one batch
    act: str = ""                                            # instead of the batch: a method of Run
    key: str = ""                                            # {time pattern} {name} and {uuid} stand for what they are
    zone: str = "UTC"
    encoding: str = None
    body: bytes = None
    rows: list = None                                        # of all data objects
    errors: list = None                                      # (code, message) of each line of the error output
    by_cli: bool = False                                     # too: its start costs a second a call


PUT_ONE = [b"one record"]
SUFFIX = "{name}-1-{yyyy-MM-dd-HH-mm-ss}-{uuid}"
MALFORMED = "DataFormatConversion.MalformedData"


def parquet(**options):
    return {"OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": options}}}


VECTORS = [
    Vector("1", "without a prefix: year, month, day, hour, then stream, version and time", {"Prefix": None},
           records=PUT_ONE, key="{yyyy/MM/dd/HH}/" + SUFFIX, body=b"one record"),
    Vector("2", "a literal prefix has the date glued on; the name carries the version", {"Prefix": "legacy"},
           updates=[{"CloudWatchLoggingOptions": {"Enabled": False}}] * 2, records=PUT_ONE,
           key="legacy{yyyy/MM/dd/HH}/" + SUFFIX.replace("-1-", "-3-"), body=b"one record"),
    Vector("3", "a random string alone keeps the date away",
           {"Prefix": "rand/!{firehose:random-string}/", "ErrorOutputPrefix": ERRORS}, records=PUT_ONE,
           key="rand/[A-Za-z0-9]{11}/" + SUFFIX, body=b"one record"),
    Vector("4", "quoted text in a time pattern stands for itself",
           {"Prefix": "!{timestamp:'year='yyyy}/", "ErrorOutputPrefix": ERRORS}, records=PUT_ONE,
           key="year={yyyy}/" + SUFFIX, body=b"one record"),
    Vector("5", "a time zone moves the times of prefix and name", {"Prefix": None, "CustomTimeZone": "Europe/Madrid"},
           described={"CustomTimeZone": "Europe/Madrid"}, records=PUT_ONE, zone="Europe/Madrid",
           key="{yyyy/MM/dd/HH}/" + SUFFIX, body=b"one record"),
    Vector("6", "an extension takes the place of the compression's, and changes nothing else",
           {"CompressionFormat": "GZIP", "FileExtension": ".custom.log"}, described={"FileExtension": ".custom.log"},
           records=PUT_ONE, key="{prefix}{yyyy/MM/dd/HH}/" + SUFFIX + r"\.custom\.log", encoding="gzip", body=b"one record"),
    Vector("7", "an object closes when its size is reached, not before",
           {"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 300}}, act="put_two_halves", body=b"x" * (1 << 20)),
    Vector("8", "records are put together without anything between them", records=[b"abc"] * 3, body=b"abcabcabc", by_cli=True),
    Vector("9", "a compression that there is not", {"CompressionFormat": "SNAPPY"},
           refused=("ValidationException", "1 validation error detected: Value at 'extendedS3DestinationConfiguration."
                    f"compressionFormat' failed to satisfy constraint: Member must satisfy enum value set: {COMPRESSIONS}"), by_cli=True),
    Vector("10", "two members out of bounds are both named, the block first",
           {"DataFormatConversionConfiguration": parquet(BlockSizeBytes=1, PageSizeBytes=1)}, columns="n int",
           refused=("ValidationException", "2 validation errors detected: "
                    "Value at 'extendedS3DestinationConfiguration.dataFormatConversionConfiguration.outputFormatConfiguration."
                    "serializer.parquetSerDe.blockSizeBytes' failed to satisfy constraint: "
                    "Member must have value greater than or equal to 67108864; "
                    "Value at 'extendedS3DestinationConfiguration.dataFormatConversionConfiguration.outputFormatConfiguration."
                    "serializer.parquetSerDe.pageSizeBytes' failed to satisfy constraint: "
                    "Member must have value greater than or equal to 65536"), by_cli=True),
    Vector("11", "conversion wants large buffers", {"BufferingHints": {"SizeInMBs": 63, "IntervalInSeconds": 60}}, columns="n int",
           refused=("InvalidArgumentException",
                    "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled."), by_cli=True),
    Vector("12", "conversion has buffers of its own by default", {"BufferingHints": None}, columns="n int",
           described={"BufferingHints": {"SizeInMBs": 128, "IntervalInSeconds": 300}}),
    Vector("13", "a conversion that is switched off keeps its schema and formats", columns="n int",
           updates=[{"DataFormatConversionConfiguration": {"Enabled": False}}],
           described={"DataFormatConversionConfiguration": {
               "Enabled": False, "InputFormatConfiguration": {"Deserializer": OPENX},
               "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}}, "SchemaConfiguration": {
                   "RoleARN": harness.ROLE, "CatalogId": ACCOUNT, "DatabaseName": "db", "TableName": "{table}",
                   "Region": harness.REGION, "VersionId": "LATEST"}}},
           records=[b'{"n":1}'], body=b'{"n":1}', by_cli=True),
    Vector("14", "processing that is switched off has lost its processors",
           {"ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord", "Parameters": [
               {"ParameterName": "Delimiter", "ParameterValue": "\\n"}]}]}},
           updates=[{"ProcessingConfiguration": {"Enabled": False}}],
           described={"ProcessingConfiguration": {"Enabled": False, "Processors": []}}, records=[b"abc"] * 2, body=b"abcabc", by_cli=True),
    Vector("15", "text that is no number is refused alone", columns="price double",
           records=[b'{"price":1.5}', b'{"price":"oops"}', b'{"price":"2.5"}'], rows=[{"price": 1.5}, {"price": 2.5}],
           errors=[(MALFORMED, 'Data does not match the schema. For input string: "oops"')], by_cli=True),
    Vector("16 OpenX", "a single value in a list column is a list of one", columns="tags array<string>",
           records=[b'{"tags":"x"}'], rows=[{"tags": ["x"]}], errors=[]),
    Vector("16 Hive", "a single value in a list column is refused", columns="tags array<string>", serde=HIVE,
           records=[b'{"tags":"x"}', b'{"tags":["x"]}'], rows=[{"tags": ["x"]}],
           errors=[(MALFORMED, "Data does not match the schema. java.io.IOException: Start of Array expected")]),
    Vector("17", "a list in a struct column gives its members by position", columns="s struct<a:int,b:int>",
           records=[b'{"s":[1,2,3]}'], rows=[{"s": {"a": 1, "b": 2}}], errors=[]),
    Vector("18", "an object in a text column has its keys in lower case", columns="s string",
           records=[b'{"s":{"MixedKey":1}}'], rows=[{"s": '{"mixedkey":1}'}], errors=[]),
    Vector("18 by case", "unless case counts", columns="s string", serde={"OpenXJsonSerDe": {"CaseInsensitive": False}},
           records=[b'{"s":{"MixedKey":1}}'], rows=[{"s": '{"MixedKey":1}'}], errors=[]),
    Vector("19", "keys of a map are in lower case", columns="m map<string,int>",
           records=[b'{"m":{"MixedKey":1}}'], rows=[{"m": {"mixedkey": 1}}], errors=[]),
    Vector("20", "timestamps in each of the forms", columns="t timestamp",
           records=[b'{"t":%s}' % form for form in (b"1518033528", b'"1518033528"', b"1518033528123", b"1518033528.123",
                                                    b'"2017-02-07T15:13:01.39256Z"', b'"2017-2-7 5:3:1.14"')],
           rows=[{"t": moment} for moment in ("2018-02-07 19:58:48.000000", "2018-02-07 19:58:48.000000", "2018-02-07 19:58:48.123000",
                                              "2018-02-07 19:58:48.123000", "2017-02-07 15:13:01.392560", "2017-02-07 05:03:01.140000")],
           errors=[]),
    Vector("21", "two objects in one record are two rows", columns="a int",
           records=[b'{"a":1}{"a":2}'], rows=[{"a": 1}, {"a": 2}], errors=[]),
    Vector("22", "what is buffered goes by the definition at its delivery, and at its own time",
           {"CompressionFormat": "GZIP", "BufferingHints": LATE}, act="put_then_update",
           key="{prefix}{yyyy/MM/dd/HH}/" + SUFFIX.replace("-1-", "-2-"), body=b"one record", by_cli=True),
    Vector("23", "what is buffered goes with its delivery stream", {"BufferingHints": LATE}, act="put_then_delete"),
]


# --- what is done for a vector by a client ---


class Run:
    def __init__(self, landing, vector, client):
        self.landing, self.vector, self.client = landing, vector, client
        self.name = re.sub(r"\W", "-", f"v{vector.number}-{client.name}".lower())
        self.outcome = None

    def call(self, operation, **members):
        return self.client.call(operation, {"DeliveryStreamName": self.name, **members})

    def must(self, operation, **members):
        answer = self.call(operation, **members)
        if isinstance(answer, tuple):
            raise AssertionError(f"{operation}: {answer}")
        return answer

    def members(self):
        given = {"RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": f"{self.name}/",
                 "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 1}, **self.vector.members}
        if self.vector.columns:
            conversion = harness.conversion("db", self.landing.table(self.vector.columns))
            conversion["InputFormatConfiguration"] = {"Deserializer": self.vector.serde}
            given["DataFormatConversionConfiguration"] = {**conversion, **given.get("DataFormatConversionConfiguration", {})}
        return {name: value for name, value in given.items() if value is not None}

    def update(self, version, **members):
        self.must("UpdateDestination", CurrentDeliveryStreamVersionId=str(version), DestinationId=DESTINATION,
                  ExtendedS3DestinationUpdate=members)

    def put(self, data):
        if not self.must("PutRecord", Record={"Data": data})["RecordId"]:
            raise AssertionError("a record without an id")

    def perform(self):
        """All calls; what is delivered comes in its own time."""
        self.begun = time.time()
        self.outcome = self.call("CreateDeliveryStream", ExtendedS3DestinationConfiguration=self.members())
        if self.vector.refused or isinstance(self.outcome, tuple):
            return self
        for version, members in enumerate(self.vector.updates, 1):
            self.update(version, **members)
        if self.vector.described:
            answer = self.must("DescribeDeliveryStream")["DeliveryStreamDescription"]
            self.described = answer["Destinations"][0]["ExtendedS3DestinationDescription"]
        if self.vector.act:
            getattr(self, self.vector.act)()
        elif self.vector.records:
            answer = self.must("PutRecordBatch", Records=[{"Data": record} for record in self.vector.records])
            if answer["FailedPutCount"]:
                raise AssertionError(answer)
        self.ended = time.time()
        return self

    def standing(self):
        """Of this delivery stream, once its records are buffered."""
        found = {}

        def is_buffered():
            with urllib.request.urlopen(self.landing.server.endpoint + "/_sluice/explain") as answer:
                found.update(next(one for one in json.load(answer)["delivery_streams"] if one["name"] == self.name))
            return found.get("open_records")
        harness.wait_for("buffered records", is_buffered)
        return found

    def put_two_halves(self):
        self.put(b"x" * (1 << 19))
        if self.standing()["open_bytes"] != 1 << 19:
            raise AssertionError("the first half did not wait")
        if self.landing.keys(self.name):
            raise AssertionError("delivered before the size was reached")
        self.put(b"x" * (1 << 19))

    def put_then_update(self):
        self.put(PUT_ONE[0])
        until = self.standing()["open_until_ms"]
        self.update(1, CompressionFormat="UNCOMPRESSED")
        if self.standing()["open_until_ms"] != until:
            raise AssertionError("the interval began again")

    def put_then_delete(self):
        self.put(PUT_ONE[0])
        self.standing()
        self.must("DeleteDeliveryStream")


class Landing:
    """The server that all go to, and what has landed there."""

    def __init__(self):
        self.server = harness.Server().start()
        self.s3 = self.server.client("s3")
        self.s3.create_bucket(Bucket=BUCKET)
        self.glue = self.server.client("glue")
        self.glue.create_database(DatabaseInput={"Name": "db"})
        self.tables = {}
        for vector in VECTORS:
            if vector.columns and vector.columns not in self.tables:
                name = self.tables[vector.columns] = f"t{len(self.tables)}"
                columns = [dict(zip(("Name", "Type"), vector.columns.split(" ", 1)))]
                self.glue.create_table(DatabaseName="db", TableInput={"Name": name, "StorageDescriptor": {"Columns": columns}})

    def restart(self):
        """A stop delivers what is buffered still."""
        self.server.stop()
        self.server.start()
        self.s3 = self.server.client("s3")

    def table(self, columns):
        return self.tables[columns]

    def keys(self, name):
        """Of the objects of a delivery stream, those of the error output last."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        found = [entry["Key"] for page in pages for entry in page.get("Contents", []) if f"/{name}-" in "/" + entry["Key"]]
        return sorted(found, key=lambda key: ("-failed/" in key, key))


def split_time(text):
    """Literal text and time patterns of a key, in turn: of "a{yyyy}b" a, yyyy, b."""
    return re.split(r"\{((?:yyyy|MM|dd|HH|mm|ss|[-/])+)\}", text)


def expected_keys(run):
    """Regular expressions, one of which the key must match: one for each second in which its records can have come."""
    zone = zoneinfo.ZoneInfo(run.vector.zone)
    letters = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
    text = run.vector.key.replace("{name}", re.escape(run.name)).replace("{uuid}", UUID).replace("{prefix}", re.escape(run.name) + "/")
    for second in range(int(run.begun), int(run.ended) + 1):
        moment = datetime.datetime.fromtimestamp(second, zone)
        parts = split_time(text)
        for i in range(1, len(parts), 2):
            parts[i] = moment.strftime(re.sub("|".join(letters), lambda found: letters[found.group()], parts[i]))
        yield "".join(parts)


def read_back(files):
    """The rows of Parquet files, each with the column that it has, by DuckDB and by hyparquet; timestamps as text."""
    def select(number, path, column):
        name, kind = column.split(" ", 1)
        picked = f"strftime({name} AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S.%f') AS {name}" if kind == "timestamp" else name
        return (f"SELECT {number} AS file, row, to_json(r)::VARCHAR AS text FROM (SELECT {picked} FROM '{path}') AS r "
                f"POSITIONAL JOIN (SELECT file_row_number AS row FROM read_parquet('{path}', file_row_number = true))")
    selects = [select(number, path, column) for number, (path, column) in enumerate(files)]
    by_duckdb = [[] for _ in files]
    for row in harness.duckdb(" UNION ALL ".join(selects) + " ORDER BY file, row"):
        by_duckdb[row["file"]].append(json.loads(row["text"]))
    lines = iter(harness.hyparquet_rows([path for path, _ in files]))
    by_hyparquet = [list(itertools.islice(lines, len(rows))) for rows in by_duckdb]
    if any(True for _ in lines):
        raise AssertionError("hyparquet reads more rows than DuckDB")
    for (_, column), rows in zip(files, by_hyparquet):
        if column.endswith(" timestamp"):  # JavaScript's times have milliseconds
            rows[:] = [{name: value.replace("T", " ").replace("Z", "000") for name, value in row.items()} for row in rows]
    return list(zip(by_duckdb, by_hyparquet))


def cut_to_milliseconds(rows):
    return [{name: value[:-3] + "000" for name, value in row.items()} for row in rows]


class Vectors(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.landing = Landing()
        cls.addClassCleanup(cls.landing.server.close)
        with concurrent.futures.ThreadPoolExecutor(len(CLIENTS)) as pool:
            cls.runs = list(itertools.chain.from_iterable(pool.map(cls.perform_all, CLIENTS)))
        for run in cls.runs:
            cls.await_delivery(run)
        cls.landing.restart()
        cls.read_all_back()
        for client in CLIENTS:
            count = sum(isinstance(run.client, client) for run in cls.runs)
            print(f"note: {count} of {len(VECTORS)} vectors by the {client.name}".replace("the boto3", "boto3"), flush=True)

    @classmethod
    def perform_all(cls, kind):
        client = kind(cls.landing.server)
        try:
            wanted = [vector for vector in VECTORS if vector.by_cli or kind is not Cli]
            return [Run(cls.landing, vector, client).perform() for vector in wanted]
        finally:
            client.close()

    @classmethod
    def await_delivery(cls, run):
        """Of what is delivered by itself; what is missing the tests find."""
        if run.vector.act.startswith("put_then_") or isinstance(run.outcome, tuple):
            return
        count = (1 if run.vector.body is not None or run.vector.rows is not None else 0) + bool(run.vector.errors)
        with contextlib.suppress(AssertionError):
            harness.wait_for(f"{count} objects of {run.name}", lambda: len(cls.landing.keys(run.name)) >= count)

    @classmethod
    def read_all_back(cls):
        converted = [run for run in cls.runs if run.vector.rows is not None]
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for run in converted:
                for key in cls.landing.keys(run.name):
                    if key.endswith(".parquet"):
                        path = pathlib.Path(folder) / f"{len(files)}.parquet"
                        path.write_bytes(cls.landing.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
                        files.append((run, path))
            rows = read_back([(path, run.vector.columns) for run, path in files])
        cls.rows = collections.defaultdict(list)
        for (run, _), read in zip(files, rows):
            cls.rows[run.name].append(read)

    def objects(self, run, count):
        """The delivered objects, headers and bodies, by key; as many as there must be."""
        found = {key: self.landing.s3.get_object(Bucket=BUCKET, Key=key) for key in self.landing.keys(run.name)}
        self.assertEqual(len(found), count, list(found))
        return {key: (answer, answer["Body"].read()) for key, answer in found.items()}

    def check(self, run):
        vector = run.vector
        if vector.refused:
            self.assertEqual(run.outcome, vector.refused)
            return
        self.assertNotIsInstance(run.outcome, tuple, run.outcome)
        for name, value in vector.described.items():
            if name in NEW_MEMBERS and isinstance(run.client, Boto3):
                continue  # it leaves out of answers what it does not know
            expected = json.loads(json.dumps(value).replace("{table}", self.landing.tables.get(vector.columns, "")))
            self.assertEqual(run.described.get(name), expected)
        if vector.body is not None:
            (key, (headers, body)), = self.objects(run, 1).items()
            self.assertEqual(headers.get("ContentEncoding"), vector.encoding)
            self.assertEqual(headers["ContentType"], "application/octet-stream")
            self.assertEqual(gzip.GzipFile(fileobj=io.BytesIO(body)).read() if vector.encoding == "gzip" else body, vector.body)
            if vector.key:
                self.assertTrue(any(re.fullmatch(one, key) for one in expected_keys(run)), f"{key} is none of {list(expected_keys(run))}")
        if vector.rows is not None:
            self.check_conversion(run)
        if vector.act == "put_then_delete":
            self.assertEqual(self.landing.keys(run.name), [])

    def check_conversion(self, run):
        vector = run.vector
        objects = self.objects(run, 1 + bool(vector.errors))
        lines = [json.loads(line) for key, (_, body) in objects.items() if "-failed/" in key for line in body.splitlines()]
        self.assertEqual([(line["lastErrorCode"], line["lastErrorMessage"]) for line in lines], vector.errors)
        for line in lines:
            self.assertEqual(list(line), ["attemptsMade", "arrivalTimestamp", "lastErrorCode", "lastErrorMessage", "attemptEndingTimestamp",
                                          "rawData", "sequenceNumber", "subSequenceNumber", "dataCatalogTable"])
            self.assertIn(base64.b64decode(line["rawData"]), vector.records)
        self.assertEqual(len(self.rows[run.name]), 1)
        by_duckdb, by_hyparquet = self.rows[run.name][0]
        self.assertEqual(by_duckdb, vector.rows)
        self.assertEqual(by_hyparquet, cut_to_milliseconds(vector.rows) if vector.columns.endswith(" timestamp") else vector.rows)

    def test_every_vector_of_the_table_stands_there_once(self):
        self.assertEqual({int(vector.number.split(" ")[0]) for vector in VECTORS}, set(range(1, 24)))
        self.assertEqual(len({vector.number for vector in VECTORS}), len(VECTORS))


def add_test(vector):
    def test(self):
        for run in (run for run in self.runs if run.vector is vector):
            with self.subTest(client=run.client.name):
                self.check(run)
    words = re.sub(r"\W+", "_", f"{vector.number} {vector.what}").lower()
    setattr(Vectors, f"test_{words}", test)


for one in VECTORS:
    add_test(one)


if __name__ == "__main__":
    harness.main()
