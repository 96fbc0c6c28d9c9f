"""The embedded Kinesis stream, beside what bounds it and beside another Kinesis, in the same run.

The load generator, the server and whatever it is compared with share the machine's cores.  All works of a table are
done in turns.  A server's processor time stands beside its rate: it tells more where other work shares the machine.

  server without log   the whole server, but what its log writes is thrown away and a sync does nothing: every request
                       is parsed, hashed, numbered and answered as always
  bare sink            our HTTP server with a handler that swallows the body and answers as many bytes
  plain writes         what the log would write for as many requests as there are connections with one write and one
                       fdatasync, again and again, and nothing else
"""

import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import harness  # bench/run.py has put its folder on the path

from stages import measure

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOL = ROOT / "build/release/benches/bench_tool"
PEER = ROOT / "bench/peer"
TICKS = os.sysconf("SC_CLK_TCK")

CONFIG = '[[stream]]\nname = "s"\nshards = 4\n[[stream]]\nname = "read"\nshards = 1\n'


def call(*words):
    done = subprocess.run([str(TOOL), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"bench_tool {words[0]}: {done.stderr or done.stdout}")
    return json.loads(done.stdout)


@contextlib.contextmanager
def serving(command):
    """A server that prints its address first and ends with its standard input: its port and process id."""
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"{command[0]} {command[1]} did not start")
        yield int(line.rsplit(":", 1)[-1]), process.pid
    finally:
        process.stdin.close()
        process.wait()


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Load:
    """What the load generator gets out of one server, run by run."""

    def __init__(self, port, pid, connections, records, duration, *options):
        self.pid, self.words = pid, ("load", port, "s", connections, records, duration, *options)

    def __call__(self):
        before = processor_seconds(self.pid)
        result = call(*self.words)
        cpu = processor_seconds(self.pid) - before
        return {"rate": result["records"] / result["seconds"], "cpu_ns": cpu / result["records"] * 1e9,
                "p99_ms": result["p99_ms"]}


def in_turns(rounds, works):
    """The medians of every figure of each work.  Every other turn goes backwards: what a work leaves behind (a disk that is
    still busy, memory that is still collected) does not always meet the same one."""
    taken = {name: [] for name in works}
    for turn in range(rounds):
        for name, work in list(works.items())[::-1 if turn % 2 else 1]:
            taken[name].append(work())
    return {name: {figure: statistics.median(one[figure] for one in results) for figure in results[0]}
            for name, results in taken.items()}


class Report:
    """Tables of figures, each with its ratio to a reference of the same table."""

    def __init__(self):
        self.rows = []

    def add(self, work, name, figure, unit, reference=None, goal=None, **more):
        self.rows.append({"work": work, "name": name, "figure": figure, "unit": unit, "goal": goal,
                          "ratio": figure / reference if reference else None, **more})

    def show(self):
        last = None
        for row in self.rows:
            if row["work"] != last:
                print(f"\n{row['work']}")
                last = row["work"]
            ratio = "" if row["ratio"] is None else f"{row['ratio']:,.2f}"
            goal = "" if row["goal"] is None else f"(goal {row['goal']:,})"
            cpu = f"{row['cpu_ns']:,.0f} ns of processor time each" if "cpu_ns" in row else ""
            print(f"  {row['name']:48} {row['figure']:>14,.{0 if row['figure'] >= 100 else 2}f} {row['unit']:10} {ratio:>7} {goal:18} {cpu}".rstrip())


def plain_writes(folder, records, requests, duration):
    def work():
        path = folder / f"plain-{len(list(folder.iterdir()))}"  # all stay until the end: removing one keeps the disk busy
        result = call("plain-writes", path, records, requests, duration)
        return {"rate": result["records"] / result["seconds"]}
    return work


def put_records(report, servers, folder, rounds, duration, peer):
    """PutRecords of 500 with 8 connections."""
    title = "PutRecords of 500 records of 62 bytes, 8 connections, 4 shards"
    load = lambda server, *options: Load(*servers[server], 8, 500, duration, *options)
    works = {
        "acknowledged on disk": load("sluice"),
        "the same, with invocation ids as SDKs send them": load("sluice", 0, 1),
        "server without log": load("without log"),
        "bare sink": load("sink of 500"),
        "plain writes": plain_writes(folder, 500, 8, duration)}
    if peer:
        works["kinesalite, in memory"] = Load(*peer, 8, 500, duration)
    taken = in_turns(rounds, works)
    bound = min(taken["server without log"]["rate"], taken["plain writes"]["rate"])
    for name, figures in taken.items():
        report.add(title, name, figures["rate"], "records/s", bound, 0.7 if name == "acknowledged on disk" else None,
                   **{key: figures[key] for key in figures if key == "cpu_ns"})
    if peer:
        report.add(title, "acknowledged on disk, of kinesalite's rate", taken["acknowledged on disk"]["rate"], "records/s",
                   taken["kinesalite, in memory"]["rate"], 90)


def put_record(report, servers, folder, rounds, duration, peer):
    """PutRecord with 64 connections; the time it takes at half of the load that is possible."""
    title = "PutRecord, 64 connections, 4 shards"
    load = lambda server, *options: Load(*servers[server], 64, 1, duration, *options)
    works = {"acknowledged on disk": load("sluice"),
             "server without log": load("without log"),
             "bare sink": load("sink of one"),
             "plain writes": plain_writes(folder, 1, 64, duration)}
    if peer:
        works["kinesalite, in memory"] = Load(*peer, 64, 1, duration)
    taken = in_turns(rounds, works)
    ours = taken["acknowledged on disk"]["rate"]
    for name, figures in taken.items():
        report.add(title, name, figures["rate"], "records/s", taken["server without log"]["rate"],
                   0.6 if name == "acknowledged on disk" else None,
                   **{key: figures[key] for key in figures if key == "cpu_ns"})
    if peer:
        report.add(title, "acknowledged on disk, of kinesalite's rate", ours, "records/s", taken["kinesalite, in memory"]["rate"])
    half = in_turns(rounds, {"half": load("sluice", ours / 2)})["half"]
    report.add(title, "99th percentile at half of that load, goal 10", half["p99_ms"], "ms")


def log_appends(report, rounds, seconds):
    names = [f"BM_{what}/{records}/real_time" for records in (1, 500, 20000) for what in ("AppendAndSync", "PlainWriteAndSync")]
    taken = in_turns(rounds, {"log": lambda: {name: one["bytes_a_second"] for name, one in measure("stream_bench", names, seconds).items()}})["log"]
    for records in (1, 500, 20000):
        title = f"Log alone: {records} record(s) of 200 bytes, one sync each"
        ours, plain = (taken[f"BM_{what}/{records}/real_time"] / 1e6 for what in ("AppendAndSync", "PlainWriteAndSync"))
        report.add(title, "append and sync", ours, "MB/s", plain, 0.9)
        report.add(title, "plain write and sync of as many bytes", plain, "MB/s", plain)


def log_reads(report, rounds, seconds):
    names = ["BM_Read/1", "BM_Read/500", "BM_ReadFile", "BM_Memcpy"]
    taken = in_turns(rounds, {"log": lambda: {name: one["bytes_a_second"] for name, one in measure("stream_bench", names, seconds).items()}})["log"]
    title = "Log alone: reading records of 200 bytes from the page cache"
    copied = taken["BM_ReadFile"] / 1e6
    for name, label, goal in (("BM_Read/500", "log reader, requests of 500", 0.6), ("BM_Read/1", "log reader, requests of one", None),
                              ("BM_ReadFile", "file reads of as many bytes", None), ("BM_Memcpy", "memcpy of 32 MiB", None)):
        report.add(title, label, taken[name] / 1e6, "MB/s", copied, goal)


def get_records(report, servers, rounds, duration):
    """One consumer on one connection, beside a sink that answers as many bytes."""
    title = "GetRecords, one connection, one shard, 10,000 records an answer"
    port, pid = servers["sluice"]
    call("load", port, "read", 8, 500, 200)

    def fetch():
        before = processor_seconds(pid)
        result = call("fetch", port, "read", duration)
        cpu = processor_seconds(pid) - before
        return {"rate": result["records"] / result["seconds"], "bytes": result["bytes"] / result["seconds"],
                "cpu_ns": cpu / result["records"] * 1e9, "answer": result["bytes"] / result["answers"]}

    answer = int(fetch()["answer"])
    with serving([TOOL, "sink", answer]) as (sink, _):
        def sunk():
            result = call("load", sink, "s", 1, 1, duration)
            return {"bytes": result["requests"] * answer / result["seconds"]}
        taken = in_turns(rounds, {"ours": fetch, "sink": sunk})
    bare = taken["sink"]["bytes"] / 1e6
    report.add(title, "GetRecords", taken["ours"]["rate"], "records/s", cpu_ns=taken["ours"]["cpu_ns"])
    report.add(title, "GetRecords, bytes of answers", taken["ours"]["bytes"] / 1e6, "MB/s", bare)
    report.add(title, "bare sink of as large answers", bare, "MB/s", bare)


@contextlib.contextmanager
def kinesalite():
    """Its port and process id, with a stream of four shards; None where npm cannot install it."""
    if not (PEER / "node_modules/kinesalite").is_dir():
        done = subprocess.run(["npm", "ci", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"], cwd=PEER,
                              stdout=sys.stderr, check=False)
        if done.returncode:
            print("kinesalite could not be installed: its figures are missing", file=sys.stderr)
            yield None
            return
    with serving(["node", PEER / "serve.cjs"]) as (port, pid):
        harness.boto3.client("kinesis", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
                             aws_access_key_id="x", aws_secret_access_key="x").create_stream(StreamName="s", ShardCount=4)
        yield port, pid


def stream(smoke, as_json=False):
    rounds, duration, seconds = (1, 100, 0.001) if smoke else (5, 3000, 0.3)
    report = Report()
    log_appends(report, rounds, seconds)
    log_reads(report, rounds, seconds)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-bench-"))
    server = harness.Server(config=CONFIG, arguments=["--on-stop", "leave"])
    try:
        with contextlib.ExitStack() as held:
            server.start()
            held.callback(server.close)
            servers = {"sluice": (server.port, server.process.pid),
                       "without log": held.enter_context(serving([TOOL, "server-without-log", folder / "without-log", 4])),
                       "sink of 500": held.enter_context(serving([TOOL, "sink", 60_000])),
                       "sink of one": held.enter_context(serving([TOOL, "sink", 150]))}
            peer = held.enter_context(kinesalite())
            put_records(report, servers, folder, rounds, duration, peer)
            put_record(report, servers, folder, rounds, duration, peer)
            get_records(report, servers, rounds, duration)
    finally:
        shutil.rmtree(folder)
    if as_json:
        print(json.dumps(report.rows, indent=1))
    else:
        report.show()
