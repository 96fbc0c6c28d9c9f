"""Changes of delivery streams, through boto3 and the SDK for JavaScript: destinations, tags, and what they do to records that wait."""

import unittest

import harness

BUCKET = "landing"
DESTINATION = "destinationId-000000000001"
SLOW = {"SizeInMBs": 64, "IntervalInSeconds": 900}
FAST = {"SizeInMBs": 64, "IntervalInSeconds": 1}


class Case(harness.ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.client("s3").create_bucket(Bucket=BUCKET)
        glue = cls.server.client("glue")
        glue.create_database(DatabaseInput={"Name": "db"})
        glue.create_table(DatabaseName="db", TableInput={"Name": "t", "StorageDescriptor": {"Columns": [{"Name": "n", "Type": "int"}]}})

    def setUp(self):
        self.firehose = self.server.client("firehose")
        self.s3 = self.server.client("s3")
        self.name = self.id().rsplit(".", 1)[1][:60]

    def create(self, tags=None, **more):
        self.firehose.create_delivery_stream(
            DeliveryStreamName=self.name, **({"Tags": tags} if tags else {}),
            ExtendedS3DestinationConfiguration={"RoleARN": harness.ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}",
                                                "BufferingHints": SLOW, **more})

    def described(self):
        return self.firehose.describe_delivery_stream(DeliveryStreamName=self.name)["DeliveryStreamDescription"]

    def destination(self):
        return self.described()["Destinations"][0]["ExtendedS3DestinationDescription"]

    def update(self, version="1", **members):
        return self.firehose.update_destination(DeliveryStreamName=self.name, CurrentDeliveryStreamVersionId=version,
                                                DestinationId=DESTINATION, ExtendedS3DestinationUpdate=members)

    def put(self, data):
        self.firehose.put_record(DeliveryStreamName=self.name, Record={"Data": data})

    def keys(self, prefix):
        return [entry["Key"] for entry in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]

    def object(self, prefix):
        """The key and the bytes of the one object under the prefix, once it is there."""
        harness.wait_for(f"an object under {prefix}", lambda: self.keys(prefix))
        key, = self.keys(prefix)
        return key, self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()


class Updates(Case):
    def test_what_is_given_changes_and_the_rest_stays(self):
        self.create(Prefix="p/", ErrorOutputPrefix="e/")
        before = self.described()
        self.assertNotIn("LastUpdateTimestamp", before)
        self.update(Prefix="q/", CloudWatchLoggingOptions={"Enabled": True, "LogGroupName": "g", "LogStreamName": "l"})
        after = self.described()
        self.assertEqual((after["VersionId"], after["DeliveryStreamStatus"]), ("2", "ACTIVE"))
        self.assertGreaterEqual(after["LastUpdateTimestamp"], before["CreateTimestamp"])
        expected = {**before["Destinations"][0]["ExtendedS3DestinationDescription"], "Prefix": "q/",
                    "CloudWatchLoggingOptions": {"Enabled": True, "LogGroupName": "g", "LogStreamName": "l"}}
        self.assertEqual(after["Destinations"][0]["ExtendedS3DestinationDescription"], expected)
        self.assertEqual(after["Destinations"][0]["S3DestinationDescription"]["Prefix"], "q/")

    def test_the_older_form_changes_the_same_destination(self):
        self.create(Prefix="p/")
        self.firehose.update_destination(DeliveryStreamName=self.name, CurrentDeliveryStreamVersionId="1",
                                         DestinationId=DESTINATION, S3DestinationUpdate={"Prefix": "q/"})
        self.assertEqual(self.destination()["Prefix"], "q/")

    def test_a_conversion_that_is_switched_off_keeps_schema_and_formats(self):
        self.create(DataFormatConversionConfiguration=harness.conversion("db", "t"))
        before = self.destination()["DataFormatConversionConfiguration"]
        self.update(DataFormatConversionConfiguration={"Enabled": False})
        self.assertEqual(self.destination()["DataFormatConversionConfiguration"], {**before, "Enabled": False})
        self.update("2", DataFormatConversionConfiguration={"SchemaConfiguration": {"VersionId": "0"}})
        self.assertEqual(self.destination()["DataFormatConversionConfiguration"],
                         {**before, "SchemaConfiguration": {**before["SchemaConfiguration"], "VersionId": "0"}})

    def test_processing_that_is_switched_off_has_no_processors(self):
        self.create()
        self.update(ProcessingConfiguration={"Enabled": False})
        self.assertEqual(self.destination().get("ProcessingConfiguration", {}).get("Processors", []), [])

    def test_what_is_buffered_is_delivered_as_the_update_says(self):
        self.create(Prefix="before/")
        self.put(b'{"n":1}\n')
        self.update(Prefix="after/", BufferingHints=FAST)
        key, body = self.object("after/")
        self.assertRegex(key, rf"^after/\d{{4}}/\d\d/\d\d/\d\d/{self.name}-2-\d{{4}}(-\d\d){{5}}-[0-9a-f-]{{36}}$")
        self.assertEqual(body, b'{"n":1}\n')
        self.assertEqual(self.keys("before/"), [])

    def test_what_is_buffered_is_converted_when_the_update_says_so(self):
        self.create(Prefix="raw/")
        self.put(b'{"n":1}')
        self.put(b'{"n":2}')
        self.update(Prefix="rows/", BufferingHints=FAST, DataFormatConversionConfiguration=harness.conversion("db", "t"))
        key, _ = self.object("rows/")
        self.assertEqual(harness.hyparquet_rows([self.server.bucket(BUCKET) / key]), [{"n": 1}, {"n": 2}])

    def test_what_is_buffered_is_partitioned_as_the_update_says(self):
        def query(text):
            return {"Enabled": True, "Processors": [{"Type": "MetadataExtraction", "Parameters": [
                {"ParameterName": "MetadataExtractionQuery", "ParameterValue": text},
                {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"}]}]}
        self.create(Prefix="unparted/!{partitionKeyFromQuery:a}/", ErrorOutputPrefix="e/!{firehose:error-output-type}/",
                    DynamicPartitioningConfiguration={"Enabled": True}, ProcessingConfiguration=query("{a: .a}"))
        self.put(b'{"a":"x","b":"later"}')
        self.put(b'{"a":"y","b":"sooner"}')
        for members in ({"Prefix": "parted/!{partitionKeyFromQuery:b}/"}, {"ProcessingConfiguration": {"Enabled": False}},
                        {"DynamicPartitioningConfiguration": {"Enabled": False}}):
            with self.subTest(members=members):
                self.assert_error("InvalidArgumentException", self.update, **members)
        self.update(Prefix="parted/!{partitionKeyFromQuery:b}/", ProcessingConfiguration=query("{b: .b}"), BufferingHints=FAST)
        for part, body in (("later", b'{"a":"x","b":"later"}'), ("sooner", b'{"a":"y","b":"sooner"}')):
            key, found = self.object(f"parted/{part}/")
            self.assertIn(f"/{self.name}-2-", key)
            self.assertEqual(found, body)
        self.assertEqual(self.keys("unparted/"), [])

    def test_many_updates_lose_and_repeat_nothing(self):
        self.create(Prefix=f"{self.name}/")
        for version in range(1, 21):
            self.put(b"%d;" % version)
            self.update(str(version), BufferingHints=FAST if version % 3 == 0 else SLOW)
        self.update("21", BufferingHints=FAST)
        def numbers():
            bodies = b"".join(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in self.keys(f"{self.name}/"))
            return sorted(int(number) for number in bodies.split(b";") if number)
        harness.wait_for("all records", lambda: len(numbers()) >= 20)
        self.assertEqual(numbers(), list(range(1, 21)))

    def test_an_update_outlives_the_server(self):
        self.create(Prefix="p/")
        self.update(Prefix="kept/")
        self.put(b"x")
        self.server.kill()
        self.server.start()
        self.assertEqual((self.described()["VersionId"], self.destination()["Prefix"]), ("2", "kept/"))
        self.update("2", BufferingHints=FAST)
        self.assertEqual(self.object("kept/")[1], b"x")

    def test_what_cannot_be_updated_is_told_and_changes_nothing(self):
        self.create(Prefix="p/")
        before = self.described()
        conversion = harness.conversion("db", "absent")
        update = {"DeliveryStreamName": self.name, "CurrentDeliveryStreamVersionId": "1", "DestinationId": DESTINATION,
                  "ExtendedS3DestinationUpdate": {"Prefix": "q/"}}
        cases = [
            ("ResourceNotFoundException", {"DeliveryStreamName": "nowhere"}, "Firehose nowhere under account"),
            ("ConcurrentModificationException", {"CurrentDeliveryStreamVersionId": "2"},
             f"Cannot update firehose: {self.name} since the current version id: 1 and specified version id: 2 do not match"),
            ("InvalidArgumentException", {"DestinationId": "destinationId-000000000002"},
             "Destination Id destinationId-000000000002 not found"),
            ("ValidationException", {"ExtendedS3DestinationUpdate": {"CompressionFormat": "SNAPPY"}},
             "Value at 'extendedS3DestinationUpdate.compressionFormat' failed to satisfy constraint: Member must satisfy enum value set"),
            ("InvalidArgumentException", {"ExtendedS3DestinationUpdate": {"DataFormatConversionConfiguration": conversion}},
             "EntityNotFoundException"),
            ("InvalidArgumentException", {"ExtendedS3DestinationUpdate": {"DataFormatConversionConfiguration": {}}},
             "InputFormatConfiguration must not be null"),
            ("InvalidParameterValueException", {"ExtendedS3DestinationUpdate": {"RoleARN": "me"}}, "Invalid role ARN."),
        ]
        for code, members, text in cases:
            with self.subTest(members=members):
                answer = self.assert_error(code, self.firehose.update_destination, **{**update, **members})
                self.assertIn(text, answer["Error"]["Message"])
        self.assertEqual(self.described(), before)

    def test_the_sdk_for_javascript_updates_too(self):
        self.create(Prefix="p/")
        update = {"DeliveryStreamName": self.name, "CurrentDeliveryStreamVersionId": "1", "DestinationId": DESTINATION,
                  "ExtendedS3DestinationUpdate": {"Prefix": "js/", "FileExtension": ".txt", "CustomTimeZone": "Asia/Calcutta",
                                                  "BufferingHints": FAST}}
        put = {"DeliveryStreamName": self.name, "Record": {"Data": "eA=="}}
        updated, stale, stored, described = harness.javascript_calls(
            self.server, ("UpdateDestination", update), ("UpdateDestination", update), ("PutRecord", put),
            ("DescribeDeliveryStream", {"DeliveryStreamName": self.name}), service="Firehose")
        self.assertEqual(updated, {"answer": {}})
        self.assertEqual(stale["error"], "ConcurrentModificationException")
        self.assertIn("RecordId", stored["answer"])
        described = described["answer"]["DeliveryStreamDescription"]
        self.assertEqual(described["VersionId"], "2")
        self.assertIn("LastUpdateTimestamp", described)
        destination = described["Destinations"][0]["ExtendedS3DestinationDescription"]
        self.assertEqual((destination["FileExtension"], destination["CustomTimeZone"]), (".txt", "Asia/Calcutta"))
        key, body = self.object("js/")
        self.assertTrue(key.endswith(".txt"), key)
        self.assertEqual(body, b"x")


class Tags(Case):
    def tags(self, **members):
        answer = self.firehose.list_tags_for_delivery_stream(DeliveryStreamName=self.name, **members)
        return [(tag["Key"], tag["Value"]) for tag in answer["Tags"]], answer["HasMoreTags"]

    def tag(self, **tags):
        return self.firehose.tag_delivery_stream(DeliveryStreamName=self.name,
                                                 Tags=[{"Key": key, "Value": value} for key, value in tags.items()])

    def test_tags_are_added_replaced_and_removed(self):
        self.create(tags=[{"Key": "team", "Value": "heart"}, {"Key": "bare"}])
        self.assertEqual(self.tags(), ([("bare", ""), ("team", "heart")], False))
        self.tag(team="lungs", stage="test")
        self.assertEqual(self.tags(), ([("bare", ""), ("stage", "test"), ("team", "lungs")], False))
        self.firehose.untag_delivery_stream(DeliveryStreamName=self.name, TagKeys=["team", "never-there"])
        self.assertEqual(self.tags(), ([("bare", ""), ("stage", "test")], False))
        described = self.described()
        self.assertEqual(described["VersionId"], "1")
        self.assertNotIn("LastUpdateTimestamp", described)
        self.server.kill()
        self.server.start()
        self.assertEqual(self.tags(), ([("bare", ""), ("stage", "test")], False))

    def test_tags_are_listed_in_pages(self):
        self.create()
        self.tag(**{f"k{n:02}": str(n) for n in range(50)})
        self.assertEqual(len(self.tags()[0]), 50)
        listed, start = [], {}
        while True:
            page, has_more = self.tags(Limit=20, **start)
            listed += page
            start = {"ExclusiveStartTagKey": page[-1][0]}
            if not has_more:
                break
        self.assertEqual(listed, [(f"k{n:02}", str(n)) for n in range(50)])
        self.assertEqual(self.tags(ExclusiveStartTagKey="k47x"), ([("k48", "48"), ("k49", "49")], False))
        self.assertEqual(self.tags(ExclusiveStartTagKey="z"), ([], False))

    def test_a_tag_of_ours_is_judged_and_takes_effect(self):
        self.create(Prefix="named/", BufferingHints=FAST)
        self.tag(**{"sluice:object-name": "part"})
        self.put(b"x")
        self.assertRegex(self.object("named/")[0], r"/part-[0-9a-f-]{36}$")
        for tags in ({"sluice:object-name": "parts"}, {"sluice:unheard-of": "1"}):
            with self.subTest(tags=tags):
                self.assert_error("InvalidArgumentException", self.tag, **tags)
        self.assertEqual(self.tags()[0], [("sluice:object-name", "part")])

    def test_what_is_buffered_goes_by_the_tags_at_its_delivery(self):
        self.create(Prefix="renamed/")
        self.put(b"x")
        self.tag(**{"sluice:object-name": "part"})
        self.firehose.untag_delivery_stream(DeliveryStreamName=self.name, TagKeys=["sluice:object-name"])
        self.tag(**{"sluice:object-name": "part", "team": "heart"})
        self.update(BufferingHints=FAST)
        key, body = self.object("renamed/")
        self.assertRegex(key, r"/part-[0-9a-f-]{36}$")
        self.assertEqual(body, b"x")

    def test_what_breaks_a_rule_is_refused(self):
        self.create(tags=[{"Key": f"t{n}", "Value": ""} for n in range(49)])
        named = {"DeliveryStreamName": self.name}
        one, two = {"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}
        cases = [
            ("LimitExceededException", self.firehose.tag_delivery_stream, {**named, "Tags": [one, two]}, "at most 50 tags"),
            ("InvalidArgumentException", self.firehose.tag_delivery_stream, {**named, "Tags": [one, one]}, "'a' is given twice"),
            ("ValidationException", self.firehose.tag_delivery_stream, {**named, "Tags": []},
             "Value at 'tags' failed to satisfy constraint: Member must have length greater than or equal to 1"),
            ("ValidationException", self.firehose.tag_delivery_stream, {**named, "Tags": [{"Value": "1"}]},
             "Value at 'tags.1.member.key' failed to satisfy constraint: Member must not be null"),
            ("ValidationException", self.firehose.tag_delivery_stream, {**named, "Tags": [{"Key": "aws:x", "Value": "1"}]},
             "tags.1.member.key"),
            ("ValidationException", self.firehose.tag_delivery_stream, {**named, "Tags": [{"Key": "a", "Value": "x" * 257}]},
             "Value at 'tags.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 256"),
            ("ValidationException", self.firehose.untag_delivery_stream, {**named, "TagKeys": ["k"] * 51}, "tagKeys"),
            ("ValidationException", self.firehose.list_tags_for_delivery_stream, {**named, "Limit": 51}, "less than or equal to 50"),
            ("ResourceNotFoundException", self.firehose.tag_delivery_stream, {"DeliveryStreamName": "nowhere", "Tags": [one]}, "not found"),
            ("ResourceNotFoundException", self.firehose.untag_delivery_stream, {"DeliveryStreamName": "nowhere", "TagKeys": ["a"]},
             "not found"),
            ("ResourceNotFoundException", self.firehose.list_tags_for_delivery_stream, {"DeliveryStreamName": "nowhere"}, "not found"),
        ]
        for code, call, members, text in cases:
            with self.subTest(code=code, members=str(members)[:80]):
                self.assertIn(text, self.assert_error(code, call, **members)["Error"]["Message"])
        self.tag(a="1", t0="again")
        self.assertEqual(len(self.tags()[0]), 50)

    def test_the_sdk_for_javascript_tags_too(self):
        self.create()
        named = {"DeliveryStreamName": self.name}
        tagged, untagged, listed = harness.javascript_calls(
            self.server, ("TagDeliveryStream", {**named, "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}]}),
            ("UntagDeliveryStream", {**named, "TagKeys": ["a"]}), ("ListTagsForDeliveryStream", named), service="Firehose")
        self.assertEqual((tagged, untagged), ({"answer": {}}, {"answer": {}}))
        self.assertEqual(listed, {"answer": {"Tags": [{"Key": "b", "Value": ""}], "HasMoreTags": False}})


if __name__ == "__main__":
    harness.main()
