"""From the embedded stream to Parquet in the local bucket, beside `sluice convert` and beside the stream alone, in the same run.

  backlog      some millions of heart-rate records in the stream, delivered by the seed's settings; `sluice convert` makes
               Parquet of the same bytes by the same table.  A backfill reads the stream from its beginning as often as is
               wanted; it is a delivery like any other, with a ledger of its own.
  end to end   producers on the same cores, acknowledged on disk, delivered meanwhile; beside a stream that nobody delivers
  partitions   records of many customers, each with objects of its own.  What is gathered is not sealed: a server that is
               killed and started again gathers all of it once more.  The rate is that of the second half, when all
               partitions are open.
  outage       a thousand partitions, records coming at a steady rate, and no bucket; then the bucket is made, while
               records go on coming: how fast the backlog goes, and what memory all of it took
"""

import base64
import http.client
import json
import pathlib
import random
import re
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request

import harness  # bench/run.py has put its folder on the path
from test_dynamic_partitioning import destination as partitioned
from test_sessions import SEED, create

import convert
from convert import MIB, NARROW_TEXT
from stream import Report, call, in_turns, processor_seconds

STREAM, NAME, ONLY = "hr-kinesis-stream", SEED["DeliveryStreamName"], "only-a-stream"
BUCKET = SEED["ExtendedS3DestinationConfiguration"]["BucketARN"].rsplit(":", 1)[1]
CONFIG = """
[[bucket]]
name = "{bucket}"
[[stream]]
name = "{stream}"
shards = {shards}
[[stream]]
name = "{only}"
shards = {shards}
[[table]]
database = "hr_data"
name = "heart_rate"
columns = "{columns}"
"""
RECORDS_GOAL = 1_000_000  # a second, end to end
MEMORY_LIMIT = 256        # MiB, of the server that meets an outage


def server(shards, columns=NARROW_TEXT[0], settings=""):
    config = CONFIG.format(bucket=BUCKET, stream=STREAM, only=ONLY, shards=shards, columns=columns)
    return harness.Server(config=settings + config, arguments=["--on-stop", "leave"])


def ask(running, operation, **members):
    """One of our own operations."""
    request = urllib.request.Request(running.endpoint, json.dumps({"DeliveryStreamName": NAME, **members}).encode(), {
        "X-Amz-Target": f"Sluice.{operation}", "Content-Type": "application/x-amz-json-1.1",
        "Authorization": "AWS4-HMAC-SHA256 Credential=x/20250715/us-east-1/sluice/aws4_request, SignedHeaders=host, Signature=x"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def figure(running, name):
    """A metric of the delivery stream."""
    with urllib.request.urlopen(running.endpoint + "/_sluice/metrics") as answer:
        found = re.search(rf'^{name}{{delivery_stream="{NAME}"}} (\S+)$', answer.read().decode(), re.MULTILINE)
    return int(float(found[1])) if found else 0


def resident(pid, which="VmHWM"):
    """The most memory that a process has held so far (VmHWM), or what it holds now (VmRSS), in MiB."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{which}:\s+(\d+) kB", status)[1]) / 1024


class Resident(threading.Thread):
    """The most memory that a process holds while this runs."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.is_over = pid, 0, threading.Event()

    def run(self):
        while not self.is_over.wait(0.2):
            self.most = max(self.most, resident(self.pid, "VmRSS"))

    def end(self):
        self.is_over.set()
        self.join()
        return max(self.most, resident(self.pid, "VmRSS"))


# --- backlog ---


class Backfills:
    """The whole stream, delivered again and again under prefixes of its own."""

    def __init__(self, running, records):
        self.running, self.records, self.count = running, records, 0
        self.span = {"From": time.time() - 3600, "To": time.time()}

    def __call__(self):
        self.count += 1
        identity = {"Id": f"run-{self.count}"}
        cpu = processor_seconds(self.running.process.pid)
        begun = time.monotonic()
        ask(self.running, "StartBackfill", **identity, **self.span, Prefix=f"run-{self.count}/!{{timestamp:HH}}/")
        while (standing := ask(self.running, "DescribeBackfill", **identity)["Backfill"])["State"] == "RUNNING":
            time.sleep(0.005)
        seconds = time.monotonic() - begun
        if standing["DeliveredNow"] != self.records:
            raise RuntimeError(f"a backfill delivered {standing['DeliveredNow']:,} of {self.records:,} records: {standing}")
        cpu = processor_seconds(self.running.process.pid) - cpu
        return {"rate": self.records / seconds, "cpu_ns": cpu / self.records * 1e9}


class Conversion:
    """`sluice convert` of the same bytes, to the same disk."""

    def __init__(self, source, records, threads):
        self.output, self.records = source.with_name("converted.parquet"), records
        self.command = [harness.BINARY, "convert", source, self.output, "--schema", NARROW_TEXT[0], "--threads", threads, "--json"]

    def __call__(self):
        self.output.unlink(missing_ok=True)
        answer = convert.call(self.command)
        return {"rate": self.records / answer["seconds"], "cpu_ns": answer["cpu_seconds"] / self.records * 1e9}


def backlog(report, folder, size, rounds):
    source = folder / "narrow.ndjson"
    convert.call([convert.TOOL, "narrow", source, size])
    running = server(shards=1)
    try:
        running.start()
        records = call("send", running.port, STREAM, source, 1)["records"]
        create(running, SEED)
        taken = in_turns(rounds, {
            "delivery": Backfills(running, records),
            "sluice convert, 1 thread": Conversion(source, records, 1),
            "sluice convert, 2 threads": Conversion(source, records, 2)})
        held = resident(running.process.pid)
    finally:
        running.close()
        source.unlink()
    title = f"A backlog of {records:,} heart-rate records, the seed's settings, to Parquet in the local bucket"
    ours = taken["delivery"]
    report.add(title, "delivery", ours["rate"], "records/s", cpu_ns=ours["cpu_ns"])
    for threads, goal in (("1 thread", None), ("2 threads", 0.7)):
        other = taken[f"sluice convert, {threads}"]
        report.add(title, f"sluice convert, {threads}", other["rate"], "records/s", cpu_ns=other["cpu_ns"])
        report.add(title, f"delivery, of the rate of convert, {threads}", ours["rate"], "records/s", other["rate"], goal)
    report.add(title, "most memory resident since the start", held, "MiB")


# --- end to end ---


def loaded(running, stream, duration, rate=0):
    """What the load generator put into the stream in this time, and what became of it in this time."""
    pid = running.process.pid
    delivered, cpu, memory = figure(running, "sluice_delivery_s3_records_total"), processor_seconds(pid), Resident(pid)
    memory.start()
    result = call("load", running.port, stream, 8, 500, duration, rate)
    delivered = figure(running, "sluice_delivery_s3_records_total") - delivered
    cpu = processor_seconds(pid) - cpu
    return {"rate": result["records"] / result["seconds"], "delivered": delivered / result["seconds"],
            "cpu_ns": cpu / result["records"] * 1e9, "p99_ms": result["p99_ms"], "resident": memory.end(),
            "backlog": figure(running, "sluice_backlog_records")}


def wait_for_backlog(running, patience=300):
    deadline = time.monotonic() + patience
    while figure(running, "sluice_open_records") != figure(running, "sluice_backlog_records"):
        if time.monotonic() > deadline:
            raise RuntimeError(f"a backlog was not delivered within {patience} s: {running.output()[-2000:]}")
        time.sleep(0.2)


def end_to_end(report, duration):
    running = server(shards=4)
    try:
        running.start()
        create(running, SEED)
        ingest = loaded(running, ONLY, duration)
        paced = loaded(running, STREAM, duration, RECORDS_GOAL / 500)
        wait_for_backlog(running)
        most = loaded(running, STREAM, duration)
    finally:
        running.close()
    title = f"End to end: PutRecords of 500, 8 connections, 4 shards, {duration / 1000:g} s each, delivered meanwhile"
    report.add(title, "ingest only, acknowledged on disk", ingest["rate"], "records/s", cpu_ns=ingest["cpu_ns"])
    report.add(title, "ingest only, memory resident", ingest["resident"], "MiB")
    for name, run in (("at the goal's rate", paced), ("as fast as it goes", most)):
        report.add(title, f"{name}: acknowledged on disk", run["rate"], "records/s", ingest["rate"], cpu_ns=run["cpu_ns"])
        report.add(title, f"{name}: delivered meanwhile", run["delivered"], "records/s", ingest["rate"],
                   0.7 if run is most else RECORDS_GOAL)
        report.add(title, f"{name}: not delivered at the end", run["backlog"], "records")
        report.add(title, f"{name}: memory resident, goal 256", run["resident"], "MiB")
        report.add(title, f"{name}: 99th percentile of puts", run["p99_ms"], "ms")


# --- partitions ---


class Gathering:
    """A server whose delivery stream gathers all records of its stream in objects that stay open."""

    def __init__(self, source, request, tags):
        self.running = server(shards=1, columns="customer string, " + NARROW_TEXT[0], settings="[server]\nreplay_window_mb = 65536\n")
        self.running.start()
        create(self.running, request, Tags=[{"Key": "sluice:" + key, "Value": str(value)} for key, value in tags.items()])
        self.records = call("send", self.running.port, STREAM, source, 1)["records"]
        self.gathered()
        self.running.kill()

    def gathered(self):
        """Waits until all are taken up: the seconds that the second half took, and how many these were."""
        begun, first = time.monotonic(), 0
        deadline = begun + 300
        while (taken := figure(self.running, "sluice_source_read_records_total")) < self.records:
            if taken >= self.records / 2 and not first:
                begun, first = time.monotonic(), taken
            if time.monotonic() > deadline:
                raise RuntimeError(f"{taken:,} of {self.records:,} records were taken up: {self.running.output()[-2000:]}")
            time.sleep(0.005)
        return time.monotonic() - begun, self.records - first

    def __call__(self):
        self.running.start()
        pid = self.running.process.pid
        seconds, records = self.gathered()
        result = {"rate": records / seconds, "cpu_ns": processor_seconds(pid) / self.records * 1e9, "resident": resident(pid),
                  "open": figure(self.running, "sluice_partitions_active")}
        self.running.kill()
        return result

    def close(self):
        self.running.close()


def by_customer():
    """The seed's request, with a partition a customer."""
    request = json.loads(json.dumps(SEED))
    given = partitioned(prefix="heart_rate_data/!{partitionKeyFromQuery:customer}/")
    request["ExtendedS3DestinationConfiguration"].update(
        {key: given[key] for key in ("Prefix", "DynamicPartitioningConfiguration", "ProcessingConfiguration")})
    return request


def partitions(report, folder, size, rounds, many):
    tags = {"buffer-size-kib": MIB, "buffer-interval-s": 604_800}
    sources = {}
    for customers in (1, many):
        sources[customers] = folder / f"customers-{customers}.ndjson"
        convert.call([convert.TOOL, "customers", sources[customers], size, customers])
    works = {}
    try:
        for name, customers, request, more in (
                ("without partitions", 1, SEED, {}),
                ("one partition by jq", 1, by_customer(), {}),
                (f"{many:,} partitions by jq", many, by_customer(), {"partitions-max": many})):
            works[name] = Gathering(sources[customers], request, {**tags, **more})
        taken = in_turns(rounds, works)
        records = works["without partitions"].records
    finally:
        for work in works.values():
            work.close()
        for source in sources.values():
            source.unlink()
    title = f"Partitions: {records:,} records of customers gathered as Parquet, nothing sealed"
    plain, one, all_open = taken.values()
    report.add(title, "without partitions", plain["rate"], "records/s", cpu_ns=plain["cpu_ns"])
    report.add(title, "one partition by jq, on the fast path", one["rate"], "records/s", plain["rate"], 0.7, cpu_ns=one["cpu_ns"])
    report.add(title, f"{all_open['open']:,.0f} open partitions by jq", all_open["rate"], "records/s", one["rate"], 0.5,
               cpu_ns=all_open["cpu_ns"])
    for name, run in taken.items():
        report.add(title, f"{name}: most memory resident" + (", goal 512" if run is all_open else ""), run["resident"], "MiB")


# --- outage ---


class Customers:
    """Puts records of random customers at a steady rate until it is ended; requests are made beforehand."""

    BATCH, BODIES, CONNECTIONS = 500, 100, 4

    def __init__(self, port, customers, rate):
        chance = random.Random(1)
        self.port, self.rate, self.acknowledged, self.refused, self.slowest = port, rate, 0, 0, 0.0
        self.bodies = [json.dumps({"StreamName": STREAM, "Records": [{
            "PartitionKey": str(chance.randrange(1000)),
            "Data": base64.b64encode(b'{"customer":"c%04d","timestamp":"2025-07-13T15:%02d:%02d.000Z","heart_rate":%d}' % (
                chance.randrange(customers), chance.randrange(60), chance.randrange(60), chance.randrange(60, 180))).decode()}
            for _ in range(self.BATCH)]}).encode() for _ in range(self.BODIES)]
        self.lock, self.is_over = threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self.put, args=(number,), daemon=True) for number in range(self.CONNECTIONS)]
        for thread in self.threads:
            thread.start()

    def put(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"X-Amz-Target": "Kinesis_20131202.PutRecords", "Content-Type": "application/x-amz-json-1.1",
                   "Authorization": "AWS4-HMAC-SHA256 Credential=x/20250715/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=x"}
        due = time.monotonic()
        while not self.is_over.is_set():
            begun = time.monotonic()
            connection.request("POST", "/", self.bodies[number % self.BODIES], headers)
            answer = connection.getresponse()
            answer.read()
            with self.lock:
                self.slowest = max(self.slowest, time.monotonic() - begun)
                self.acknowledged += self.BATCH if answer.status == 200 else 0
                self.refused += answer.status != 200
            number += self.CONNECTIONS
            due = max(due + self.CONNECTIONS * self.BATCH / self.rate, begun - 1)
            self.is_over.wait(max(0, due - time.monotonic()))

    def end(self):
        self.is_over.set()
        for thread in self.threads:
            thread.join()


def outage(report, seconds, customers, rate, interval):
    config = f"[server]\nmemory_limit_mb = {MEMORY_LIMIT}\n" + CONFIG.replace('[[bucket]]\nname = "{bucket}"\n', "").format(
        stream=STREAM, only=ONLY, shards=4, columns="customer string, " + NARROW_TEXT[0])
    running = harness.Server(config=config, arguments=["--on-stop", "leave"])
    try:
        running.start()
        create(running, by_customer(), Tags=[{"Key": "sluice:partitions-max", "Value": str(customers)},
                                             {"Key": "sluice:buffer-interval-s", "Value": str(interval)}])
        memory, load = Resident(running.process.pid), Customers(running.port, customers, rate)
        memory.start()
        time.sleep(seconds)
        if figure(running, "sluice_delivery_s3_records_total"):
            raise RuntimeError("records were delivered into a bucket that is not there")
        down = resident(running.process.pid)
        running.client("s3").create_bucket(Bucket=BUCKET)
        begun, waiting = time.monotonic(), load.acknowledged
        while (delivered := figure(running, "sluice_delivery_s3_records_total")) < waiting:
            if time.monotonic() - begun > 60 + 10 * seconds:
                raise RuntimeError(f"{delivered:,} of {waiting:,} records were delivered: {running.output()[-2000:]}")
            time.sleep(0.05)
        drained = delivered / (time.monotonic() - begun)
        load.end()
        title = f"An outage of {seconds} s: {customers:,} partitions, {rate:,} records/s all the while, objects of {interval} s"
        report.add(title, "put while the bucket was away", waiting / seconds, "records/s", rate)
        report.add(title, "requests refused", load.refused, "requests")
        report.add(title, "slowest put", load.slowest * 1000, "ms")
        report.add(title, "delivered from then on, goal 200,000", drained, "records/s", 200_000, 1)
        report.add(title, f"most memory resident while the bucket was away, limit {MEMORY_LIMIT}", down, "MiB")
        report.add(title, f"most memory resident, limit {MEMORY_LIMIT}", memory.end(), "MiB")
    finally:
        running.close()


def show(report, as_json):
    if as_json:
        print(json.dumps(report.rows, indent=1))
    else:
        report.show()


def long_outage(smoke, as_json=False):
    report = Report()
    outage(report, 2 if smoke else 3600, 10 if smoke else 1_000, 5_000 if smoke else 100_000, 1 if smoke else 60)
    show(report, as_json)


def delivery(smoke, as_json=False):
    report = Report()
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as name:
        folder = pathlib.Path(name)
        backlog(report, folder, MIB if smoke else 512 * MIB, 1 if smoke else 5)
        end_to_end(report, 300 if smoke else 60_000)
        partitions(report, folder, MIB if smoke else 384 * MIB, 1 if smoke else 3, 100 if smoke else 10_000)
    outage(report, 2 if smoke else 120, 10 if smoke else 1_000, 5_000 if smoke else 100_000, 1 if smoke else 30)
    show(report, as_json)
