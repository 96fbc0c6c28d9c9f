#!/usr/bin/env python3
"""Figures, as ratios within one run: bench/run.py [convert|ingest|stages] [--smoke] [--json].

convert  JSON to Parquet by `sluice convert`, beside DuckDB and simdjson on the same files (bench/convert.py)
ingest   PutRecords and PutRecord end to end, acknowledged on disk, beside a server that only answers
stages   what the converter is made of, each stage alone, beside a copy of memory (bench/stages.py); with --json the
         figures as JSON

Everything is measured five times, in turns, and the medians are compared.  --smoke uses tiny inputs, only to see that
it all still runs.  Ends with `N passed, N failed`.
"""

import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "conformance"))
import harness  # noqa: E402

from convert import convert  # noqa: E402
from stages import stages  # noqa: E402

TOOL = ROOT / "build/release/benches/bench_tool"


def call(*command):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} {command[1]}: {done.stderr or done.stdout}")
    return json.loads(done.stdout) if done.stdout.startswith("{") else {}


def medians(rounds, works):
    taken = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(work())
    return {name: statistics.median(values) for name, values in taken.items()}


def table(title, rows):
    print(f"\n{title}")
    width = max(len(row[0]) for row in rows)
    for name, figure, ratio in rows:
        print(f"  {name:{width}}  {figure:>16}  {ratio:>10}")


def ingest(smoke):
    duration = 200 if smoke else 3000
    config = '[[stream]]\nname = "s"\nshards = 4\n'
    server = harness.Server(config=config, arguments=["--on-stop", "leave"]).start()
    sink = subprocess.Popen([str(TOOL), "sink", "70000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    small = subprocess.Popen([str(TOOL), "sink", "150"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        sink_port, small_port = (process.stdout.readline().strip().rsplit(":", 1)[1] for process in (sink, small))

        def rate(port, connections, records):
            result = call(TOOL, "load", port, "s", connections, records, duration)
            return result["records"] / result["seconds"]

        rounds = 1 if smoke else 5
        for title, connections, records, reference in (
                ("PutRecords of 500 records of 62 bytes, 8 connections, 4 shards", 8, 500, sink_port),
                ("PutRecord, 64 connections", 64, 1, small_port)):
            taken = medians(rounds, {"acknowledged on disk": lambda: rate(server.port, connections, records),
                                     "a bare sink of the same requests": lambda: rate(reference, connections, records)})
            ours, bare = taken.values()
            table(title, [("acknowledged on disk", f"{ours:,.0f} records/s", f"{100 * ours / bare:.0f} %"),
                          ("a bare sink of the same requests", f"{bare:,.0f} records/s", "100 %")])
    finally:
        for process in (sink, small):
            process.stdin.close()
            process.wait()
        server.close()


def main():
    smoke = "--smoke" in sys.argv
    wanted = [word for word in sys.argv[1:] if not word.startswith("-")] or ["convert", "ingest", "stages"]
    works = {"convert": convert, "ingest": ingest, "stages": lambda smoke: stages(smoke, "--json" in sys.argv)}
    passed = failed = 0
    for name in wanted:
        try:
            works[name](smoke)
            passed += 1
        except Exception as error:  # a benchmark that does not run is a finding, not the end of the others
            failed += 1
            print(f"{name}: {type(error).__name__}: {error}")
    print(f"{passed} passed, {failed} failed", file=sys.stderr if "--json" in sys.argv else sys.stdout)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
