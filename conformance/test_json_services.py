"""What all JSON services have in common: content types, headers of answers, bounds of bodies, and signatures in all forms."""

import datetime
import hashlib
import http.client
import json
import unittest

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import cbor
import harness
import raw

ENTER = """
[[stream]]
name = "s"
[[credentials]]
access_key_id = "AKID"
secret_access_key = "secret"
[[credentials]]
access_key_id = "SECOND"
secret_access_key = "other"
"""


class InQuery(SigV4QueryAuth):
    """boto3's own form for the query takes the body for a form's fields; this one signs it as it is."""

    def _modify_request_before_signing(self, request):
        self.body = request.data
        super()._modify_request_before_signing(request)

    def payload(self, request):
        return hashlib.sha256(self.body).hexdigest()


class Calls(harness.ServerCase):
    def connection(self):
        connection = raw.Connection(self.server)
        self.addCleanup(connection.close)
        return connection

    def test_content_types(self):
        connection = self.connection()
        for kind in (raw.JSON, "application/x-amz-json-1.0", "application/x-amz-json-1.1; charset=utf-8", "APPLICATION/X-AMZ-JSON-1.1", None):
            with self.subTest(kind=kind):
                status, headers, body = connection.send(raw.request("ListStreams", {}, kind=kind)).answer()
                self.assertEqual((status, headers["content-type"], body["HasMoreStreams"]), (200, raw.JSON, False))
        for kind in ("text/plain", "application/json", "application/x-www-form-urlencoded"):
            with self.subTest(kind=kind):
                self.assertEqual(connection.send(raw.request("ListStreams", {}, kind=kind)).error(), (400, "SerializationException"))

    def test_cbor_is_for_kinesis_alone(self):
        for target in ("Firehose_20150804.ListDeliveryStreams", "AWSGlue.GetDatabases", "AmazonAthena.ListWorkGroups"):
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
            connection.request("POST", "/", b"\xbf\xff", {"Content-Type": "application/x-amz-cbor-1.1", "X-Amz-Target": target})
            answer = connection.getresponse()
            self.assertEqual((answer.status, cbor.loads(answer.read())["__type"]), (400, "SerializationException"), target)
            connection.close()

    def test_answers_carry_what_clients_look_for(self):
        connection = self.connection()
        status, headers, body = connection.send(raw.request("CreateStream", {"StreamName": "s", "ShardCount": 1})).answer()
        self.assertEqual((status, headers["content-length"], headers["content-type"], body), (200, "0", raw.JSON, b""))
        self.assertRegex(headers["x-amzn-requestid"], r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertGreaterEqual(len(headers["x-amz-id-2"]), 64)
        told = datetime.datetime.strptime(headers["date"], "%a, %d %b %Y %H:%M:%S GMT")
        self.assertLess(abs((datetime.datetime.utcnow() - told).total_seconds()), 60)
        self.assertNotIn("connection", headers)
        status, headers, body = connection.send(raw.request("DescribeStream", {"StreamName": "none"})).answer()
        self.assertEqual((status, headers["x-amzn-errortype"]), (400, "ResourceNotFoundException"))
        self.assertEqual(body, {"__type": "ResourceNotFoundException", "message": "Stream none under account 000000000000 not found."})
        status, headers, body = connection.send(raw.request("DescribeStream", {"StreamName": []})).answer()
        self.assertEqual(body, {"__type": "SerializationException", "Message": "Start of list found where not expected"})

    def test_http_1_0_and_chunks(self):
        for host in ("127.0.0.1", None):
            connection = self.connection()
            status, _, _ = connection.send(raw.request("ListStreams", {}, version="HTTP/1.0", host=host)).answer()
            self.assertEqual((status, connection.is_closed()), (200, True))
        connection = self.connection()
        self.assertEqual(connection.send(raw.request("ListStreams", {}, host=None)).answer()[0], 400)
        connection = self.connection()
        for _ in range(2):
            connection.send(raw.request("ListStreams", b"1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n", "Transfer-Encoding: chunked", length=""))
            self.assertEqual(connection.answer()[0], 200)

    def test_a_body_is_sixteen_mebibytes_at_most(self):
        edge = 16 << 20
        connection = self.connection()
        self.assertEqual(connection.send(raw.request("ListStreams", b"{" + b" " * (edge - 2) + b"}")).answer()[0], 200)
        connection.send(raw.request("ListStreams", b"", length=edge + 1))
        self.assertEqual(connection.error(), (413, "RequestEntityTooLargeException"))


class Signatures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(config=ENTER).start()
        cls.addClassCleanup(cls.server.close)

    def signed(self, auth=SigV4Auth, key="AKID", secret="secret", token=None, service="kinesis", headers=None):
        request = AWSRequest(method="POST", url=self.server.endpoint + "/", data=b"{}", headers={
            "Content-Type": raw.JSON, "X-Amz-Target": "Kinesis_20131202.ListStreams", **(headers or {})})
        auth(Credentials(key, secret, token), service, harness.REGION).add_auth(request)
        return request.prepare()

    def send(self, prepared, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        sent = {name: value.decode() if isinstance(value, bytes) else value for name, value in prepared.headers.items()}
        sent.pop("Content-Length", None)
        connection.request("POST", prepared.url.removeprefix(self.server.endpoint), body or b"{}", sent | headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        connection.close()
        return answer.status, told.get("__type")

    def test_all_that_know_a_secret_are_let_in(self):
        for how in ({}, {"key": "SECOND", "secret": "other"}, {"auth": InQuery}, {"token": "a session's"},
                    {"auth": InQuery, "token": "a session's"}):
            with self.subTest(how=how):
                self.assertEqual(self.send(self.signed(**how)), (200, None))

    def test_others_are_told_why_not(self):
        for expected, how in (("UnrecognizedClientException", {"key": "NOBODY"}),
                              ("InvalidSignatureException", {"secret": "wrong"}),
                              ("InvalidSignatureException", {"auth": InQuery, "secret": "wrong"}),
                              ("InvalidSignatureException", {"service": "firehose"}),
                              ("InvalidSignatureException", {"headers": {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}})):
            with self.subTest(how=how):
                self.assertEqual(self.send(self.signed(**how)), (400, expected))

    def test_what_was_signed_cannot_be_changed(self):
        good = self.signed()
        self.assertEqual(self.send(good, body=b'{"Limit":1}'), (400, "InvalidSignatureException"))
        self.assertEqual(self.send(good, **{"X-Amz-Target": "Kinesis_20131202.DescribeLimits"}), (400, "InvalidSignatureException"))
        self.assertEqual(self.send(good, Host="localhost"), (400, "InvalidSignatureException"))
        self.assertEqual(self.send(good, **{"X-Amz-Extra": "unsigned"}), (400, "InvalidSignatureException"))

    def test_other_schemes_are_refused(self):
        good = self.signed()
        for authorization in (
                "AWS4-HMAC-SHA256 Credential=AKID",
                "AWS4-ECDSA-P256-SHA256 Credential=AKID/20260101/kinesis/aws4_request, SignedHeaders=host;x-amz-date, Signature=00",
                "AWS AKID:frJIUN8DYpKDtOLCwo//yllqDzg=",
                "Bearer token"):
            with self.subTest(authorization=authorization):
                self.assertEqual(self.send(good, Authorization=authorization), (400, "IncompleteSignatureException"))
        del good.headers["Authorization"]
        self.assertEqual(self.send(good), (400, "MissingAuthenticationTokenException"))
        both = self.signed(InQuery)
        self.assertEqual(self.send(both, Authorization="AWS4-HMAC-SHA256 Credential=AKID"), (400, "InvalidSignatureException"))

    def test_the_clock_may_differ_by_a_quarter_of_an_hour(self):
        import botocore.auth
        real = botocore.auth.datetime

        class Shifted(real.datetime):
            offset = 0

            @classmethod
            def utcnow(cls):
                return real.datetime.utcnow() + real.timedelta(minutes=cls.offset)

        class Module:
            datetime = Shifted
            timedelta = real.timedelta

        botocore.auth.datetime = Module
        self.addCleanup(setattr, botocore.auth, "datetime", real)
        for offset, expected in ((-14, None), (14, None), (-16, "InvalidSignatureException"), (16, "InvalidSignatureException")):
            with self.subTest(offset=offset):
                Shifted.offset = offset
                self.assertEqual(self.send(self.signed())[1], expected)

    def test_an_unknown_key_is_told_before_the_body_is_asked_for(self):
        for key, expected in (("AKID", 100), ("NOBODY", 400)):
            prepared = self.signed(key=key)
            lines = [f"{name}: {value.decode() if isinstance(value, bytes) else value}" for name, value in prepared.headers.items()
                     if name.lower() not in ("x-amz-target", "content-type", "content-length", "host")]
            connection = raw.Connection(self.server)
            self.addCleanup(connection.close)
            connection.send(raw.request("ListStreams", b"", "Expect: 100-continue", *lines, length=2, host=f"127.0.0.1:{self.server.port}"))
            status, _, _ = connection.answer()
            self.assertEqual(status, expected)
            if status == 100:
                self.assertEqual(connection.send(b"{}").answer()[0], 200)


if __name__ == "__main__":
    harness.main()
