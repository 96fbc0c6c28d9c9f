"""Questions in SQL about what has landed: `sluice query` beside a running server and after it.

Every recording goes through Kinesis and Firehose into a table of its own; then SQL must give its figures, filters on
the columns of the key must leave other files unopened, and nothing a question does may harm anybody.
"""

import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import harness
from test_heart_rate import BUCKET, PREFIX, recordings

LIBRARY = pathlib.Path(os.environ.get("SLUICE_DUCKDB", harness.ROOT / "build/duckdb/libduckdb.so"))
ENDLESS = "SELECT count(*) FROM range(1000000000000) a, range(1000000) b"


def run(data, *arguments, stdin=None, timeout=120):
    return subprocess.run([str(harness.BINARY), "query", "--data-dir", str(data), *arguments], input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout)


def ask(data, sql, *arguments):
    """The rows as dictionaries, and what was said on standard error."""
    done = run(data, "--format", "json", *arguments, sql)
    if done.returncode:
        raise AssertionError(f"{sql}: exit code {done.returncode}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def table_of(name):
    return re.sub(r"\W", "_", name)


def create_pipeline(server, name):
    kinesis, firehose, glue = map(server.client, ("kinesis", "firehose", "glue"))
    glue.create_table(DatabaseName="hr_data", TableInput={
        "Name": table_of(name), "StorageDescriptor": {"Columns": [{"Name": "timestamp", "Type": "string"},
                                                                  {"Name": "heart_rate", "Type": "int"}]}})
    kinesis.create_stream(StreamName=name, ShardCount=1)
    arn = kinesis.describe_stream(StreamName=name)["StreamDescription"]["StreamARN"]
    harness.with_new_members(firehose, CustomTimeZone="Asia/Calcutta").create_delivery_stream(
        DeliveryStreamName=name, DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": arn, "RoleARN": harness.ROLE},
        ExtendedS3DestinationConfiguration={
            "RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": f"{name}/" + PREFIX,
            "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
            "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
            "DataFormatConversionConfiguration": harness.conversion("hr_data", table_of(name))},
        Tags=[{"Key": "sluice:object-name", "Value": "part"}])


def processes_of_workers():
    """Workers of queries that run, by their command lines."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if len(words) > 2 and words[1] == b"query-worker":
            found.append((int(folder.name), int(words[2])))
    return found


@unittest.skipUnless(LIBRARY.exists(), "DuckDB's library is not installed; ./dev setup places it")
class Query(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server().start()
        cls.addClassCleanup(cls.server.close)
        cls.data = cls.server.data
        cls.sessions = list(recordings())
        s3, glue, kinesis = map(cls.server.client, ("s3", "glue", "kinesis"))
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": harness.REGION})
        glue.create_database(DatabaseInput={"Name": "hr_data"})
        for name, lines, _ in cls.sessions:
            create_pipeline(cls.server, name)
            for start in range(0, len(lines), 500):
                kinesis.put_records(StreamName=name, Records=[
                    {"Data": line.encode(), "PartitionKey": "garmin"} for line in lines[start:start + 500]])
        cls.server.stop()
        cls.server.start()
        cls.add_days()

    @classmethod
    def add_days(cls):
        """A table of ninety days, an object each, copied from what has landed."""
        landed = next(cls.server.bucket(BUCKET).rglob("*.parquet"))
        create_pipeline(cls.server, "days")
        for month in (5, 6, 7):
            for day in range(1, 31):
                folder = (cls.server.bucket(BUCKET) / "days/heart_rate_data/2025" / f"{month:02}" / f"{day:02}" /
                          "session_21-25-19")
                folder.mkdir(parents=True)
                shutil.copyfile(landed, folder / "part-1.parquet")
        cls.rows_a_day = ask(cls.data, "SELECT count(*) AS n FROM hr_data.days WHERE month = 5 AND day = 1")[0][0]["n"]

    def check_figures(self):
        origin = "of the sample data" if harness.test_data() else "of the simulated watch (no sample data here)"
        print(f"\nnote: {len(self.sessions)} recordings {origin}")
        for name, lines, expected in self.sessions:
            with self.subTest(recording=name):
                rows, said = ask(self.data,
                                 "SELECT count(*) AS records, min(heart_rate) AS min, max(heart_rate) AS max, "
                                 "avg(heart_rate) AS mean, min(\"timestamp\") AS first, max(\"timestamp\") AS last "
                                 f"FROM hr_data.{table_of(name)}")
                mean = rows[0].pop("mean")
                stamps = [json.loads(line)["timestamp"] for line in lines]
                self.assertEqual(rows[0], {key: expected[key] for key in ("records", "min", "max")}
                                 | {"first": min(stamps), "last": max(stamps)})
                self.assertAlmostEqual(mean, expected["mean"], places=5)
                self.assertRegex(said, r"^1 row in .*, .* read of \d+ files?\n$")

    def test_every_recording_has_its_figures_beside_a_running_server(self):
        self.check_figures()

    def test_and_when_the_server_is_stopped(self):
        self.server.stop()
        try:
            self.check_figures()
        finally:
            self.server.start()

    def test_sessions_are_told_apart_by_sql(self):
        union = " UNION ALL ".join(f"SELECT '{name}' AS recording, * FROM hr_data.{table_of(name)}"
                                   for name, _, _ in self.sessions)
        rows, _ = ask(self.data, f"SELECT recording, count(*) AS n FROM ({union}) GROUP BY 1")
        self.assertEqual({row["recording"]: row["n"] for row in rows},
                         {name: expected["records"] for name, _, expected in self.sessions})

    def test_names_of_three_parts_and_columns_of_the_key(self):
        name = self.sessions[0][0]
        rows, _ = ask(self.data, f'SELECT DISTINCT year, month, day, session FROM "AwsDataCatalog"."hr_data"."{table_of(name)}"')
        keys = {tuple(path.relative_to(self.server.bucket(BUCKET)).parts[2:6])
                for path in (self.server.bucket(BUCKET) / name).rglob("*.parquet")}
        self.assertEqual({(str(row["year"]), f"{row['month']:02}", f"{row['day']:02}", "session_" + row["session"])
                          for row in rows}, keys)
        for condition in ("month = 6 AND day = 1", "month = '06' AND day = '01'", "year = '2025' AND month = '6' AND day = 1"):
            rows, _ = ask(self.data, f"SELECT count(*) AS n FROM hr_data.days WHERE {condition}")
            self.assertEqual(rows, [{"n": self.rows_a_day}], condition)

    def test_a_question_about_one_day_opens_that_days_files_only(self):
        with tempfile.NamedTemporaryFile("r", prefix="sluice-strace-") as trace:
            done = subprocess.run(
                ["strace", "-f", "-e", "trace=open,openat,openat2", "-o", trace.name, str(harness.BINARY), "query",
                 "--data-dir", str(self.data), "--format", "csv",
                 "SELECT count(*) FROM hr_data.days WHERE year = 2025 AND month = 7 AND day = 13"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
            opened = set(re.findall(r'"([^"]*\.parquet)"', trace.read()))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines()[1], str(self.rows_a_day))
        self.assertRegex(done.stderr, r"^1 row in .*, .* read of 1 file\n$")
        print(f"\nnote: of 90 files {len(opened)} opened")
        self.assertEqual({path.partition("/days/")[2] for path in opened},
                         {"heart_rate_data/2025/07/13/session_21-25-19/part-1.parquet"})

    def test_a_question_about_no_table_reads_nothing(self):
        for sql in ("SELECT 1 AS days", "SHOW TABLES"):
            self.assertRegex(ask(self.data, sql)[1], r"^\d+ rows? in [^,]*\n$")

    def test_show_tables_lists_the_catalog(self):
        tables = [table["Name"] for table in self.server.client("glue").get_tables(DatabaseName="hr_data")["TableList"]]
        self.assertIn("days", tables)
        self.assertEqual(ask(self.data, "SHOW TABLES")[0],
                         [{"database": "hr_data", "table": table} for table in sorted(tables)])
        self.assertEqual(ask(self.data, "SHOW DATABASES")[0], [{"database": "hr_data"}])

    def test_start_up_is_quick(self):
        def best(sql):
            times = []
            for _ in range(7):
                started = time.perf_counter()
                ask(self.data, sql)
                times.append(time.perf_counter() - started)
            return min(times) * 1000

        name = table_of(self.sessions[0][0])
        alone, asked = best("SELECT 1"), best(f"SELECT max(heart_rate) FROM hr_data.{name}")
        print(f"\nnote: start to end, best of 7: SELECT 1 {alone:.0f} ms, max(heart_rate) {asked:.0f} ms")
        self.assertLess(asked, 10_000)

    def test_nothing_but_the_tables_can_be_read_and_nothing_written(self):
        name = self.sessions[0][0]
        table = f"(SELECT count(*) FROM hr_data.{table_of(name)})"  # so that some folder may be read
        root = self.server.bucket(BUCKET) / name / "heart_rate_data"
        link = root / "2025-link.parquet"
        link.symlink_to("/etc/passwd")
        secret = self.server.bucket(BUCKET) / "secret.parquet"
        shutil.copyfile(next(root.rglob("part*.parquet")), secret)
        self.addCleanup(secret.unlink)
        self.addCleanup(link.unlink)
        attempts = [f"SELECT {table}, * FROM read_csv('/etc/passwd', sep=':')",
                    f"SELECT {table}, * FROM read_text('{self.data}/sluice.db')",
                    f"SELECT {table}, * FROM read_text('{link}')",
                    f"SELECT {table}, * FROM read_text('{root}/../../secret.parquet')",
                    f"SELECT {table}, * FROM '{secret}'",
                    f"SELECT {table}, * FROM read_blob('/proc/self/environ')",
                    f"SELECT {table}, * FROM read_csv('http://127.0.0.1:{self.server.port}/')",
                    f"SELECT {table}, * FROM parquet_metadata('/etc/passwd')",
                    f"SELECT {table}, getenv('HOME')",
                    f"COPY (SELECT 1) TO '{root}/x.csv'",
                    f"EXPLAIN ANALYZE COPY (SELECT 1) TO '{root}/x.csv'",
                    f"EXPORT DATABASE '{root}/x'",
                    f"ATTACH '{root}/x.db' AS x",
                    f"ATTACH '{self.data}/sluice.db' AS x (TYPE sqlite)",
                    "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true", "PRAGMA version",
                    "CREATE TABLE x AS SELECT 1", f"DROP VIEW hr_data.{table_of(name)}"]
        before = sorted(root.rglob("*"))
        for attempt in attempts:
            done = run(self.data, attempt)
            self.assertEqual(done.returncode, 1, f"{attempt}: {done.stdout}")
            self.assertNotIn("root:", done.stdout + done.stderr)
        listed = run(self.data, f"SELECT {table}, * FROM glob('/etc/*')")
        self.assertNotIn("passwd", listed.stdout)
        self.assertEqual(sorted(root.rglob("*")), before)

    def test_an_endless_question_ends_at_its_limit_and_by_ctrl_c(self):
        started = time.monotonic()
        done = run(self.data, "--timeout", "1", ENDLESS)
        self.assertEqual(done.returncode, 1)
        self.assertIn("took longer than its limit of 1 s", done.stderr)
        self.assertLess(time.monotonic() - started, 60)
        asking = subprocess.Popen([str(harness.BINARY), "query", "--data-dir", str(self.data), ENDLESS],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        harness.wait_for("its worker", lambda: any(parent == asking.pid for _, parent in processes_of_workers()))
        asking.send_signal(signal.SIGINT)
        _, said = asking.communicate(timeout=60)
        self.assertEqual(asking.returncode, 130, said)
        harness.wait_for("no worker", lambda: all(parent != asking.pid for _, parent in processes_of_workers()))

    def test_a_worker_does_not_outlive_whoever_asked(self):
        asking = subprocess.Popen([str(harness.BINARY), "query", "--data-dir", str(self.data), ENDLESS],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        harness.wait_for("its worker", lambda: any(parent == asking.pid for _, parent in processes_of_workers()))
        asking.kill()
        asking.wait()
        harness.wait_for("no worker", lambda: all(parent != asking.pid for _, parent in processes_of_workers()))

    def test_a_question_that_eats_all_memory_is_refused(self):
        for sql in ("SELECT list(range) FROM range(1000000000)", "SELECT length(repeat('x', 4000000000))"):
            done = run(self.data, "--memory-mb", "64", sql)
            self.assertEqual(done.returncode, 1, sql)
            self.assertIn("memory", done.stderr)
        self.assertEqual(ask(self.data, "SELECT 1 AS one")[0], [{"one": 1}])

    def test_what_is_no_whole_parquet_file_is_left_out_and_named(self):
        root = self.server.bucket(BUCKET) / "days/heart_rate_data/2025/05/02/session_21-25-19"
        good = root / "part-1.parquet"
        half, foreign = root / "half.parquet", root / "notes.txt"
        half.write_bytes(good.read_bytes()[:-100])
        foreign.write_text("these are notes and no Parquet at all\n" * 10)
        self.addCleanup(half.unlink)
        self.addCleanup(foreign.unlink)
        rows, said = ask(self.data, "SELECT count(*) AS n FROM hr_data.days WHERE month = 5 AND day = 2")
        self.assertEqual(rows, [{"n": self.rows_a_day}])
        self.assertIn("left out: s3://", said)
        self.assertIn("/half.parquet: ", said)
        self.assertIn("/notes.txt: ", said)
        # A result in a file starts anew; other days do not notice.
        with tempfile.TemporaryDirectory() as folder:
            done = run(self.data, "--format", "csv", "-o", f"{folder}/out.csv", "SELECT * FROM hr_data.days WHERE month = 5")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(len(pathlib.Path(f"{folder}/out.csv").read_text().splitlines()), 30 * self.rows_a_day + 1)
        _, said = ask(self.data, "SELECT count(*) FROM hr_data.days WHERE month = 5 AND day = 3")
        self.assertNotIn("left out", said)

    def test_a_table_without_objects_is_empty(self):
        create_pipeline(self.server, "nothing")
        rows, _ = ask(self.data, "SELECT * FROM hr_data.nothing WHERE year = 2025")
        self.assertEqual(rows, [])
        done = run(self.data, "--format", "csv", "FROM hr_data.nothing")
        self.assertEqual(done.stdout, "timestamp,heart_rate,year,month,day,session\n")

    def test_mistakes_are_pointed_at(self):
        for sql, message, caret in (
                ("SELECT heart_rat FROM hr_data.days",
                 'line 1:8: column "heart_rat" does not exist; did you mean "heart_rate"?', 7),
                ("SELECT 1 FROM hr_data.day", 'line 1:15: table "day" does not exist; did you mean "days"?', 14),
                ("SELECT 1 FROM hrdata.days", 'line 1:15: Table with name "hrdata.days" does not exist because schema '
                 '"hrdata" does not exist; did you mean "hr_data"?', 14),
                ("SELECT 1\n  FORM hr_data.days WHERE", 'line 2:8: syntax error at or near "hr_data"', 7),
                ("SELECT heart_rate.x.y FROM", "line 1:27: syntax error at end of input", 26)):
            done = run(self.data, sql)
            self.assertEqual(done.returncode, 1, sql)
            self.assertEqual(done.stdout, "")
            self.assertIn(f"sluice query: {message}", done.stderr)
            self.assertIn("\n" + " " * caret + "^\n", done.stderr)
            for inner in ("query(", "read_parquet", "pg_", "sluice_files", "c0"):
                self.assertNotIn(inner, done.stderr)

    def test_output_in_every_format(self):
        sql = "SELECT 1 AS n, NULL AS nothing, 'x,\"y\"' AS text, 1.50 AS d, [1, NULL] AS l, {'a': true} AS s"
        self.assertEqual(run(self.data, sql).stdout,
                         'n  nothing  text      d  l          s\n'
                         '1     NULL  x,"y"  1.50  [1, NULL]  {\'a\': true}\n')
        self.assertEqual(run(self.data, "--format", "csv", sql).stdout,
                         'n,nothing,text,d,l,s\n1,,"x,""y""",1.50,"[1, NULL]",{\'a\': true}\n')
        self.assertEqual(ask(self.data, sql)[0],
                         [{"n": 1, "nothing": None, "text": 'x,"y"', "d": 1.5, "l": [1, None], "s": {"a": True}}])
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/out.parquet"
            done = run(self.data, "--format", "parquet", "-o", path, sql)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(harness.duckdb(f"SELECT n, text FROM '{path}'"), [{"n": 1, "text": 'x,"y"'}])
            # What fails leaves nothing, and nothing half.
            self.assertEqual(run(self.data, "--format", "parquet", "-o", path, "SELECT error('no')").returncode, 1)
            self.assertEqual(os.listdir(folder), ["out.parquet"])

    def test_a_script_on_standard_input(self):
        done = run(self.data, "--format", "csv", stdin="SELECT 1 AS a; -- one\nSELECT\n2 AS b;\n.tables days\nSELECT 3 AS c")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines()[:4], ["a", "1", "b", "2"])
        self.assertIn("hr_data.days", done.stdout)
        self.assertEqual(done.stdout.splitlines()[-2:], ["c", "3"])
        self.assertEqual(run(self.data, stdin="SELEC 1; SELECT 2;").returncode, 1)

    def test_the_prompt_at_a_terminal(self):
        with tempfile.TemporaryDirectory() as home:
            def session(*steps):
                """Types each line once its predecessor's answer is there; returns all that was shown."""
                child, terminal = pty.fork()
                if child == 0:
                    os.environ.update(HOME=home, TERM="xterm", XDG_STATE_HOME="")
                    os.execv(harness.BINARY, [str(harness.BINARY), "query", "--data-dir", str(self.data)])
                shown = ""
                for text, answer in (("", "sluice> "), *steps):
                    os.write(terminal, text.encode())
                    start, deadline = len(shown), time.monotonic() + 60
                    while answer not in shown[start:]:
                        self.assertLess(time.monotonic(), deadline, f"{text!r} did not bring {answer!r}: {shown}")
                        if select.select([terminal], [], [], 0.1)[0]:
                            shown += os.read(terminal, 65536).decode(errors="replace")
                os.write(terminal, b".quit\n")
                _, status = os.waitpid(child, 0)
                os.close(terminal)
                self.assertEqual(os.waitstatus_to_exitcode(status), 0)
                return shown

            shown = session(("SELECT 40 +\n", "-> "), ("2 AS n;\n", "1 row in"), ("SELEC 1;\n", "syntax error"),
                            (".tables days\n", "session"), ("SELECT\n", "-> "), ("\x03", "sluice> "))
            self.assertIn("42", shown)
            # What was asked is there again, by the arrow upwards, in another session.
            self.assertIn(".tables days", session(("\x1b[A", ".tables days"), ("\n", "session")))
            history = pathlib.Path(home, ".local/state/sluice/query_history")
            self.assertEqual(history.stat().st_mode & 0o777, 0o600)

    def test_tables_are_listed_with_their_columns(self):
        done = run(self.data, "--tables", "days")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout,
                         f"hr_data.days  s3://{BUCKET}/days/heart_rate_data/\n"
                         "  COLUMN      TYPE    FROM\n"
                         "  timestamp   string  rows\n"
                         "  heart_rate  int     rows\n"
                         "  year        int     key\n"
                         "  month       int     key\n"
                         "  day         int     key\n"
                         "  session     string  key\n")

    def test_without_the_library_it_says_what_to_install(self):
        done = subprocess.run([str(harness.BINARY), "query", "--data-dir", str(self.data), "SELECT 1"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=os.environ | {"SLUICE_DUCKDB": "/nowhere/libduckdb.so"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no DuckDB library at /nowhere/libduckdb.so", done.stderr)

    def test_ddl_for_the_same_objects_on_real_s3(self):
        done = subprocess.run([str(harness.BINARY), "ddl", "hr_data.days", "--data-dir", str(self.data), "--bucket", "real"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith("CREATE EXTERNAL TABLE `hr_data`.`days` (\n  `timestamp` string,\n"))
        year = time.gmtime().tm_year
        for line in ("PARTITIONED BY (\n  `year` int,\n  `month` int,\n  `day` int\n)", "STORED AS PARQUET\n",
                     "LOCATION 's3://real/days/heart_rate_data/'", "'projection.enabled' = 'true'",
                     f"'projection.year.range' = '{year},{year + 9}'", "'projection.day.digits' = '2'",
                     "'storage.location.template' = 's3://real/days/heart_rate_data/${year}/${month}/${day}/'"):
            self.assertIn(line, done.stdout)
        self.assertIn("session is no column there", done.stderr)


if __name__ == "__main__":
    harness.main()
