"""Processors, partitions and compression from the configuration file: what it says is what a call would have said."""

import base64
import gzip
import json
import pathlib
import subprocess
import tempfile
import unittest

import harness
import harness_proof
from test_dynamic_partitioning import refused
from test_lambda import ARN, Runtime

BUCKET = "landing"
CONFIG = """
[[bucket]]
name = "landing"

[[table]]
database = "db"
name = "t"
columns = "n int"

[[delivery_stream]]
name = "parts"
bucket = "landing"
prefix = "data/!{partitionKeyFromLambda:region}/!{partitionKeyFromQuery:c}/"
buffer_size_mb = 64
buffer_interval_s = 900
compression = "GZIP"
[delivery_stream.processing]
decompression = "gzip"
sub_records = "delimited"
sub_record_delimiter = "|"
lambda = "%s"
lambda_retries = 1
lambda_batch_mb = 0.5
query = "{c: .c}"
delimiter = "\\n"
[delivery_stream.backup]
bucket = "landing"
prefix = "source/"
compression = "Snappy"
[delivery_stream.tags]
"sluice:partitions-max" = "9"
""" % (ARN + "keyed")


def message(region, c):
    return json.dumps({"metadata": {"partitionKeys": {"region": region}}, "c": c}).encode()


class ConfigProcessing(unittest.TestCase):
    def setUp(self):
        self.runtime = Runtime(self)
        self.config = CONFIG + self.runtime.config("keyed")

    def start(self, config):
        server = harness.Server(config=config)
        self.addCleanup(server.close)
        return server.start()

    def test_the_file_says_what_a_call_would_say(self):
        server = self.start(self.config)
        firehose = server.client("firehose")
        described, = firehose.describe_delivery_stream(DeliveryStreamName="parts")["DeliveryStreamDescription"]["Destinations"]
        destination = described["ExtendedS3DestinationDescription"]
        self.assertEqual((destination["CompressionFormat"], destination["S3BackupDescription"]["CompressionFormat"]), ("GZIP", "Snappy"))
        self.assertTrue(destination["DynamicPartitioningConfiguration"]["Enabled"])
        processors = {one["Type"]: {p["ParameterName"]: p["ParameterValue"] for p in one.get("Parameters", [])}
                      for one in destination["ProcessingConfiguration"]["Processors"]}
        self.assertEqual(processors["RecordDeAggregation"], {"SubRecordType": "DELIMITED", "Delimiter": "fA=="})
        self.assertEqual(processors["AppendDelimiterToRecord"], {"Delimiter": "\\n"})
        self.assertEqual((processors["Lambda"]["LambdaArn"], processors["Lambda"]["NumberOfRetries"]), (ARN + "keyed", "1"))
        # A call takes what is described.
        members = {name: destination[name] for name in ("RoleARN", "BucketARN", "Prefix", "ErrorOutputPrefix", "BufferingHints",
                                                        "CompressionFormat", "ProcessingConfiguration", "DynamicPartitioningConfiguration")}
        firehose.create_delivery_stream(DeliveryStreamName="called", ExtendedS3DestinationConfiguration=members)
        records = [gzip.compress(message("eu", "x") + b"|" + message("us", "y")), gzip.compress(message("eu", "x")), gzip.compress(message("", "x"))]
        firehose.put_record_batch(DeliveryStreamName="parts", Records=[{"Data": record} for record in records])
        server.stop()
        code, answer = harness_proof.verify(server.data)
        self.assertTrue(code == 0 and answer["proven"], answer)
        bodies = {}
        for path in server.bucket(BUCKET).rglob("*"):
            if path.is_file():
                bodies[str(path.parent.relative_to(server.bucket(BUCKET)))] = path.read_bytes()
        self.assertEqual(gzip.decompress(bodies["data/eu/x"]), b'{"c": "x"}\n' * 2)
        self.assertEqual(gzip.decompress(bodies["data/us/y"]), b'{"c": "y"}\n')
        line, = refused(bodies["processing-failed"])
        self.assertEqual(base64.b64decode(line["rawData"]), message("", "x"))
        self.assertTrue(any(folder.startswith("source") for folder in bodies))

    def test_the_conversion_is_what_a_call_would_ask_for(self):
        server = self.start("""
[[bucket]]
name = "landing"
[[table]]
database = "db"
name = "t"
columns = "ts string, a_b int"
[[delivery_stream]]
name = "rows"
bucket = "landing"
buffer_interval_s = 1
buffer_size_mb = 64
input_format = "openx-json"
output_format = "parquet"
table = "db.t"
[delivery_stream.conversion]
case_insensitive = false
dots_to_underscores = true
column_keys = { ts = "timestamp" }
parquet_compression = "GZIP"
parquet_version = 2
parquet_page_kb = 64
parquet_row_group_mb = 64
parquet_dictionary = false
""")
        firehose = server.client("firehose")
        described, = firehose.describe_delivery_stream(DeliveryStreamName="rows")["DeliveryStreamDescription"]["Destinations"]
        conversion = described["ExtendedS3DestinationDescription"]["DataFormatConversionConfiguration"]
        self.assertEqual(conversion["InputFormatConfiguration"]["Deserializer"]["OpenXJsonSerDe"], {
            "ConvertDotsInJsonKeysToUnderscores": True, "CaseInsensitive": False, "ColumnToJsonKeyMappings": {"ts": "timestamp"}})
        self.assertEqual(conversion["OutputFormatConfiguration"]["Serializer"]["ParquetSerDe"], {
            "BlockSizeBytes": 64 << 20, "PageSizeBytes": 65536, "Compression": "GZIP", "EnableDictionaryCompression": False,
            "WriterVersion": "V2"})
        firehose.put_record(DeliveryStreamName="rows", Record={"Data": b'{"timestamp": "now", "a.b": 7}'})
        harness.wait_for("an object", lambda: list(server.bucket(BUCKET).rglob("*.parquet")))
        path, = server.bucket(BUCKET).rglob("*.parquet")
        self.assertEqual(harness.duckdb(f"SELECT * FROM '{path}'"), [{"ts": "now", "a_b": 7}])

    def test_a_check_shows_what_would_be_delivered(self):
        with tempfile.TemporaryDirectory() as folder:
            config, tests = pathlib.Path(folder, "c.toml"), pathlib.Path(folder, "tests.json")
            config.write_text(self.config.replace('decompression = "gzip"\n', ""))
            tests.write_text(json.dumps({"tests": [{
                "name": "regions and customers have folders of their own", "delivery_stream": "parts",
                "records": [(message("eu", "x") + b"|" + message("us", "y")).decode(), message("", "x").decode()],
                "keys": ["data/eu/x/*.gz", "data/us/y/*.gz", "processing-failed/*"],
                "texts": ['{"c": "x"}\n', '{"c": "y"}\n'],
                "errors": [{"code": "DynamicPartitioning.MetadataExtractionFailed", "message": "partitionKeys values*"}]}]}))
            run = subprocess.run([harness.BINARY, "check", str(config), "--expect", str(tests)], capture_output=True, text=True, timeout=120)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_a_start_refuses_what_cannot_work_with_the_place_and_the_reason(self):
        stream = '[[delivery_stream]]\nname = "d"\nbucket = "landing"\n'
        processing = stream + 'prefix = "!{partitionKeyFromQuery:c}/"\n[delivery_stream.processing]\n'
        for config, text in (
                (stream + 'prefix = "p/"\n[delivery_stream.processing]\nlambda = "%sother"\n' % ARN, f'[[lambda]] with arn = "{ARN}other"'),
                (processing + 'query = "{c: .c"\n', "c.toml:1"),
                (processing + 'query = "{d: .c}"\n', "c is no key of MetadataExtractionQuery"),
                ('[[table]]\ndatabase = "db"\nname = "b"\ncolumns = "n binary"\n' + stream
                 + 'input_format = "hive-json"\noutput_format = "parquet"\ntable = "db.b"\n', "JsonSerDe does not support BINARY type")):
            with self.subTest(text=text), tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder, "c.toml")
                path.write_text(f'[server]\nlisten = "127.0.0.1:0"\ndata_dir = "{folder}/data"\n' + config)
                run = subprocess.run([harness.BINARY, "serve", "--config", str(path)], capture_output=True, text=True, timeout=60)
                self.assertNotEqual(run.returncode, 0)
                self.assertIn("delivery stream d: ", run.stderr)
                self.assertIn("c.toml:", run.stderr)
                if text != "c.toml:1":
                    self.assertIn(text, run.stderr)


if __name__ == "__main__":
    harness.main()
