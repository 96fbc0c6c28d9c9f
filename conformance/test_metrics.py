"""The metrics page after known traffic: every figure that Firehose's metrics have a name for, and the form of the page."""

import re
import unittest
import urllib.request

import harness
from test_dynamic_partitioning import destination as partitioned
from test_dynamic_partitioning import record

BUCKET = "landing"
SAMPLE = re.compile(r'([a-z_0-9]+)(?:\{((?:[a-z_]+="[^"\n]*",?)*)\})? (\S+)')
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count"), "counter": ("",), "gauge": ("",)}


def samples(page):
    """The page's samples, by name and sorted labels; it must be well-formed."""
    found, types, family = {}, {}, None
    for line in page.splitlines():
        if line.startswith("# HELP "):
            family = line.split(" ")[2]
            assert family not in types and line.split(" ", 3)[3], line
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == family and kind in SUFFIXES, line
            assert kind != "counter" or name.endswith("_total"), line
            types[name] = kind
        else:
            name, labels, value = SAMPLE.fullmatch(line).groups()
            assert name in [family + suffix for suffix in SUFFIXES[types[family]]], line
            key = (name, *sorted((labels or "").rstrip(",").split(",")))
            assert key not in found, line
            found[key] = float(value)
    return found


class Metrics(unittest.TestCase):
    def server(self, **options):
        server = harness.Server(**options)
        self.addCleanup(server.close)
        server.start()
        server.client("s3").create_bucket(Bucket=BUCKET)
        glue = server.client("glue")
        glue.create_database(DatabaseInput={"Name": "db"})
        glue.create_table(DatabaseName="db", TableInput={"Name": "t", "StorageDescriptor": {"Columns": [{"Name": "n", "Type": "int"}]}})
        return server

    def page(self, server):
        with urllib.request.urlopen(server.endpoint + "/_sluice/metrics") as answer:
            return samples(answer.read().decode())

    def of(self, server, stream):
        """The figures of a delivery stream by name, and by what other label they have."""
        label, out = f'delivery_stream="{stream}"', {}
        for (name, *labels), value in self.page(server).items():
            if label in labels:
                out[",".join([name, *(one for one in labels if one != label)])] = value
        return out

    def create(self, server, name, **more):
        server.client("firehose").create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration={
            "RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": name + "/",
            "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 1}, **more})

    def check(self, server, name, expected):
        def difference():
            said = self.of(server, name)
            return {key: (said.get(key), value) for key, value in expected.items() if said.get(key) != value}
        try:
            harness.wait_for("the figures", lambda: not difference())
        except AssertionError:
            self.fail(f"said and expected: {difference()}")

    def test_a_converting_stream_with_a_backup(self):
        server = self.server()
        self.create(server, "c", DataFormatConversionConfiguration=harness.conversion("db", "t"), S3BackupMode="Enabled",
                    S3BackupConfiguration={"RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": "attic/",
                                           "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 1}})
        good, bad = [b'{"n":%d}' % i for i in range(10)], [b'{"n":"no number"}', b"[", b""]
        firehose = server.client("firehose")
        firehose.put_record(DeliveryStreamName="c", Record={"Data": good[0]})
        firehose.put_record_batch(DeliveryStreamName="c", Records=[{"Data": one} for one in good[1:] + bad])
        count, good_bytes, bad_bytes = len(good) + len(bad), sum(map(len, good)), sum(map(len, bad))
        self.check(server, "c", {
            "sluice_delivery_incoming_records_total": count,
            "sluice_delivery_incoming_bytes_total": good_bytes + bad_bytes,
            "sluice_delivery_incoming_put_requests_total": 2,
            "sluice_throttled_records_total": 0,
            "sluice_source_read_records_total": count,
            "sluice_source_read_bytes_total": good_bytes + bad_bytes,
            "sluice_source_millis_behind_latest": 0,
            "sluice_delivery_s3_records_total": len(good),
            "sluice_conversion_succeeded_records_total": len(good),
            "sluice_conversion_succeeded_bytes_total": good_bytes,
            "sluice_conversion_failed_records_total": len(bad),
            "sluice_conversion_failed_bytes_total": bad_bytes,
            "sluice_processing_failed_records_total": 0,
            'sluice_delivery_s3_puts_total,result="failure"': 0,
            'sluice_backup_s3_puts_total,result="failure"': 0,
            "sluice_delivery_s3_data_freshness_seconds": 0,
            "sluice_backup_s3_records_total": count,
            "sluice_backup_s3_bytes_total": good_bytes + bad_bytes,
            "sluice_backup_s3_data_freshness_seconds": 0,
            "sluice_backlog_records": 0,
            "sluice_open_records": 0,
            "sluice_open_bytes": 0,
        })
        said = self.of(server, "c")
        listed = server.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
        for prefix, metric in (("c/", "delivery"), ("attic/", "backup")):
            objects = [one for one in listed if one["Key"].startswith(prefix) or (metric == "delivery" and "-failed/" in one["Key"])]
            self.assertEqual(said[f"sluice_{metric}_s3_objects_total"], len(objects))
            self.assertEqual(said[f'sluice_{metric}_s3_puts_total,result="success"'], len(objects))
            self.assertEqual(said[f"sluice_{metric}_s3_bytes_total"], sum(one["Size"] for one in objects))

    def test_a_partitioned_stream(self):
        server = self.server()
        server.client("firehose").create_delivery_stream(
            DeliveryStreamName="p", ExtendedS3DestinationConfiguration=partitioned(interval=900),
            Tags=[{"Key": "sluice:partitions-max", "Value": "3"}])
        data = [record(customer) for customer in ("a", "b", "a", "c", "d", None)]
        server.client("firehose").put_record_batch(DeliveryStreamName="p", Records=[{"Data": one} for one in data])
        self.check(server, "p", {
            "sluice_partitions_active": 4,  # and what is refused
            "sluice_partitions_max": 3,
            "sluice_partitions_exceeded_records_total": 1,
            "sluice_open_records": 6,
            "sluice_open_bytes": sum(map(len, data)),
        })
        said = self.of(server, "p")
        self.assertGreaterEqual(said["sluice_jq_processing_duration_seconds_count"], 1)
        self.assertGreater(said["sluice_jq_processing_duration_seconds_sum"], 0)
        self.assertNotIn("sluice_conversion_succeeded_records_total", said)
        harness.wait_for("age", lambda: self.of(server, "p")["sluice_delivery_s3_data_freshness_seconds"] > 0.2)

    def test_a_bucket_that_is_missing_shows_as_failing_puts(self):
        server = self.server()
        self.create(server, "m", BucketARN="arn:aws:s3:::nowhere")
        server.client("firehose").put_record(DeliveryStreamName="m", Record={"Data": b"x"})
        harness.wait_for("a put that failed", lambda: self.of(server, "m")['sluice_delivery_s3_puts_total,result="failure"'] > 0)
        self.check(server, "m", {'sluice_delivery_s3_puts_total,result="success"': 0, "sluice_backlog_records": 1,
                                 "sluice_delivery_s3_records_total": 0})

    def test_what_a_cap_refuses_is_counted_as_throttled(self):
        server = self.server(config="[server]\nstream_max_mb = 1\n")
        self.create(server, "t", BucketARN="arn:aws:s3:::nowhere")
        firehose = server.client("firehose", attempts=1)
        stored, throttled = 0, 0
        for _ in range(4):
            try:
                answer = firehose.put_record_batch(DeliveryStreamName="t", Records=[{"Data": b"x" * 200_000}] * 2)
                self.assertEqual(answer["FailedPutCount"], 0)
                stored += 2
            except firehose.exceptions.ServiceUnavailableException:
                throttled += 2
        self.assertGreater(throttled, 0)
        self.check(server, "t", {"sluice_delivery_incoming_records_total": stored, "sluice_throttled_records_total": throttled,
                                 "sluice_delivery_incoming_put_requests_total": stored // 2})

    def test_calls_are_counted_by_operation_result_and_time(self):
        server = self.server()
        self.create(server, "a")
        firehose = server.client("firehose", attempts=1)
        for _ in range(3):
            firehose.put_record(DeliveryStreamName="a", Record={"Data": b"x"})
        for _ in range(2):
            with self.assertRaises(firehose.exceptions.ResourceNotFoundException):
                firehose.put_record(DeliveryStreamName="nowhere", Record={"Data": b"x"})
        page, labels = self.page(server), ('operation="PutRecord"', 'service="firehose"')
        results = {result: page[("sluice_api_requests_total", *sorted([*labels, f'result="{result}"']))]
                   for result in ("success", "refused", "failed")}
        self.assertEqual(results, {"success": 3, "refused": 2, "failed": 0})
        self.assertEqual(page[("sluice_api_request_duration_seconds_count", *labels)], 5)
        self.assertGreater(page[("sluice_api_request_duration_seconds_sum", *labels)], 0)
        rising = [value for (name, *others), value in page.items()
                  if name == "sluice_api_request_duration_seconds_bucket" and set(labels) < set(others)]
        self.assertEqual((rising, rising[-1]), (sorted(rising), 5))
        self.assertNotIn('operation="UpdateDestination"', {label for key in page for label in key})

    def test_resources_are_counted_and_a_deleted_stream_is_gone(self):
        server = self.server()
        self.create(server, "r")
        server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
        page = self.page(server)
        counts = {labels[0]: value for (name, *labels), value in page.items() if name == "sluice_resource_count"}
        self.assertEqual(counts, {'resource="bucket"': 1, 'resource="database"': 1, 'resource="delivery_stream"': 1,
                                  'resource="stream"': 1, 'resource="table"': 1})
        server.client("firehose").delete_delivery_stream(DeliveryStreamName="r")
        self.assertEqual(self.of(server, "r"), {})

    def test_an_update_counts_on(self):
        server = self.server()
        self.create(server, "u")
        firehose = server.client("firehose")
        firehose.put_record(DeliveryStreamName="u", Record={"Data": b"one"})
        self.check(server, "u", {"sluice_delivery_s3_records_total": 1})
        firehose.update_destination(DeliveryStreamName="u", CurrentDeliveryStreamVersionId="1", DestinationId="destinationId-000000000001",
                                    ExtendedS3DestinationUpdate={"Prefix": "other/"})
        firehose.put_record(DeliveryStreamName="u", Record={"Data": b"two"})
        self.check(server, "u", {"sluice_delivery_s3_records_total": 2, "sluice_delivery_incoming_records_total": 2,
                                 "sluice_delivery_incoming_bytes_total": 6})


if __name__ == "__main__":
    harness.main()
