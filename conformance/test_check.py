"""sluice check: what it says of a configuration is what a server with that configuration delivers."""

import base64
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import harness

CONFIG = """
[[bucket]]
name = "landing"

[[table]]
database = "db"
name = "Things"
columns = "id bigint, tags array<string>, person struct<name:string,home:struct<city:string>>, scores map<string,array<int>>, seen timestamp, born date, price decimal(9,2), ok boolean, x double"

[[delivery_stream]]
name = "rows"
bucket = "landing"
prefix = "rows/!{timestamp:yyyy}/"
error_output_prefix = "errors/!{firehose:error-output-type}/"
buffer_size_mb = 64
buffer_interval_s = 900
time_zone = "Asia/Calcutta"
input_format = "openx-json"
output_format = "parquet"
table = "db.things"

[delivery_stream.backup]
bucket = "landing"
prefix = "attic/"
buffer_size_mb = 64
buffer_interval_s = 900

[[delivery_stream]]
name = "strict"
bucket = "landing"
prefix = "strict"
buffer_size_mb = 64
buffer_interval_s = 900
input_format = "hive-json"
output_format = "parquet"
table = "db.things"
object_name = "part"

[[delivery_stream]]
name = "raw"
bucket = "landing"
prefix = "raw/!{event-time:yyyy/MM}/"
error_output_prefix = "errors/!{firehose:error-output-type}/"
buffer_size_mb = 64
buffer_interval_s = 900
file_extension = ".jsonl"

[delivery_stream.tags]
"sluice:event-time-field" = ".seen"
"""

SAMPLE = b"""\
{"id":1,"tags":["a",null,"b"],"person":{"name":"Zo\xc3\xab","home":{"city":"X"}},"scores":{"k":[1,2],"l":[]},"seen":"2025-07-13T15:55:19.123456Z","ok":true}
{"id":"2","tags":"solo","price":"12.345","born":"2024-02-29","x":1e300,"seen":"2024-12-31T23:59:59Z"}
{"id":3,"person":["Bob",{"CITY":"Y"}],"seen":"2025-07-01T00:00:00Z"}{"id":4,"seen":"2025-07-02T00:00:00Z"}

no JSON
{"id":"oops","seen":"2025-01-01T00:00:00Z"}
{"id":6,"seen":"2025-07-13 15:55:21","ok":false}
{"id":5,"seen":"2025-07-13T15:55:20Z","unknown":{"a":[1]}}"""


def check(*arguments, stdin=None, cwd=None):
    done = subprocess.run([str(harness.BINARY), "check", *map(str, arguments)], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, cwd=cwd)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def shape(key):
    """A key without what is another one each time: the UUID and the digits of times."""
    return re.sub(r"\d", "0", re.sub(r"\*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "*", key))


def with_microseconds(time):
    """A time as check shows it, as DuckDB has been asked to write it."""
    seconds, _, fraction = time.removesuffix("Z").partition(".")
    return f"{seconds}.{fraction:0<6}"


class Check(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def checked(self, *arguments, code=0, **more):
        found, out, error = check(*arguments, "--json", **more)
        self.assertEqual(found, code, error + out)
        return json.loads(out)

    def delivered(self, config, records):
        """What a server with that configuration makes of the records: bodies by key."""
        server = harness.Server(config=config)
        self.addCleanup(server.close)
        server.start()
        firehose = server.client("firehose")
        for name in ("rows", "strict", "raw"):
            answer = firehose.put_record_batch(DeliveryStreamName=name, Records=[{"Data": record} for record in records])
            self.assertEqual(answer["FailedPutCount"], 0)
        server.stop()
        root = server.bucket("landing")
        return {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}

    def test_it_says_what_a_server_delivers(self):
        said = self.checked(self.write("c.toml", CONFIG), "--sample", self.write("s.jsonl", SAMPLE))
        self.assertEqual([one["delivery_stream"] for one in said], ["rows", "rows/backup", "strict", "raw"])
        objects = [one for stream in said for one in stream["objects"]]
        files = self.delivered(CONFIG, SAMPLE.splitlines(keepends=True))
        self.assertEqual(sorted(shape(one["key"]) for one in objects), sorted(map(shape, files)))
        self.assertEqual(len({shape(key) for key in files}), len(files) - 2)  # raw has three months of one shape
        by_shape = {shape(key): path for key, path in files.items()}
        for one in objects:
            path = by_shape[shape(one["key"])]
            with self.subTest(key=one["key"]):
                self.compare(one, path)

    def compare(self, said, path):
        """An object that check has shown with the one that was delivered."""
        if said["kind"] != "data":
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            self.assertEqual([(one["code"], one["message"], one["data"]) for one in said["refused"]],
                             [(line.get("lastErrorCode", line.get("errorCode")), line.get("lastErrorMessage", line.get("errorMessage")),
                               line["rawData"]) for line in lines])
            self.assertGreater(len(lines), 0)
        elif path.suffix == ".parquet":
            answer = harness.duckdb(
                "SELECT to_json(r)::VARCHAR AS row FROM (SELECT * REPLACE (strftime(seen AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%f') AS seen, "
                f"price::VARCHAR AS price, born::VARCHAR AS born) FROM '{path}') AS r")
            rows = [json.loads(row["row"]) for row in answer]
            self.assertEqual([{**row, "seen": with_microseconds(row["seen"])} for row in said["rows"]], rows)
            self.assertGreater(len(rows), 0)
        elif said["key"].startswith("attic"):
            self.assertEqual(said["text"].encode(), path.read_bytes())
            self.assertEqual(path.read_bytes(), SAMPLE)

    def test_partitions_by_event_time_hold_their_records(self):
        raw = self.checked(self.write("c.toml", CONFIG), "--sample", self.write("s.jsonl", SAMPLE), "--delivery-stream", "raw",
                           "--arrival", "2025-07-14T00:00:00Z")[0]
        lines = SAMPLE.decode().splitlines(keepends=True)
        data = {one["key"]: one["text"] for one in raw["objects"] if one["kind"] == "data"}
        self.assertEqual(data, {
            "raw/2024/12/raw-1-2025-07-14-00-00-00-*.jsonl": lines[1],
            "raw/2025/01/raw-1-2025-07-14-00-00-00-*.jsonl": lines[5],
            "raw/2025/07/raw-1-2025-07-14-00-00-00-*.jsonl": lines[0] + lines[2] + lines[6] + lines[7]})
        refused, = (one for one in raw["objects"] if one["kind"] != "data")
        self.assertEqual([base64.b64decode(one["data"]).decode() for one in refused["refused"]], [lines[3], lines[4]])

    def test_the_example_passes_its_own_tests_and_says_how_it_would_not(self):
        config, tests = harness.ROOT / "examples/heart-rate.toml", harness.ROOT / "examples/heart-rate.tests.json"
        said = self.checked(config, "--expect", tests)
        self.assertEqual([one["passed"] for one in said], [True, True])
        changed = self.write("c.toml", config.read_text().replace("Asia/Calcutta", "Europe/Madrid").replace("heart_rate int", "heart_rate string"))
        code, out, _ = check(changed, "--expect", tests)
        self.assertEqual(code, 1)
        self.assertIn("2 tests, 2 failed", out)
        self.assertIn("key 1 is heart_rate_data/2025/07/13/session_17-55-19/part-*.parquet, expected is "
                      "heart_rate_data/2025/07/13/session_21-25-19/part-*.parquet", out)
        self.assertIn('row 1 is {"timestamp":"2025-07-13T15:55:19.123456","heart_rate":"89"}, expected is ', out)
        self.assertIn('error 1 is missing: DataFormatConversion.MalformedData: *For input string: "fast"', out)

    def test_without_a_sample_it_shows_how_keys_look(self):
        said = self.checked(self.write("c.toml", CONFIG), "--arrival", "2025-12-31T18:30:00Z")
        self.assertEqual([one["keys"] for one in said], [
            ["rows/2026/rows-1-2026-01-01-00-00-00-*.parquet", "errors/format-conversion-failed/rows-1-2026-01-01-00-00-00-*"],
            ["attic/2025/12/31/18/rows-1-2025-12-31-18-30-00-*"],
            ["strict2025/12/31/18/part-*.parquet", "strictformat-conversion-failed/2025/12/31/18/part-*"],
            ["errors/processing-failed/raw-1-2025-12-31-18-30-00-*"]])

    def test_nothing_is_written_and_no_server_asked(self):
        config = self.write("c.toml", CONFIG.replace("[[bucket]]", '[server]\ndata_dir = "here"\nlisten = "127.0.0.1:1"\n[[bucket]]', 1))
        code, out, error = check(config, "--sample", "-", stdin=SAMPLE, cwd=self.folder)
        self.assertEqual((code, error), (0, ""))
        self.assertIn("DataFormatConversion.ParseError", out)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["c.toml"])

    def test_a_stream_that_would_deliver_nothing_is_a_failure(self):
        config = self.write("c.toml", CONFIG.replace('name = "Things"', 'name = "others"'))
        code, out, _ = check(config)
        self.assertEqual(code, 1)
        self.assertIn("delivers nothing: table db.things is not in the file; add a [[table]] for it", out)
        self.assertEqual([one.get("held_back", "") != "" for one in self.checked(config, code=1)], [True, False, True, False])

    def test_mistakes_are_named_and_are_not_differences(self):
        config = self.write("c.toml", CONFIG)
        cases = [
            ([self.folder / "absent.toml"], "absent.toml"),
            ([self.write("bad.toml", "[[delivery_stream]]\nname = 1\n")], "bad.toml:"),
            ([config, "--sample", self.folder / "absent"], "absent"),
            ([config, "--sample", self.write("long", b"x" * 1_024_001)], "line 1 of"),
            ([config, "--arrival", "noon"], "noon is no time; write it in UTC, as 2025-07-13T15:55:19Z"),
            ([config, "--delivery-stream", "x"], "there is no delivery stream x; there are rows, rows/backup, strict, raw"),
            ([config, "--expect", self.write("t.json", "{}")], 'there must be {"tests": [...]}'),
            ([config, "--expect", self.write("u.json", '{"tests": [{"records": []}]}')], "test 1: name one of rows, rows/backup, strict, raw"),
            ([config, "--sample", config, "--expect", config], "--expect"),
            ([self.write("empty.toml", "")], "has no [[delivery_stream]]"),
        ]
        for arguments, text in cases:
            with self.subTest(text):
                code, out, error = check(*arguments)
                self.assertEqual((code, out), (2, ""), error)
                self.assertIn(text, error)

    def test_hostile_samples_end_in_the_error_output(self):
        hostile = [b"[" * 100_000, b'{"id":' + b"9" * 100_000 + b"}", b"\xff\xfe\x00", b'{"id":1}' * 5000, b"", b"\x1b[31m"]
        sample = self.write("s", b"\n".join(hostile))
        code, out, error = check(self.write("c.toml", CONFIG), "--sample", sample)
        self.assertEqual((code, error), (0, ""))
        self.assertNotIn("\x1b", out)
        rows = self.checked(self.folder / "c.toml", "--sample", sample, "--delivery-stream", "rows")[0]["objects"]
        self.assertEqual((len(rows[0]["rows"]), len(rows[1]["refused"])), (5000, 5))


if __name__ == "__main__":
    harness.main()
