"""Queries that only jq can answer, in the program's own confined child: what it gives, what it is kept from, and that the
stream goes on behind a record that ends it."""

import base64
import os
import pathlib
import unittest

import botocore.exceptions
import harness
from test_dynamic_partitioning import BUCKET, NEWLINE, Landing, destination, record, refused

PREFIX = "data/customer=!{partitionKeyFromQuery:customer}/"


def workers(server):
    """The jq children of the server."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == server.process.pid and b"jq-worker" in words:
            found.append(folder)
    return found


class JqQueries(unittest.TestCase):
    def test_times_and_conditions_make_partitions(self):
        query = '{customer: (.customer | ascii_downcase), day: .at | strftime("%Y-%m-%d")}'
        landing = Landing(self, NEWLINE, query=query,
                          prefix="data/!{partitionKeyFromQuery:customer}/!{partitionKeyFromQuery:day}/")
        records = [record(customer, at=at) for customer in ("Acme", "ACME", "zenith") for at in (1752441919, 1752528319)]
        landing.put(*records)
        bodies, _ = landing.delivered()
        self.assertEqual({folder: len(body.splitlines()) for folder, body in bodies.items()},
                         {"data/acme/2025-07-13": 2, "data/acme/2025-07-14": 2,
                          "data/zenith/2025-07-13": 1, "data/zenith/2025-07-14": 1})

    def test_the_stream_goes_on_behind_a_record_that_ends_jq(self):
        query = '{customer: (if .big then (reduce range(30) as $i ("12345678"; . + .) | length | tostring) else .customer end)}'
        landing = Landing(self, NEWLINE, query=query, prefix=PREFIX)
        bad = record("never", big=True)
        landing.put(*[record(f"c{n % 3}", n=n) for n in range(20)], bad, *[record(f"c{n % 3}", n=n) for n in range(20, 40)])
        bodies, _ = landing.delivered()
        line, = refused(bodies.pop("errors/processing-failed"))
        self.assertEqual(base64.b64decode(line["rawData"]), bad)
        self.assertEqual(line["errorCode"], "DynamicPartitioning.MetadataExtractionFailed")
        self.assertIn("for this record", line["errorMessage"])
        self.assertEqual(sum(len(body.splitlines()) for body in bodies.values()), 40)

    def test_records_without_end_hold_up_no_other_stream_and_an_update_frees_them(self):
        query = "{customer: (if .loop then (def f: f; f) else .customer end)}"
        landing = Landing(self, NEWLINE, query=query, prefix=PREFIX)
        count = 400
        landing.put(*[record("slow", loop=True) for _ in range(count)])
        harness.wait_for("jq at work", lambda: workers(landing.server))
        firehose = landing.server.client("firehose")
        firehose.create_delivery_stream(DeliveryStreamName="other", ExtendedS3DestinationConfiguration={
            "RoleARN": harness.ROLE, "BucketARN": "arn:aws:s3:::" + BUCKET, "Prefix": "other/",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0}})
        firehose.put_record(DeliveryStreamName="other", Record={"Data": b"x"})
        harness.wait_for("the other stream's record",
                         lambda: any(folder.startswith("other/") for folder in landing.bodies()[0]))
        landing.update(destination(NEWLINE, query="{customer: .customer}"))
        bodies, _ = landing.delivered()
        lines = len(refused(bodies.get("errors/processing-failed", b"")))
        self.assertLess(lines, count, "all were refused before the other calls were answered")
        self.assertEqual(len(bodies["data/customer=slow"].splitlines()), count - lines)

    def test_the_child_has_no_environment_and_only_its_socket(self):
        landing = Landing(self, NEWLINE, query='{customer: (.customer + (env | length | tostring))}', prefix=PREFIX)
        landing.put(record("a"))
        harness.wait_for("the record", lambda: "data/customer=a0" in landing.bodies()[0])
        child, = workers(landing.server)
        self.assertEqual((child / "environ").read_bytes(), b"")
        self.assertEqual(sorted(path.name for path in (child / "fd").iterdir()), ["0", "1", "2", "3"])
        self.assertEqual({os.readlink(child / "fd" / name) for name in "012"}, {"/dev/null"})
        status = dict(line.split(":\t", 1) for line in (child / "status").read_text().splitlines())
        self.assertEqual((status["Seccomp"].strip(), status["NoNewPrivs"].strip()), ("2", "1"))
        landing.delivered()
        self.assertFalse(child.exists(), "the child ends with its server")

    def test_a_query_that_jq_refuses_makes_no_delivery_stream(self):
        landing = Landing(self)
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            landing.server.client("firehose").create_delivery_stream(
                DeliveryStreamName="other",
                ExtendedS3DestinationConfiguration=destination(query="{customer: (.customer | nosuchthing)}"))
        self.assertEqual(caught.exception.response["Error"]["Code"], "InvalidArgumentException")
        self.assertIn("nosuchthing", str(caught.exception))


if __name__ == "__main__":
    harness.main()
