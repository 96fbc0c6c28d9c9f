"""sluice convert: real recordings into Parquet that DuckDB reads back, whatever the threads, the compression and the way in."""

import gzip
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import unittest

import harness

DATA = harness.test_data()
SCHEMA = "timestamp string, heart_rate int"
RICH = ("timestamp timestamp, heart_rate int, device_id string, lat double, lon double, altitude_m double, "
        "distance_m double, speed_mps double, power_w int, temperature_c int")
ZSTD = shutil.which("zstd")


def convert(*words, stdin=None, expect=0, **how):
    """Runs it; the summary when it succeeded, else what it said on standard error."""
    as_json = [] if expect else ["--json"]
    done = subprocess.run([str(harness.BINARY), "convert", *map(str, words), *as_json], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300, **how)
    assert done.returncode == expect, (done.returncode, done.stderr)
    return json.loads(done.stdout) if expect == 0 else done.stderr.decode()


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def beats(count, seed=1):
    """Lines like a watch's, some of another shape, some broken, as bytes."""
    chance = random.Random(seed)
    rate, out = 70, []
    for index in range(count):
        rate = max(40, min(190, rate + chance.randint(-1, 1)))
        stamp = f"2025-07-{index // 86400 % 28 + 1:02}T{index // 3600 % 24:02}:{index // 60 % 60:02}:{index % 60:02}.{index % 1000:03}"
        if index % 1009 == 5:
            out.append(f'{{"heart_rate": {rate}, "timestamp": "{stamp}", "note": [{index}, null]}}')
        elif index % 10007 == 77:
            out.append(f'{{"timestamp": "{stamp}", "heart_rate": }}')
        else:
            out.append(f'{{"timestamp": "{stamp}", "heart_rate": {rate}}}')
    return ("\n".join(out) + "\n").encode()


class Convert(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-convert-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def out(self, name="out.parquet"):
        return self.folder / name

    def left(self):
        """Every file below the folder."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())

    def test_any_number_of_threads_gives_the_same_bytes_and_the_same_rejects(self):
        source = self.write("in.ndjson", beats(200_000))
        seen = set()
        for threads in (1, 2, 5):
            rejects = self.out(f"rejects-{threads}")
            summary = convert(source, self.out(f"{threads}.parquet"), "--schema", SCHEMA, "--threads", threads,
                              "--rejects", rejects)
            self.assertEqual((summary["rows"], summary["rejected"], summary["threads"]), (199_980, 20, threads))
            seen.add((digest(self.out(f"{threads}.parquet")), digest(rejects)))
        self.assertEqual(len(seen), 1)
        lines = [json.loads(line)["line"] for line in self.out("rejects-5").read_text().splitlines()]
        self.assertEqual(lines, [10007 * index + 78 for index in range(20)])
        counted = harness.duckdb(f"SELECT count(*) AS n, sum(heart_rate)::BIGINT AS s FROM '{self.out('5.parquet')}'")
        rates = [json.loads(line)["heart_rate"] for line in source.read_text().splitlines() if not line.endswith(": }")]
        self.assertEqual((int(counted[0]["n"]), int(counted[0]["s"])), (len(rates), sum(rates)))

    def test_however_the_text_comes_in_the_file_is_the_same(self):
        text = beats(30_000)
        halves = text.index(b"\n", len(text) // 2) + 1
        source = self.write("in.ndjson", text)
        convert(source, self.out(), "--schema", SCHEMA)
        expected = digest(self.out())
        ways = {
            "gzip": self.write("in.gz", gzip.compress(text)),
            "two members cut within a line": self.write("in2.gz", gzip.compress(text[:1000]) + gzip.compress(text[1000:])),
        }
        if ZSTD:
            frames = [subprocess.run([ZSTD, "-c"], input=part, stdout=subprocess.PIPE, check=True).stdout
                      for part in (text[:1000], text[1000:])]
            ways["two frames"] = self.write("in.zst", b"".join(frames))
        for name, path in ways.items():
            with self.subTest(name):
                summary = convert(path, self.out("way"), "--schema", SCHEMA)
                self.assertEqual(digest(self.out("way")), expected)
                self.assertEqual(summary["bytes_in"], len(text))
                self.assertEqual(summary["bytes_read"], path.stat().st_size)
        for name, stdin in (("pipe", text), ("compressed pipe", gzip.compress(text))):
            with self.subTest(name):
                convert("-", self.out("way"), "--schema", SCHEMA, stdin=stdin)
                self.assertEqual(digest(self.out("way")), expected)
        with self.subTest("pattern"):
            self.write("parts/b/2.ndjson", text[halves:])
            self.write("parts/1.ndjson.gz", gzip.compress(text[:halves]))
            summary = convert(self.folder / "parts/**/*.ndjson*", self.out("way"), "--schema", SCHEMA)
            self.assertEqual((digest(self.out("way")), summary["inputs"]), (expected, 2))
        with self.subTest("to standard output"):
            done = subprocess.run([str(harness.BINARY), "convert", source, "-", "--schema", SCHEMA], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, check=True)
            self.assertEqual(hashlib.sha256(done.stdout).hexdigest(), expected)
            self.assertIn(b"  rows      29,997\n", done.stderr)

    def test_a_folder_gets_a_file_for_each_input(self):
        for name in ("in/2025/a.json", "in/2025/07/b.json", "in/c.json"):
            self.write(name, beats(100))
        summary = convert(self.folder / "in/**/*.json", "--output-dir", self.out("lake"), "--schema", SCHEMA)
        self.assertEqual((summary["files"], summary["rows"]), (3, 297))
        counted = harness.duckdb(f"SELECT count(*) AS n FROM '{self.out('lake')}/**/*.parquet'")
        self.assertEqual(int(counted[0]["n"]), 297)
        self.assertEqual([name for name in self.left() if name.startswith("lake")],
                         ["lake/2025/07/b.parquet", "lake/2025/a.parquet", "lake/c.parquet"])

    @unittest.skipUnless(DATA, "the recordings are not here")
    def test_real_recordings_come_back_value_by_value(self):
        columns = [column.split()[0] for column in RICH.split(", ")]
        for source in sorted((DATA / "heart-rate").glob("*.ndjson")):
            with self.subTest(source.name):
                convert(source, self.out(), "--schema", RICH.replace("timestamp timestamp", "timestamp string"))
                rows = harness.duckdb(f"SELECT * FROM '{self.out()}'")
                lines = [json.loads(line) for line in source.read_text().splitlines()]
                self.assertEqual(rows, [{column: line.get(column) for column in columns} for line in lines])

    @unittest.skipUnless(DATA, "the recordings are not here")
    def test_timestamps_are_instants(self):
        source = DATA / "heart-rate/ride-2020-02-05-millis.ndjson"
        convert(source, self.out(), "--schema", "timestamp timestamp, heart_rate int")
        first, last = json.loads(source.read_text().splitlines()[0]), json.loads(source.read_text().splitlines()[-1])
        rows = harness.duckdb(f"SELECT min(epoch_ms(timestamp)) = epoch_ms(TIMESTAMP '{first['timestamp']}') AS first, "
                              f"max(epoch_ms(timestamp)) = epoch_ms(TIMESTAMP '{last['timestamp']}') AS last FROM '{self.out()}'")
        self.assertEqual(rows, [{"first": True, "last": True}])

    @unittest.skipUnless(DATA, "the documents are not here")
    def test_documents_that_are_no_records_are_rejected_whole_and_kept(self):
        source = DATA / "json/ndjson/amazon-cellphones.ndjson"
        said = convert(source, self.out(), "--schema", "asin string", "--rejects", self.out("bad"), expect=1)
        self.assertIn("793 of 793 lines could not be converted", said)
        kept = [json.loads(line) for line in self.out("bad").read_text().splitlines()]
        self.assertEqual([entry["text"] for entry in kept], source.read_text().splitlines())
        self.assertFalse(self.out().exists())

    @unittest.skipUnless(DATA, "the documents are not here")
    def test_deep_events_become_text_columns(self):
        source = DATA / "json/ndjson/github-webhooks.ndjson"
        convert(source, self.out(), "--schema", "event string, payload string", "--threads", 2)
        rows = harness.duckdb(f"SELECT event, payload FROM '{self.out()}'")
        lines = [json.loads(line) for line in source.read_text().splitlines()]
        self.assertEqual([row["event"] for row in rows], [line["event"] for line in lines])
        lower = lambda value: ({key.lower(): lower(inner) for key, inner in value.items()} if isinstance(value, dict)
                               else [lower(inner) for inner in value] if isinstance(value, list) else value)
        self.assertEqual([json.loads(row["payload"]) for row in rows], [lower(line["payload"]) for line in lines])

    def test_broken_inputs_are_named_and_leave_nothing(self):
        whole = gzip.compress(beats(5000))
        broken = {
            "cut.gz": (whole[:-20], "it is cut off: its gzip data ends at byte"),
            "bad.gz": (whole[:3000] + bytes([whole[3000] ^ 255]) + whole[3001:], "its gzip data is damaged near byte"),
            "tail.gz": (whole + b"more", "its gzip data is damaged near byte"),
        }
        if ZSTD:
            frame = subprocess.run([ZSTD, "-c"], input=beats(5000), stdout=subprocess.PIPE, check=True).stdout
            broken["cut.zst"] = (frame[:-10], "it is cut off: its zstd data ends at byte")
        for name, (content, why) in broken.items():
            with self.subTest(name):
                path = self.write(name, content)
                for threads in (1, 2):
                    said = convert(path, self.out(), "--schema", SCHEMA, "--threads", threads, expect=1)
                    self.assertIn(f"sluice convert: cannot read {path}: {why}", said)
                path.unlink()
        self.assertEqual(self.left(), [])
        self.assertIn("no file matches", convert(self.folder / "*.json", self.out(), "--schema", SCHEMA, expect=1))
        self.assertIn("is a folder", convert(self.folder, self.out(), "--schema", SCHEMA, expect=2))

    def test_a_line_of_many_mebibytes_is_a_record_and_one_that_is_longer_still_a_reject(self):
        long_text = "x" * (5 << 20)
        source = self.write("in.ndjson", b'{"a": "1"}\n{"a": "%s"}\n{"a": "%s"}\n{"a": "2"}\n'
                            % (long_text.encode(), b"y" * (17 << 20)))
        summary = convert(source, self.out(), "--schema", "a string", "--threads", 2, "--rejects", self.out("bad"))
        self.assertEqual((summary["rows"], summary["rejected"]), (3, 1))
        self.assertEqual(harness.duckdb(f"SELECT length(a)::INT AS n FROM '{self.out()}'"), [{"n": n} for n in (1, 5 << 20, 1)])
        kept = json.loads(self.out("bad").read_text())
        self.assertEqual((kept["line"], kept["reason"]), (3, "The line is too long to be a record"))

    @unittest.skipUnless(os.geteuid() == 0, "mounting a small disk needs root")
    def test_a_full_disk_is_an_error_and_leaves_what_was_there(self):
        disk = self.folder / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], check=True)
        try:
            source = self.write("small.ndjson", beats(1000))
            convert(source, disk / "out.parquet", "--schema", SCHEMA)
            before = digest(disk / "out.parquet")
            source = self.write("in.ndjson", beats(300_000))
            for threads in (1, 2):
                said = convert(source, disk / "out.parquet", "--schema", SCHEMA, "--codec", "none", "--threads", threads, expect=1)
                self.assertIn("No space left on device", said)
                self.assertEqual(os.listdir(disk), ["out.parquet"])
                self.assertEqual(digest(disk / "out.parquet"), before)
            said = convert(source, self.out(), "--schema", SCHEMA, "--rejects", "/dev/full", expect=1)
            self.assertIn("cannot write /dev/full", said)
            self.assertFalse(self.out().exists())
        finally:
            subprocess.run(["umount", disk], check=True)

    def test_interrupted_it_leaves_nothing_whatever_it_waits_for(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        for threads in (1, 2, 5):
            for signal_number in (signal.SIGINT, signal.SIGTERM):
                with self.subTest(threads=threads, signal=signal_number):
                    process = subprocess.Popen([str(harness.BINARY), "convert", fifo, self.out(), "--schema", SCHEMA,
                                                "--threads", str(threads)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                    with open(fifo, "wb") as feed:
                        feed.write(beats(20_000))
                        feed.flush()
                        harness.wait_for("the file is begun", lambda: any(name.endswith(".tmp") for name in self.left()))
                        process.send_signal(signal_number)
                        out, error = process.communicate(timeout=30)
                    self.assertEqual((process.returncode, out), (130, b""))
                    self.assertTrue(error.endswith(b"sluice convert: interrupted; nothing was written\n"), error)
        self.assertEqual(self.left(), [])

    def test_without_a_schema_the_input_suggests_one(self):
        text = beats(1000)
        source = self.write("in.ndjson", text)
        summary = convert(source, self.out())
        self.assertEqual(summary["schema"], "timestamp timestamp, heart_rate bigint, note array<bigint>")
        types = harness.duckdb(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '{self.out()}')")
        self.assertEqual([row["column_type"].split(" ")[0] for row in types], ["TIMESTAMP", "BIGINT", "BIGINT[]"])
        named = convert(source, self.out("named.parquet"), "--schema", summary["schema"])
        self.assertNotIn("schema", named)
        self.assertEqual(digest(self.out()), digest(self.out("named.parquet")))
        with self.subTest("of a pipe"):
            convert("-", self.out("piped.parquet"), stdin=gzip.compress(text))
            self.assertEqual(digest(self.out()), digest(self.out("piped.parquet")))
        said = convert("-", self.out("nothing"), stdin=b"", expect=2)
        self.assertIn("cannot tell the columns from standard input: ", said)

    def test_the_schema_may_be_a_tables(self):
        with tempfile.TemporaryDirectory() as data:
            server = harness.Server(data_directory=data).start()
            try:
                glue = server.client("glue")
                glue.create_database(DatabaseInput={"Name": "hr"})
                glue.create_table(DatabaseName="hr", TableInput={"Name": "beats", "StorageDescriptor": {
                    "Columns": [{"Name": "timestamp", "Type": "timestamp"}, {"Name": "heart_rate", "Type": "smallint"}]}})
                source = self.write("in.ndjson", beats(50))
                convert(source, self.out(), "--schema", "table:hr.beats", "--data-dir", data)
                types = harness.duckdb(f"SELECT column_type FROM (DESCRIBE SELECT * FROM '{self.out()}')")
                self.assertEqual([row["column_type"].split(" ")[0] for row in types], ["TIMESTAMP", "SMALLINT"])
                said = convert(source, self.out(), "--schema", "table:hr.nothing", "--data-dir", data, expect=2)
                self.assertIn("nothing", said)
            finally:
                server.close()

    def test_parts_have_about_the_size_that_was_asked_for_whatever_the_threads(self):
        chance = random.Random(7)
        lines = [json.dumps({"id": index, "noise": chance.randbytes(60).hex()}) for index in range(60_000)]
        source = self.write("in.ndjson", ("\n".join(lines) + "\n").encode())
        seen = set()
        for threads in (1, 2, 5):
            folder = self.out(f"parts-{threads}")
            summary = convert(source, "--output-dir", folder, "--file-size", "1MiB", "--codec", "none", "--schema",
                              "id int, noise string", "--threads", threads)
            parts = sorted(folder.iterdir())
            self.assertEqual([part.name for part in parts], [f"part-{index:05}.parquet" for index in range(summary["files"])])
            self.assertGreater(len(parts), 4)
            for part in parts[:-1]:
                self.assertTrue(1 << 20 <= part.stat().st_size < 1.4 * (1 << 20), part.stat())
            seen.add(tuple(digest(part) for part in parts))
            ids = harness.duckdb(f"SELECT count(*)::INT AS n, sum(id)::BIGINT AS s FROM '{folder}/*.parquet'")[0]
            self.assertEqual((int(ids["n"]), int(ids["s"])), (60_000, 60_000 * 59_999 // 2))
        self.assertEqual(len(seen), 1)
        said = convert(source, "--output-dir", self.out("parts-1"), "--file-size", "1MiB", expect=2)
        self.assertIn("has parts already (part-00000.parquet)", said)
        self.assertIn("--file-size makes several files", convert(source, self.out(), "--file-size", "1MiB", expect=2))

    def test_every_profile_unit_and_order_is_read_back(self):
        source = self.write("in.ndjson", beats(20_000))
        options = ([("--profile", name) for name in ("aws", "compatible", "compact", "smallest")]
                   + [("--timestamps", unit) for unit in ("micros", "millis", "nanos", "int96")]
                   + [("--bloom", "timestamp,heart_rate"), ("--row-group-size", "1MiB")])
        for option in options:
            seen = set()
            for threads in (1, 2):
                with self.subTest(option, threads=threads):
                    convert(source, self.out(), "--schema", "timestamp timestamp, heart_rate int", *option, "--threads", threads)
                    row = harness.duckdb(f"SELECT count(*)::INT AS n, sum(heart_rate)::INT AS s, "
                                         f"count(DISTINCT timestamp)::INT AS t FROM '{self.out()}'")
                    seen.add((digest(self.out()), json.dumps(row)))
            self.assertEqual(len(seen), 1, option)
            self.assertEqual(json.loads(seen.pop()[1])[0]["n"], 19_998)
        convert(source, self.out(), "--schema", SCHEMA, "--sort-by", "heart_rate:desc,timestamp")
        rows = harness.duckdb(f"SELECT heart_rate, timestamp FROM '{self.out()}'")
        self.assertEqual(rows, sorted(rows, key=lambda row: (-row["heart_rate"], row["timestamp"])))

    def test_the_hive_serde_reads_by_its_own_rules(self):
        source = self.write("in.ndjson", b'{"day": "15/07/2025", "n": 1}\n{"day": "16/07/2025", "n": 2}\n')
        convert(source, self.out(), "--schema", "day timestamp, n int", "--serde", "hive", "--timestamp-format", "dd/MM/yyyy")
        rows = harness.duckdb(f"SELECT dayofmonth(day)::INT AS d, n FROM '{self.out()}'")
        self.assertEqual(rows, [{"d": 15, "n": 1}, {"d": 16, "n": 2}])
        self.assertIn("is for --serde hive", convert(source, self.out(), "--timestamp-format", "millis", expect=2))
        source = self.write("in.ndjson", b'{"a.b": 1, "other": 2}\n')
        convert(source, self.out(), "--schema", "a_b int, c int", "--dots-to-underscores", "--key", "c=other")
        self.assertEqual(harness.duckdb(f"SELECT * FROM '{self.out()}'"), [{"a_b": 1, "c": 2}])

    def test_memory_stays_bounded(self):
        chance = random.Random(3)
        noise = b"".join(b'{"id": %d, "noise": "%s"}\n' % (index, chance.randbytes(500).hex().encode()) for index in range(250_000))
        # A process counts what it was before it became another program: so a small one stands between.
        between = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=-3, stderr=-3); " \
                  "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        # The second input is twice as large as the memory that may be used for it.
        for name, content, schema, most in (("beats", beats(700_000), SCHEMA, 96),
                                            ("what cannot be compressed", noise, "id int, noise string", len(noise) >> 21)):
            source = self.write("in.ndjson", content)
            for threads in (1, 2):
                with self.subTest(name, threads=threads):
                    done = subprocess.run(["/usr/bin/python3", "-c", between, str(harness.BINARY), "convert", source, self.out(),
                                           "--schema", schema, "--threads", str(threads)], stdout=subprocess.PIPE, check=True)
                    self.assertLess(int(done.stdout) >> 10, most, "MiB")


if __name__ == "__main__":
    harness.main()
