"""The local bucket through s3cmd, which signs, names and compares in its own way and shares no code with Amazon's clients.

The server knows one key, so that every signature is checked.
"""

import hashlib
import os
import pathlib
import subprocess
import tempfile
import urllib.error
import urllib.request

import harness

KEY, SECRET = "AKIDS3CMD", "secret-of-s3cmd"
PART = 5 << 20  # the smallest that s3cmd makes
ODD_NAMES = ["with space+plus", "100%", "%41", "ключ/ü", "a&b=c?d#e", "<\">", "!*'()", "~tilde;,:@$", "back\\slash", "[x]{y}^`|"]


class S3cmd(harness.ServerCase):
    config = f'[server]\nregion = "{harness.REGION}"\n[[credentials]]\naccess_key_id = "{KEY}"\nsecret_access_key = "{SECRET}"\n'

    def setUp(self):
        home = tempfile.TemporaryDirectory(prefix="sluice-s3cmd-")
        self.addCleanup(home.cleanup)
        self.home = pathlib.Path(home.name)
        # A host_bucket without a place for the bucket's name is what makes s3cmd write paths.
        (self.home / ".s3cfg").write_text(f"""[default]
access_key = {KEY}
secret_key = {SECRET}
host_base = {self.server.address}
host_bucket = {self.server.address}
bucket_location = {harness.REGION}
use_https = False
multipart_chunk_size_mb = 5
multipart_copy_chunk_size_mb = 5
""")
        self.bucket = "c-" + hashlib.md5(self.id().encode()).hexdigest()[:12]
        self.at = f"s3://{self.bucket}"
        self.s3 = self.server.client("s3", key=KEY, secret=SECRET)
        self.s3.create_bucket(Bucket=self.bucket)

    def run_s3cmd(self, *arguments):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        return subprocess.run(["/usr/bin/s3cmd", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=environment, cwd=self.home)

    def s3cmd(self, *arguments):
        """What it printed.  It succeeds and has nothing to warn of, such as digests that differ."""
        done = self.run_s3cmd(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout

    def complaint(self, code, *arguments):
        """What it said on standard error when it ended with this code."""
        done = self.run_s3cmd(*arguments)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done.stderr

    def file(self, name, content=b"content"):
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def put(self, key, body=b"body"):
        return self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def body(self, key):
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def keys(self):
        return [entry["Key"] for entry in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])]

    def listed(self, *arguments):
        """Lines of a listing as lists of words, without the times."""
        return [line.split()[2:] if line[:1].isdigit() else line.split() for line in self.s3cmd(*arguments).splitlines() if line]

    def tree(self, folder):
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    def test_buckets_are_made_listed_and_removed(self):
        made = self.at + "-made"
        self.assertIn("created", self.s3cmd("mb", made))
        self.assertIn("BucketAlreadyOwnedByYou", self.complaint(13, "mb", made))
        self.assertIn([made], self.listed("ls"))
        self.assertRegex(self.s3cmd("info", made), f"Location: +{harness.REGION}\n")
        self.s3cmd("put", self.file("f"), made + "/f")
        self.assertIn("BucketNotEmpty", self.complaint(13, "rb", made))
        self.s3cmd("del", made + "/f")
        self.assertIn("removed", self.s3cmd("rb", made))
        self.assertNotIn([made], self.listed("ls"))
        self.assertIn("NoSuchBucket", self.complaint(12, "ls", made))

    def test_a_small_file_comes_back(self):
        self.s3cmd("put", self.file("f", bytes(range(256))), self.at + "/in/f")
        self.s3cmd("get", self.at + "/in/f", self.home / "back")
        self.assertEqual((self.home / "back").read_bytes(), bytes(range(256)))
        self.assertIn("does not exist", self.complaint(64, "get", self.at + "/none", self.home / "none"))

    def test_a_large_file_goes_up_in_parts_is_copied_in_parts_and_comes_back(self):
        content = os.urandom(2 * PART + 12345)
        self.s3cmd("put", self.file("large", content), self.at + "/large", "--multipart-chunk-size-mb=5")
        self.s3cmd("cp", self.at + "/large", self.at + "/copy")
        for key in ("large", "copy"):
            self.assertTrue(self.s3.head_object(Bucket=self.bucket, Key=key)["ETag"].endswith('-3"'), key)
            self.s3cmd("get", f"{self.at}/{key}", self.home / key, "--force")
            self.assertEqual((self.home / key).read_bytes(), content)
        # Its MD5 is no ETag of an object in parts: s3cmd keeps it beside the object.
        self.assertIn(hashlib.md5(content).hexdigest(), self.s3cmd("info", self.at + "/copy"))

    def test_a_download_goes_on_where_it_broke_off(self):
        content = os.urandom(100_000)
        self.put("f", content)
        self.file("partial", content[:30_000])
        self.s3cmd("get", "--continue", self.at + "/f", self.home / "partial")
        self.assertEqual((self.home / "partial").read_bytes(), content)
        # Only the rest is asked for: what was there stays, whatever it is, and s3cmd sees it by the ETag.
        self.file("other", bytes(30_000))
        self.assertIn("MD5 signatures do not match", self.complaint(0, "get", "--continue", self.at + "/f", "other"))
        self.assertEqual((self.home / "other").read_bytes(), bytes(30_000) + content[30_000:])

    def test_listings_show_sizes_folders_and_digests(self):
        for key, size in (("a", 1), ("d/b", 20), ("d/e/c", 300)):
            self.put(key, bytes(size))
        self.assertEqual(self.listed("ls", self.at), [["DIR", self.at + "/d/"], ["1", self.at + "/a"]])
        self.assertEqual(self.listed("ls", self.at + "/d/"), [["DIR", self.at + "/d/e/"], ["20", self.at + "/d/b"]])
        self.assertEqual(self.listed("ls", "--recursive", self.at + "/d"), [["20", self.at + "/d/b"], ["300", self.at + "/d/e/c"]])
        self.assertIn("truncated", self.complaint(0, "ls", "--recursive", "--limit=2", self.at))
        self.assertEqual(self.listed("ls", "--list-md5", self.at + "/a"), [["1", hashlib.md5(bytes(1)).hexdigest(), self.at + "/a"]])
        everything = self.listed("la")
        self.assertIn(["1", self.at + "/a"], everything)
        self.assertIn(["DIR", self.at + "/d/"], everything)
        self.assertEqual(self.listed("du", self.at), [["321", "3", "objects", self.at + "/"]])
        self.assertEqual(self.listed("du", self.at + "/d/"), [["320", "2", "objects", self.at + "/d/"]])

    def test_info_tells_size_type_and_digest(self):
        self.s3cmd("put", self.file("f.json", b"{}"), self.at + "/f.json", "--mime-type=application/json")
        told = dict(line.strip().split(":", 1) for line in self.s3cmd("info", self.at + "/f.json").splitlines()[1:])
        told = {name: value.strip() for name, value in told.items()}
        self.assertEqual((told["File size"], told["MIME type"], told["MD5 sum"], told["Storage"]),
                         ("2", "application/json", hashlib.md5(b"{}").hexdigest(), "STANDARD"))
        self.assertIn("NoSuchKey", self.complaint(12, "info", self.at + "/none"))

    def test_headers_are_set_read_and_changed(self):
        self.s3cmd("put", self.file("f"), self.at + "/f", "--add-header=x-amz-meta-watch:garmin", "--add-header=Content-Language:sv",
                   "--add-header=Cache-Control:max-age=60", "--add-header=Expires:Thu, 01 Dec 2033 16:00:00 GMT")
        head = self.s3.head_object(Bucket=self.bucket, Key="f")
        self.assertEqual((head["Metadata"]["watch"], head["CacheControl"], head["ContentLanguage"], head["Expires"].year),
                         ("garmin", "max-age=60", "sv", 2033))
        self.assertRegex(self.s3cmd("info", self.at + "/f"), "x-amz-meta-watch: +garmin\n")
        self.s3cmd("modify", self.at + "/f", "--add-header=x-amz-meta-watch:fenix", "--remove-header=Cache-Control")
        head = self.s3.head_object(Bucket=self.bucket, Key="f")
        self.assertEqual((head["Metadata"]["watch"], head.get("CacheControl"), head["ContentLanguage"]), ("fenix", None, "sv"))
        self.assertEqual(self.body("f"), b"content")

    def test_objects_are_copied_moved_and_deleted(self):
        self.put("f")
        other = self.bucket + "-other"
        self.s3.create_bucket(Bucket=other)
        self.s3cmd("cp", self.at + "/f", f"s3://{other}/copy")
        self.assertEqual(self.s3.get_object(Bucket=other, Key="copy")["Body"].read(), b"body")
        self.s3cmd("mv", f"s3://{other}/copy", self.at + "/moved")
        self.assert_error("NoSuchKey", self.s3.get_object, Bucket=other, Key="copy")
        self.assertEqual(self.body("moved"), b"body")
        self.s3cmd("del", self.at + "/f")
        self.assertEqual(self.keys(), ["moved"])

    def test_folders_are_synchronised_up_and_down(self):
        contents = {"a.txt": b"a", "deep/er/b": os.urandom(PART + 1), "deep/empty": b""}
        for name, content in contents.items():
            self.file("local/" + name, content)
        self.s3cmd("sync", "local/", self.at + "/x/")
        self.assertEqual({key: self.body(key) for key in self.keys()}, {"x/" + name: content for name, content in contents.items()})
        self.assertEqual(self.s3cmd("sync", "local/", self.at + "/x/"), "")  # nothing to do
        (self.home / "local/a.txt").unlink()
        self.file("local/deep/empty", b"no more")
        changed = self.s3cmd("sync", "--delete-removed", "local/", self.at + "/x/")
        self.assertEqual([line.split()[0] for line in changed.splitlines()], ["delete:", "upload:", "Done."])
        self.s3cmd("sync", self.at + "/x/", "back/")
        self.assertEqual(self.tree(self.home / "back"), self.tree(self.home / "local"))
        self.s3.delete_object(Bucket=self.bucket, Key="x/deep/empty")
        self.put("x/new", b"new")
        self.s3cmd("sync", "--delete-removed", self.at + "/x/", "back/")
        self.assertEqual(self.tree(self.home / "back"), {"deep/er/b": contents["deep/er/b"], "new": b"new"})
        self.s3cmd("sync", self.at + "/x/", self.at + "/y/")
        self.assertEqual(self.keys(), ["x/deep/er/b", "x/new", "y/deep/er/b", "y/new"])

    def test_whole_folders_are_deleted(self):
        for key in ["d", "other", *(f"d/{number}" for number in range(20)), "d/ü &<\">"]:
            self.put(key)
        self.s3cmd("del", "--recursive", self.at + "/d/")
        self.assertEqual(self.keys(), ["d", "other"])
        self.s3cmd("del", "--recursive", "--force", self.at)
        self.assertEqual(self.keys(), [])

    def test_odd_names_come_back(self):
        for name in ODD_NAMES:
            self.file("local/" + name, name.encode())
        self.s3cmd("sync", "local/", self.at)
        self.assertEqual({key: self.body(key) for key in self.keys()}, {name: name.encode() for name in ODD_NAMES})
        listing = self.s3cmd("ls", "--recursive", self.at)
        for name in ODD_NAMES:
            self.assertIn(f"{self.at}/{name}\n", listing)
        self.s3cmd("mv", f"{self.at}/with space+plus", f"{self.at}/ö/+ %2B")
        self.s3cmd("get", f"{self.at}/ö/+ %2B", "moved")
        self.assertEqual((self.home / "moved").read_bytes(), b"with space+plus")
        self.s3cmd("sync", self.at + "/", "back/")
        self.assertEqual(set(self.tree(self.home / "back")), {*ODD_NAMES, "ö/+ %2B"} - {"with space+plus"})
        self.s3cmd("del", *(f"{self.at}/{name}" for name in ODD_NAMES[1:]))
        self.assertEqual(self.keys(), ["ö/+ %2B"])

    def test_uploads_in_parts_are_listed_continued_and_aborted(self):
        content = os.urandom(2 * PART + 1)
        self.file("large", content)
        uploads = {key: self.s3.create_multipart_upload(Bucket=self.bucket, Key=key)["UploadId"] for key in ("go/on", "ü give up")}
        part = self.s3.upload_part(Bucket=self.bucket, Key="go/on", UploadId=uploads["go/on"], PartNumber=2,
                                   Body=content[PART:2 * PART])
        listed = [line.split("\t")[1:] for line in self.s3cmd("multipart", self.at).splitlines()[2:]]
        self.assertEqual(listed, [[f"{self.at}/{key}", upload] for key, upload in uploads.items()])
        listed = [line.split("\t")[1:] for line in self.s3cmd("listmp", self.at + "/go/on", uploads["go/on"]).splitlines()[1:]]
        self.assertEqual(listed, [["2", part["ETag"], str(PART)]])
        self.s3cmd("abortmp", self.at + "/ü give up", uploads["ü give up"])
        said = self.complaint(0, "put", "large", self.at + "/go/on", "--continue-put", "--upload-id", uploads["go/on"])
        self.assertIn("size and md5sum match for", said)
        self.assertIn("part 2, skipping", said)
        self.assertEqual(self.body("go/on"), content)
        self.assertNotIn("Uploads", self.s3.list_multipart_uploads(Bucket=self.bucket))

    def test_objects_may_expire(self):
        self.s3cmd("expire", "--expiry-days=30", "--expiry-prefix=raw/", self.at)
        rule = self.s3.get_bucket_lifecycle_configuration(Bucket=self.bucket)["Rules"][0]
        self.assertEqual((rule["Status"], rule["Expiration"]), ("Enabled", {"Days": 30}))
        self.assertEqual(rule.get("Prefix", rule.get("Filter", {}).get("Prefix")), "raw/")
        self.assertIn("<Days>30</Days>", self.s3cmd("getlifecycle", self.at))
        self.s3cmd("dellifecycle", self.at)

    def test_what_is_not_offered_is_refused_by_name(self):
        self.put("f")
        for arguments in (("setacl", "--acl-public", self.at + "/f"), ("delpolicy", self.at)):
            self.assertIn("501 (NotImplemented)", self.complaint(11, *arguments))

    def test_a_signature_of_version_2_is_refused(self):
        self.put("f")
        self.assertIn("403 (AccessDenied)", self.complaint(77, "--signature-v2", "ls", self.at))
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(self.s3cmd("signurl", self.at + "/f", "+60").strip())
        self.assertEqual(caught.exception.code, 403)
        self.assertIn(b"<Code>AccessDenied</Code>", caught.exception.read())


if __name__ == "__main__":
    harness.main()
