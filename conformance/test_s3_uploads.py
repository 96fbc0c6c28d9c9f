"""Uploads in parts, copies, mass deletion and both listings of the local bucket, by boto3 and the AWS CLI."""

import hashlib
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest
import urllib.request

import harness

PART = 5 << 20  # the smallest that may not be the last


def etag_of_parts(bodies):
    return f'"{hashlib.md5(b"".join(hashlib.md5(body).digest() for body in bodies)).hexdigest()}-{len(bodies)}"'


class UploadCases:
    """What any S3 does with uploads in parts, copies, tags and lists; test_s3_on_ceph.py asks it of Ceph too."""

    takes_new_tags_of_copies = True

    def setUp(self):
        self.s3 = self.server.client("s3")
        self.bucket = "u-" + hashlib.md5(self.id().encode()).hexdigest()[:12]
        self.s3.create_bucket(Bucket=self.bucket)

    def begin(self, key="key", **members):
        return self.s3.create_multipart_upload(Bucket=self.bucket, Key=key, **members)["UploadId"]

    def put(self, upload, number, body, key="key"):
        return {"PartNumber": number, "ETag": self.s3.upload_part(Bucket=self.bucket, Key=key, UploadId=upload,
                                                                   PartNumber=number, Body=body)["ETag"]}

    def complete(self, upload, parts, key="key"):
        return self.s3.complete_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts})

    def body(self, key="key"):
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def check_that_a_large_file_goes_up_and_down(self):
        """The key and the content of what was put."""
        content = os.urandom(23 << 20)
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "source"
            source.write_bytes(content)
            self.s3.upload_file(str(source), self.bucket, "large/file.bin", ExtraArgs={"Metadata": {"watch": "garmin"}})
            copy = pathlib.Path(folder) / "copy"
            self.s3.download_file(self.bucket, "large/file.bin", str(copy))
            self.assertEqual(copy.read_bytes(), content)
        head = self.s3.head_object(Bucket=self.bucket, Key="large/file.bin")
        self.assertEqual(head["ETag"], etag_of_parts([content[at:at + (8 << 20)] for at in range(0, len(content), 8 << 20)]))
        self.assertEqual(head["Metadata"], {"watch": "garmin"})
        return "large/file.bin", content

    def test_parts_may_come_in_any_order_at_once_and_twice(self):
        upload = self.begin()
        bodies = {number: bytes([number]) * PART for number in range(1, 7)}
        parts = {}
        def send(number):
            parts[number] = self.put(upload, number, bodies[number])
        self.put(upload, 3, b"old")
        threads = [threading.Thread(target=send, args=(number,)) for number in sorted(bodies, reverse=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.complete(upload, [parts[number] for number in sorted(parts)])["ETag"],
                         etag_of_parts(list(bodies.values())))
        self.assertEqual(self.body(), b"".join(bodies.values()))

    def test_what_does_not_fit_is_refused_and_can_be_put_right(self):
        upload = self.begin()
        small, large = self.put(upload, 1, b"small"), self.put(upload, 2, b"x" * PART)
        self.assert_error("EntityTooSmall", self.complete, upload, [small, large])
        self.assert_error("InvalidPartOrder", self.complete, upload, [large, small])
        self.assert_error("InvalidPart", self.complete, upload, [{"PartNumber": 3, "ETag": large["ETag"]}])
        self.assert_error("MalformedXML", self.complete, upload, [])
        self.assert_error("InvalidArgument", self.put, upload, 10_001, b"x")
        self.assert_error("NoSuchUpload", self.put, "0" * 32, 1, b"x")
        self.assert_error("NoSuchUpload", self.put, upload, 1, b"x", key="other")
        self.assert_error("NoSuchUpload", self.put, "../../tmp", 1, b"x")
        self.assert_error("NoSuchKey", self.body)
        self.put_right(upload, large)

    def put_right(self, upload, large):
        """Completes it with one of its parts alone."""
        self.complete(upload, [large])
        self.complete(upload, [large])  # as a client does that has missed the answer
        self.assertEqual(self.body(), b"x" * PART)

    def test_half_a_name_of_a_part_never_becomes_an_object(self):
        self.begin()
        answer = self.server.exchange("PUT", f"/{self.bucket}/key?partNumber=1", {"Content-Length": "4"}, b"part")
        self.assert_refused(answer, 400, "InvalidArgument")
        self.assert_error("NoSuchKey", self.body)

    def test_uploads_and_parts_are_listed_and_aborted(self):
        uploads = {key: self.begin(key) for key in ("b", "a/1", "a/2")}
        for number in (2, 1, 5):
            self.put(uploads["b"], number, b"x" * number, key="b")
        pages = self.s3.get_paginator("list_parts").paginate(Bucket=self.bucket, Key="b", UploadId=uploads["b"],
                                                             PaginationConfig={"PageSize": 2})
        self.assertEqual([(p["PartNumber"], p["Size"]) for page in pages for p in page["Parts"]], [(1, 1), (2, 2), (5, 5)])
        pages = self.s3.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket, PaginationConfig={"PageSize": 1})
        self.assertEqual([(u["Key"], u["UploadId"]) for page in pages for u in page["Uploads"]], sorted(uploads.items()))
        self.assertEqual(len(self.s3.list_multipart_uploads(Bucket=self.bucket, Prefix="a/")["Uploads"]), 2)
        for key, upload in uploads.items():
            self.s3.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload)
        self.assertNotIn("Uploads", self.s3.list_multipart_uploads(Bucket=self.bucket))
        self.assert_error("NoSuchUpload", self.s3.list_parts, Bucket=self.bucket, Key="b", UploadId=uploads["b"])

    def test_copies(self):
        self.s3.put_object(Bucket=self.bucket, Key="a b/ü", Body=b"body", ContentType="x/y", Metadata={"m": "1"})
        source = {"Bucket": self.bucket, "Key": "a b/ü"}
        etag = self.s3.copy_object(Bucket=self.bucket, Key="to", CopySource=source)["CopyObjectResult"]["ETag"]
        got = self.s3.get_object(Bucket=self.bucket, Key="to")
        self.assertEqual((got["Body"].read(), got["ETag"], got["ContentType"], got["Metadata"]), (b"body", etag, "x/y", {"m": "1"}))
        self.s3.copy_object(Bucket=self.bucket, Key="to", CopySource={"Bucket": self.bucket, "Key": "to"},
                            MetadataDirective="REPLACE", Metadata={"n": "2"})
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="to")["Metadata"], {"n": "2"})
        self.assert_error("InvalidRequest", self.s3.copy_object, Bucket=self.bucket, Key="to",
                          CopySource={"Bucket": self.bucket, "Key": "to"})
        self.assert_error("PreconditionFailed", self.s3.copy_object, Bucket=self.bucket, Key="to", CopySource=source,
                          CopySourceIfMatch='"x"')
        self.assert_error("NoSuchKey", self.s3.copy_object, Bucket=self.bucket, Key="to",
                          CopySource={"Bucket": self.bucket, "Key": "none"})

    def test_parts_may_be_copied(self):
        self.s3.put_object(Bucket=self.bucket, Key="source", Body=bytes(range(256)) * (PART // 256) + b"tail")
        upload = self.begin()
        parts = []
        for number, span in ((1, f"bytes=0-{PART - 1}"), (2, f"bytes={PART}-{PART + 3}")):
            done = self.s3.upload_part_copy(Bucket=self.bucket, Key="key", UploadId=upload, PartNumber=number,
                                            CopySource={"Bucket": self.bucket, "Key": "source"}, CopySourceRange=span)
            parts.append({"PartNumber": number, "ETag": done["CopyPartResult"]["ETag"]})
        self.assert_error("InvalidArgument", self.s3.upload_part_copy, Bucket=self.bucket, Key="key", UploadId=upload,
                          PartNumber=3, CopySource={"Bucket": self.bucket, "Key": "source"}, CopySourceRange="bytes=999999999-")
        self.complete(upload, parts)
        self.assertEqual(self.body(), self.body("source"))

    def test_many_keys_are_deleted_at_once(self):
        keys = [f"d/{number:04}" for number in range(1000)] + ["&<\">", " ", "ü"]
        for key in keys:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=b"")
        done = self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": [{"Key": key} for key in keys[3:]]})
        self.assertEqual(sorted(entry["Key"] for entry in done["Deleted"]), sorted(keys[3:]))
        quiet = self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": [{"Key": "d/0000"}, {"Key": "none"}], "Quiet": True})
        self.assertNotIn("Deleted", quiet)
        self.assertEqual([entry["Key"] for entry in self.s3.list_objects_v2(Bucket=self.bucket)["Contents"]], ["d/0001", "d/0002"])
        self.assert_error("MalformedXML", self.s3.delete_objects, Bucket=self.bucket,
                          Delete={"Objects": [{"Key": str(number)} for number in range(1001)]})

    def test_the_first_version_of_listing_pages_through_everything(self):
        keys = [f"{folder}/{number}" for folder in "abc" for number in range(4)] + ["top"]
        for key in keys:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=b"1")
        for size in (1, 2, 5, 1000):
            pages = list(self.s3.get_paginator("list_objects").paginate(Bucket=self.bucket, PaginationConfig={"PageSize": size}))
            self.assertEqual([entry["Key"] for page in pages for entry in page["Contents"]], keys)
            pages = list(self.s3.get_paginator("list_objects").paginate(Bucket=self.bucket, Delimiter="/",
                                                                        PaginationConfig={"PageSize": size}))
            self.assertEqual([p["Prefix"] for page in pages for p in page.get("CommonPrefixes", [])], ["a/", "b/", "c/"])
            self.assertEqual([entry["Key"] for page in pages for entry in page.get("Contents", [])], ["top"])
        self.assertEqual(self.s3.list_objects(Bucket=self.bucket)["Contents"][0]["Owner"]["ID"], "sluice")

    def test_objects_have_tags_which_copies_keep(self):
        self.s3.put_object(Bucket=self.bucket, Key="k", Body=b"", Tagging="a=1&b=x%20y")
        def tags(key):
            return {tag["Key"]: tag["Value"] for tag in self.s3.get_object_tagging(Bucket=self.bucket, Key=key)["TagSet"]}
        self.assertEqual(tags("k"), {"a": "1", "b": "x y"})
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="k")["ResponseMetadata"]["HTTPHeaders"]["x-amz-tagging-count"], "2")
        source = {"Bucket": self.bucket, "Key": "k"}
        self.s3.copy_object(Bucket=self.bucket, Key="kept", CopySource=source)
        self.s3.copy_object(Bucket=self.bucket, Key="other", CopySource=source, TaggingDirective="REPLACE", Tagging="c=3")
        self.assertEqual(tags("kept"), {"a": "1", "b": "x y"})
        self.assertEqual(tags("other"), {"c": "3"} if self.takes_new_tags_of_copies else {"a": "1", "b": "x y"})
        self.s3.put_object_tagging(Bucket=self.bucket, Key="k", Tagging={"TagSet": [{"Key": "ü", "Value": ""}]})
        self.assertEqual(tags("k"), {"ü": ""})
        self.s3.delete_object_tagging(Bucket=self.bucket, Key="k")
        self.assertEqual(tags("k"), {})
        self.assert_error("InvalidTag", self.s3.put_object_tagging, Bucket=self.bucket, Key="k",
                          Tagging={"TagSet": [{"Key": str(number), "Value": ""} for number in range(11)]})
        self.assert_error("NoSuchKey", self.s3.get_object_tagging, Bucket=self.bucket, Key="none")

    def test_a_presigned_address_needs_no_client(self):
        self.s3.put_object(Bucket=self.bucket, Key="k", Body=b"body")
        address = self.s3.generate_presigned_url("get_object", Params={"Bucket": self.bucket, "Key": "k"})
        with urllib.request.urlopen(address) as answer:
            self.assertEqual(answer.read(), b"body")


class Uploads(UploadCases, harness.ServerCase):
    def test_ranges_of_copied_parts_are_closed_and_within_the_source(self):
        self.s3.put_object(Bucket=self.bucket, Key="source", Body=b"12345")
        upload = self.begin()
        for span in ("bytes=0-5", "bytes=2-", "bytes=-2", "bytes=3-1", "bytes=0-1,3-4", "0-2", "bytes=", "bytes=1-2x"):
            with self.subTest(span=span):
                self.assert_error("InvalidArgument", self.s3.upload_part_copy, Bucket=self.bucket, Key="key", UploadId=upload,
                                  PartNumber=1, CopySource={"Bucket": self.bucket, "Key": "source"}, CopySourceRange=span)
        self.assertNotIn("Parts", self.s3.list_parts(Bucket=self.bucket, Key="key", UploadId=upload))

    def test_an_object_is_copied_onto_itself_where_something_changes(self):
        self.s3.put_object(Bucket=self.bucket, Key="k", Body=b"body")
        source = {"Bucket": self.bucket, "Key": "k"}
        self.assert_error("InvalidRequest", self.s3.copy_object, Bucket=self.bucket, Key="k", CopySource=source)
        self.s3.copy_object(Bucket=self.bucket, Key="k", CopySource=source, StorageClass="STANDARD_IA")
        self.assertEqual(self.body("k"), b"body")

    def test_a_put_to_an_upload_alone_is_no_method_of_it(self):
        answer = self.server.exchange("PUT", f"/{self.bucket}/key?uploadId={self.begin()}", {"Content-Length": "4"}, b"part")
        self.assert_refused(answer, 405, "MethodNotAllowed")
        self.assert_error("NoSuchKey", self.body)

    def test_a_large_file_goes_up_in_parts_and_down_again(self):
        key, content = self.check_that_a_large_file_goes_up_and_down()
        self.assertEqual((self.server.bucket(self.bucket) / key).read_bytes(), content)
        self.assertEqual(list((self.server.data / "multipart").iterdir()), [])

    def test_an_upload_goes_on_after_a_kill(self):
        server = harness.Server().start()
        self.addCleanup(server.close)
        s3 = server.client("s3")
        s3.create_bucket(Bucket="kept")
        upload = s3.create_multipart_upload(Bucket="kept", Key="k", ContentType="x/y")["UploadId"]
        parts = []
        for number in (1, 2, 3):
            done = s3.upload_part(Bucket="kept", Key="k", UploadId=upload, PartNumber=number, Body=bytes([number]) * PART)
            parts.append({"PartNumber": number, "ETag": done["ETag"]})
            server.kill()
            server.start()
        s3.complete_multipart_upload(Bucket="kept", Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
        got = s3.get_object(Bucket="kept", Key="k")
        self.assertEqual(got["Body"].read(), b"".join(bytes([number]) * PART for number in (1, 2, 3)))
        self.assertEqual(got["ContentType"], "x/y")


class Cli(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server().start()
        self.addCleanup(self.server.close)
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = pathlib.Path(home.name)

    def aws(self, *arguments):
        environment = dict(os.environ, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
                           AWS_DEFAULT_REGION=harness.REGION, AWS_PAGER="", HOME=str(self.home))
        done = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.server.endpoint, *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return done.stdout

    def test_folders_are_synchronised_moved_and_removed(self):
        local = self.home / "local"
        contents = {"a.txt": b"a", "deep/er/b.bin": os.urandom(9 << 20), "deep/ü c": b""}
        for name, content in contents.items():
            (local / name).parent.mkdir(parents=True, exist_ok=True)
            (local / name).write_bytes(content)
        self.aws("s3", "mb", "s3://tree")
        self.aws("s3", "sync", str(local), "s3://tree/x/")
        for name, content in contents.items():
            self.assertEqual((self.server.bucket("tree") / "x" / name).read_bytes(), content)
        self.assertEqual(self.aws("s3", "sync", str(local), "s3://tree/x/"), "")  # nothing to do
        self.aws("s3", "cp", "--recursive", "s3://tree/x/", "s3://tree/y/")
        self.aws("s3", "mv", "s3://tree/y/a.txt", "s3://tree/y/moved.txt")
        back = self.home / "back"
        self.aws("s3", "sync", "s3://tree/y/", str(back))
        self.assertEqual((back / "deep/er/b.bin").read_bytes(), contents["deep/er/b.bin"])
        self.assertEqual((back / "moved.txt").read_bytes(), b"a")
        self.aws("s3", "rm", "--recursive", "s3://tree/x/")
        self.assertEqual(sorted(line.split()[-1] for line in self.aws("s3", "ls", "--recursive", "s3://tree").splitlines()
                                if line.endswith((".txt", ".bin"))), ["y/deep/er/b.bin", "y/moved.txt"])
        address = self.aws("s3", "presign", "s3://tree/y/moved.txt").strip()
        with urllib.request.urlopen(address) as answer:
            self.assertEqual(answer.read(), b"a")
        self.aws("s3", "rb", "--force", "s3://tree")
        self.assertEqual(self.aws("s3", "ls"), "")


if __name__ == "__main__":
    harness.main()
