"""Running it: start, stop, restart, credentials, wrong configuration, full disk, damaged log, sync before answer."""

import collections
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

import botocore.exceptions

import harness

RAW = """
[[bucket]]
name = "landing"
[[stream]]
name = "s"
[[delivery_stream]]
name = "d"
source = "s"
bucket = "landing"
prefix = "p/"
buffer_size_mb = 1
buffer_interval_s = {interval}
"""


def serve(*arguments):
    return subprocess.run([str(harness.BINARY), "serve", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=30)


class Operation(unittest.TestCase):
    def server(self, **how):
        server = harness.Server(**how)
        self.addCleanup(server.close)
        return server

    def landed(self, server):
        return b"".join(path.read_bytes() for path in sorted(server.bucket("landing").rglob("*"), key=lambda p: p.stat().st_mtime)
                        if path.is_file())

    def noted(self, server):
        """The next ordinals of the streams' shards, as the store knows them."""
        with contextlib.closing(sqlite3.connect(f"file:{server.data}/sluice.db?mode=ro", uri=True)) as store:
            bodies = store.execute("SELECT body FROM definitions WHERE kind = 'stream_position'").fetchall()
        return [shard["next"] for body, in bodies for shard in json.loads(body)["shards"]]

    def test_stopping_drains_and_a_restart_goes_on(self):
        server = self.server(config=RAW.format(interval=900)).start()
        for part in (b"one ", b"two "):
            server.client("kinesis").put_record(StreamName="s", Data=part, PartitionKey="k")
            self.assertEqual(server.client("s3").list_objects_v2(Bucket="landing")["KeyCount"], 0 if part == b"one " else 1)
            server.stop()
            server.start()
        self.assertEqual(self.landed(server), b"one two ")

    def test_stopping_may_leave_records_in_the_log(self):
        server = self.server(config=RAW.format(interval=900), arguments=["--on-stop", "leave"]).start()
        server.client("kinesis").put_record(StreamName="s", Data=b"later", PartitionKey="k")
        server.stop()
        self.assertEqual(self.landed(server), b"")
        server.arguments = []
        server.start()
        server.stop()
        self.assertEqual(self.landed(server), b"later")

    def test_a_second_server_on_the_same_data_is_refused(self):
        server = self.server().start()
        second = serve("--listen", "127.0.0.1:0", "--data-dir", str(server.data))
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(str(server.process.pid), second.stdout)
        self.assertIn("another data directory", second.stdout)

    def test_health_and_metrics(self):
        server = self.server(config=RAW.format(interval=1)).start()
        with urllib.request.urlopen(server.endpoint + "/_sluice/health") as answer:
            self.assertEqual(json.load(answer), {"status": "ok"})
        server.client("kinesis").put_record(StreamName="s", Data=b"12345", PartitionKey="k")
        harness.wait_for("delivery", lambda: self.landed(server) == b"12345")

        def metric(name):
            with urllib.request.urlopen(server.endpoint + "/_sluice/metrics") as answer:
                page = answer.read().decode()
            found = re.search(rf"^{re.escape(name)} (.*)$", page, re.M)
            return float(found.group(1)) if found else None

        self.assertEqual(metric("sluice_incoming_records_total"), 1)
        self.assertGreaterEqual(metric("sluice_incoming_bytes_total"), 5)
        self.assertGreater(metric('sluice_stream_log_bytes{stream="s"}'), 0)
        harness.wait_for("the figures of the delivery",
                         lambda: metric('sluice_delivery_s3_records_total{delivery_stream="d"}') == 1)
        self.assertEqual(metric('sluice_delivery_s3_objects_total{delivery_stream="d"}'), 1)
        self.assertEqual(metric('sluice_delivery_s3_data_freshness_seconds{delivery_stream="d"}'), 0)

    def test_beyond_loopback_credentials_are_needed(self):
        with tempfile.TemporaryDirectory() as folder:
            refused = serve("--listen", "0.0.0.0:0", "--data-dir", folder + "/data")
            self.assertNotEqual(refused.returncode, 0)
            self.assertIn("credentials", refused.stdout)

    def test_configured_credentials_are_checked_in_every_service(self):
        config = RAW.format(interval=900) + '[[credentials]]\naccess_key_id = "AKID"\nsecret_access_key = "secret"\n'
        server = self.server(config=config).start()
        for service, call in (("kinesis", "list_streams"), ("firehose", "list_delivery_streams"), ("glue", "get_databases"), ("s3", "list_buckets")):
            getattr(server.client(service, key="AKID", secret="secret"), call)()
            for key, secret in (("AKID", "wrong"), ("OTHER", "secret")):
                with self.subTest(service=service, key=key, secret=secret):
                    with self.assertRaises(botocore.exceptions.ClientError):
                        getattr(server.client(service, key=key, secret=secret, attempts=1), call)()
        s3 = server.client("s3", key="AKID", secret="secret")
        s3.put_object(Bucket="landing", Key="p/ü +!~ñ", Body=b"signed")
        self.assertEqual(s3.get_object(Bucket="landing", Key="p/ü +!~ñ")["Body"].read(), b"signed")
        import http.client
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        forged = (f"AWS4-HMAC-SHA256 Credential=AKID/{stamp[:8]}/{harness.REGION}/s3/aws4_request, "
                  f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}")
        for method, path in (("GET", "/"), ("GET", "/landing/p/x"), ("PUT", "/landing/p/x"), ("DELETE", "/landing/p/x")):
            connection = http.client.HTTPConnection("127.0.0.1", server.port)
            connection.request(method, path, headers={"X-Amz-Date": stamp, "Authorization": forged})
            self.assertEqual(connection.getresponse().status, 403, (method, path))
        url = s3.generate_presigned_url("get_object", Params={"Bucket": "landing", "Key": "p/ü +!~ñ"}, ExpiresIn=60)
        with urllib.request.urlopen(url) as answer:
            self.assertEqual(answer.read(), b"signed")

    def test_wrong_configuration_names_file_line_and_remedy(self):
        cases = [
            ("[server]\nlisten = 5\n", r":2: listen must be a text"),
            ("[[stream]]\nname = \"a b\"\n", r":2: .*characters"),
            ("[[stream]]\nshards = 1\n", r":1: \[\[stream\]\] needs name"),
            ("\n\n[[bucket]]\nnames = \"x\"\n", r":4: \[\[bucket\]\] has no setting 'names'; it takes name"),
            ("[[table]]\ndatabase = \"d\"\nname = \"t\"\ncolumns = \"a strin\"\n", r":4: "),
            ("a = = b\n", r":1: not valid TOML"),
            ("[[bucket]]\nname = \"A\"\n", r":2: bucket \"A\""),
            ("[[stream]]\nname = \"s\"\n[[stream]]\nname = \"s\"\n", r":3: there is a \[\[stream\]\] s already, at .*:1"),
            ("[[delivery_stream]]\nname = \"d\"\nbucket = \"bbb\"\nsource = \"s\"\n", r":1: delivery stream d: .*add a \[\[stream\]\]"),
            ("[[delivery_stream]]\nname=\"d\"\nbucket=\"b\"\nprefix=\"!{timestamp:nope}/\"\n", r":1: delivery stream d"),
        ]
        for text, expected in cases:
            with self.subTest(text=text), tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "wrong.toml"
                path.write_text(text)
                done = serve("--listen", "127.0.0.1:0", "--data-dir", folder + "/data", "--config", str(path))
                self.assertNotEqual(done.returncode, 0)
                self.assertRegex(done.stdout, "wrong.toml" + expected)
                self.assertEqual(len(done.stdout.strip().splitlines()), 1, done.stdout)

    def test_a_damaged_log_is_named_and_the_rest_is_delivered(self):
        server = self.server(config=RAW.format(interval=900), arguments=["--on-stop", "leave"]).start()
        for index in range(20):
            server.client("kinesis").put_record(StreamName="s", Data=b"record-%02d " % index, PartitionKey="k")
        server.stop()
        log, = [path for path in (server.data / "streams").rglob("*.log")]
        content = bytearray(log.read_bytes())
        at = content.index(b"record-07")
        content[at + 3] ^= 1
        log.write_bytes(content)
        server.arguments = []
        server.start()
        server.stop()
        self.assertRegex(server.output(), rf"{re.escape(log.name)}.*offset \d+")
        self.assertEqual(self.landed(server), b"".join(b"record-%02d " % index for index in range(20) if index != 7))

    def test_a_lost_log_file_is_named_counted_and_its_numbers_never_come_back(self):
        ways = {
            "file removed": lambda log: log.unlink(),
            "folders removed": lambda log: shutil.rmtree(log.parent.parent),
            "emptied": lambda log: os.truncate(log, 0),
        }
        for way, lose in ways.items():
            with self.subTest(way=way):
                server = self.server(config=RAW.format(interval=900)).start()
                put = lambda data: server.client("kinesis").put_record(StreamName="s", Data=data, PartitionKey="k")["SequenceNumber"]
                last = [put(b"lost") for _ in range(20)][-1]
                harness.wait_for("the note of an idle log", lambda: self.noted(server) == [21])
                server.kill()
                log, = (server.data / "streams").rglob("*.log")
                lose(log)
                server.start()
                self.assertRegex(server.output(), rf"{re.escape(log.name)}.*20 records that had been acknowledged are lost")
                self.assertGreater(int(put(b"kept")), int(last))
                with urllib.request.urlopen(server.endpoint + "/_sluice/metrics") as answer:
                    self.assertRegex(answer.read().decode(), r"(?m)^sluice_lost_records_total.* 20$")
                server.stop()
                self.assertEqual(self.landed(server), b"kept")

    def test_a_source_created_anew_is_delivered_and_a_deleted_one_stops_nobody(self):
        server = self.server(config=RAW.format(interval=0)).start()
        kinesis = server.client("kinesis")
        kinesis.put_record(StreamName="s", Data=b"old ", PartitionKey="k")
        harness.wait_for("delivery", lambda: self.landed(server) == b"old ")
        kinesis.delete_stream(StreamName="s")
        kinesis.create_stream(StreamName="s", ShardCount=2)
        kinesis.put_record(StreamName="s", Data=b"new ", PartitionKey="k")
        harness.wait_for("delivery of the new stream", lambda: self.landed(server) == b"old new ")
        kinesis.delete_stream(StreamName="s")
        harness.wait_for("a word about it", lambda: "create it again" in server.output())
        begun = time.monotonic()
        server.stop()
        self.assertLess(time.monotonic() - begun, 10)

    def test_a_file_that_says_something_else_now_is_told(self):
        server = self.server(config=RAW.format(interval=900)).start()
        server.stop()
        server.config = "[server]\nregion = \"eu-west-1\"\n" + RAW.format(interval=60).replace(
            'name = "s"', 'name = "s"\nshards = 4').replace("p/", "q/")
        server.start()
        self.assertIn("stream s has 1 shard, the configuration file says 4", server.output())
        self.assertIn("differs from the configuration file in source, prefix, buffer_interval_s", server.output())
        self.assertIn("region and account are now eu-west-1", server.output())

    def test_the_sync_returns_before_the_answer_leaves(self):
        trace = tempfile.NamedTemporaryFile(prefix="sluice-trace-", suffix=".txt")
        server = self.server(config=RAW.format(interval=900),
                             prefix=["strace", "-f", "-ttt", "-e", "trace=write,pwrite64,pwritev,writev,sendmsg,sendto,fdatasync,fsync", "-s", "64", "-o", trace.name])
        server.start()
        mark = len(pathlib.Path(trace.name).read_text())
        server.client("kinesis").put_record(StreamName="s", Data=b"traced", PartitionKey="k")
        time.sleep(0.3)
        lines = pathlib.Path(trace.name).read_text()[mark:].splitlines()
        answer = next(i for i, line in enumerate(lines) if "HTTP/1.1 200" in line)
        wrote = [i for i, line in enumerate(lines) if re.search(r"pwrite(64|v)?\(", line)]
        synced = [i for i, line in enumerate(lines) if re.search(r"fdatasync.*= 0", line)]
        self.assertTrue(any(w < s < answer for w in wrote for s in synced), "\n".join(lines))
        # The server, not the tracer, is to stop; it names itself in its lock file.
        os.kill(int((server.data / "LOCK").read_text()), signal.SIGTERM)
        self.assertEqual(server.process.wait(30), 0)

    def test_many_producers_share_a_sync(self):
        server = self.server(config=RAW.format(interval=900)).start()
        def produce(client):
            for _ in range(50):
                client.put_record(StreamName="s", Data=b"x", PartitionKey="k")
        threads = [threading.Thread(target=produce, args=(server.client("kinesis"),)) for _ in range(16)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        with urllib.request.urlopen(server.endpoint + "/_sluice/metrics") as answer:
            page = answer.read().decode()
        figures = {name: int(value) for name, value in re.findall(r"^(sluice_log_\w+_total) (\d+)$", page, re.M)}
        self.assertEqual(figures["sluice_log_requests_total"], 800)
        self.assertLess(figures["sluice_log_syncs_total"], 800)

    @unittest.skipUnless(os.geteuid() == 0, "mounting a small disk needs root")
    def test_a_full_disk_throttles_loses_nothing_and_recovers(self):
        folder = tempfile.mkdtemp(prefix="sluice-small-disk-")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", folder], check=True)
        try:
            server = self.server(data_directory=folder, config="[server]\nfree_space_floor_mb = 8\n" + RAW.format(interval=900)).start()
            ballast = pathlib.Path(folder) / "ballast"
            kinesis = server.client("kinesis", attempts=1)
            acknowledged = collections.Counter()

            def put(index):
                data = b"%06d" % index + b"x" * 100_000 + b"\n"
                kinesis.put_record(StreamName="s", Data=data, PartitionKey="k")
                acknowledged[index] += 1

            for index in range(20):
                put(index)
            ballast.write_bytes(b"\0" * (os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize - (9 << 20)))
            refused = 0
            for index in range(100, 200):
                try:
                    put(index)
                except botocore.exceptions.ClientError as error:
                    self.assertEqual(error.response["Error"]["Code"], "ProvisionedThroughputExceededException")
                    refused += 1
            self.assertGreater(refused, 0)
            ballast.unlink()
            def accepted():
                try:
                    put(999)
                    return True
                except botocore.exceptions.ClientError:
                    return False
            harness.wait_for("puts are taken again", accepted)
            server.stop()
            landed = collections.Counter(int(line[:6]) for line in self.landed(server).splitlines())
            self.assertEqual(landed, acknowledged)
            server.close()
        finally:
            subprocess.run(["umount", "-l", folder], check=False)
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    harness.main()
