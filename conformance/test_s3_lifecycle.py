"""Lifecycle rules of the local bucket: what is told of them, and what they remove."""

import os
import time

import botocore.exceptions

import harness

DAY = 86_400
BUCKET = "aging"


def rule(name, prefix, status="Enabled", **action):
    return {"ID": name, "Filter": {"Prefix": prefix}, "Status": status, **action}


class Lifecycle(harness.ServerCase):
    def setUp(self):
        self.s3 = self.server.client("s3")
        self.s3.create_bucket(Bucket=BUCKET)
        self.addCleanup(self.empty)

    def empty(self):
        for entry in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
            self.s3.delete_object(Bucket=BUCKET, Key=entry["Key"])
        self.s3.delete_bucket(Bucket=BUCKET)

    def put(self, key, age_days=0, size=10):
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=bytes(size))
        then = time.time() - age_days * DAY
        os.utime(self.server.bucket(BUCKET) / key, (then, then))

    def set(self, *rules):
        self.s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": list(rules)})

    def keys(self):
        return [entry["Key"] for entry in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def assert_error(self, code, call, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError) as refused:
            call(**arguments)
        self.assertEqual(refused.exception.response["Error"]["Code"], code)

    def test_rules_are_told_and_forgotten(self):
        self.assert_error("NoSuchLifecycleConfiguration", self.s3.get_bucket_lifecycle_configuration, Bucket=BUCKET)
        rules = [rule("old", "raw/", Expiration={"Days": 30}),
                 rule("parts", "", AbortIncompleteMultipartUpload={"DaysAfterInitiation": 2}),
                 {"ID": "sizes", "Filter": {"And": {"Prefix": "a/", "ObjectSizeGreaterThan": 5, "ObjectSizeLessThan": 9}}, "Status": "Disabled",
                  "Expiration": {"Days": 1}}]
        self.set(*rules)
        self.assertEqual(self.s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"], rules)
        self.server.kill()
        self.server.start()
        self.s3 = self.server.client("s3")
        self.assertEqual(self.s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"], rules)
        self.s3.delete_bucket_lifecycle(Bucket=BUCKET)
        self.assert_error("NoSuchLifecycleConfiguration", self.s3.get_bucket_lifecycle_configuration, Bucket=BUCKET)
        self.set(rules[0])
        self.s3.delete_bucket(Bucket=BUCKET)
        self.s3.create_bucket(Bucket=BUCKET)
        self.assert_error("NoSuchLifecycleConfiguration", self.s3.get_bucket_lifecycle_configuration, Bucket=BUCKET)

    def test_what_is_old_goes_and_the_rest_stays(self):
        for key, age, size in (("raw/old", 40, 10), ("raw/new", 1, 10), ("kept/old", 40, 10), ("sized/small", 40, 4), ("sized/large", 40, 400),
                               ("off/old", 40, 10)):
            self.put(key, age, size)
        self.set(rule("raw", "raw/", Expiration={"Days": 30}), rule("off", "off/", "Disabled", Expiration={"Days": 30}),
                 {"ID": "sized", "Filter": {"And": {"Prefix": "sized/", "ObjectSizeGreaterThan": 100}}, "Status": "Enabled", "Expiration": {"Days": 3}})
        harness.wait_for("the old ones to go", lambda: self.keys() == ["kept/old", "off/old", "raw/new", "sized/small"])
        harness.wait_for("a line in the log", lambda: "lifecycle: 2 objects and 0 uploads in parts removed by their age" in self.server.output())

    def test_a_date_that_has_come_ends_all_that_is_there(self):
        self.put("done/a")
        self.put("later/a")
        self.set(rule("done", "done/", Expiration={"Date": "2020-01-01T00:00:00Z"}), rule("later", "later/", Expiration={"Date": "2999-01-01T00:00:00Z"}))
        harness.wait_for("the first to go", lambda: self.keys() == ["later/a"])

    def test_what_has_no_meaning_here_is_refused(self):
        for more in ({"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}, {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}}):
            self.assert_error("NotImplemented", self.s3.put_bucket_lifecycle_configuration, Bucket=BUCKET,
                              LifecycleConfiguration={"Rules": [rule("x", "a/", Expiration={"Days": 1}, **more)]})
        self.assert_error("InvalidArgument", self.s3.put_bucket_lifecycle_configuration, Bucket=BUCKET,
                          LifecycleConfiguration={"Rules": [rule("x", "a/", Expiration={"Days": 0})]})
        self.assert_error("NoSuchBucket", self.s3.put_bucket_lifecycle_configuration, Bucket="nowhere",
                          LifecycleConfiguration={"Rules": [rule("x", "a/", Expiration={"Days": 1})]})


if __name__ == "__main__":
    harness.main()
