"""The local bucket through boto3's S3 client, and the plain files behind it."""

import hashlib
import http.client
import os
import re
import threading
import time
import urllib.parse
import urllib.request

import harness


class ObjectCases:
    """What any S3 does with buckets and objects; test_s3_on_ceph.py asks it of Ceph too."""

    def setUp(self):
        self.s3 = self.server.client("s3")
        self.bucket = "b-" + hashlib.md5(self.id().encode()).hexdigest()[:12]
        self.s3.create_bucket(Bucket=self.bucket)

    def keys(self, **how):
        return [entry["Key"] for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, **how)
                for entry in page.get("Contents", [])]

    def test_buckets_are_created_listed_and_deleted(self):
        self.assertIn(self.bucket, [b["Name"] for b in self.s3.list_buckets()["Buckets"]])
        self.s3.head_bucket(Bucket=self.bucket)
        self.s3.put_object(Bucket=self.bucket, Key="k", Body=b"")
        self.assert_error("BucketNotEmpty", self.s3.delete_bucket, Bucket=self.bucket)
        self.s3.delete_object(Bucket=self.bucket, Key="k")
        self.s3.delete_bucket(Bucket=self.bucket)
        self.assert_error("NoSuchBucket", self.s3.list_objects_v2, Bucket=self.bucket)
        self.assert_error("404", self.s3.head_bucket, Bucket=self.bucket)

    def check_that_headers_are_kept(self):
        """The key and the body of what was put."""
        body = os.urandom(3 << 20)
        put = self.s3.put_object(Bucket=self.bucket, Key="heart/2025/a b.bin", Body=body, ContentType="x/y",
                                 Metadata={"watch": "garmin"}, ContentEncoding="zip")
        self.assertEqual(put["ETag"], f'"{hashlib.md5(body).hexdigest()}"')
        got = self.s3.get_object(Bucket=self.bucket, Key="heart/2025/a b.bin")
        self.assertEqual(got["Body"].read(), body)
        self.assertEqual((got["ContentType"], got["Metadata"], got["ContentEncoding"]), ("x/y", {"watch": "garmin"}, "zip"))
        head = self.s3.head_object(Bucket=self.bucket, Key="heart/2025/a b.bin")
        self.assertEqual((head["ContentLength"], head["ETag"]), (len(body), put["ETag"]))
        return "heart/2025/a b.bin", body

    def test_ranges(self):
        self.s3.put_object(Bucket=self.bucket, Key="r", Body=bytes(range(100)))
        for text, expected in (("bytes=0-9", range(10)), ("bytes=90-", range(90, 100)), ("bytes=-5", range(95, 100)), ("bytes=50-500", range(50, 100))):
            got = self.s3.get_object(Bucket=self.bucket, Key="r", Range=text)
            self.assertEqual(got["Body"].read(), bytes(expected))
            self.assertEqual(got["ResponseMetadata"]["HTTPStatusCode"], 206)
        self.assert_error("InvalidRange", self.s3.get_object, Bucket=self.bucket, Key="r", Range="bytes=100-")

    def check_that_odd_keys_come_back(self):
        odd = ["a//b", "trailing/", "../escape", "./x", "..", "a/../../b", "ключ/ü", "with space+plus", "%41", "a\tb", "x" * 1024,
               "dir", "dir/file", "!*'()", "a?b&c=d#e", "/leading"]
        for key in odd:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=key.encode())
        for key in odd:
            self.assertEqual(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read(), key.encode(), key)
        self.assertEqual(self.keys(), sorted(odd, key=lambda key: key.encode()))
        self.assert_error("KeyTooLongError", self.s3.put_object, Bucket=self.bucket, Key="x" * 1025, Body=b"")

    def test_listing_groups_and_pages(self):
        for key in [f"d{i}/f{j}" for i in range(3) for j in range(5)] + ["top"]:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=b"1")
        answer = self.s3.list_objects_v2(Bucket=self.bucket, Delimiter="/")
        self.assertEqual([p["Prefix"] for p in answer["CommonPrefixes"]], ["d0/", "d1/", "d2/"])
        self.assertEqual([c["Key"] for c in answer["Contents"]], ["top"])
        self.assertEqual(self.keys(Prefix="d1/", PaginationConfig={"PageSize": 2}), [f"d1/f{j}" for j in range(5)])
        self.assertEqual(self.keys(StartAfter="d2/f3"), ["d2/f4", "top"])

    def test_conditions(self):
        etag = self.s3.put_object(Bucket=self.bucket, Key="c", Body=b"1")["ETag"]
        self.assert_error("304", self.s3.get_object, Bucket=self.bucket, Key="c", IfNoneMatch=etag)
        self.assert_error("PreconditionFailed", self.s3.get_object, Bucket=self.bucket, Key="c", IfMatch='"x"')

    def test_a_damaged_body_is_refused_and_leaves_nothing(self):
        import base64
        wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
        self.assert_error("BadDigest", self.s3.put_object, Bucket=self.bucket, Key="bad", Body=b"body", ContentMD5=wrong)
        self.assertEqual(self.keys(), [])

    def test_malformed_requests_get_the_services_errors(self):
        cases = [
            ("PUT", "%FF", {"Content-Length": "1"}, 400, "InvalidURI"),
            ("PUT", "k", {"Content-Length": "1", "x-amz-content-sha256": "zz"}, 400, "InvalidArgument"),
            ("PUT", "k", {}, 411, "MissingContentLength"),
        ]
        for method, key, headers, status, code in cases:
            with self.subTest(code=code):
                answer = self.server.exchange(method, f"/{self.bucket}/{key}", headers, b"x" if headers else None)
                self.assert_refused(answer, status, code)
        self.assertEqual(self.keys(), [])

    def test_a_range_that_cannot_be_met_names_its_request(self):
        self.s3.put_object(Bucket=self.bucket, Key="k", Body=b"abc")
        status, headers, text = self.server.exchange("GET", f"/{self.bucket}/k", {"Range": "bytes=9-"})
        self.assertEqual(status, 416)
        self.assertIn(f"<RequestId>{headers['x-amz-request-id']}</RequestId>", text)

    def test_empty_objects_do_not_hold_up_the_next(self):
        begun = time.monotonic()
        for index in range(3):
            self.s3.put_object(Bucket=self.bucket, Key=f"empty-{index}", Body=b"")
            self.s3.put_object(Bucket=self.bucket, Key=f"full-{index}", Body=b"x")
        self.assertLess(time.monotonic() - begun, 30)
        self.assertEqual(len(self.keys()), 6)


class S3(ObjectCases, harness.ServerCase):
    def test_a_plus_in_a_query_is_a_blank_and_an_encoded_one_a_plus(self):
        for key in ("a+b/1", "a b/2", "a+b/3"):
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=b"x")
        self.assertEqual(self.keys(Prefix="a+b/"), ["a+b/1", "a+b/3"])
        self.assertEqual(self.keys(StartAfter="a+b/1"), ["a+b/3"])
        text = self.server.exchange("GET", f"/{self.bucket}?list-type=2&prefix=a+b", {})[2]
        self.assertEqual(re.findall("<Key>(.*?)</Key>", text), ["a b/2"])
        pages = self.s3.get_paginator("list_objects").paginate(Bucket=self.bucket, PaginationConfig={"PageSize": 1})
        self.assertEqual([entry["Key"] for page in pages for entry in page["Contents"]], ["a b/2", "a+b/1", "a+b/3"])
        found = self.s3.get_object(Bucket=self.bucket, Key="a+b/1", ResponseContentType="image/svg+xml")
        self.assertEqual(found["ContentType"], "image/svg+xml")
        self.assertEqual(self.server.exchange("GET", f"/{self.bucket}/a+b/1?response-set-cookie=x", {})[0], 501)

    def test_writers_of_one_key_never_disturb_readers(self):
        bodies = [bytes([letter]) * 6 for letter in b"abcdefgh"]
        self.s3.put_object(Bucket=self.bucket, Key="k", Body=bodies[0])
        end, failures, read = time.monotonic() + 1.5, [], [0]

        def write(bodies):
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
            while time.monotonic() < end:
                for body in bodies:
                    connection.request("PUT", f"/{self.bucket}/k", body=body)
                    connection.getresponse().read()

        def look():
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
            while time.monotonic() < end:
                connection.request("GET", f"/{self.bucket}/k")
                answer = connection.getresponse()
                text = answer.read()
                read[0] += 1
                if answer.status != 200 or answer.getheader("ETag").strip('"') != hashlib.md5(text).hexdigest():
                    failures.append((answer.status, answer.getheader("ETag"), text[:200]))

        threads = [threading.Thread(target=write, args=(bodies[at::2],)) for at in range(2)] + [threading.Thread(target=look) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertGreater(read[0], 100)
        self.assertEqual(failures[:3], [], f"{len(failures)} of {read[0]}")

    def test_an_upper_case_hash_of_the_body_is_compared_too(self):
        wrong = hashlib.sha256(b"other").hexdigest()
        for text in (wrong, wrong.upper()):
            answer = self.server.exchange("PUT", f"/{self.bucket}/k", {"x-amz-content-sha256": text, "Content-Length": "4"}, b"body")
            self.assert_refused(answer, 400, "XAmzContentSHA256Mismatch")
        right = hashlib.sha256(b"body").hexdigest().upper()
        self.assertEqual(self.server.exchange("PUT", f"/{self.bucket}/k", {"x-amz-content-sha256": right, "Content-Length": "4"}, b"body")[0], 200)

    def test_buckets_are_paged(self):
        names = [f"{self.bucket}-page-{number}" for number in range(5)]
        for name in names:
            self.s3.create_bucket(Bucket=name)
        found, token, pages = [], None, 0
        while token or not pages:
            query = urllib.parse.urlencode({"max-buckets": 2, "prefix": f"{self.bucket}-page-", **({"continuation-token": token} if token else {})})
            text = urllib.request.urlopen(f"http://127.0.0.1:{self.server.port}/?{query}").read().decode()
            found += re.findall("<Name>([^<]*)</Name>", text)
            token = (re.findall("<ContinuationToken>([^<]*)</ContinuationToken>", text) or [None])[0]
            pages += 1
        self.assertEqual((found, pages), (names, 3))

    def test_a_bucket_without_versions_lists_each_object_as_its_null_version(self):
        for key in ("a", "b/1", "b/2", "c d"):
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=key.encode())
        self.assertNotIn("Status", self.s3.get_bucket_versioning(Bucket=self.bucket))
        pages = list(self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket, PaginationConfig={"PageSize": 3}))
        self.assertEqual([(entry["Key"], entry["VersionId"], entry["IsLatest"], entry["Size"]) for page in pages for entry in page["Versions"]],
                         [("a", "null", True, 1), ("b/1", "null", True, 3), ("b/2", "null", True, 3), ("c d", "null", True, 3)])
        self.assertEqual(len(pages), 2)
        grouped = self.s3.list_object_versions(Bucket=self.bucket, Delimiter="/")
        self.assertEqual([entry["Prefix"] for entry in grouped["CommonPrefixes"]], ["b/"])
        self.assertEqual(self.s3.get_object(Bucket=self.bucket, Key="a", VersionId="null")["Body"].read(), b"a")
        self.assert_error("InvalidArgument", self.s3.get_object, Bucket=self.bucket, Key="a", VersionId="made-up")
        self.s3.delete_object(Bucket=self.bucket, Key="a", VersionId="null")
        self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": [
            {"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in self.s3.list_object_versions(Bucket=self.bucket)["Versions"]]})
        self.assertEqual(self.keys(), [])

    def test_an_object_is_a_plain_file_and_keeps_its_headers(self):
        key, body = self.check_that_headers_are_kept()
        self.assertEqual((self.server.bucket(self.bucket) / key).read_bytes(), body)

    def test_odd_keys_come_back_and_stay_in_their_bucket(self):
        self.check_that_odd_keys_come_back()
        outside = [p for p in self.server.data.rglob("*") if p.is_file() and not p.is_relative_to(self.server.data / "escaped")
                   and not p.is_relative_to(self.server.data / "buckets") and p.name not in ("LOCK", "FORMAT", "iterator.key", "encryption.key", "reserve")
                   and not p.name.startswith("sluice.db")]
        self.assertEqual(outside, [])

    def test_files_put_into_the_tree_by_hand_are_objects(self):
        folder = self.server.bucket(self.bucket) / "by/hand"
        folder.mkdir(parents=True)
        (folder / "file.txt").write_text("hello")
        self.assertEqual(self.keys(), ["by/hand/file.txt"])
        self.assertEqual(self.s3.get_object(Bucket=self.bucket, Key="by/hand/file.txt")["Body"].read(), b"hello")
        (folder / "file.txt").unlink()
        self.assertEqual(self.keys(), [])
        (folder / "link").symlink_to("/etc/passwd")
        self.assert_error("NoSuchKey", self.s3.get_object, Bucket=self.bucket, Key="by/hand/link")

    def test_what_is_not_offered_says_so(self):
        self.assert_error("NotImplemented", self.s3.get_bucket_cors, Bucket=self.bucket)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        connection.request("PUT", f"/{self.bucket}/chunked", b"4;chunk-signature=0\r\nabcd\r\n0;\r\n\r\n",
                           {"x-amz-content-sha256": "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "Content-Encoding": "aws-chunked"})
        self.assertEqual(connection.getresponse().status, 400)
        self.assertEqual(self.keys(), [])

    def test_paths_that_climb_are_keys_like_others(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        for path in ("/../../etc/passwd", f"/{self.bucket}/%2e%2e/%2e%2e/sluice.db", f"/{self.bucket}/" + urllib.parse.quote("../../sluice.db", safe="")):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            self.assertIn(answer.status, (400, 404), path)


if __name__ == "__main__":
    harness.main()
