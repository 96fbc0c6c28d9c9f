"""A limit of memory: many partitions, more records than fit into it, and no bucket; then the bucket is made."""

import base64
import http.client
import json
import pathlib
import random
import re
import threading
import unittest

import harness
from test_dynamic_partitioning import destination
from test_sessions import SEED, create

LIMIT = 128      # MiB
PARTITIONS = 400
RECORDS = 1_000_000
BATCH = 500
INTERVAL_S = 20
BUCKET = "garmin-hr-s3-bucket"
CONFIG = f"""
[server]
memory_limit_mb = {LIMIT}
[[stream]]
name = "hr-kinesis-stream"
shards = 4
[[table]]
database = "hr_data"
name = "heart_rate"
columns = "customer string, timestamp string, heart_rate int"
"""


class MemoryLimit(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server(config=CONFIG).start()
        self.addCleanup(self.server.close)
        self.refused = []

    def resident(self):
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024

    def figure(self, name):
        status, _, body = self.server.exchange("GET", "/_sluice/metrics", {})
        self.assertEqual(status, 200)
        return sum(int(float(value)) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", body, re.MULTILINE))

    def put(self, first, step):
        """Every record has a number, so that none can be lost or doubled unseen."""
        chance = random.Random(first)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        headers = {"X-Amz-Target": "Kinesis_20131202.PutRecords", "Content-Type": "application/x-amz-json-1.1",
                   "Authorization": "AWS4-HMAC-SHA256 Credential=x/20250715/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=x"}
        for begin in range(first * BATCH, RECORDS, step * BATCH):
            records = [{"PartitionKey": str(n % 97), "Data": base64.b64encode(
                b'{"customer":"c%04d","timestamp":"2025-07-13T15:00:%02d.000Z","heart_rate":%d}' % (chance.randrange(PARTITIONS), n % 60, n)).decode()}
                for n in range(begin, min(begin + BATCH, RECORDS))]
            connection.request("POST", "/", json.dumps({"StreamName": "hr-kinesis-stream", "Records": records}).encode(), headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200 or json.loads(body)["FailedRecordCount"]:
                self.refused.append(body[:200])

    def test_it_holds_while_the_bucket_is_away_and_while_the_backlog_goes(self):
        request = json.loads(json.dumps(SEED))
        given = destination(prefix="heart_rate_data/!{partitionKeyFromQuery:customer}/")
        request["ExtendedS3DestinationConfiguration"].update(
            {key: given[key] for key in ("Prefix", "DynamicPartitioningConfiguration", "ProcessingConfiguration")})
        create(self.server, request, Tags=[{"Key": "sluice:buffer-interval-s", "Value": str(INTERVAL_S)}])
        threads = [threading.Thread(target=self.put, args=(n, 2)) for n in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.refused, [])
        harness.wait_for("objects close", lambda: "does not exist: create it" in self.server.output())
        away = self.resident()
        self.server.client("s3").create_bucket(Bucket=BUCKET)
        harness.wait_for("all is delivered", lambda: self.figure("sluice_delivery_s3_records_total") == RECORDS, 180)
        most = self.resident()
        self.server.stop()
        files = f"{self.server.bucket(BUCKET)}/heart_rate_data/**/*.parquet"
        [found] = harness.duckdb(f"SELECT count(*) AS rows, count(DISTINCT heart_rate) AS numbers, max(heart_rate) AS last FROM '{files}'")
        print(f"{away:.0f} MiB while the bucket was away, {most:.0f} at most, limit {LIMIT}; {found}", flush=True)
        self.assertLess(most, LIMIT)
        self.assertEqual({name: int(value) for name, value in found.items()},
                         {"rows": RECORDS, "numbers": RECORDS, "last": RECORDS - 1})


if __name__ == "__main__":
    harness.main()
