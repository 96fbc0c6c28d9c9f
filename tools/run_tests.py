#!/usr/bin/env python3
"""Runs the tests and adds up what they say.

Suites: unit (release), unit under the sanitizers, each fuzzer briefly, conformance with real clients, the quick ones of
it with a sanitized server, and the kill loop, short.  Ends with `N passed, N failed`; exit code 1 when anything failed or nothing ran.
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PYTHON = "/usr/bin/python3"


# So many suites at a time: most of them wait for something most of the time.
JOBS = os.cpu_count() or 1

# What takes longest begins first, so that nothing waits for it in the end.
LONG = ["sim", "heart_rate", "reader_matrix", "recover", "kinesis_space", "recorder", "convert", "zone_table", "serde", "query"]

FAILURE_TAIL = 3000  # characters of a failed suite's output that are printed again in the end


class Totals:
    """Used by several threads."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self.failures = []
        self.lock = threading.Lock()

    def add(self, label, passed, failed, skipped, seconds, output):
        with self.lock:
            self.passed += passed
            self.failed += failed
            self.skipped += skipped
            word = "ok" if not failed else "FAILED"
            tail = f", {skipped} skipped" if skipped else ""
            notes = "".join(f"       {line}\n" for line in output.splitlines() if line.startswith("note: "))
            print(f"{notes}{word:6} {label:42} {passed:5} passed, {failed} failed{tail}  {seconds:6.1f} s", flush=True)
            if failed:
                self.failures.append((label, output))
                print(output, flush=True)

    def finish(self):
        """What failed once more, where a long log ends and is looked at, and the sums."""
        for label, output in self.failures:
            print(f"FAILED {label}:\n{output[-FAILURE_TAIL:]}")
        tail = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {self.failed} failed{tail}")
        sys.exit(1 if self.failed or not self.passed else 0)


def side_by_side(suites):
    """Runs calls by their names, the long ones first."""
    in_order = sorted(suites, key=lambda name: (LONG.index(name) if name in LONG else len(LONG), name))
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for done in [pool.submit(suites[name]) for name in in_order]:
            done.result()


def run_gtest(binary, totals, label, environment, timeout):
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        started = time.monotonic()
        try:
            done = subprocess.run([str(binary), "--gtest_brief=1", f"--gtest_output=json:{report}"],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                  env=environment, timeout=timeout, cwd=folder)
            output, code = done.stdout, done.returncode
        except subprocess.TimeoutExpired as late:
            output, code = f"{late.output or ''}\nnot finished after {timeout} s", 1
        seconds = time.monotonic() - started
        try:
            counts = json.loads(report.read_text())
            failed = counts["failures"]
            ran = sum(1 for suite in counts["testsuites"] for test in suite["testsuite"]
                      if test["status"] == "RUN" and test.get("result") != "SKIPPED")
            skipped = counts["tests"] - ran
            passed = ran - failed
            if code and not failed:
                failed += 1
        except (OSError, ValueError, KeyError):
            passed, failed, skipped = 0, 1, 0
        totals.add(label, passed, failed, skipped, seconds, output)


def run_unit(preset, totals, timeout, extra=None):
    environment = dict(os.environ, ASAN_OPTIONS="detect_stack_use_after_return=1", **(extra or {}))
    binaries = sorted((ROOT / "build" / preset / "tests").glob("*_test"))
    if not binaries:
        totals.add(f"{preset}: no test binary", 0, 1, 0, 0, "build first: ./dev build")

    def suite(binary, name):
        return lambda: run_gtest(binary, totals, f"{preset} {name}", environment, timeout)
    names = [binary.name.removesuffix("_test") for binary in binaries]
    side_by_side({name: suite(binary, name) for binary, name in zip(binaries, names)})


def run_script(command, totals, label, timeout, cwd=ROOT, environment=None):
    """A script whose last line is `N passed, N failed[, N skipped]`."""
    started = time.monotonic()
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                              timeout=timeout, cwd=cwd, env=environment)
        output, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        raw = late.output or b""
        output, code = (raw.decode(errors="replace") if isinstance(raw, bytes) else raw) + f"\nnot finished after {timeout} s", 1
    seconds = time.monotonic() - started
    passed, failed, skipped = 0, 1, 0
    for line in reversed(output.splitlines()):
        words = line.replace(",", "").split()
        if len(words) >= 4 and words[1] == "passed" and words[3] == "failed":
            passed, failed = int(words[0]), int(words[2])
            skipped = int(words[4]) if len(words) >= 6 else 0
            break
    if code and not failed:
        failed = 1
    totals.add(label, passed, failed, skipped, seconds, output)


# What the sanitized binary goes through in every run: clients that send what none should, and a delivery's whole life.
SANITIZED = ["bad_clients", "bad_frames", "damage", "explain", "firehose", "heart_rate", "http2", "json_services", "kinesis",
             "kinesis_cbor", "kpl", "repetition", "s3", "s3_checksums", "s3_uploads",
             "serdes"]

# Never: the process of a question in SQL or jq may have no more address space than it needs, and sanitizers take all there is;
# the other scripts do not run this binary, or count what a release build does.
UNSANITIZED = ["athena", "figures", "jq_queries", "many_connections", "many_streams", "memory_limit", "point_query", "query", "reader_matrix",
                "s3_on_ceph"]


def run_conformance(totals, sanitized=None):
    """All scripts; or those named, with the binary that has the address and undefined-behaviour sanitizers."""
    environment = None
    if sanitized is not None:
        environment = dict(os.environ, SLUICE_BINARY=str(ROOT / "build/asan/sluice"), UBSAN_OPTIONS="print_stacktrace=1",
                           ASAN_OPTIONS="detect_stack_use_after_return=1")

    def suite(script, name):
        return lambda: run_script([PYTHON, str(script)], totals,
                                  f"conformance {'' if sanitized is None else 'sanitized '}{name}",
                                  900 if sanitized is None else 1800, environment=environment)
    scripts = {script.stem.removeprefix("test_"): script for script in (ROOT / "conformance").glob("test_*.py")}
    side_by_side({name: suite(script, name) for name, script in scripts.items() if sanitized is None or name in sanitized})


def main():
    which = sys.argv[1] if len(sys.argv) > 1 else "all"
    totals = Totals()
    if which in ("all", "unit"):
        run_unit("release", totals, 600)
    if which in ("all", "sanitized"):
        run_unit("asan", totals, 900, {"SLUICE_SIM_SEEDS": "1000", "SLUICE_STREAM_SEEDS": "1000"})
        run_conformance(totals, SANITIZED)
    if which in ("all", "fuzz"):
        run_script([PYTHON, "tools/run_fuzzers.py", "3"], totals, "fuzzers, 3 s each", 900)
    if which in ("all", "conformance"):
        run_conformance(totals)
    if which in ("all", "crash"):
        run_script([PYTHON, "crash/kill_loop.py", "30"], totals, "kill -9, 30 cycles and every named point", 1800)
        run_script([PYTHON, "crash/full_disk.py"], totals, "a full disk", 900)
        run_script([PYTHON, "crash/syscall_sweep.py", "--every", "25"], totals, "failing system calls, a sample", 600)
    if which in ("all", "bench"):
        run_script([PYTHON, "bench/run.py", "--smoke"], totals, "benchmarks, smallest input", 600)
    if which == "nightly":
        run_unit("tsan", totals, 3600, {"SLUICE_SIM_SEEDS": "1000", "SLUICE_STREAM_SEEDS": "1000"})
        every = {script.stem.removeprefix("test_") for script in (ROOT / "conformance").glob("test_*.py")}
        run_conformance(totals, every - set(SANITIZED) - set(UNSANITIZED))
        run_unit("release", totals, 7200, {"SLUICE_SIM_SEEDS": "1000000", "SLUICE_STREAM_SEEDS": "1000000"})
        run_script([PYTHON, "tools/run_fuzzers.py", "600"], totals, "fuzzers, 600 s each", 36000)
        run_script([PYTHON, "conformance/test_reader_matrix.py", "--combinations", "6000"], totals,
                   "conformance reader_matrix, 6000 combinations", 7200)
        run_script([PYTHON, "crash/kill_loop.py", "1000"], totals, "kill -9, 1000 cycles and named points", 36000)
        run_script([PYTHON, "crash/syscall_sweep.py"], totals, "failing system calls, all places", 7200)
    totals.finish()


if __name__ == "__main__":
    main()
