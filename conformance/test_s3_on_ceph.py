"""The cases of the local bucket that are about S3 itself, asked of Ceph's gateway: where both agree, the cases are right.

Where this gateway (16.2) differs from what AWS documents, or from what S3 has been seen to answer, it is said here and nowhere
else.  An exception that a newer gateway no longer needs makes its test fail.
"""

import unittest

import harness
import harness_s3
import test_s3
import test_s3_checksums
import test_s3_uploads

ACCEPTED = None

# What the gateway answers, by test, where S3 answers with this error.
ANSWERS = {
    # AWS: "Couldn't parse the specified URI."
    ("test_malformed_requests_get_the_services_errors", "InvalidURI"): "InvalidObjectName",
    # S3: "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, […] or a valid sha256 value."
    ("test_malformed_requests_get_the_services_errors", "InvalidArgument"): "XAmzContentSHA256Mismatch",
    # AWS: "Your key is too long."
    ("test_odd_keys_come_back", "KeyTooLongError"): "InvalidObjectName",
    # AWS documents 1,000 keys at most.  The gateway answers 400 without a document.
    ("test_many_keys_are_deleted_at_once", "MalformedXML"): "400",
    # AWS documents x-amz-copy-source-if-match, which the gateway does not look at.
    ("test_copies", "PreconditionFailed"): ACCEPTED,
    # AWS documents the form bytes=first-last, which one without an end does not have.
    ("test_parts_may_be_copied", "InvalidArgument"): "InvalidRange",
    # AWS: "the multipart upload might have been aborted or completed."
    ("test_uploads_and_parts_are_listed_and_aborted", "NoSuchUpload"): "NoSuchKey",
    # AWS documents part numbers from 1 to 10,000.
    ("test_what_does_not_fit_is_refused_and_can_be_put_right", "InvalidArgument"): ACCEPTED,
    # AWS: "The list of parts was not in ascending order."  The gateway sorts them first, and then the small one is not the last.
    ("test_what_does_not_fit_is_refused_and_can_be_put_right", "InvalidPartOrder"): "EntityTooSmall",
}


def setUpModule():
    if not harness_s3.why_no_ceph():
        OnCeph.server = harness_s3.Ceph()
        unittest.addModuleCleanup(OnCeph.server.close)
        print(f"Ceph's gateway at {OnCeph.server.endpoint}, started by {harness_s3.ceph_script()}", flush=True)


@unittest.skipIf(harness_s3.why_no_ceph(), harness_s3.why_no_ceph())
class OnCeph(harness.ServiceCase):
    def assert_error(self, code, call, *arguments, **members):
        answer = ANSWERS.get((self._testMethodName, code), code)
        return call(*arguments, **members) if answer is ACCEPTED else super().assert_error(answer, call, *arguments, **members)

    def assert_refused(self, answer, status, code):
        super().assert_refused(answer, status, ANSWERS.get((self._testMethodName, code), code))


class Objects(test_s3.ObjectCases, OnCeph):
    def test_an_object_keeps_its_headers(self):
        self.check_that_headers_are_kept()

    def test_odd_keys_come_back(self):
        self.check_that_odd_keys_come_back()


class Uploads(test_s3_uploads.UploadCases, OnCeph):
    # AWS documents x-amz-tagging-directive, which the gateway does not look at.
    takes_new_tags_of_copies = False

    def setUp(self):
        super().setUp()
        self.s3.meta.events.register("after-call.s3.CopyObject", self.add_quotes)

    def add_quotes(self, parsed, **_):
        # AWS's ETag of a copy has them, like every other.
        if "CopyObjectResult" in parsed:
            parsed["CopyObjectResult"]["ETag"] = f'"{parsed["CopyObjectResult"]["ETag"]}"'

    def complete(self, *arguments, **members):
        # AWS's answer has the object's ETag.  The gateway's has none, or, the second time, one without quotes.
        answer = super().complete(*arguments, **members)
        self.assertFalse(answer["ETag"].startswith('"'))
        return self.s3.head_object(Bucket=self.bucket, Key=answer["Key"])

    def test_a_large_file_goes_up_in_parts_and_down_again(self):
        self.check_that_a_large_file_goes_up_and_down()

    def put_right(self, upload, large):
        # S3 leaves out the parts that are not listed; the gateway wants every part that came.
        self.assert_error("InvalidPart", self.complete, upload, [large])
        another = self.begin()
        super().put_right(another, self.put(another, 1, b"x" * test_s3_uploads.PART))

    def test_half_a_name_of_a_part_never_becomes_an_object(self):
        # S3: "This operation does not accept partNumber without uploadId."  Here it does become an object.
        answer = self.server.exchange("PUT", f"/{self.bucket}/key?partNumber=1", {"Content-Length": "4"}, b"part")
        self.assertEqual((answer[0], self.body()), (200, b"part"))
        answer = self.server.exchange("PUT", f"/{self.bucket}/other?uploadId={self.begin()}", {"Content-Length": "4"}, b"part")
        self.assert_refused(answer, 400, "InvalidArgument")
        self.assert_error("NoSuchKey", self.body, "other")


class Chunks(test_s3_checksums.SignedChunks, OnCeph):
    """Of the checksums' cases this one alone: checksums beside the body are younger than this gateway."""

    def setUp(self):
        self.closed, self.key, self.secret = self.server, self.server.key, self.server.secret
        self.signing = self.server.client()
        self.signing.create_bucket(Bucket="sums")

    def test_the_signatures_of_chunks_are_checked(self):
        self.check_signatures("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")


if __name__ == "__main__":
    harness.main()
