"""What the conformance tests share: a server of their own, clients for it, and independent readers.

Run a test file by itself with Debian's Python, which has boto3: /usr/bin/python3 conformance/test_heart_rate.py
Each ends with a line `N passed, N failed`.
"""

import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import boto3
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parent.parent
HERE = ROOT / "conformance"
BINARY = pathlib.Path(os.environ.get("SLUICE_BINARY", ROOT / "build/release/sluice"))
REGION = "ap-south-1"
ROLE = "arn:aws:iam::000000000000:role/firehose"


def test_data():
    """The folder of recordings that nobody here made, or None."""
    named = os.environ.get("SLUICE_TEST_DATA")
    if named:
        return pathlib.Path(named)
    beside = ROOT.parent / "shared" / "data"
    return beside if beside.is_dir() else None


def exchange(port, method, path, headers, body=None):
    """A request with these headers alone; the answer's status, headers and text."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        connection.putrequest(method, path, skip_host="host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


class Server:
    """A server process on a free loopback port; keeps its data directory over restarts."""

    def __init__(self, data_directory=None, config=None, arguments=(), prefix=(), environment=None):
        self.owned = data_directory is None
        self.data = pathlib.Path(data_directory or tempfile.mkdtemp(prefix="sluice-"))
        self.config = config
        self.arguments = list(arguments)
        self.prefix = list(prefix)
        self.environment = dict(os.environ if environment is None else environment)
        if prefix:
            # A sanitizer's search for leaks does not work in a process that is traced.
            self.environment["ASAN_OPTIONS"] = self.environment.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        self.process = None
        self.address = "127.0.0.1:0"
        self.log = tempfile.NamedTemporaryFile(prefix="sluice-log-", mode="w+", delete=False)
        self.notes = pathlib.Path(tempfile.mkdtemp(prefix="sluice-ready-"))  # there until the end: the server syncs it

    def start(self, patience=30):
        ready = self.notes / "address"
        ready.unlink(missing_ok=True)
        command = self.prefix + [str(BINARY), "serve", "--listen", self.address, "--data-dir", str(self.data),
                                 "--ready-file", str(ready)] + self.arguments
        if self.config:
            path = self.notes / "sluice.toml"
            path.write_text(self.config)
            command += ["--config", str(path)]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT, env=self.environment)
        deadline = time.monotonic() + patience
        while not (ready.exists() and ready.read_text().endswith("\n")):
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}: {self.output()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"the server is not ready after {patience} s: {self.output()}")
            time.sleep(0.005)
        self.address = ready.read_text().strip().removeprefix("http://")
        return self

    def output(self):
        return pathlib.Path(self.log.name).read_text(errors="replace")

    @property
    def endpoint(self):
        return "http://" + self.address

    @property
    def port(self):
        return int(self.address.rsplit(":", 1)[1])

    def stop(self, patience=60):
        """SIGTERM: drains, and must exit with 0."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(patience)
        if code != 0:
            raise RuntimeError(f"the server exited with {code}: {self.output()}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        log = pathlib.Path(self.log.name)
        said = self.output() if log.exists() else ""
        self.log.close()
        pathlib.Path(self.log.name).unlink(missing_ok=True)
        shutil.rmtree(self.notes, ignore_errors=True)
        if self.owned:
            shutil.rmtree(self.data, ignore_errors=True)
        if "Sanitizer: " in said or "runtime error: " in said:
            raise RuntimeError(f"a sanitizer found something: {said}")

    def client(self, service, attempts=5, key="test", secret="test", config=None):
        """A boto3 client, `config` over what is usual here.  The server judges requests, so boto3 does not: its model may be
        older than the service."""
        usual = Config(retries={"max_attempts": attempts - 1}, s3={"addressing_style": "path"}, parameter_validation=False)
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION,
                            aws_access_key_id=key, aws_secret_access_key=secret, config=usual.merge(config) if config else usual)

    def exchange(self, method, path, headers, body=None):
        return exchange(self.port, method, path, headers, body)

    def bucket(self, name):
        return self.data / "buckets" / name


def duckdb(sql):
    done = subprocess.run(["node", str(HERE / "query.mjs"), sql], cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def hyparquet_rows(paths):
    done = subprocess.run(["node", str(HERE / "rows.mjs"), *map(str, paths)], cwd=HERE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def fetch_all(s3, bucket, folder, prefix=""):
    """Gets every object of a bucket through the S3 API into files; returns their keys and paths."""
    found = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            path = pathlib.Path(folder) / f"object-{len(found)}.parquet"
            path.write_bytes(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
            assert path.stat().st_size == entry["Size"]
            found[entry["Key"]] = path
    return found


def conversion(database, table):
    return {
        "Enabled": True,
        "SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": database, "TableName": table, "Region": REGION,
                                "VersionId": "LATEST"},
        "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
    }


def with_new_members(firehose, **members):
    """Has the client's next CreateDeliveryStream carry members of the S3 destination that its model does not know."""
    def add(params, **_):
        body = json.loads(params["body"])
        body["ExtendedS3DestinationConfiguration"].update(members)
        params["body"] = json.dumps(body).encode()
        firehose.meta.events.unregister("before-call.firehose.CreateDeliveryStream", add)
    firehose.meta.events.register("before-call.firehose.CreateDeliveryStream", add)
    return firehose


def javascript_calls(server, *calls, service="Kinesis"):
    """Outcomes of calls by the SDK for JavaScript, (operation, members) each; see calls.mjs."""
    done = subprocess.run(["node", "calls.mjs", service, server.endpoint, REGION], cwd=HERE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, input="".join(json.dumps(call) + "\n" for call in calls))
    if done.returncode:
        raise RuntimeError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def flip_bit(path, offset, bit=0):
    """Bit rot: the file's size and times stay what they are."""
    status = path.stat()
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1 << bit]))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def wait_for(what, condition, patience=30):
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience} s: {what}")
        time.sleep(0.05)


class ServiceCase(unittest.TestCase):
    """A test case about the answers of a service."""

    def assert_error(self, code, call, *arguments, **members):
        import botocore.exceptions
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(*arguments, **members)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response

    def assert_refused(self, answer, status, code):
        """Of an answer by exchange()."""
        self.assertEqual(answer[0], status, answer[2])
        self.assertIn(f"<Code>{code}</Code>", answer[2])


class ServerCase(ServiceCase):
    """A test case with one server for all its tests."""

    config = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(config=cls.config).start()
        cls.addClassCleanup(cls.server.close)


def main():
    """All tests of the script that is run, or those named behind it: `test_verify.py Verify.test_a_deleted_object_is_missing`."""
    loader, script = unittest.TestLoader(), sys.modules["__main__"]
    loaded = loader.loadTestsFromNames(sys.argv[1:], script) if sys.argv[1:] else loader.loadTestsFromModule(script)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(loaded)
    failed = len(result.failures) + len(result.errors)
    skipped = len(result.skipped)
    tail = f", {skipped} skipped" if skipped else ""
    # What fails before the first test of a class is no test that was run.
    print(f"{max(result.testsRun - failed - skipped, 0)} passed, {failed} failed{tail}")
    sys.exit(1 if failed or not result.testsRun else 0)
