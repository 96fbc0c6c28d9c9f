"""What the tests of verify, recover and explain share: a delivery that has everything in it, and the commands."""

import contextlib
import json
import pathlib
import sqlite3
import subprocess

import harness

CONFIG = """
[[bucket]]
name = "landing"
[[stream]]
name = "beats"
shards = 2
[[table]]
database = "db"
name = "beats"
columns = "id int, text string"
[[delivery_stream]]
name = "to_parquet"
source = "beats"
bucket = "landing"
prefix = "parquet/"
error_output_prefix = "errors/!{firehose:error-output-type}/"
buffer_size_mb = 64
buffer_interval_s = 1
input_format = "openx-json"
output_format = "parquet"
table = "db.beats"
"""

RAW = """
[[delivery_stream]]
name = "raw"
source = "beats"
bucket = "landing"
prefix = "raw/"
buffer_size_mb = 1
buffer_interval_s = 1
"""


def run(*arguments, **more):
    return subprocess.run([str(harness.BINARY), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=120, **more)


def verify(data, *arguments):
    """The exit code and the parsed answer of `sluice verify --json`."""
    done = run("verify", "--data-dir", data, "--json", *arguments)
    if not done.stdout:
        raise AssertionError(f"verify said nothing: {done.returncode} {done.stderr}")
    return done.returncode, json.loads(done.stdout)


class Producer:
    """Puts numbered records, every seventh of them refused by the table, and knows what must have landed."""

    def __init__(self, server, stream="beats"):
        self.server = server
        self.stream = stream
        self.made = 0

    def put(self, count):
        records = []
        for number in range(self.made, self.made + count):
            data = '{"id": %d, "text": "%s"}\n' % (number, "x" * 20) if number % 7 else '{"id": %d, "text": \n' % number
            records.append({"Data": data.encode(), "PartitionKey": str(number)})
        self.made += count
        answer = self.server.client("kinesis").put_records(StreamName=self.stream, Records=records)
        assert answer["FailedRecordCount"] == 0, answer
        return answer["Records"]

    def wait(self, database=None):
        """Until everything is delivered and committed."""
        def settled():
            code, answer = verify(self.server.data)
            named = [one for one in answer["delivery_streams"] if one["delivery_stream"] == "to_parquet"]
            return named and named[0]["records"] == self.made and not named[0]["planned"]
        harness.wait_for("all records delivered", settled)


def landed_ids(data):
    """The ids of all records in the bucket of to_parquet, of data and error objects, sorted; twice if there twice."""
    bucket = pathlib.Path(data) / "buckets" / "landing"
    ids = []
    paths = [path for path in (bucket / "parquet").rglob("*") if path.is_file()]
    if paths:
        ids += [row["id"] for row in harness.hyparquet_rows(paths)]
    for path in (bucket / "errors").rglob("*"):
        if path.is_file():
            import base64
            for line in path.read_text().splitlines():
                raw = base64.b64decode(json.loads(line)["rawData"]).decode()
                ids.append(int(raw.split(":")[1].split(",")[0]))
    return sorted(ids)


@contextlib.contextmanager
def store(data):
    """The SQLite store, for planting damage; committed at the end."""
    with contextlib.closing(sqlite3.connect(pathlib.Path(data) / "sluice.db")) as connection:
        with connection:
            yield connection
