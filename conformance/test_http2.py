"""HTTP/2 and TLS with clients that nobody here wrote: AWS's SDK for JavaScript as it is, curl, boto3, the AWS CLI."""

import json
import os
import pathlib
import ssl
import subprocess
import tempfile
import unittest

import boto3
from botocore.config import Config

import harness

CREDENTIALS = """
[[credentials]]
access_key_id = "AKIDEXAMPLE"
secret_access_key = "AKIDEXAMPLE"
"""
FOLDER = tempfile.TemporaryDirectory(prefix="sluice-tls-")
CERTIFICATE = pathlib.Path(FOLDER.name) / "cert.pem"
KEY = pathlib.Path(FOLDER.name) / "key.pem"
TLS = f"""
[tls]
certificate = "{CERTIFICATE}"
key = "{KEY}"
"""


def make_certificate(certificate, key):
    """As docs/operations.md says."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "365", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", str(key), "-out", str(certificate)], check=True, stderr=subprocess.DEVNULL)


make_certificate(CERTIFICATE, KEY)


def curl(*arguments):
    """What curl printed: `VERSION STATUS` behind the body."""
    done = subprocess.run(["curl", "-sS", "-w", "\n%{http_version} %{http_code}", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    body, _, tail = done.stdout.rpartition(b"\n")
    return body, tail.decode()


def javascript(endpoint, key, stream, at_once, rounds):
    environment = dict(os.environ, NODE_EXTRA_CA_CERTS=str(CERTIFICATE), NODE_NO_WARNINGS="1")
    done = subprocess.run(["node", str(harness.HERE / "kinesis.mjs"), endpoint, harness.REGION, key, stream, str(at_once),
                           str(rounds)], cwd=harness.HERE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


class JavaScript(unittest.TestCase):
    def check(self, config, scheme, key, at_once, rounds):
        server = harness.Server(config=config).start()
        self.addCleanup(server.close)
        answer = javascript(f"{scheme}://{server.address}", key, "from-javascript", at_once, rounds)
        self.assertEqual(answer["handler"], "NodeHttp2Handler")
        self.assertEqual(answer["put"], at_once * rounds)
        self.assertEqual(answer["failed"], 0)
        self.assertEqual(sorted(answer["small"]),
                         sorted(f"{round}/{i}" for round in range(rounds) for i in range(at_once)))
        self.assertEqual(answer["sizes"], [1_000_000] * 5)
        self.assertEqual(answer["error"], "ResourceNotFoundException")
        return server

    def test_speaks_http2_in_plain_text(self):
        self.check(None, "http", "any", at_once=10, rounds=3)

    def test_signs_authority_and_is_checked(self):
        server = self.check(CREDENTIALS, "http", "AKIDEXAMPLE", at_once=10, rounds=3)
        with self.assertRaisesRegex(RuntimeError, "UnrecognizedClientException"):
            javascript(server.endpoint, "unknown", "other", 1, 1)

    def test_speaks_http2_over_tls(self):
        self.check(TLS + CREDENTIALS, "https", "AKIDEXAMPLE", at_once=10, rounds=3)

    def test_opens_connection_after_connection(self):
        server = self.check(None, "http", "any", at_once=2, rounds=100)
        # Of which none is left behind.
        self.assertLess(len(os.listdir(f"/proc/{server.process.pid}/fd")), 100)


class Curl(harness.ServerCase):
    config = TLS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.client("s3").create_bucket(Bucket="bucket")
        cls.secure = f"https://localhost:{cls.server.port}"

    def test_speaks_http2_with_prior_knowledge(self):
        body, tail = curl("--http2-prior-knowledge", self.server.endpoint + "/_sluice/health")
        self.assertEqual((json.loads(body), tail), ({"status": "ok"}, "2 200"))

    def test_speaks_http2_and_http1_over_tls_on_the_same_port(self):
        for option, version in (("--http2", "2"), ("--http1.1", "1.1")):
            body, tail = curl(option, "--cacert", str(CERTIFICATE), self.secure + "/_sluice/health")
            self.assertEqual((json.loads(body), tail), ({"status": "ok"}, f"{version} 200"))

    def test_is_not_trusted_without_the_certificate(self):
        with self.assertRaisesRegex(RuntimeError, "self-signed certificate"):
            curl(self.secure + "/_sluice/health")

    def test_moves_objects_both_ways(self):
        source = pathlib.Path(FOLDER.name) / "object"
        source.write_bytes(os.urandom(20_000_000))
        for name, options in (("plain", ["--http2-prior-knowledge", self.server.endpoint]),
                              ("secure", ["--http2", "--cacert", str(CERTIFICATE), self.secure]),
                              ("old", ["--http1.1", "--cacert", str(CERTIFICATE), self.secure])):
            url = f"{options[-1]}/bucket/{name}"
            self.assertRegex(curl(*options[:-1], "-T", str(source), url)[1], " 200$")
            self.assertEqual((self.server.bucket("bucket") / name).read_bytes(), source.read_bytes())
            body, tail = curl(*options[:-1], url)
            self.assertTrue(body == source.read_bytes())
            self.assertRegex(tail, " 200$")
            self.assertRegex(curl(*options[:-1], "-I", url)[0], rb"(?i)content-length: 20000000")

    def test_gets_answers_of_many_transfers_on_one_connection(self):
        # Over TLS: Debian's curl breaks off a connection that it shares with prior knowledge.
        urls = []
        for _ in range(50):
            urls += ["-o", "/dev/null", self.secure + "/_sluice/health"]
        done = subprocess.run(["curl", "-sS", "--no-progress-meter", "-Z", "--cacert", str(CERTIFICATE), "-w",
                               "%{http_version} %{http_code}\n", *urls], stdout=subprocess.PIPE, text=True, check=True)
        self.assertEqual(done.stdout.split("\n")[:-1], ["2 200"] * 50)


class Tls(unittest.TestCase):
    def start(self, config):
        server = harness.Server(config=config).start()
        self.addCleanup(server.close)
        return server

    def client(self, server, service):
        return boto3.client(service, endpoint_url=f"https://localhost:{server.port}", region_name=harness.REGION,
                            aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="AKIDEXAMPLE", verify=str(CERTIFICATE),
                            config=Config(s3={"addressing_style": "path"}))

    def test_boto3_verifies_the_certificate(self):
        server = self.start(TLS + CREDENTIALS)
        kinesis = self.client(server, "kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        for i in range(20):
            kinesis.put_record(StreamName="s", PartitionKey="k", Data=b"x" * 100_000)
        iterator = kinesis.get_shard_iterator(StreamName="s", ShardId="shardId-000000000000",
                                              ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        self.assertEqual(len(kinesis.get_records(ShardIterator=iterator)["Records"]), 20)
        s3 = self.client(server, "s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="k", Body=b"y" * 3_000_000)
        self.assertEqual(s3.get_object(Bucket="bucket", Key="k")["Body"].read(), b"y" * 3_000_000)

    def test_the_aws_cli_takes_it_as_its_bundle(self):
        server = self.start(TLS + CREDENTIALS)
        environment = dict(os.environ, AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="AKIDEXAMPLE",
                           AWS_DEFAULT_REGION=harness.REGION, AWS_PAGER="", HOME=FOLDER.name)
        done = subprocess.run(["/usr/bin/aws", "--endpoint-url", f"https://localhost:{server.port}", "--ca-bundle",
                               str(CERTIFICATE), "kinesis", "list-streams"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["StreamNames"], [])

    def test_may_be_required(self):
        server = self.start(TLS + "required = true\n")
        body, tail = curl(server.endpoint + "/_sluice/health")
        self.assertIn(b"https://", body)
        self.assertEqual(tail, "1.1 400")
        self.assertEqual(curl("--cacert", str(CERTIFICATE), f"https://localhost:{server.port}/_sluice/health")[1], "2 200")

    def test_old_versions_are_refused(self):
        server = self.start(TLS)
        self.assertTrue(ssl.get_server_certificate(("127.0.0.1", server.port)).startswith("-----BEGIN"))
        with self.assertRaisesRegex(RuntimeError, "(?i)ssl|tls"):
            curl("--tls-max", "1.1", "--cacert", str(CERTIFICATE), f"https://localhost:{server.port}/_sluice/health")

    def test_a_certificate_that_cannot_be_used_is_named_in_one_line(self):
        other = pathlib.Path(FOLDER.name) / "other.pem"
        make_certificate(pathlib.Path(FOLDER.name) / "other-cert.pem", other)
        for certificate, key, words in (("/absent.pem", KEY, "/absent.pem cannot be used: No such file or directory"),
                                        (CERTIFICATE, other, f"{other} cannot be used: it is not the key of"),
                                        (KEY, KEY, "-----BEGIN CERTIFICATE-----")):
            config = pathlib.Path(FOLDER.name) / "sluice.toml"
            config.write_text(f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n')
            with tempfile.TemporaryDirectory() as data:
                done = subprocess.run([str(harness.BINARY), "serve", "--listen", "127.0.0.1:0", "--data-dir", data, "--config",
                                       str(config)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                self.assertEqual(os.listdir(data), [])
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


if __name__ == "__main__":
    harness.main()
