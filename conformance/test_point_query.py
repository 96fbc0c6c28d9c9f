#!/usr/bin/env python3
"""A few rows out of millions: what readers that nobody here wrote fetch of a sorted object to answer.

Beats of many sessions, arriving late and mixed up, become one object sorted by time with a bloom filter on the session.
Then DuckDB is asked for a moment, for a session and for a session that is not there, its reads of the file counted by
strace; and hyparquet the same over a web server that counts the bytes it sends.  No answer may cost over 2 % of the object.
"""

import http.server
import json
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

import harness

ROWS = 3_000_000
AT_ONCE = 5  # sessions at any time
SESSION_ROWS = 400
SHARE_MAX = 0.02
SECOND = 1_000_000
START = 1_752_599_433 * SECOND  # 2025-07-15T17:10:33
STEP = 101_003  # microseconds between rows


def at(row):
    return START + row * STEP


def session_of(row):
    """Sessions overlap; their names say nothing about their time."""
    number = row // (AT_ONCE * SESSION_ROWS) * AT_ONCE + row % AT_ONCE
    return f"s-{number * 2_654_435_761 % 2**32:08x}"


def beat(row):
    return {"session": session_of(row), "timestamp": at(row), "heart_rate": 60 + row * 7919 % 90}


def write_lines(path):
    """The beats in the order of their arrival: up to some ten seconds late."""
    late = random.Random(7)
    texts = {}
    rows = sorted(range(ROWS), key=lambda row: row + late.random() * 100)
    with open(path, "w") as out:
        for row in rows:
            second, micros = divmod(at(row), SECOND)
            if second not in texts:
                texts[second] = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            out.write('{"session": "%s", "timestamp": "%s.%06d", "heart_rate": %d}\n'
                      % (session_of(row), texts[second], micros, beat(row)["heart_rate"]))


class RangeServer(http.server.ThreadingHTTPServer):
    """Serves one file by ranges on a free loopback port and counts what it sends of it."""

    request_queue_size = 1024  # hyparquet asks for all filters at once

    def __init__(self, path):
        self.path = path
        self.size = path.stat().st_size
        self.sent = 0
        self.counting = threading.Lock()
        super().__init__(("127.0.0.1", 0), RangeHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/object.parquet"


class RangeHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(self.server.size))
        self.end_headers()

    def do_GET(self):
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not wanted:
            self.send_error(400, "only ranges are served")
            return
        first = int(wanted[1])
        last = min(int(wanted[2] or self.server.size - 1), self.server.size - 1)
        with open(self.server.path, "rb") as file:
            file.seek(first)
            body = file.read(last - first + 1)
        with self.server.counting:
            self.server.sent += len(body)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{self.server.size}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def in_millis(micros):
    return {"$date": micros // 1000}


class PointQuery(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-point-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        lines = cls.folder / "beats.json"
        write_lines(lines)
        cls.sorted = cls.convert(lines, "sorted.parquet", "--sort-by", "timestamp", "--bloom", "session",
                                 "--row-group-size", "256KiB")
        cls.plain = cls.convert(lines, "plain.parquet")
        cls.absent = "s-" + "7" * 8

    @classmethod
    def convert(cls, lines, name, *flags):
        path = cls.folder / name
        subprocess.run([str(harness.BINARY), "convert", str(lines), str(path), "--schema",
                        "session string, timestamp timestamp, heart_rate int", *flags], check=True, capture_output=True)
        return path

    def duckdb_reads(self, path, where):
        """The rows DuckDB finds, and how many bytes of the file it read."""
        log = self.folder / "trace"
        sql = (f"SELECT session, epoch_us(timestamp) AS timestamp, heart_rate FROM read_parquet('{path}') WHERE {where} "
               "ORDER BY timestamp")
        done = subprocess.run(["strace", "-f", "-P", str(path), "-e", "trace=all", "-o", str(log), "node", "query.mjs", sql],
                              cwd=harness.HERE, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        read = 0
        for line in log.read_text(errors="replace").splitlines():
            self.assertNotRegex(line, r"\bmmap\(", "what is mapped is not counted")
            call = re.search(r"\b(?:read|pread64|readv|preadv2?)(?:\(| resumed>).*= (\d+)$", line)
            read += int(call[1]) if call else 0
        self.assertGreater(read, 0, "strace saw none of its reads")
        rows = [{"session": row["session"], "timestamp": int(row["timestamp"]), "heart_rate": row["heart_rate"]}
                for row in json.loads(done.stdout)]
        return rows, read

    def hyparquet_reads(self, path, query):
        server = RangeServer(path)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        done = subprocess.run(["node", "point_query.mjs", server.url, json.dumps(query)], cwd=harness.HERE, capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout), server.sent

    def assert_cheap(self, reader, what, read):
        size = self.sorted.stat().st_size
        print(f"    {reader}, {what}: {read:,} of {size:,} bytes, {100 * read / size:.2f} %", flush=True)
        self.assertLessEqual(read, SHARE_MAX * size)

    def expected(self, session):
        return [beat(row) for row in range(ROWS) if session_of(row) == session]

    def test_the_object_is_whole_and_says_that_it_is_sorted(self):
        found, = harness.duckdb(f"SELECT count(*) AS rows, count(DISTINCT session) AS sessions, sum(heart_rate) AS beats, "
                                f"min(epoch_us(timestamp)) AS first, max(epoch_us(timestamp)) AS last "
                                f"FROM read_parquet('{self.sorted}')")
        self.assertEqual({name: int(value) for name, value in found.items()},
                         {"rows": ROWS, "sessions": ROWS // SESSION_ROWS, "beats": sum(60 + row * 7919 % 90 for row in range(ROWS)),
                          "first": at(0), "last": at(ROWS - 1)})
        out_of_order, = harness.duckdb("SELECT count(*) AS rows FROM (SELECT timestamp, lag(timestamp) OVER (ORDER BY "
                                       f"file_row_number) AS before FROM read_parquet('{self.sorted}', file_row_number=true)) "
                                       "WHERE timestamp < before")
        self.assertEqual(int(out_of_order["rows"]), 0, "they fit in one run of the sorter")

    def test_a_moment_is_found_by_bounds(self):
        row = ROWS // 3
        rows, read = self.duckdb_reads(self.sorted, f"epoch_us(timestamp) = {at(row)} AND timestamp = make_timestamptz({at(row)})")
        self.assertEqual(rows, [beat(row)])
        self.assert_cheap("DuckDB", "a moment", read)
        rows, read = self.hyparquet_reads(
            self.sorted, {"timestamp": {"$gte": in_millis(at(row)), "$lt": in_millis(at(row) + 1000)}})
        self.assertEqual([(found["session"], found["heart_rate"]) for found in rows], [(session_of(row), beat(row)["heart_rate"])])
        self.assert_cheap("hyparquet", "a moment", read)

    def test_a_session_is_found_by_its_filter(self):
        session = session_of(ROWS // 2)
        rows, read = self.duckdb_reads(self.sorted, f"session = '{session}'")
        self.assertEqual(rows, self.expected(session))
        self.assert_cheap("DuckDB", "a session", read)
        found, read = self.hyparquet_reads(self.sorted, {"session": {"$eq": session}})
        self.assertEqual([beat["heart_rate"] for beat in found], [beat["heart_rate"] for beat in self.expected(session)])
        self.assert_cheap("hyparquet", "a session", read)

    def test_what_is_not_there_costs_filters_alone(self):
        self.assertEqual(self.expected(self.absent), [])
        rows, read = self.duckdb_reads(self.sorted, f"session = '{self.absent}'")
        self.assertEqual(rows, [])
        self.assert_cheap("DuckDB", "a session that is not there", read)
        found, read = self.hyparquet_reads(self.sorted, {"session": {"$eq": self.absent}})
        self.assertEqual(found, [])
        self.assert_cheap("hyparquet", "a session that is not there", read)

    def test_duckdb_asks_the_filters_as_we_do(self):
        excluded, = harness.duckdb("SELECT count(*) AS groups, count(*) FILTER (bloom_filter_excludes) AS excluded FROM "
                                   f"parquet_bloom_probe('{self.sorted}', 'session', '{self.absent}')")
        groups, excluding = int(excluded["groups"]), int(excluded["excluded"])
        self.assertGreater(groups, 100)
        self.assertGreater(excluding, 0.95 * groups, "1 % of them may not")
        there, = harness.duckdb("SELECT count(*) FILTER (NOT bloom_filter_excludes) AS groups FROM "
                                f"parquet_bloom_probe('{self.sorted}', 'session', '{session_of(0)}')")
        self.assertGreaterEqual(int(there["groups"]), 1)

    def test_unsorted_the_same_question_costs_far_more(self):
        """Or the figures above would prove nothing."""
        _, read = self.duckdb_reads(self.plain, f"session = '{session_of(ROWS // 2)}'")
        self.assertGreater(read, 5 * SHARE_MAX * self.plain.stat().st_size)


if __name__ == "__main__":
    harness.main()
