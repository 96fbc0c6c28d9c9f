"""Browser uploads: forms as boto3 presigns them and as curl and Node's fetch send them become objects."""

import base64
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.parse

import harness

BUCKET = "landing"
KEYS = '[[credentials]]\naccess_key_id = "AKID"\nsecret_access_key = "secret"\n[[bucket]]\nname = "landing"\n'
NODE = """
const [url, fields, name, text] = [process.argv[1], JSON.parse(process.argv[2]), process.argv[3], process.argv[4]];
const form = new FormData();
for (const [key, value] of Object.entries(fields)) form.append(key, value);
form.append('file', new Blob([text]), name);
const answer = await fetch(url, {method: 'POST', body: form, redirect: 'manual'});
console.log(answer.status);
"""


class Posts(harness.ServiceCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-post-"))
        self.addCleanup(lambda: shutil.rmtree(self.folder, ignore_errors=True))
        self.server = harness.Server(config=KEYS)
        self.addCleanup(self.server.close)
        self.server.start()
        self.s3 = self.server.client("s3", key="AKID", secret="secret")

    def curl(self, url, fields, content=b"bytes", name="a run.fit", more=()):
        """Status, headers in lower case, body."""
        path = self.folder / name
        path.write_bytes(content)
        command = ["curl", "-sS", "-i", "-H", "Expect:", url]
        for key, value in fields.items():
            command += ["--form-string", f"{key}={value}"]
        done = subprocess.run([*command, "-F", f"file=@{path}", *more], stdout=subprocess.PIPE, check=True, timeout=120)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        return int(lines[0].split()[1]), {line.split(":", 1)[0].lower(): line.split(":", 1)[1].strip() for line in lines[1:]}, body.decode()

    def presign(self, key, fields=None, conditions=None, expires=600):
        post = self.s3.generate_presigned_post(BUCKET, key, Fields=fields, Conditions=conditions, ExpiresIn=expires)
        return post["url"], post["fields"]

    def code(self, answer):
        return answer[0], re.search("<Code>(.*)</Code>", answer[2]).group(1)

    def test_a_presigned_form_becomes_an_object(self):
        content = bytes(range(256)) * 20_000
        url, fields = self.presign("runs/${filename}", {"Content-Type": "a/b", "x-amz-meta-watch": "fenix", "acl": "private"},
                                   [{"Content-Type": "a/b"}, {"acl": "private"}, ["starts-with", "$x-amz-meta-watch", ""],
                                    ["content-length-range", 1, len(content)]])
        status, headers, body = self.curl(url, fields, content)
        self.assertEqual((status, body), (204, ""))
        found = self.s3.get_object(Bucket=BUCKET, Key="runs/a run.fit")
        self.assertEqual(found["Body"].read(), content)
        self.assertEqual((found["ContentType"], found["Metadata"], found["ETag"]), ("a/b", {"watch": "fenix"}, headers["etag"]))
        self.assertEqual(headers["location"], f"{self.server.endpoint}/landing/runs/a%20run.fit")

    def test_the_answer_is_what_the_form_asks_for(self):
        url, fields = self.presign("k&", {"success_action_status": "201"}, [{"success_action_status": "201"}])
        status, _, body = self.curl(url, fields)
        self.assertEqual(status, 201)
        self.assertIn("<Bucket>landing</Bucket><Key>k&amp;</Key><ETag>&quot;4b3a6218bb3e3a7303e8a171a60fcf92&quot;</ETag>", body)
        there = "https://pages.example/done?a=b"
        url, fields = self.presign("k&", {"success_action_redirect": there}, [{"success_action_redirect": there}])
        status, headers, _ = self.curl(url, fields)
        self.assertEqual(status, 303)
        self.assertEqual(urllib.parse.parse_qs(urllib.parse.urlparse(headers["location"]).query),
                         {"a": ["b"], "bucket": ["landing"], "key": ["k&"], "etag": ['"4b3a6218bb3e3a7303e8a171a60fcf92"']})

    def test_tags_and_checksums_of_a_form_are_kept_and_compared(self):
        tagging = "<Tagging><TagSet><Tag><Key>kind</Key><Value>run</Value></Tag></TagSet></Tagging>"
        fields = {"tagging": tagging, "x-amz-checksum-sha256": base64.b64encode(hashlib.sha256(b"bytes").digest()).decode()}
        url, fields = self.presign("tagged", fields, [{key: value} for key, value in fields.items()])
        self.assertEqual(self.curl(url, fields)[0], 204)
        self.assertEqual(self.s3.get_object_tagging(Bucket=BUCKET, Key="tagged")["TagSet"], [{"Key": "kind", "Value": "run"}])
        head = self.s3.head_object(Bucket=BUCKET, Key="tagged", ChecksumMode="ENABLED")
        self.assertEqual(head["ChecksumSHA256"], fields["x-amz-checksum-sha256"])
        self.assertEqual(self.code(self.curl(url, fields, b"others")), (400, "BadDigest"))

    def test_what_the_policy_does_not_allow_is_refused(self):
        url, fields = self.presign("runs/1", conditions=[["content-length-range", 2, 5]])
        self.assertEqual(self.code(self.curl(url, {**fields, "key": "other"})), (403, "AccessDenied"))
        self.assertEqual(self.code(self.curl(url, {**fields, "acl": "public-read"})), (403, "AccessDenied"))
        self.assertEqual(self.code(self.curl(url, fields, b"x")), (400, "EntityTooSmall"))
        self.assertEqual(self.code(self.curl(url, fields, b"x" * 6)), (400, "EntityTooLarge"))
        self.assertEqual(self.code(self.curl(url, fields, b"x" * 3_000_000)), (400, "EntityTooLarge"))
        self.assertEqual(self.code(self.curl(url.replace(BUCKET, "another"), fields)), (403, "AccessDenied"))
        url, fields = self.presign("late", expires=-1)
        self.assertEqual(self.code(self.curl(url, fields)), (403, "AccessDenied"))
        self.assertNotIn("Contents", self.s3.list_objects_v2(Bucket=BUCKET))

    def test_forms_that_nobody_signed_are_refused(self):
        url, fields = self.presign("runs/1")
        policy = json.loads(base64.b64decode(fields["policy"]))
        policy["conditions"].append(["starts-with", "$acl", ""])
        changed = {**fields, "policy": base64.b64encode(json.dumps(policy).encode()).decode()}
        self.assertEqual(self.code(self.curl(url, changed)), (403, "SignatureDoesNotMatch"))
        self.assertEqual(self.code(self.curl(url, {"key": "runs/1"})), (403, "AccessDenied"))
        for lacking in ("policy", "x-amz-signature", "x-amz-credential", "x-amz-date", "x-amz-algorithm"):
            self.assertIn(self.curl(url, {key: value for key, value in fields.items() if key != lacking})[0], (400, 403), lacking)
        foreign = {**fields, "x-amz-credential": fields["x-amz-credential"].replace("AKID", "OTHER")}
        self.assertEqual(self.code(self.curl(url, foreign)), (403, "AccessDenied"))
        # Nothing else gets in by looking like a form.
        for target in (url + "?delete", url + "/key", url + "/?uploads", self.server.endpoint + "/"):
            self.assertIn(self.curl(target, fields)[0], (403, 400), target)
        self.assertNotIn("Contents", self.s3.list_objects_v2(Bucket=BUCKET))

    def test_a_form_needs_a_key_and_one_file_behind_it(self):
        url, fields = self.presign("runs/1")
        path = self.folder / "second"
        path.write_bytes(b"second")
        self.assertEqual(self.code(self.curl(url, fields, more=("-F", f"file=@{path}"))), (400, "IncorrectNumberOfFilesInPostRequest"))
        self.assertEqual(self.code(self.curl(url, {key: value for key, value in fields.items() if key != "key"})), (400, "InvalidArgument"))
        self.assertEqual(self.code(self.curl(url, {**fields, "x-ignore-more": "x" * 30_000})), (400, "MaxPostPreDataLengthExceeded"))

    def test_without_credentials_a_form_needs_no_policy(self):
        open_server = harness.Server(config='[[bucket]]\nname = "landing"\n')
        self.addCleanup(open_server.close)
        open_server.start()
        url = f"{open_server.endpoint}/landing"
        self.assertEqual(self.curl(url, {"key": "plain"})[0], 204)
        self.assertEqual(open_server.client("s3").get_object(Bucket=BUCKET, Key="plain")["Body"].read(), b"bytes")
        self.assertEqual(self.code(self.curl(f"{open_server.endpoint}/nowhere", {"key": "plain"})), (404, "NoSuchBucket"))
        # A page of somebody else cannot post here.
        self.assertEqual(self.curl(url, {"key": "plain"}, more=("-H", "Origin: http://elsewhere.example"))[0], 403)

    def test_nodes_fetch_sends_forms_that_are_understood(self):
        url, fields = self.presign("node/${filename}")
        done = subprocess.run(["node", "--input-type=module", "-e", NODE, url, json.dumps(fields), 'qu"ote.txt', "é\r\n--\r\n"],
                              stdout=subprocess.PIPE, text=True, check=True, timeout=120)
        self.assertEqual(done.stdout, "204\n")
        self.assertEqual(self.s3.get_object(Bucket=BUCKET, Key="node/qu%22ote.txt")["Body"].read().decode(), "é\r\n--\r\n")


if __name__ == "__main__":
    harness.main()
