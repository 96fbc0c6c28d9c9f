"""Webhooks: a service is told of each new object of the local buckets, whatever happens to either side."""

import base64
import hashlib
import hmac
import io
import json
import tempfile
import threading
import urllib.parse
import urllib.request

from boto3.s3.transfer import TransferConfig

import harness
from harness_s3 import Serving

SECRET = b"sixteen and sixteen bytes at it."
MB = 1 << 20


class Hook(Serving):
    """Keeps what it is told, unless it is down."""

    def __init__(self, test):
        self.lock = threading.Lock()
        self.requests, self.events, self.is_down = [], [], False
        super().__init__()
        test.addCleanup(self.close)

    def answer(self, method, path, headers, body):
        with self.lock:
            if self.is_down:
                return 503, {}, b""
            self.requests.append((method, path, {name.lower(): value for name, value in headers.items()}, body))
            self.events += json.loads(body)["Records"]
            return 200, {}, b"thank you"

    def keys(self):
        with self.lock:
            return [urllib.parse.unquote_plus(event["s3"]["object"]["key"]) for event in self.events]


class Webhooks(harness.ServiceCase):
    def setUp(self):
        self.hook = Hook(self)

    def serve(self, more="", bucket="landing"):
        config = f'[[bucket]]\nname = "landing"\n[[bucket]]\nname = "other"\n[[webhook]]\nname = "told"\nurl = "{self.hook.endpoint}/new?a=b"\n{more}'
        if bucket:
            config += f'bucket = "{bucket}"\n'
        self.server = harness.Server(config=config)
        self.addCleanup(self.server.close)
        self.server.start()
        self.s3 = self.server.client("s3")

    def wait_for(self, keys):
        harness.wait_for(f"{keys} to be told, not {self.hook.keys()}", lambda: self.hook.keys() == keys)

    def test_each_way_to_make_an_object_is_told_with_its_name(self):
        self.serve()
        self.s3.put_object(Bucket="landing", Key="a b/é+.txt", Body=b"12345")
        self.s3.copy_object(Bucket="landing", Key="copy", CopySource={"Bucket": "landing", "Key": "a b/é+.txt"})
        self.s3.upload_fileobj(io.BytesIO(bytes(11 * MB)), "landing", "parts", Config=TransferConfig(multipart_threshold=MB, multipart_chunksize=5 * MB))
        self.s3.put_object(Bucket="other", Key="not told", Body=b"")
        self.s3.delete_object(Bucket="landing", Key="copy")
        self.s3.put_object_tagging(Bucket="landing", Key="parts", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
        self.s3.put_object(Bucket="landing", Key="last", Body=b"")
        self.wait_for(["a b/é+.txt", "copy", "parts", "last"])
        events = self.hook.events
        self.assertEqual([event["eventName"] for event in events],
                         ["ObjectCreated:Put", "ObjectCreated:Copy", "ObjectCreated:CompleteMultipartUpload", "ObjectCreated:Put"])
        for event in events[:3]:
            key = urllib.parse.unquote_plus(event["s3"]["object"]["key"])
            self.assertEqual(event["s3"]["bucket"]["arn"], "arn:aws:s3:::landing")
            if key != "copy":
                head = self.s3.head_object(Bucket="landing", Key=key)
                self.assertEqual((event["s3"]["object"]["size"], event["s3"]["object"]["eTag"]), (head["ContentLength"], head["ETag"].strip('"')))
        sequencers = [event["s3"]["object"]["sequencer"] for event in events]
        self.assertEqual(sequencers, sorted(set(sequencers)))
        method, path, headers, _ = self.hook.requests[0]
        self.assertEqual((method, path, headers["content-type"]), ("POST", "/new?a=b", "application/json"))
        self.assertEqual(self.s3.get_bucket_notification_configuration(Bucket="landing").get("TopicConfigurations"), None)

    def test_what_is_delivered_is_told(self):
        self.serve('prefix = "rr/"\n', bucket="")
        firehose = self.server.client("firehose")
        firehose.create_delivery_stream(DeliveryStreamName="beats", ExtendedS3DestinationConfiguration={
            "BucketARN": "arn:aws:s3:::other", "RoleARN": "arn:aws:iam::000000000000:role/r", "Prefix": "rr/", "ErrorOutputPrefix": "bad/",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0}})
        firehose.put_record(DeliveryStreamName="beats", Record={"Data": b"{}"})
        harness.wait_for("the object to be told", self.hook.keys)
        [event] = self.hook.events
        [entry] = self.s3.list_objects_v2(Bucket="other")["Contents"]
        self.assertEqual((event["s3"]["bucket"]["name"], event["s3"]["object"]["key"]), ("other", entry["Key"]))

    def test_nothing_is_lost_while_the_service_is_down_and_the_server_is_killed(self):
        self.serve()
        self.hook.is_down = True
        self.s3.put_object(Bucket="landing", Key="0", Body=b"")
        harness.wait_for("a line in the log", lambda: "webhook told: POST" in self.server.output())
        for number in range(1, 250):
            self.s3.put_object(Bucket="landing", Key=str(number), Body=b"")
        metrics = urllib.request.urlopen(f"{self.server.endpoint}/_sluice/metrics").read().decode()
        self.assertIn('sluice_webhook_waiting_notifications{webhook="told"} 250\n', metrics)
        self.server.kill()
        self.hook.is_down = False
        self.server.start()
        self.wait_for([str(number) for number in range(250)])
        self.assertLess(len(self.hook.requests), 10)

    def test_requests_are_signed_as_standard_webhooks_are(self):
        with tempfile.NamedTemporaryFile("w") as secret:
            secret.write("whsec_" + base64.b64encode(SECRET).decode() + "\n")
            secret.flush()
            self.serve(f'secret_file = "{secret.name}"\n')
        self.s3.put_object(Bucket="landing", Key="a", Body=b"")
        self.wait_for(["a"])
        [(_, _, headers, body)] = self.hook.requests
        text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        signature = base64.b64encode(hmac.new(SECRET, text, hashlib.sha256).digest()).decode()
        self.assertEqual(headers["webhook-signature"], f"v1,{signature}")

    def test_a_stop_tells_what_is_left_first(self):
        self.serve()
        for number in range(20):
            self.s3.put_object(Bucket="landing", Key=str(number), Body=b"")
        self.server.stop()
        self.assertEqual(self.hook.keys(), [str(number) for number in range(20)])


if __name__ == "__main__":
    harness.main()
