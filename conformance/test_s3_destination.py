"""Delivery into another S3, exactly once: into a second server of ours and, where it is installed, into Ceph's gateway.

Each through a proxy that lies (harness_s3.py), with kill -9 of the server in the middle; in the end every record that was
acknowledged is in the bucket once.
"""

import pathlib
import signal
import tempfile
import time
import unittest

import harness
import harness_s3

STREAM = "d"


def config_of(endpoint, key_file, key, more="", server="", stall=2, size=1, interval=1):
    return f"""
[server]
{server}
[[s3]]
buckets = ["landing*"]
endpoint = "{endpoint}"
region = "us-east-1"
access_key_id = "{key}"
secret_access_key_file = "{key_file}"
connect_timeout_s = 2
stall_timeout_s = {stall}
timeout_s = 60
{more}
[[delivery_stream]]
name = "{STREAM}"
bucket = "landing"
prefix = "data/"
error_output_prefix = "errors/"
buffer_size_mb = {size}
buffer_interval_s = {interval}
"""


class Delivering(unittest.TestCase):
    """A server that delivers to a store; what the cases below share."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="sluice-s3-")
        self.addCleanup(self.folder.cleanup)
        self.key_file = pathlib.Path(self.folder.name) / "secret"
        self.sent = 0

    def serve(self, endpoint, key="AKID", secret="secret", **settings):
        self.key_file.write_text(secret + "\n")
        self.server = harness.Server(config=config_of(endpoint, self.key_file, key, **settings)).start()
        self.addCleanup(self.server.close)

    def restart(self):
        self.server.kill()
        self.server.start()

    def put(self, count, size=40):
        firehose = self.server.client("firehose")
        for first in range(self.sent, self.sent + count, 500):
            numbers = range(first, min(first + 500, self.sent + count))
            answer = firehose.put_record_batch(DeliveryStreamName=STREAM, Records=[{"Data": f"{n:>{size}}\n".encode()} for n in numbers])
            self.assertEqual(answer["FailedPutCount"], 0)
        self.sent += count

    def wait_for_log(self, *words):
        harness.wait_for(f"the log says {words}: {self.server.output()}",
                         lambda: any(all(w in line for w in words) for line in self.server.output().splitlines()))

    def assert_each_once(self, contents, patience=120):
        """`contents` gives the bytes of all objects of the bucket."""
        def numbers():
            return sorted(int(line) for content in contents() for line in content.split())
        harness.wait_for("all records arrive", lambda: len(set(numbers())) == self.sent, patience)
        self.server.stop()
        found = numbers()
        lost, double = self.sent - len(set(found)), len(found) - len(set(found))
        print(f"{self.sent} records put, {lost} lost, {double} double", flush=True)
        self.assertEqual((lost, double), (0, 0))
        spooled = [p for p in (self.server.data / "spool").rglob("*") if p.is_file()]
        self.assertEqual(spooled, [])


class AnyStore:
    """What every store must make good; a case gives `store` with endpoint, key, secret and client()."""

    def setUp(self):
        super().setUp()
        self.s3 = self.store.client()
        self.proxy = harness_s3.LyingProxy(self.store.endpoint)
        self.addCleanup(self.proxy.close)
        self.addCleanup(self.empty)

    def empty(self):
        for bucket in self.s3.list_buckets()["Buckets"]:
            name = bucket["Name"]
            for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=name):
                for entry in page.get("Contents", []):
                    self.s3.delete_object(Bucket=name, Key=entry["Key"])
            self.s3.delete_bucket(Bucket=name)

    def serve_here(self, **more):
        self.serve(self.proxy.endpoint, self.store.key, more.pop("secret", self.store.secret), **more)

    def contents(self):
        out = []
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket="landing", Prefix="data/"):
            for entry in page.get("Contents", []):
                out.append(self.s3.get_object(Bucket="landing", Key=entry["Key"])["Body"].read())
        return out

    def test_every_record_arrives_once_though_the_store_lies_and_the_server_is_killed(self):
        self.s3.create_bucket(Bucket="landing")
        self.serve_here()
        self.proxy.is_lying = True
        for turn in range(8):
            self.put(700)
            time.sleep(1.1)  # an object each
            if turn % 3 == 2:
                self.restart()
        harness.wait_for("every kind of lie was told, or enough of them", lambda: len(self.proxy.told) >= 5, 60)
        self.proxy.is_lying = False
        late = self.proxy.told.count("late")
        harness.wait_for("late ones take effect", lambda: len(self.proxy.late) == late, 60)
        self.assert_each_once(self.contents)
        print(f"lies told: {', '.join(f'{lie} {self.proxy.told.count(lie)}' for lie in harness_s3.LIES)}", flush=True)

    def test_objects_have_the_headers_of_the_local_bucket(self):
        self.s3.create_bucket(Bucket="landing")
        self.serve_here()
        self.put(10)
        harness.wait_for("the object arrives", lambda: len(self.contents()) == 1)
        key = self.s3.list_objects_v2(Bucket="landing")["Contents"][0]["Key"]
        head = self.s3.head_object(Bucket="landing", Key=key)
        self.assertEqual(head["ContentType"], "application/octet-stream")
        self.assertTrue(head["Metadata"]["sluice-delivery-stream"].startswith(STREAM + "/"), head["Metadata"])
        self.assertRegex(head["Metadata"]["sluice-sha256"], "^[0-9a-f]{64}$")
        self.assertRegex(key, r"^data/\d{4}/\d\d/\d\d/\d\d/d-1-")

    def test_objects_are_checked_by_crc32c_whole_and_in_parts(self):
        self.s3.create_bucket(Bucket="landing")
        self.serve_here(more='checksum = "crc32c"\nmultipart_threshold_mb = 5\npart_size_mb = 5', size=64, interval=3)
        firehose = self.server.client("firehose")
        for n in range(14):
            firehose.put_record(DeliveryStreamName=STREAM, Record={"Data": f"{n:>999990}\n".encode()})
        self.sent = 14
        harness.wait_for("the large ones arrive", lambda: sum(len(c) for c in self.contents()) == 14 * 999991, 60)
        self.put(10)
        self.assert_each_once(self.contents)

    def test_delivery_goes_on_when_the_bucket_is_created(self):
        self.serve_here()
        self.put(100)
        self.wait_for_log("NoSuchBucket", "bucket landing does not exist: create it and delivery goes on")
        self.put(100)
        self.s3.create_bucket(Bucket="landing")
        self.assert_each_once(self.contents)

    def test_wrong_keys_are_named_and_right_ones_deliver(self):
        self.s3.create_bucket(Bucket="landing")
        self.serve_here(secret="wrong")
        self.put(100)
        self.wait_for_log("SignatureDoesNotMatch", "check the secret key")
        self.server.kill()
        self.key_file.write_text(self.store.secret)
        self.server.start()
        self.assert_each_once(self.contents)

    def test_a_put_file_that_is_gone_is_known_by_its_object(self):
        self.s3.create_bucket(Bucket="landing")
        self.serve_here()
        # The answer never comes, and the server is killed while it waits: the object is there, the commit is not.
        self.proxy.always, self.proxy.is_lying = "reset_after", True
        self.put(100)
        harness.wait_for("the store has the object", lambda: len(self.contents()) == 1)
        self.server.kill()
        self.proxy.is_lying = False
        for path in (self.server.data / "spool").rglob("*"):
            if path.is_file():
                path.unlink()
        self.server.start()
        self.assert_each_once(self.contents)


class SecondServer:
    """A server of ours as the other S3."""

    key, secret = "AKID", "secret"

    def __init__(self):
        self.server = harness.Server(config='[[credentials]]\naccess_key_id = "AKID"\nsecret_access_key = "secret"\n').start()
        self.endpoint = self.server.endpoint

    def client(self):
        return self.server.client("s3", key=self.key, secret=self.secret)

    def close(self):
        self.server.close()


class IntoAnotherServer(AnyStore, Delivering):
    @classmethod
    def setUpClass(cls):
        cls.store = SecondServer()
        cls.addClassCleanup(cls.store.close)

    def test_a_start_fails_with_one_line_for_nonsense(self):
        self.key_file.write_text("secret")
        good = config_of(self.proxy.endpoint, self.key_file, "AKID")
        for wrong, words in ((good.replace(self.proxy.endpoint, "store"), 'endpoint "store" is no address of an S3 service'),
                             (good.replace(str(self.key_file), "/nowhere/secret"), "secret_access_key_file cannot be read"),
                             (good + '[[bucket]]\nname = "landing"\n', "is one of the [[s3]] at")):
            server = harness.Server(config=wrong)
            self.addCleanup(server.close)
            with self.assertRaises(RuntimeError) as caught:
                server.start()
            self.assertIn(words, str(caught.exception))

    def test_a_stop_does_not_wait_for_a_store_that_hangs(self):
        self.s3.create_bucket(Bucket="landing")
        self.serve_here(server='on_stop = "leave"', stall=600)
        self.proxy.always, self.proxy.is_lying = "hang", True
        self.put(100)
        harness.wait_for("a put hangs", lambda: self.proxy.told)
        self.server.stop(patience=60)
        self.proxy.is_lying = False
        self.server.start()
        harness.wait_for("the next life puts it", lambda: len(self.contents()) == 1)
        self.assert_each_once(self.contents)


class InParts(Delivering):
    """Objects above the threshold, into a store that knows uploads in parts."""

    def setUp(self):
        super().setUp()
        self.store = harness_s3.PartStore()
        self.addCleanup(self.store.close)
        self.serve(self.store.endpoint, more="multipart_threshold_mb = 5\npart_size_mb = 5", size=64, interval=3)

    def contents(self):
        with self.store.lock:
            return [content for _, content in self.store.objects.values()]

    def put_large(self):
        """Three parts' worth, in an object or two."""
        firehose = self.server.client("firehose")
        for n in range(self.sent, self.sent + 14):
            firehose.put_record(DeliveryStreamName=STREAM, Record={"Data": f"{n:>999990}\n".encode()})
        self.sent += 14

    def test_a_large_object_goes_in_parts(self):
        self.put_large()
        self.assert_each_once(self.contents)
        self.assertGreater(self.store.opened, 0)
        self.assertEqual(self.store.uploads, {})
        headers = next(iter(self.store.objects.values()))[0]
        self.assertRegex(headers["x-amz-meta-sluice-sha256"], "^[0-9a-f]{64}$")

    def test_an_upload_that_fails_is_aborted_and_begun_again(self):
        failing = iter([True, True])
        self.store.on_part = lambda number: harness_s3.error(500, "InternalError") if number == 2 and next(failing, False) else None
        self.put_large()
        self.assert_each_once(self.contents)
        self.assertEqual(self.store.uploads, {})
        self.assertGreaterEqual(self.store.opened, 3)

    def test_an_upload_in_which_the_server_is_killed_is_tidied_by_the_next_life(self):
        killed = []

        def kill(number):
            if number == 2 and not killed:
                killed.append(number)
                self.server.kill()

        self.store.on_part = kill
        self.put_large()
        harness.wait_for("the server is killed in an upload", lambda: killed and self.server.process.poll() is not None)
        self.assertTrue(self.store.uploads)
        self.server.start()
        self.assert_each_once(self.contents)
        self.assertEqual(self.store.uploads, {})


@unittest.skipIf(harness_s3.why_no_ceph(), harness_s3.why_no_ceph())
class IntoCeph(AnyStore, Delivering):
    """A store that nobody here wrote."""

    @classmethod
    def setUpClass(cls):
        cls.store = harness_s3.Ceph()
        cls.addClassCleanup(cls.store.close)
        print(f"Ceph's gateway at {cls.store.endpoint}, started by {harness_s3.ceph_script()}", flush=True)

    def test_a_put_that_a_stopped_store_executes_late_is_a_harmless_twin(self):
        self.s3.create_bucket(Bucket="landing")
        self.serve_here()
        self.put(100)
        harness.wait_for("the first object arrives", lambda: len(self.contents()) == 1)
        self.store.signal_osd(signal.SIGSTOP)
        try:
            self.put(100)
            self.wait_for_log("PUT", "Operation too slow")
            self.restart()
            self.put(100)
            self.wait_for_log("PUT", "Operation too slow")
        finally:
            self.store.signal_osd(signal.SIGCONT)
        self.assert_each_once(self.contents)

    def test_delivery_goes_on_when_the_quota_is_raised(self):
        self.s3.create_bucket(Bucket="landing")
        self.store.admin("quota", "set", "--quota-scope=bucket", "--uid=sluice", "--max-objects=0")
        self.store.admin("quota", "enable", "--quota-scope=bucket", "--uid=sluice")
        self.serve_here()
        try:
            self.put(100)
            self.wait_for_log("QuotaExceeded", "quota reached")
        finally:
            self.store.admin("quota", "disable", "--quota-scope=bucket", "--uid=sluice")
        self.assert_each_once(self.contents)

    def test_large_objects_go_in_parts(self):
        self.s3.create_bucket(Bucket="landing")
        self.serve_here(more="multipart_threshold_mb = 5\npart_size_mb = 5", size=64, interval=3)
        firehose = self.server.client("firehose")
        for n in range(14):
            firehose.put_record(DeliveryStreamName=STREAM, Record={"Data": f"{n:>999990}\n".encode()})
        self.sent = 14
        self.assert_each_once(self.contents)
        etags = [e["ETag"] for e in self.s3.list_objects_v2(Bucket="landing")["Contents"]]
        self.assertTrue(any("-" in etag for etag in etags), etags)
        self.assertEqual(self.s3.list_multipart_uploads(Bucket="landing").get("Uploads", []), [])


@unittest.skipIf(harness_s3.why_no_ceph(), harness_s3.why_no_ceph())
class IntoCephThatIsKilled(Delivering):
    """A store whose daemon of objects dies and comes back, with what it had on its disk."""

    def test_every_record_arrives_once_though_the_store_is_killed_in_the_middle(self):
        self.store = harness_s3.Ceph(store="bluestore")
        self.addCleanup(self.store.close)
        self.s3 = self.store.client()
        self.s3.create_bucket(Bucket="landing")
        self.serve(self.store.endpoint, self.store.key, self.store.secret)
        for turn in range(4):
            self.put(300)
            command = self.store.kill_osd()
            self.put(300)
            if turn == 0:
                self.wait_for_log("PUT", "Operation too slow")
            if turn % 2:
                self.restart()
            self.store.start_osd(command)
            self.put(300)
            time.sleep(1.5)  # some of it is on its way when the next blow comes
        self.assert_each_once(lambda: AnyStore.contents(self), patience=240)


if __name__ == "__main__":
    harness.main()
