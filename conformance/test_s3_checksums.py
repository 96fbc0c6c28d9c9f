"""Checksums of objects and bodies in aws-chunked form, by boto3, the SDK for JavaScript and by hand."""

import base64
import datetime
import hashlib
import hmac
import http.client
import os
import re
import socket
import zlib

import botocore.exceptions

import harness
from harness import REGION

KEY, SECRET = "AKIDCHUNKS", "secret-of-chunks"
BODY = b"Hello world" * 1000


def b64(data):
    return base64.b64encode(data).decode()


def crc32(data):
    return b64(zlib.crc32(data).to_bytes(4, "big"))


def reflected_crc(data, polynomial, bits):
    """Bit by bit, as the definition has it."""
    state = (1 << bits) - 1
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = (state >> 1) ^ (polynomial if state & 1 else 0)
    return b64((state ^ ((1 << bits) - 1)).to_bytes(bits // 8, "big"))


CHECKSUMS = {"CRC32": crc32, "SHA1": lambda data: b64(hashlib.sha1(data).digest()),
             "SHA256": lambda data: b64(hashlib.sha256(data).digest()),
             "CRC32C": lambda data: reflected_crc(data, 0x82F63B78, 32),
             "CRC64NVME": lambda data: reflected_crc(data, 0x9A6C9329AC4BC9B5, 64)}


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Signer:
    """Signature version 4 for a PUT whose body comes in chunks, made by hand from AWS's description."""

    def __init__(self, host, path, headers, content_sha256, key, secret):
        self.stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        day = self.stamp[:8]
        self.scope = f"{day}/{REGION}/s3/aws4_request"
        self.headers = {**headers, "host": host, "x-amz-date": self.stamp, "x-amz-content-sha256": content_sha256}
        self.key = sign(sign(sign(sign(("AWS4" + secret).encode(), day), REGION), "s3"), "aws4_request")
        names = ";".join(sorted(self.headers))
        canonical = "\n".join(["PUT", path, "", *(f"{name}:{self.headers[name]}" for name in sorted(self.headers)), "", names,
                               content_sha256])
        self.last = self.signature("AWS4-HMAC-SHA256", hashlib.sha256(canonical.encode()).hexdigest())
        self.headers["Authorization"] = (f"AWS4-HMAC-SHA256 Credential={key}/{self.scope}, SignedHeaders={names}, "
                                         f"Signature={self.last}")

    def signature(self, *parts):
        method, *rest = parts
        return sign(self.key, "\n".join([method, self.stamp, self.scope, *rest])).hex()

    def chunk(self, data):
        self.last = self.signature("AWS4-HMAC-SHA256-PAYLOAD", self.last, hashlib.sha256(b"").hexdigest(),
                                   hashlib.sha256(data).hexdigest())
        return f"{len(data):x};chunk-signature={self.last}\r\n".encode() + data + (b"\r\n" if data else b"")

    def trailer(self, text):
        self.last = self.signature("AWS4-HMAC-SHA256-TRAILER", self.last, hashlib.sha256(text.encode()).hexdigest())
        return f"{text.rstrip()}\r\nx-amz-trailer-signature:{self.last}\r\n".encode()


class SignedChunks:
    """Bodies whose chunks are signed; test_s3_on_ceph.py has Ceph judge the signatures too.

    A case gives the server `closed`, which knows `key` and `secret`, and a client of its own that has them, `signing`.
    """

    chunks = [b"a" * 65536, b"b" * 65536, b"c" * 1024]

    def put(self, server, path, headers, body):
        return server.exchange("PUT", path, {**headers, "Content-Length": str(len(body))}, body)

    def signed(self, form, trailer=None, change=lambda body: body):
        headers = {"x-amz-decoded-content-length": str(sum(map(len, self.chunks))), "content-encoding": "aws-chunked"}
        if trailer:
            headers["x-amz-trailer"] = trailer.split(":")[0]
        signer = Signer(f"127.0.0.1:{self.closed.port}", "/sums/signed", headers, form, self.key, self.secret)
        body = b"".join(signer.chunk(chunk) for chunk in [*self.chunks, b""])
        body += (signer.trailer(trailer) if trailer else b"") + b"\r\n"
        return self.put(self.closed, "/sums/signed", signer.headers, change(body))

    def check_signatures(self, form, trailer=None):
        status, _, text = self.signed(form, trailer)
        self.assertEqual(status, 200, text)
        found = self.signing.get_object(Bucket="sums", Key="signed")
        self.assertEqual(found["Body"].read(), b"".join(self.chunks))
        answer = self.signed(form, trailer, lambda body: body.replace(b"bbbb", b"bbbc", 1))
        self.assert_refused(answer, 403, "SignatureDoesNotMatch")


class Checksums(SignedChunks, harness.ServiceCase):
    key, secret = KEY, SECRET

    @classmethod
    def setUpClass(cls):
        cls.open = harness.Server()
        cls.addClassCleanup(cls.open.close)
        cls.open.start()
        cls.s3 = cls.open.client("s3")
        cls.s3.create_bucket(Bucket="sums")
        cls.closed = harness.Server(config=f'[[credentials]]\naccess_key_id = "{KEY}"\nsecret_access_key = "{SECRET}"\n')
        cls.addClassCleanup(cls.closed.close)
        cls.closed.start()
        cls.signing = cls.closed.client("s3", key=KEY, secret=SECRET)
        cls.signing.create_bucket(Bucket="sums")

    def headers(self, key, **members):
        """As they came: boto3 may know fewer of them."""
        return self.s3.head_object(Bucket="sums", Key=key, **members)["ResponseMetadata"]["HTTPHeaders"]

    def chunked(self, key, body, **headers):
        return self.put(self.open, f"/sums/{key}", {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                                                    "Content-Encoding": "aws-chunked", **headers}, body)

    def test_each_checksum_is_compared_kept_and_given_back(self):
        for name, checksum in CHECKSUMS.items():
            with self.subTest(name=name):
                header = f"x-amz-checksum-{name.lower()}"
                status, headers, text = self.put(self.open, f"/sums/{name}", {header: checksum(BODY)}, BODY)
                self.assertEqual((status, headers.get(header)), (200, checksum(BODY)), text)
                told = self.headers(name, ChecksumMode="ENABLED")
                self.assertEqual((told.get(header), told.get("x-amz-checksum-type")), (checksum(BODY), "FULL_OBJECT"))
                self.assertNotIn(header, self.headers(name))
                status, _, text = self.put(self.open, f"/sums/bad-{name}", {header: checksum(b"other")}, BODY)
                self.assertEqual(status, 400)
                self.assertIn(f"<Code>BadDigest</Code><Message>The {name} you specified did not match", text)
                self.assertIn("<Code>InvalidRequest</Code>", self.put(self.open, f"/sums/{name}", {header: "x"}, BODY)[2])
        self.assertEqual([entry["Key"] for entry in self.s3.list_objects_v2(Bucket="sums", Prefix="bad-").get("Contents", [])], [])

    def test_boto3_sends_and_compares_them(self):
        for name in ("CRC32", "SHA1", "SHA256"):
            answer = self.s3.put_object(Bucket="sums", Key=f"boto-{name}", Body=BODY, ChecksumAlgorithm=name)
            self.assertEqual(answer[f"Checksum{name}"], CHECKSUMS[name](BODY))
            found = self.s3.get_object(Bucket="sums", Key=f"boto-{name}", ChecksumMode="ENABLED")
            self.assertEqual((found["Body"].read(), found[f"Checksum{name}"]), (BODY, CHECKSUMS[name](BODY)))
        self.s3.delete_objects(Bucket="sums", Delete={"Objects": [{"Key": "boto-SHA1"}]}, ChecksumAlgorithm="SHA256")
        with self.assertRaises(botocore.exceptions.ClientError):
            self.s3.head_object(Bucket="sums", Key="boto-SHA1")

    def test_a_copy_keeps_the_checksum(self):
        self.s3.put_object(Bucket="sums", Key="source", Body=BODY, ChecksumAlgorithm="SHA256")
        self.s3.copy_object(Bucket="sums", Key="copy", CopySource="sums/source", MetadataDirective="REPLACE", Metadata={"a": "b"})
        self.assertEqual(self.s3.head_object(Bucket="sums", Key="copy", ChecksumMode="ENABLED")["ChecksumSHA256"],
                         CHECKSUMS["SHA256"](BODY))

    def test_the_javascript_sdk_puts_and_gets_with_its_defaults(self):
        pieces = [os.urandom(70_000) for _ in range(5)]
        whole = b"".join(pieces)
        made = harness.javascript_calls(
            self.open, ("PutObject", {"Bucket": "sums", "Key": "js/buffer", "Body": b64(whole)}),
            ("PutObject", {"Bucket": "sums", "Key": "js/stream", "Body": [b64(piece) for piece in pieces], "ContentLength": len(whole),
                           "ContentEncoding": "gzip", "Metadata": {"watch": "fenix"}}),
            ("PutObject", {"Bucket": "sums", "Key": "js/crc64", "Body": b64(whole), "ChecksumAlgorithm": "CRC32C"}),
            ("GetObject", {"Bucket": "sums", "Key": "js/stream"}),
            ("HeadObject", {"Bucket": "sums", "Key": "js/stream", "ChecksumMode": "ENABLED"}),
            ("ListObjectsV2", {"Bucket": "sums", "Prefix": "js/"}),
            ("DeleteObjects", {"Bucket": "sums", "Delete": {"Objects": [{"Key": "js/buffer"}]}}), service="S3")
        for outcome in made:
            self.assertIn("answer", outcome, made)
        answers = [outcome["answer"] for outcome in made]
        self.assertEqual([answer["ChecksumCRC32"] for answer in answers[:2]], [crc32(whole)] * 2)
        self.assertEqual(answers[2]["ChecksumCRC32C"], CHECKSUMS["CRC32C"](whole))
        self.assertEqual((answers[3]["Body"], answers[3]["ContentEncoding"]), (b64(whole), "gzip"))
        self.assertEqual((answers[4]["Metadata"], answers[4]["ChecksumCRC32"]), ({"watch": "fenix"}, crc32(whole)))
        self.assertEqual([entry["Key"] for entry in answers[5]["Contents"]], ["js/buffer", "js/crc64", "js/stream"])
        self.assertEqual((self.open.bucket("sums") / "js/stream").read_bytes(), whole)

    def test_an_unsigned_body_in_chunks_is_put_together(self):
        body = b"5\r\nHello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:" + crc32(b"Hello world").encode() + b"\r\n\r\n"
        told = {"x-amz-decoded-content-length": "11", "x-amz-trailer": "x-amz-checksum-crc32"}
        status, headers, text = self.chunked("chunks", body, **told)
        self.assertEqual((status, headers.get("x-amz-checksum-crc32")), (200, crc32(b"Hello world")), text)
        found = self.s3.get_object(Bucket="sums", Key="chunks")
        self.assertEqual((found["Body"].read(), found["ETag"].strip('"')), (b"Hello world", hashlib.md5(b"Hello world").hexdigest()))
        self.assertNotIn("ContentEncoding", found)
        for wrong, code in ((body.replace(b" world", b" World"), "BadDigest"), (body[:-20], "IncompleteBody"),
                            (body.replace(b"\r\n6\r\n", b"\r\n7\r\n"), "InvalidRequest"),
                            (b"5\r\nHello\r\n6\r\n world\r\n0\r\n\r\n", "InvalidRequest")):
            self.assertIn(f"<Code>{code}</Code>", self.chunked("wrong", wrong, **told)[2])
        self.assertIn("<Code>IncompleteBody</Code>", self.chunked("wrong", body, **{**told, "x-amz-decoded-content-length": "12"})[2])
        self.assertIn("<Code>MissingContentLength</Code>", self.chunked("wrong", body)[2])
        self.assertNotIn("Contents", self.s3.list_objects_v2(Bucket="sums", Prefix="wrong"))

    def test_the_signatures_of_chunks_and_trailer_are_checked(self):
        self.check_signatures("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        trailing = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
        sum_line = f"x-amz-checksum-sha256:{CHECKSUMS['SHA256'](b''.join(self.chunks))}\n"
        self.check_signatures(trailing, sum_line)
        status, _, text = self.signed(trailing, sum_line, lambda body: body.replace(b"sha256:", b"sha256:A", 1))
        self.assertEqual(status, 403, text)

    def test_what_announces_no_checksum_that_comes_is_refused(self):
        for headers, message in (
                ({"x-amz-sdk-checksum-algorithm": "CRC32"}, "no corresponding"),
                ({"x-amz-checksum-crc32": crc32(BODY), "x-amz-checksum-sha1": CHECKSUMS["SHA1"](BODY)}, "Expecting a single")):
            status, _, text = self.put(self.open, "/sums/refused", headers, BODY)
            self.assertEqual(status, 400)
            self.assertIn(message, text)

    def test_chunks_without_their_form_are_refused_and_not_stored(self):
        body = b"5\r\nHello\r\n0\r\n\r\n"
        for headers in ({}, {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, {"x-amz-content-sha256": hashlib.sha256(body).hexdigest()}):
            status, _, text = self.put(self.open, "/sums/formless", {"Content-Encoding": "gzip,aws-chunked", **headers}, body)
            self.assertEqual(status, 400, text)
            self.assertIn("<Code>InvalidRequest</Code>", text)
        self.assertEqual(self.put(self.open, "/sums/formless", {"Content-Encoding": "AWS-Chunked"}, body)[0], 400)
        twice = ("PUT /sums/formless HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nContent-Encoding: gzip\r\n"
                 "Content-Encoding: aws-chunked\r\nConnection: close\r\n\r\n" % len(body)).encode() + body
        with socket.create_connection(("127.0.0.1", self.open.port)) as connection:
            connection.sendall(twice)
            self.assertIn(b" 400 ", connection.recv(4096))
        self.assertNotIn("Contents", self.s3.list_objects_v2(Bucket="sums", Prefix="formless"))

    def test_what_is_said_twice_or_unannounced_is_refused(self):
        good, bad = crc32(b"Hello"), crc32(b"other")
        length = {"x-amz-decoded-content-length": "5"}
        chunk = b"5\r\nHello\r\n0\r\n"
        unannounced = chunk + f"x-amz-checksum-crc32:{bad}\r\n\r\n".encode()
        self.assertEqual(self.chunked("said", unannounced, **length)[0], 400)
        self.assertEqual(self.chunked("said", unannounced, **length, **{"x-amz-checksum-crc32": good})[0], 400)
        both = chunk + f"x-amz-checksum-crc32:{good}\r\nx-amz-checksum-crc32:{bad}\r\n\r\n".encode()
        self.assertEqual(self.chunked("said", both, **length, **{"x-amz-trailer": "x-amz-checksum-crc32"})[0], 400)
        for name in ("SHA256", "FOO"):
            self.assertEqual(self.put(self.open, "/sums/said", {"x-amz-sdk-checksum-algorithm": name, "x-amz-checksum-crc32": good}, b"Hello")[0], 400)
        self.assertNotIn("Contents", self.s3.list_objects_v2(Bucket="sums", Prefix="said"))

    def upload(self, key, parts, algorithm, kind=None, **completion):
        """By hand, so that older clients need not know what is new."""
        headers = {"x-amz-checksum-algorithm": algorithm, **({"x-amz-checksum-type": kind} if kind else {})}
        status, answered, text = self.request("POST", f"/sums/{key}?uploads", headers)
        self.assertEqual(status, 200, text)
        self.assertEqual(answered["x-amz-checksum-algorithm"], algorithm)
        name = re.search("<UploadId>(.*)</UploadId>", text)[1]
        header, listed = f"x-amz-checksum-{algorithm.lower()}", ""
        for number, body in enumerate(parts, 1):
            status, made, text = self.request("PUT", f"/sums/{key}?partNumber={number}&uploadId={name}",
                                              {header: CHECKSUMS[algorithm](body)} if len(body) < 1 << 20 else {}, body)
            self.assertEqual(status, 200, text)
            listed += (f"<Part><PartNumber>{number}</PartNumber><ETag>{made['ETag']}</ETag>"
                       f"<Checksum{algorithm}>{made[header]}</Checksum{algorithm}></Part>")
        return self.request("POST", f"/sums/{key}?uploadId={name}", completion,
                            f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()), answered["x-amz-checksum-type"]

    def request(self, method, path, headers, body=b""):
        connection = http.client.HTTPConnection("127.0.0.1", self.open.port)
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()

    def test_an_upload_has_the_checksum_of_its_kind(self):
        parts = [bytes(5 << 20), b"the end"]
        whole = b"".join(parts)
        for algorithm, kind in (("CRC32", None), ("SHA256", None), ("SHA1", "COMPOSITE"), ("CRC32", "FULL_OBJECT")):
            with self.subTest(algorithm=algorithm, kind=kind):
                checksum = CHECKSUMS[algorithm]
                composite = checksum(b"".join(base64.b64decode(checksum(part)) for part in parts)) + "-2"
                expected = checksum(whole) if kind == "FULL_OBJECT" else composite
                header = f"x-amz-checksum-{algorithm.lower()}"
                (status, _, text), told = self.upload("parts", parts, algorithm, kind, **{header: expected, "x-amz-mp-object-size": str(len(whole))})
                self.assertEqual((status, told), (200, kind or "COMPOSITE"), text)
                self.assertIn(f"<Checksum{algorithm}>{expected}</Checksum{algorithm}><ChecksumType>{told}</ChecksumType>", text)
                head = self.headers("parts", ChecksumMode="ENABLED")
                self.assertEqual((head[header], head["x-amz-checksum-type"]), (expected, told))
                (status, _, text), _ = self.upload("parts", parts, algorithm, kind, **{header: checksum(b"else")})
                self.assertEqual((status, "BadDigest" in text), (400, True), text)
        for algorithm, kind in (("CRC64NVME", "COMPOSITE"), ("SHA256", "FULL_OBJECT"), ("MD5", None)):
            self.assertEqual(self.request("POST", "/sums/parts?uploads", {
                "x-amz-checksum-algorithm": algorithm, **({"x-amz-checksum-type": kind} if kind else {})})[0], 400)

    def test_boto3_uploads_in_parts_with_checksums(self):
        parts = [os.urandom(5 << 20), os.urandom(5 << 20), b"the end"]
        (status, _, text), _ = self.upload("boto-parts", parts, "SHA256")
        self.assertEqual(status, 200, text)
        attributes = self.s3.get_object_attributes(Bucket="sums", Key="boto-parts", ObjectAttributes=["ETag", "Checksum", "ObjectParts",
                                                                                                      "StorageClass", "ObjectSize"])
        sums = [CHECKSUMS["SHA256"](part) for part in parts]
        self.assertEqual(attributes["Checksum"]["ChecksumSHA256"],
                         CHECKSUMS["SHA256"](b"".join(base64.b64decode(one) for one in sums)) + "-3")
        self.assertEqual((attributes["ObjectSize"], attributes["StorageClass"]), (len(b"".join(parts)), "STANDARD"))
        self.assertEqual(attributes["ETag"], self.s3.head_object(Bucket="sums", Key="boto-parts")["ETag"].strip('"'))
        listed = attributes["ObjectParts"]
        self.assertEqual((listed["TotalPartsCount"], listed["IsTruncated"]), (3, False))
        self.assertEqual([(part["PartNumber"], part["Size"], part["ChecksumSHA256"]) for part in listed["Parts"]],
                         [(number, len(part), one) for number, (part, one) in enumerate(zip(parts, sums), 1)])
        page = self.s3.get_object_attributes(Bucket="sums", Key="boto-parts", ObjectAttributes=["ObjectParts"], MaxParts=1, PartNumberMarker=1)
        self.assertEqual((page["ObjectParts"]["Parts"][0]["PartNumber"], page["ObjectParts"]["IsTruncated"],
                          page["ObjectParts"]["NextPartNumberMarker"]), (2, True, 2))
        self.assertNotIn("ETag", page)
        for number, part in enumerate(parts, 1):
            found = self.s3.get_object(Bucket="sums", Key="boto-parts", PartNumber=number)
            self.assertEqual((found["Body"].read(), found["PartsCount"], found["ResponseMetadata"]["HTTPStatusCode"]), (part, 3, 206))
            self.assertEqual(self.s3.head_object(Bucket="sums", Key="boto-parts", PartNumber=number)["ContentLength"], len(part))
        with self.assertRaises(botocore.exceptions.ClientError) as refused:
            self.s3.get_object(Bucket="sums", Key="boto-parts", PartNumber=4)
        self.assertEqual(refused.exception.response["Error"]["Code"], "InvalidPartNumber")
        # What came whole is its own only part, and a copy has none.
        self.s3.copy_object(Bucket="sums", Key="whole", CopySource="sums/boto-parts")
        found = self.s3.get_object(Bucket="sums", Key="whole", PartNumber=1, ChecksumMode="ENABLED")
        self.assertEqual(found["Body"].read(), b"".join(parts))
        self.assertNotIn("PartsCount", found)
        self.assertEqual(self.s3.head_object(Bucket="sums", Key="whole", ChecksumMode="ENABLED")["ChecksumSHA256"],
                         CHECKSUMS["SHA256"](b"".join(parts)))
        self.assertNotIn("ObjectParts", self.s3.get_object_attributes(Bucket="sums", Key="whole", ObjectAttributes=["ObjectParts", "ETag"]))

    def test_parts_have_the_algorithm_of_their_upload(self):
        status, _, text = self.request("POST", "/sums/mixed?uploads", {"x-amz-checksum-algorithm": "CRC32"})
        name = re.search("<UploadId>(.*)</UploadId>", text)[1]
        status, _, text = self.request("PUT", f"/sums/mixed?partNumber=1&uploadId={name}", {"x-amz-checksum-sha1": CHECKSUMS["SHA1"](BODY)}, BODY)
        self.assertEqual(status, 400)
        self.assertIn("Checksum Type mismatch occurred, expected checksum Type: CRC32, actual checksum Type: SHA1", text)
        self.assertEqual(self.request("PUT", f"/sums/mixed?partNumber=1&uploadId={name}", {}, BODY)[1]["x-amz-checksum-crc32"], crc32(BODY))
        status, _, text = self.request("GET", f"/sums/mixed?uploadId={name}", {})
        self.assertIn(f"<ChecksumCRC32>{crc32(BODY)}</ChecksumCRC32></Part>", text)
        self.assertIn("<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>COMPOSITE</ChecksumType>", text)

    def test_a_part_is_compared_too(self):
        upload = self.s3.create_multipart_upload(Bucket="sums", Key="parts")["UploadId"]
        path = f"/sums/parts?partNumber=1&uploadId={upload}"
        status, headers, _ = self.put(self.open, path, {"x-amz-checksum-crc32": crc32(BODY)}, BODY)
        self.assertEqual((status, headers["x-amz-checksum-crc32"]), (200, crc32(BODY)))
        self.assertEqual(self.put(self.open, path, {"x-amz-checksum-crc32": crc32(b"")}, BODY)[0], 400)
        chunked = b"b\r\nHello world\r\n0\r\nx-amz-checksum-crc32:" + crc32(b"Hello world").encode() + b"\r\n\r\n"
        status, headers, text = self.put(self.open, path, {
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length": "11",
            "x-amz-trailer": "x-amz-checksum-crc32"}, chunked)
        self.assertEqual(status, 200, text)
        self.s3.complete_multipart_upload(Bucket="sums", Key="parts", UploadId=upload,
                                          MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": headers["ETag"]}]})
        self.assertEqual(self.s3.get_object(Bucket="sums", Key="parts")["Body"].read(), b"Hello world")


if __name__ == "__main__":
    harness.main()
