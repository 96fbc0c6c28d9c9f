"""Both SerDes end to end: nested and flat JSON through delivery streams, read back from their objects by DuckDB and hyparquet."""

import json
import pathlib
import random
import tempfile
import unittest

import harness

BUCKET = "landing"
COLUMNS = {
    "id": "bigint",
    "tags": "array<string>",
    "grid": "array<array<int>>",
    "person": "struct<name:string,age:int,home:struct<city:string,zips:array<bigint>>>",
    "items": "array<struct<sku:string,qty:int,attrs:map<string,double>>>",
    "scores": "map<string,array<int>>",
    "seen": "timestamp",
}


def random_value(rng, kind):
    """A JSON value that a column of `kind` holds as it stands; kind is the shape written out in Python."""
    if rng.random() < 0.15:
        return None
    if isinstance(kind, list):
        return [random_value(rng, kind[0]) for _ in range(rng.randrange(4))]
    if isinstance(kind, dict):
        return {name: random_value(rng, of) for name, of in kind.items()}
    if isinstance(kind, tuple):
        return {f"k{key}": random_value(rng, kind[1]) for key in rng.sample(range(9), rng.randrange(4))}
    if kind == "text":
        return rng.choice(["", "x", "Ünïcode", "a\"b\\c", "\U0001f600", "line\nbreak"])
    return rng.randrange(-2**31, 2**31) if kind == "int" else rng.randrange(-1000, 1000) / 8


SHAPE = {
    "tags": ["text"],
    "grid": [["int"]],
    "person": {"name": "text", "age": "int", "home": {"city": "text", "zips": ["int"]}},
    "items": [{"sku": "text", "qty": "int", "attrs": (str, "double")}],
    "scores": (str, ["int"]),
}


class Serdes(harness.ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.s3 = cls.server.client("s3")
        cls.s3.create_bucket(Bucket=BUCKET)
        cls.firehose = cls.server.client("firehose")
        glue = cls.server.client("glue")
        glue.create_database(DatabaseInput={"Name": "db"})
        glue.create_table(DatabaseName="db", TableInput={"Name": "t", "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": of} for name, of in COLUMNS.items()]}})
        glue.create_table(DatabaseName="db", TableInput={"Name": "blobs", "StorageDescriptor": {
            "Columns": [{"Name": "b", "Type": "binary"}]}})

    def create(self, name, deserializer, table="t"):
        conversion = harness.conversion("db", table)
        conversion["InputFormatConfiguration"] = {"Deserializer": deserializer}
        self.firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration={
            "RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "Prefix": f"{name}/",
            "ErrorOutputPrefix": f"errors-{name}/", "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 1},
            "DataFormatConversionConfiguration": conversion})

    def put(self, name, records):
        for start in range(0, len(records), 400):
            part = [{"Data": record if isinstance(record, bytes) else json.dumps(record).encode()}
                    for record in records[start:start + 400]]
            self.assertEqual(self.firehose.put_record_batch(DeliveryStreamName=name, Records=part)["FailedPutCount"], 0)

    def rows(self, name, count, columns=None):
        """The delivered rows as DuckDB sees them, by id, once there are `count`; hyparquet must see as many."""
        columns = columns or list(COLUMNS)
        with tempfile.TemporaryDirectory() as folder:
            found = []

            def all_there():
                paths = harness.fetch_all(self.s3, BUCKET, folder, prefix=f"{name}/").values()
                found[:] = []
                if not paths:
                    return False
                listed = ", ".join(f"'{path}'" for path in paths)
                picked = ", ".join("seen::VARCHAR AS seen" if column == "seen" else column for column in columns)
                answer = harness.duckdb(
                    f"SELECT to_json(r)::VARCHAR AS row FROM (SELECT {picked} FROM read_parquet([{listed}])) AS r")
                found[:] = [json.loads(row["row"]) for row in answer]
                if len(found) == count:
                    self.assertEqual(len(harness.hyparquet_rows(paths)), count)
                return len(found) >= count
            harness.wait_for(f"{count} rows under {name}/", all_there)
        return sorted(found, key=lambda row: row["id"])

    def errors(self, name, count):
        def lines():
            out = []
            for entry in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"errors-{name}/").get("Contents", []):
                body = self.s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read()
                out += [json.loads(line) for line in body.splitlines()]
            return out
        harness.wait_for(f"{count} errors of {name}", lambda: len(lines()) >= count)
        return lines()

    def test_random_documents_come_back_from_both(self):
        for name, deserializer in (("openx", {"OpenXJsonSerDe": {}}), ("hive", {"HiveJsonSerDe": {}})):
            rng = random.Random(name)
            documents = [{"id": number, **random_value_of_row(rng)} for number in range(600)]
            self.create(name, deserializer)
            self.put(name, documents)
            columns = [column for column in COLUMNS if column != "seen"]
            rows = self.rows(name, len(documents), columns)
            for document, row in zip(documents, rows, strict=True):
                self.assertEqual(row, {column: document.get(column) for column in columns})

    def test_openx_coerces_and_hive_refuses(self):
        records = [
            {"id": 1, "tags": "solo", "items": {"SKU": "x", "qty": "1"}},
            {"id": 2, "person": ["Zoe", 9], "seen": 1518033528},
            {"id": "3", "tags": [1, 2, {"MixedKey": 1}]},
            {"id": 4, "scores": {"MixedKey": [1]}, "PERSON": {"NAME": "Bob"}, "unknown": [{}]},
            {"id": 5, "seen": "2017-2-7 5:3:1.14", "items": [], "scores": {}, "person": {}},
            b'{"id":6}{"id":7,"tags":[null]}',
        ]
        self.create("lenient", {"OpenXJsonSerDe": {}})
        self.put("lenient", records)
        empty = dict.fromkeys(COLUMNS)
        home = {"name": None, "age": None, "home": None}
        self.assertEqual(self.rows("lenient", 7), [
            {**empty, "id": 1, "tags": ["solo"], "items": [{"sku": "x", "qty": 1, "attrs": None}]},
            {**empty, "id": 2, "person": {"name": "Zoe", "age": 9, "home": None}, "seen": "2018-02-07 19:58:48+00"},
            {**empty, "id": 3, "tags": ["1", "2", '{"mixedkey":1}']},
            {**empty, "id": 4, "scores": {"mixedkey": [1]}, "person": {**home, "name": "Bob"}},
            {**empty, "id": 5, "seen": "2017-02-07 05:03:01.14+00", "items": [], "scores": {}, "person": home},
            {**empty, "id": 6}, {**empty, "id": 7, "tags": [None]}])

        self.create("strict", {"HiveJsonSerDe": {"TimestampFormats": ["millis", "dd/MM/yyyy HH:mm:ssZ"]}})
        self.put("strict", records + [{"id": 8, "seen": "07/02/2017 05:03:01+0100"}])
        self.assertEqual(self.rows("strict", 5), [
            {**empty, "id": 4, "scores": {"MixedKey": [1]}, "person": {**home, "name": "Bob"}},
            {**empty, "id": 5, "seen": "2017-02-07 05:03:01.14+00", "items": [], "scores": {}, "person": home},
            {**empty, "id": 6}, {**empty, "id": 7, "tags": [None]},
            {**empty, "id": 8, "seen": "2017-02-07 04:03:01+00"}])
        self.assertEqual({error["lastErrorMessage"] for error in self.errors("strict", 3)}, {
            "Data does not match the schema. java.io.IOException: Start of Array expected",
            "Data does not match the schema. java.io.IOException: Start of Object expected",
            "Data does not match the schema. Current token (VALUE_STRING) not numeric, can not use numeric value "
            "accessors"})

    def test_definitions_are_described_and_judged(self):
        formats = {"TimestampFormats": ["millis", "yyyy-MM-dd'T'HH:mm:ss"]}
        self.create("described", {"HiveJsonSerDe": formats})
        described = self.firehose.describe_delivery_stream(DeliveryStreamName="described")["DeliveryStreamDescription"]
        conversion = described["Destinations"][0]["ExtendedS3DestinationDescription"]["DataFormatConversionConfiguration"]
        self.assertEqual(conversion["InputFormatConfiguration"], {"Deserializer": {"HiveJsonSerDe": formats}})
        for deserializer, table, why in (
                ({"HiveJsonSerDe": {"TimestampFormats": ["QQ"]}}, "t", "Invalid deserializer option"),
                ({"HiveJsonSerDe": {}}, "blobs", "does not support BINARY type"),
                ({"HiveJsonSerDe": {}, "OpenXJsonSerDe": {}}, "t", "More than one deserializer specified")):
            answer = self.assert_error("InvalidArgumentException", self.create, "refused", deserializer, table)
            self.assertIn(why, answer["Error"]["Message"])
        self.create("blobs", {"OpenXJsonSerDe": {}}, "blobs")


def random_value_of_row(rng):
    return {column: random_value(rng, kind) for column, kind in SHAPE.items()}


if __name__ == "__main__":
    harness.main()
