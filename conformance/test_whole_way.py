#!/usr/bin/env python3
"""From the beat to the answer in one go: a pretended sensor is found and recorded, its session lands, becomes a FIT file
that Garmin's own reader takes, and is asked a question in SQL, by `sluice query` and through Athena."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

import harness
from harness_bluetooth import FakeBluez

CONFIG = (harness.ROOT / "examples/heart-rate.toml").read_text()
BEATS = 150


class WholeWay(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-way-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.server = harness.Server(config=CONFIG).start()
        self.addCleanup(self.server.close)
        self.bluez = FakeBluez(sensors=[{"name": "Forerunner", "rr": 1}])
        self.addCleanup(self.bluez.close)
        self.bluez.start()

    def sluice(self, *arguments):
        environment = {**os.environ, **self.bluez.environment(), "AWS_CONFIG_FILE": "/nonexistent",
                       "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
        done = subprocess.run([str(harness.BINARY), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, env=environment, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def ask_athena(self, sql):
        athena = self.server.client("athena")
        execution = athena.start_query_execution(QueryString=sql)["QueryExecutionId"]
        state = lambda: athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
        harness.wait_for("the answer", lambda: state()["State"] not in ("QUEUED", "RUNNING"))
        self.assertEqual(state()["State"], "SUCCEEDED", state())
        rows = athena.get_query_results(QueryExecutionId=execution)["ResultSet"]["Rows"]
        return [int(value["VarCharValue"]) for value in rows[1]["Data"]]

    def test_from_scan_to_fit_and_to_the_answer(self):
        sensors = [json.loads(line) for line in self.sluice("heartrate", "scan", "--time", "2", "--json").splitlines()]
        self.assertEqual([sensor["name"] for sensor in sensors], ["Forerunner"])

        printed = self.sluice("heartrate", "record", "Forerunner", "--stream", "hr-kinesis-stream", "--endpoint",
                              self.server.endpoint, "--duration", 5, "--spool", self.folder / "spool", "--json")
        beats = [json.loads(line) for line in printed.splitlines() if '"heart_rate"' in line]
        self.assertGreater(len(beats), BEATS)
        rates = [beat["heart_rate"] for beat in beats]
        self.server.stop()

        bucket = self.server.bucket("garmin-hr-s3-bucket")
        fit = self.folder / "run.fit"
        self.sluice("heartrate", "export", bucket, "-o", fit)
        read = subprocess.run(["node", str(harness.HERE / "fit.mjs"), str(fit)], cwd=harness.HERE, stdout=subprocess.PIPE,
                              text=True, check=True)
        read = json.loads(read.stdout)
        self.assertTrue(read["isIntact"])
        self.assertEqual([beat["rate"] for beat in read["beats"]], rates)

        question = "SELECT max(heart_rate), min(heart_rate), max(heart_rate) - min(heart_rate), count(*) FROM hr_data.heart_rate"
        expected = [max(rates), min(rates), max(rates) - min(rates), len(rates)]
        year = time.gmtime(time.time() + 19800).tm_year
        answer = self.sluice("query", "--data-dir", self.server.data, "--format", "csv", f"{question} WHERE year = {year}")
        self.assertEqual([int(value) for value in answer.splitlines()[1].split(",")], expected)
        self.server.start()
        self.assertEqual(self.ask_athena(question), expected)


if __name__ == "__main__":
    harness.main()
