"""The tag sluice:parquet-profile and the members of ParquetSerDe: how the objects of a delivery stream are laid out."""

import datetime
import json
import unittest

import harness
import harness_proof

BUCKET = "landing"
COLUMNS = [{"Name": "n", "Type": "int"}, {"Name": "at", "Type": "timestamp"}, {"Name": "who", "Type": "string"},
           {"Name": "price", "Type": "decimal(7,2)"}, {"Name": "zones", "Type": "array<int>"},
           {"Name": "tags", "Type": "map<string,int>"}, {"Name": "device", "Type": "struct<id:bigint,name:string>"}]
START = datetime.datetime(2025, 7, 15, 17, 0, 0)


def record(n):
    return {"n": n, "at": (START + datetime.timedelta(seconds=n)).isoformat(sep=" "), "who": f"watch-{n % 5}", "price": f"{n}.25",
            "zones": [n % 7, 3], "tags": {"a": n % 3}, "device": {"id": n, "name": "fenix"}}


ROWS = [record(n) for n in range(400)]


class ParquetProfile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.server.client("s3").create_bucket(Bucket=BUCKET)
        glue = cls.server.client("glue")
        glue.create_database(DatabaseInput={"Name": "db"})
        glue.create_table(DatabaseName="db", TableInput={"Name": "t", "StorageDescriptor": {"Columns": COLUMNS}})

    def create(self, name, profile=None, **serializer):
        conversion = harness.conversion("db", "t")
        conversion["OutputFormatConfiguration"] = {"Serializer": {"ParquetSerDe": serializer}}
        tags = [{"Key": "sluice:buffer-interval-s", "Value": "1"}]
        if profile:
            tags.append({"Key": "sluice:parquet-profile", "Value": profile})
        self.server.client("firehose").create_delivery_stream(
            DeliveryStreamName=name, Tags=tags, ExtendedS3DestinationConfiguration={
                "RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": f"{name}/", "ErrorOutputPrefix": "errors/",
                "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 900}, "DataFormatConversionConfiguration": conversion})

    def objects(self, name):
        return sorted(path for path in (self.server.bucket(BUCKET) / name).rglob("*") if path.is_file())

    def land(self, name, rows=None):
        """Puts the rows and gives the object that they become."""
        before = set(self.objects(name))
        rows = rows or ROWS
        answer = self.server.client("firehose").put_record_batch(
            DeliveryStreamName=name, Records=[{"Data": json.dumps(row).encode()} for row in rows])
        self.assertEqual(answer["FailedPutCount"], 0)
        harness.wait_for("an object", lambda: set(self.objects(name)) - before)
        made = sorted(set(self.objects(name)) - before)
        self.assertEqual(len(made), 1, made)
        return made[0]

    def chunks(self, path):
        """Codec and encodings of each column chunk, by DuckDB."""
        return {row["path_in_schema"]: (row["compression"], {word.strip() for word in row["encodings"].split(",")})
                for row in harness.duckdb(f"SELECT path_in_schema, compression, encodings FROM parquet_metadata('{path}')")}

    def schema(self, path):
        return [(row["name"], row["type"]) for row in harness.duckdb(f"SELECT name, type FROM parquet_schema('{path}')")]

    def rows_by_duckdb(self, path):
        return harness.duckdb("SELECT n, CAST(CAST(\"at\" AS TIMESTAMP) AS VARCHAR) AS \"at\", who, CAST(price AS VARCHAR) AS price, "
                              "CAST(zones AS VARCHAR) AS zones, CAST(map_values(tags) AS VARCHAR) AS tags, "
                              f"CAST(device.id AS INT) AS id, device.name AS name FROM '{path}' ORDER BY n")

    def assert_rows(self, path):
        wanted = [{"n": row["n"], "at": row["at"], "who": row["who"], "price": row["price"], "zones": str(row["zones"]),
                   "tags": str(list(row["tags"].values())), "id": row["device"]["id"], "name": "fenix"} for row in ROWS]
        self.assertEqual(self.rows_by_duckdb(path), wanted)
        by_hyparquet = sorted(harness.hyparquet_rows([path]), key=lambda row: row["n"])
        self.assertEqual([(row["n"], row["who"], row["zones"]) for row in by_hyparquet],
                         [(row["n"], row["who"], row["zones"]) for row in ROWS])

    def test_aws_is_what_firehose_writes(self):
        self.create("aws", "aws")
        path = self.land("aws")
        self.assertEqual(self.schema(path), [
            ("hive_schema", None), ("n", "INT32"), ("at", "INT96"), ("who", "BYTE_ARRAY"), ("price", "FIXED_LEN_BYTE_ARRAY"),
            ("zones", None), ("bag", None), ("array_element", "INT32"), ("tags", None), ("map", None), ("key", "BYTE_ARRAY"),
            ("value", "INT32"), ("device", None), ("id", "INT64"), ("name", "BYTE_ARRAY")])
        for column, (codec, encodings) in self.chunks(path).items():
            self.assertEqual(codec, "SNAPPY", column)
            self.assertLessEqual(encodings, {"PLAIN", "RLE", "BIT_PACKED"}, column)
        self.assert_rows(path)

    def test_aws_with_dictionaries_marks_them_as_firehose_does(self):
        self.create("aws-coded", "aws", EnableDictionaryCompression=True)
        path = self.land("aws-coded")
        self.assertIn("PLAIN_DICTIONARY", self.chunks(path)["who"][1])
        self.assert_rows(path)

    def test_compatible_is_the_profile_without_a_tag(self):
        self.create("plain")
        self.create("named", "compatible")
        one, other = self.land("plain"), self.land("named")
        self.assertEqual(self.schema(one), self.schema(other))
        self.assertEqual(self.chunks(one), self.chunks(other))
        self.assertEqual(dict(self.schema(one))["at"], "INT64")
        self.assertIn(("list", None), self.schema(one))
        self.assertEqual({codec for codec, _ in self.chunks(one).values()} - {"SNAPPY", "UNCOMPRESSED"}, set())
        self.assert_rows(one)

    def test_compact_and_smallest_choose_among_all_encodings(self):
        for profile in ("compact", "smallest"):
            self.create(profile, profile)
            path = self.land(profile)
            chunks = self.chunks(path)
            self.assertIn("DELTA_BINARY_PACKED", chunks["n"][1], profile)
            self.assertLessEqual({codec for codec, _ in chunks.values()}, {"ZSTD", "UNCOMPRESSED"}, profile)
            self.assert_rows(path)

    def test_members_of_the_serializer_take_the_place_of_the_profile(self):
        self.create("gzip", "compact", Compression="GZIP")
        path = self.land("gzip")
        self.assertIn("GZIP", {codec for codec, _ in self.chunks(path).values()})
        self.assertNotIn("ZSTD", {codec for codec, _ in self.chunks(path).values()})
        self.assert_rows(path)
        self.create("bare", Compression="UNCOMPRESSED", EnableDictionaryCompression=False)
        path = self.land("bare")
        for column, (codec, encodings) in self.chunks(path).items():
            self.assertEqual(codec, "UNCOMPRESSED", column)
            self.assertLessEqual(encodings, {"PLAIN", "RLE", "BIT_PACKED"}, column)
        self.assert_rows(path)

    def test_pages_and_row_groups_end_at_their_sizes(self):
        glue = self.server.client("glue")
        glue.create_table(DatabaseName="db", TableInput={"Name": "long", "StorageDescriptor": {"Columns": [{"Name": "text", "Type": "string"}]}})
        conversion = harness.conversion("db", "long")
        conversion["OutputFormatConfiguration"] = {"Serializer": {"ParquetSerDe": {
            "PageSizeBytes": 65536, "BlockSizeBytes": 64 << 20, "Compression": "UNCOMPRESSED", "EnableDictionaryCompression": False}}}
        firehose = self.server.client("firehose")
        firehose.create_delivery_stream(DeliveryStreamName="sized", ExtendedS3DestinationConfiguration={
            "RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": "sized/", "ErrorOutputPrefix": "errors/",
            "BufferingHints": {"SizeInMBs": 128, "IntervalInSeconds": 900}, "DataFormatConversionConfiguration": conversion})
        record = json.dumps({"text": "x" * 20_000}).encode()
        sent = 0
        while not self.objects("sized") and sent < 160 << 20:
            firehose.put_record_batch(DeliveryStreamName="sized", Records=[{"Data": record}] * 200)
            sent += 200 * len(record)
        harness.wait_for("an object", lambda: self.objects("sized"))
        summary = json.loads(harness_proof.run("inspect", "--json", str(self.objects("sized")[0])).stdout)
        groups = [group["bytes_uncompressed"] for group in summary["row_groups"]]
        self.assertGreater(len(groups), 1)
        for size in groups[:-1]:  # to within 256 rows
            self.assertTrue(64 << 20 <= size <= (64 << 20) + 256 * 20_100, size)
        # Three values fill a page: a fourth would not fit.
        self.assertLess(abs(summary["columns"][0]["data_pages"] - summary["rows"] / 3), len(groups) + 1)

    def test_a_profile_may_come_later_and_a_wrong_one_is_refused(self):
        firehose = self.server.client("firehose")
        self.create("later")
        self.assertEqual(self.schema(self.land("later"))[0][0], "schema")
        firehose.tag_delivery_stream(DeliveryStreamName="later", Tags=[{"Key": "sluice:parquet-profile", "Value": "aws"}])
        path = self.land("later")
        self.assertEqual(self.schema(path)[0][0], "hive_schema")
        self.assert_rows(path)
        # What is gathered already goes by the tag that is there when it is delivered.
        firehose.tag_delivery_stream(DeliveryStreamName="later", Tags=[{"Key": "sluice:buffer-interval-s", "Value": "900"}])
        before = set(self.objects("later"))
        firehose.put_record_batch(DeliveryStreamName="later", Records=[{"Data": json.dumps(row).encode()} for row in ROWS])
        firehose.tag_delivery_stream(DeliveryStreamName="later", Tags=[{"Key": "sluice:parquet-profile", "Value": "compatible"}])
        firehose.tag_delivery_stream(DeliveryStreamName="later", Tags=[{"Key": "sluice:buffer-interval-s", "Value": "1"}])
        harness.wait_for("an object", lambda: set(self.objects("later")) - before)
        path, = set(self.objects("later")) - before
        self.assertEqual(self.schema(path)[0][0], "schema")
        with self.assertRaises(firehose.exceptions.InvalidArgumentException) as refusal:
            firehose.tag_delivery_stream(DeliveryStreamName="later", Tags=[{"Key": "sluice:parquet-profile", "Value": "parquet-mr"}])
        self.assertIn("there is no profile 'parquet-mr'; take aws, compatible, compact or smallest", str(refusal.exception))

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        code, answer = harness_proof.verify(cls.server.data)
        assert code == 0 and answer["proven"], answer


if __name__ == "__main__":
    harness.main()
