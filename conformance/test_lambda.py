"""The Lambda processor through boto3, against a small stand-in for a Lambda runtime that obeys, lies, fails and hangs."""

import base64
import http.server
import json
import re
import threading
import time
import unittest

import harness
import harness_proof
from test_dynamic_partitioning import BUCKET, NEWLINE, processor, refused
from test_processors import CONTROL, GZIP, MESSAGES, Landing, destination, log

ARN = "arn:aws:lambda:ap-south-1:000000000000:function:"


class Runtime(http.server.ThreadingHTTPServer):
    """Functions by name; each gets the event and gives the answer, or a status and an error header."""

    daemon_threads = True

    def __init__(self, test):
        super().__init__(("127.0.0.1", 0), Handler)
        self.events, self.paths, self.released = [], [], threading.Event()
        self.is_ready = True
        threading.Thread(target=self.serve_forever, daemon=True).start()
        test.addCleanup(self.close)

    def close(self):
        self.released.set()
        self.shutdown()
        self.server_close()

    def config(self, *names, timeout=60):
        return "".join(f'[[lambda]]\narn = "{ARN}{name}"\nendpoint = "http://127.0.0.1:{self.server_port}/"\ntimeout_s = {timeout}\n'
                       for name in names)

    def function(self, name, event):
        """Status, whether the function failed, body."""
        if name == "error" or name == "flaky" and len(self.events) < 3:
            return 200, True, json.dumps({"errorMessage": "no", "errorType": "Error"})
        if name == "hang" and not self.released.wait(120):
            return 500, False, ""
        if name == "large":
            return 200, False, json.dumps({"records": [], "more": "x" * 7_000_000})
        if name == "garbage":
            return 200, False, "{" * 100_000
        if name == "absent":
            return 404, False, json.dumps({"Message": "Function not found"})
        answers = self.keyed if name == "keyed" else self.answers
        records = [answer for record in event["records"] for answer in answers(record)]
        return 200, False, json.dumps({"records": records})

    def keyed(self, record):
        """Takes the partition keys that a record asks for out of it."""
        given = json.loads(base64.b64decode(record["data"]))
        metadata = given.pop("metadata", None)
        return [{"recordId": record["recordId"], "result": given.pop("result", "Ok"),
                 "data": base64.b64encode(json.dumps(given).encode()).decode(), **({"metadata": metadata} if metadata is not None else {})}]

    def answers(self, record):
        data = base64.b64decode(record["data"])
        kind = data.split(b":")[0].decode("latin-1")
        answer = {"recordId": record["recordId"], "result": "Ok", "data": base64.b64encode(data.upper()).decode()}
        if kind == "drop":
            return [{"recordId": record["recordId"], "result": "Dropped"}]
        if kind == "fail":
            return [{**answer, "result": "ProcessingFailed"}]
        if kind == "missing":
            return []
        if kind == "twice":
            return [answer, {**answer, "result": "Dropped"}]
        if kind == "unknown":
            return [answer, {**answer, "recordId": "0"}, {"result": "Ok"}, 7]
        if kind == "nodata":
            return [{**answer, "data": None}]
        if kind == "empty":
            return [{**answer, "data": ""}]
        return [answer]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.events.append(event)
        self.server.paths.append(self.path)
        name = re.fullmatch(r"/2015-03-31/functions/([^/]+)/invocations(\?Qualifier=\w+)?", self.path)[1]
        status, is_error, body = self.server.function(name, event)
        try:
            self.send_response(status)
            if is_error:
                self.send_header("X-Amz-Function-Error", "Unhandled")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())
        except OSError:
            pass  # it did not wait for the answer

    def log_message(self, *arguments):
        pass


def function(name, **parameters):
    return processor("Lambda", LambdaArn=ARN + name, **parameters)


class Transformed(Landing):
    def __init__(self, test, config, given):
        self.server = harness.Server(config=config)
        test.addCleanup(self.server.close)
        self.server.start()
        self.name = "transformed"
        self.server.client("s3").create_bucket(Bucket=BUCKET)
        self.create(given)


def partitioned(*processors, prefix, interval=1):
    return destination(*processors, NEWLINE, interval=interval, Prefix=prefix, DynamicPartitioningConfiguration={"Enabled": True})


EXTRACTION = processor("MetadataExtraction", MetadataExtractionQuery="{c: .c}", JsonParsingEngine="JQ-1.6")
FROM_LAMBDA = "data/!{partitionKeyFromLambda:region}/"
FROM_BOTH = FROM_LAMBDA + "!{partitionKeyFromQuery:c}/"


def keyed(region, **members):
    return json.dumps({"metadata": {"partitionKeys": {"region": region}}, **members}).encode()


def without_keys(record):
    given = json.loads(record)
    return {name: value for name, value in given.items() if name not in ("metadata", "result")}


class Lambda(unittest.TestCase):
    def setUp(self):
        self.runtime = Runtime(self)

    def test_records_become_what_the_function_makes_of_them_and_lies_concern_nobody_else(self):
        landing = Transformed(self, self.runtime.config("each"), destination(function("each"), NEWLINE, interval=900))
        landing.put(b"a:1", b"drop:2", b"fail:3", b"missing:4", b"twice:5", b"unknown:6", b"nodata:7", b"empty:8", b"", b"z" * 1_000_000)
        bodies = landing.delivered()
        self.assertEqual(bodies.pop("data"), b"A:1\nUNKNOWN:6\n\n\n" + b"Z" * 1_000_000 + b"\n")
        lines = refused(bodies.pop("errors/processing-failed"))
        self.assertEqual(bodies, {})
        self.assertEqual({base64.b64decode(line["rawData"]): line["errorCode"] for line in lines}, {
            b"fail:3": "Lambda.ProcessingFailedStatus", b"missing:4": "Lambda.MissingRecordId",
            b"twice:5": "Lambda.DuplicatedRecordId", b"nodata:7": "Lambda.InvalidReturnFormat"})
        self.assertEqual(list(lines[0]), ["rawData", "errorCode", "errorMessage", "attemptsMade", "arrivalTimestamp",
                                          "attemptEndingTimestamp", "lambdaARN"])
        self.assertEqual((lines[0]["attemptsMade"], lines[0]["lambdaARN"]), (1, ARN + "each"))

    def test_the_event_is_firehoses(self):
        landing = Transformed(self, self.runtime.config("each"), destination(function("each:live"), interval=900))
        landing.put(b"direct")
        harness.wait_for("an invocation", lambda: self.runtime.events)
        event, = self.runtime.events
        self.assertEqual(self.runtime.paths, ["/2015-03-31/functions/each/invocations?Qualifier=live"])
        self.assertEqual(sorted(event), ["deliveryStreamArn", "invocationId", "records", "region"])
        self.assertTrue(event["deliveryStreamArn"].endswith(":deliverystream/transformed"))
        self.assertEqual(sorted(event["records"][0]), ["approximateArrivalTimestamp", "data", "recordId"])
        self.runtime.events.clear()
        kinesis, firehose = landing.server.client("kinesis"), landing.server.client("firehose")
        kinesis.create_stream(StreamName="source", ShardCount=1)
        source = f"arn:aws:kinesis:{harness.REGION}:000000000000:stream/source"
        firehose.create_delivery_stream(
            DeliveryStreamName="from-kinesis", DeliveryStreamType="KinesisStreamAsSource",
            KinesisStreamSourceConfiguration={"KinesisStreamARN": source, "RoleARN": harness.ROLE},
            ExtendedS3DestinationConfiguration=destination(function("each"), interval=900))
        put = kinesis.put_record(StreamName="source", PartitionKey="\u00e9 key", Data=b"from kinesis")
        harness.wait_for("another", lambda: self.runtime.events)
        event, = self.runtime.events
        self.assertEqual(event["sourceKinesisStreamArn"], source)
        metadata = event["records"][0]["kinesisRecordMetadata"]
        self.assertEqual((metadata["sequenceNumber"], metadata["shardId"], metadata["partitionKey"]),
                         (put["SequenceNumber"], put["ShardId"], "\u00e9 key"))
        self.assertEqual(base64.b64decode(event["records"][0]["data"]), b"from kinesis")

    def test_functions_that_fail_are_tried_again_and_then_their_records_are_refused(self):
        codes = {"error": "Lambda.FunctionError", "large": "Lambda.FunctionError", "garbage": "Lambda.JsonProcessingException",
                 "absent": "Lambda.ResourceNotFound", "hang": "Lambda.FunctionTimedOut"}
        config = self.runtime.config(*codes, timeout=1) + f'[[lambda]]\narn = "{ARN}down"\nendpoint = "http://127.0.0.1:1"\n'
        landing = Transformed(self, config, destination(function("error", NumberOfRetries="1"), interval=1))
        for name in [*codes, "down"]:
            landing.name = name
            landing.create(destination(function(name, NumberOfRetries="1"), Prefix=f"{name}/",
                                       ErrorOutputPrefix=f"{name}/!{{firehose:error-output-type}}/"))
            landing.put(b"one", b"two")
        for name, code in {**codes, "down": "Lambda.InvocationFailed"}.items():
            folder = f"{name}/processing-failed"
            harness.wait_for(f"records of {name}", lambda folder=folder: landing.bodies()[1].get(folder))
            lines = refused(landing.bodies()[0][folder])
            self.assertEqual([base64.b64decode(line["rawData"]) for line in lines], [b"one", b"two"])
            self.assertEqual({line["errorCode"] for line in lines}, {code})
            self.assertEqual({line["attemptsMade"] for line in lines}, {1 if name == "garbage" else 2})
        self.assertEqual(landing.delivered().keys(), {f"{name}/processing-failed" for name in [*codes, "down"]})

    def test_a_later_try_succeeds(self):
        landing = Transformed(self, self.runtime.config("flaky"), destination(function("flaky"), interval=900))
        landing.put(b"text")
        self.assertEqual(landing.delivered(), {"data": b"TEXT"})
        self.assertEqual(len(self.runtime.events), 3)

    def test_a_function_that_hangs_holds_up_its_own_delivery_stream_only(self):
        landing = Transformed(self, self.runtime.config("hang", timeout=900), destination(function("hang")))
        landing.put(b"text")
        harness.wait_for("an invocation", lambda: self.runtime.events)
        landing.name = "other"
        landing.create(destination(NEWLINE, Prefix="other/"))
        landing.put(b"through")
        harness.wait_for("the other's object", lambda: "through\n" in str(landing.bodies()[0].values()).replace("\\n", "\n"))
        begun = time.monotonic()
        landing.server.client("firehose").delete_delivery_stream(DeliveryStreamName="transformed")
        harness.wait_for("it to be gone", lambda: "transformed" not in landing.server.client("firehose").list_delivery_streams()[
            "DeliveryStreamNames"])
        self.assertLess(time.monotonic() - begun, 60)
        landing.server.stop()

    def test_every_record_is_delivered_once_over_kills(self):
        landing = Transformed(self, self.runtime.config("each"), destination(function("each"), NEWLINE))
        made = 0
        for life in range(4):
            for _ in range(5):
                landing.put(*[b"%s:%d" % ((b"drop", b"fail", b"ok", b"ok")[n % 4], n) for n in range(made, made + 40)])
                made += 40
            if life < 3:
                before = sum(landing.bodies()[1].values())
                harness.wait_for("another object", lambda: sum(landing.bodies()[1].values()) > before)
                landing.server.kill()
                landing.server.start()
        bodies = landing.delivered()
        self.assertEqual(sorted(bodies["data"].split()), sorted(b"OK:%d" % n for n in range(made) if n % 4 > 1))
        self.assertEqual(sorted(base64.b64decode(line["rawData"]) for line in refused(bodies["errors/processing-failed"])),
                         sorted(b"fail:%d" % n for n in range(1, made, 4)))

    def test_it_stands_between_the_messages_and_their_partitions(self):
        extraction = processor("MetadataExtraction", MetadataExtractionQuery="{c: .C}", JsonParsingEngine="JQ-1.6")
        landing = Transformed(self, self.runtime.config("each"), destination(
            GZIP, MESSAGES, function("each"), extraction, NEWLINE, interval=900, Prefix="data/!{partitionKeyFromQuery:c}/",
            DynamicPartitioningConfiguration={"Enabled": True}))
        landing.put(log('{"c":"x"}', "drop:", '{"c":"y"}'), b"plain", CONTROL)
        landing.server.stop()
        code, answer = harness_proof.verify(landing.server.data)
        self.assertTrue(code == 0 and answer["proven"], answer)
        bodies, _ = landing.bodies()
        self.assertEqual((bodies["data/X"], bodies["data/Y"]), (b'{"C":"X"}\n', b'{"C":"Y"}\n'))
        self.assertEqual(len(refused(bodies["errors/decompression-failed"])), 1)
        self.assertEqual({data for event in self.runtime.events for data in (base64.b64decode(r["data"]) for r in event["records"])},
                         {b'{"c":"x"}', b"drop:", b'{"c":"y"}', b""})

    def test_its_answers_say_the_partition_of_a_record_alone_and_beside_a_query(self):
        landing = Transformed(self, self.runtime.config("keyed"), partitioned(function("keyed"), prefix=FROM_LAMBDA, interval=900))
        good = [keyed(region, n=n, c=c) for n, (region, c) in enumerate([("eu", "x"), ("us/east", "y"), ("eu", "y"), (7, "x"), (True, "x")])]
        bad = [keyed(region, c="x") for region in (None, "", {"a": 1}, ["eu"], "e" * 1025, "..", "a/../b", "nul\0", "l" * 600)]
        bad += [b'{"c":"x"}', b'{"metadata":{"partitionKeys":{"Region":"eu"}}}', b'{"metadata":[]}', b'{"metadata":{"partitionKeys":3}}']
        dropped = [keyed("eu", result="Dropped"), b'{"result":"Dropped"}']
        landing.put(*good, *bad, *dropped)
        landing.name = "both"
        landing.create(partitioned(function("keyed"), EXTRACTION, prefix="both/" + FROM_BOTH, interval=900) | {
            "ErrorOutputPrefix": "both/errors/!{firehose:error-output-type}/"})
        landing.put(*good, *bad, keyed("eu"), keyed("eu", c=None), *dropped)
        landing.server.stop()
        code, answer = harness_proof.verify(landing.server.data)
        self.assertTrue(code == 0 and answer["proven"], answer)
        bodies, counts = landing.bodies()
        lines = {folder: list(map(json.loads, body.splitlines())) for folder, body in bodies.items()}
        alone, both = {}, {}
        for record in good:
            region = json.loads(record)["metadata"]["partitionKeys"]["region"]
            folder = "true" if region is True else str(region)
            alone.setdefault("data/" + folder, []).append(without_keys(record))
            both.setdefault(f"both/data/{folder}/{json.loads(record)['c']}", []).append(without_keys(record))
        alone_errors, both_errors = lines.pop("errors/processing-failed"), lines.pop("both/errors/processing-failed")
        self.assertEqual(lines, alone | both)
        self.assertEqual(set(counts.values()), {1})
        for errors, count in ((alone_errors, len(bad)), (both_errors, len(bad) + 2)):
            self.assertEqual(len(errors), count)
            self.assertEqual({line["errorCode"] for line in errors}, {"DynamicPartitioning.MetadataExtractionFailed"})
            self.assertNotIn("lambdaARN", errors[0])
            messages = [line["errorMessage"] for line in errors]
            self.assertEqual(messages.count("partitionKeys values must not be null or empty"), 6 + (count - len(bad)))
            self.assertEqual(sum("folder named" in message for message in messages), 2)
        # What the function answered without keys is kept as it was sent, and can be sent again.
        self.assertIn(bad[0], [base64.b64decode(line["rawData"]) for line in alone_errors])

    def test_partitions_of_its_answers_hold_each_record_once_over_kills_and_updates(self):
        landing = Transformed(self, self.runtime.config("keyed"), partitioned(function("keyed"), prefix=FROM_LAMBDA))
        made = 0
        for life in range(4):
            for _ in range(4):
                landing.put(*[keyed("" if n % 5 == 0 else f"r{n % 3}", n=n, c=f"c{n % 2}") for n in range(made, made + 40)])
                made += 40
            before = sum(landing.bodies()[1].values())
            harness.wait_for("another object", lambda: sum(landing.bodies()[1].values()) > before)
            if life == 1:
                landing.update(partitioned(EXTRACTION, function("keyed"), prefix=""), Prefix=FROM_BOTH)
            if life < 3:
                landing.server.kill()
                landing.server.start()
        landing.server.stop()
        code, answer = harness_proof.verify(landing.server.data)
        self.assertTrue(code == 0 and answer["proven"], answer)
        bodies, _ = landing.bodies()
        errors = refused(bodies.pop("errors/processing-failed"))
        self.assertEqual(sorted(json.loads(base64.b64decode(line["rawData"]))["n"] for line in errors), list(range(0, made, 5)))
        found = []
        for folder, body in bodies.items():
            for line in body.splitlines():
                n, c = json.loads(line)["n"], json.loads(line)["c"]
                found.append(n)
                self.assertIn(folder, (f"data/r{n % 3}", f"data/r{n % 3}/{c}"))
        self.assertEqual(sorted(found), [n for n in range(made) if n % 5])
        self.assertEqual({folder.count("/") for folder in bodies}, {1, 2}, "before and after the update")

    def test_sessions_are_of_what_it_makes_of_records(self):
        landing = Transformed(self, self.runtime.config("keyed"), destination(function("keyed"), NEWLINE))
        landing.name = "sessions"
        prefix = "data/!{session-key}/!{session-start:HH-mm-ss}/"
        landing.server.client("firehose").create_delivery_stream(
            DeliveryStreamName=landing.name, ExtendedS3DestinationConfiguration=destination(function("keyed"), NEWLINE, interval=1, Prefix=prefix),
            Tags=[{"Key": f"sluice:{key}", "Value": value} for key, value in
                  (("session-gap-s", "60"), ("session-key", ".watch"), ("event-time-field", ".at"))])

        def beat(watch, second, **members):
            at = f"2025-07-13T15:{second // 60:02}:{second % 60:02}"
            return json.dumps({"watch": watch, "at": at, **members}).encode()
        expected = {}
        for life, start in enumerate((0, 20, 40)):
            for watch in "ab":
                landing.put(*[beat(watch, second, result="Dropped" if second % 7 == 0 else "Ok") for second in range(start, start + 20)])
                expected.setdefault(f"data/{watch}/15-00-01", []).extend(second for second in range(start, start + 20) if second % 7)
            landing.put(b'{"result":"ProcessingFailed"}', b'{"watch":"a"}')
            if life < 2:
                landing.server.kill()
                landing.server.start()
        landing.put(beat("a", 1800), beat("b", 1800))  # ends both
        harness.wait_for("the sessions", lambda: len(landing.bodies()[0].keys() & expected.keys()) == 2)
        bodies, counts = landing.bodies()
        for folder, seconds in expected.items():
            found = [json.loads(line)["at"][14:] for line in bodies[folder].splitlines()]
            self.assertEqual(sorted(found), [f"{second // 60:02}:{second % 60:02}" for second in sorted(seconds)])
            self.assertEqual(counts[folder], 1)
        landing.server.stop()
        code, answer = harness_proof.verify(landing.server.data)
        self.assertTrue(code == 0 and answer["proven"], answer)
        codes = [line["errorCode"] for line in refused(landing.bodies()[0].get("errors/processing-failed", b""))]
        self.assertEqual({*codes} - {"Lambda.ProcessingFailedStatus", "EventTime.Invalid"}, set())

    def test_definitions_are_judged_and_described(self):
        landing = Transformed(self, self.runtime.config("each"), destination(function("each"), interval=900))
        firehose = landing.server.client("firehose")
        described = firehose.describe_delivery_stream(DeliveryStreamName=landing.name)["DeliveryStreamDescription"]
        parameters = described["Destinations"][0]["ExtendedS3DestinationDescription"]["ProcessingConfiguration"]["Processors"][0]["Parameters"]
        self.assertEqual({one["ParameterName"]: one["ParameterValue"] for one in parameters}, {
            "LambdaArn": ARN + "each", "NumberOfRetries": "3", "RoleArn": harness.ROLE, "BufferSizeInMBs": "1",
            "BufferIntervalInSeconds": "60"})
        for given, text in ((function("other"), f'[[lambda]] with arn = "{ARN}other"'),
                            (processor("Lambda", LambdaArn="each"), "Invalid lambda ARN."),
                            (function("each", BufferSizeInMBs="1"), "Both BufferSizeInMBs and BufferIntervalInSeconds are required"),
                            (function("each", NumberOfRetries="x"), "NumberOfRetries of Lambda must be a whole number")):
            with self.subTest(text=text), self.assertRaises(firehose.exceptions.InvalidArgumentException) as refusal:
                firehose.create_delivery_stream(DeliveryStreamName="s", ExtendedS3DestinationConfiguration=destination(given))
            self.assertIn(text, str(refusal.exception))
        with self.assertRaises(firehose.exceptions.InvalidArgumentException):
            landing.update(destination(function("other")))


if __name__ == "__main__":
    harness.main()
