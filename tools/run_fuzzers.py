#!/usr/bin/env python3
"""Runs fuzzers: each for some seconds, or each until it has had some hours of a processor.

    tools/run_fuzzers.py [SECONDS] [NAME...]
    tools/run_fuzzers.py --hours HOURS [--jobs N] [NAME...]
    tools/run_fuzzers.py --keep [NAME...]

New inputs are kept under build/fuzz-corpus/<fuzzer>; the seeds checked in under src/<room>/corpus/<fuzzer> are read
first.  A crash is kept beside them, and its path printed.  Ends with `N passed, N failed`.

With --hours the fuzzers give way to everything else on the machine, and what each has had so far is kept in
build/fuzz-corpus/hours.json: ended and begun again, they go on.  A finding sets its fuzzer's time back to zero.

--keep puts the fewest inputs that lead everywhere those found so far do into src/<room>/corpus/<fuzzer>.tar.xz, from which
fuzzing for hours begins.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPORA = ROOT / "build/fuzz-corpus"
SLICE = 120  # seconds on the clock between two entries of the ledger
KEPT_BYTES_MAX = 100_000  # as tools/lint.py has it for any binary


def seeds_of(fuzzer):
    """The folder of first inputs, which may be missing."""
    room, _, name = fuzzer.name.partition("_")
    return ROOT / "src" / room / "corpus" / name


def kept_of(fuzzer):
    """The archive of inputs that were found once, which may be missing."""
    seeds = seeds_of(fuzzer)
    return seeds.with_name(seeds.name + ".tar.xz")


def command(fuzzer, seconds, limit, *extra):
    corpus = CORPORA / fuzzer.name
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = seeds_of(fuzzer)
    return [str(fuzzer), f"-max_total_time={seconds}", f"-timeout={limit}", "-rss_limit_mb=4096",
            f"-artifact_prefix={corpus}/", "-print_final_stats=1", *extra, str(corpus),
            *([str(seeds)] if seeds.is_dir() else [])]


def unpack_kept(fuzzer):
    """Puts kept inputs among those that are found, unless there are some already."""
    corpus, kept = CORPORA / fuzzer.name, kept_of(fuzzer)
    if kept.exists() and not (corpus.is_dir() and any(corpus.iterdir())):
        corpus.mkdir(parents=True, exist_ok=True)
        with tarfile.open(kept) as archive:
            for entry in archive:
                (corpus / pathlib.PurePath(entry.name).name).write_bytes(archive.extractfile(entry).read())


def pack(path, inputs):
    with tarfile.open(path, "w:xz") as archive:
        for one in inputs:
            entry = tarfile.TarInfo(one.name)
            entry.size = one.stat().st_size
            with one.open("rb") as content:
                archive.addfile(entry, content)


def keep(fuzzers):
    failed = 0
    for fuzzer in fuzzers:
        unpack_kept(fuzzer)
        found = [str(folder) for folder in (seeds_of(fuzzer), CORPORA / fuzzer.name) if folder.is_dir()]
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([str(fuzzer), "-merge=1", "-timeout=600", "-rss_limit_mb=4096", folder, *found],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
            if done.returncode:
                failed += 1
                print(f"FAILED {fuzzer.name}\n{done.stdout[-4000:]}", flush=True)
                continue
            inputs = sorted(pathlib.Path(folder).iterdir(), key=lambda path: (path.stat().st_size, path.name))
            pack(kept_of(fuzzer), inputs)
            while kept_of(fuzzer).stat().st_size > KEPT_BYTES_MAX:
                inputs = inputs[:len(inputs) * 9 // 10]  # without the largest
                pack(kept_of(fuzzer), inputs)
            print(f"ok     {fuzzer.name:36} {len(inputs):7,} inputs, {kept_of(fuzzer).stat().st_size:,} bytes", flush=True)
    return failed


def runs_in(output):
    found = re.search(r"number_of_executed_units:\s*(\d+)", output)
    return int(found.group(1)) if found else 0


def run_briefly(fuzzers, seconds):
    failed = 0
    for fuzzer in fuzzers:
        done = subprocess.run(command(fuzzer, seconds, 20), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace")
        print(f"{'FAILED' if done.returncode else 'ok':6} {fuzzer.name:36} {runs_in(done.stdout)} runs", flush=True)
        if done.returncode:
            failed += 1
            print(done.stdout[-4000:])
    return failed


class Hours:
    """What each fuzzer has had so far.  Used by several threads."""

    def __init__(self):
        self.path = CORPORA / "hours.json"
        self.lock = threading.Lock()
        self.of = json.loads(self.path.read_text()) if self.path.exists() else {}

    def seconds(self, name):
        return self.of.get(name, {}).get("seconds", 0)

    def slices(self, name):
        return self.of.get(name, {}).get("slices", 0)

    def add(self, name, seconds, runs, is_finding):
        with self.lock:
            had = self.of.setdefault(name, {"seconds": 0, "runs": 0, "slices": 0, "findings": 0})
            had["seconds"] = 0 if is_finding else had["seconds"] + seconds
            had["runs"] = 0 if is_finding else had["runs"] + runs
            had["slices"] += 1
            had["findings"] += is_finding
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps(self.of, indent=1, sort_keys=True))
            fresh.replace(self.path)


def give_way():
    """Of a child in a session of its own: Linux schedules by sessions before it looks at their processes."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    try:
        pathlib.Path("/proc/self/autogroup").write_text("19")
    except OSError:
        pass  # a kernel that schedules by processes alone


def run_for_hours(fuzzer, wanted, hours, children):
    """Whether it came to `wanted` seconds of a processor without a finding.  Its process is in `children` meanwhile."""
    name = fuzzer.name
    unpack_kept(fuzzer)
    while hours.seconds(name) < wanted:
        # Every second slice looks at compared values too: it finds other ways, but slower.
        extra = ["-use_value_profile=1"] if hours.slices(name) % 2 else []
        # The limit is by the clock, and a fuzzer that gives way may stand still for long.
        done = subprocess.Popen(command(fuzzer, SLICE, 600, *extra), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, errors="replace", start_new_session=True, preexec_fn=give_way)
        children[name] = done
        output = done.stdout.read()
        _, status, used = os.wait4(done.pid, 0)
        done.returncode = os.waitstatus_to_exitcode(status)
        del children[name]
        if done.returncode < 0:
            return False  # ended from outside: no finding, and no time is written for it
        hours.add(name, used.ru_utime + used.ru_stime, runs_in(output), done.returncode != 0)
        if done.returncode:
            print(f"FAILED {name}\n{output[-4000:]}", flush=True)
            return False
    had = hours.of[name]
    print(f"ok     {name:36} {had['seconds'] / 3600:6.2f} h {had['runs']:14,} runs", flush=True)
    return True


def run_all_for_hours(fuzzers, wanted, jobs):
    hours, children = Hours(), {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        ends = [pool.submit(run_for_hours, fuzzer, wanted, hours, children) for fuzzer in fuzzers]
        try:
            return sum(not end.result() for end in ends)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in list(children.values()):
                child.kill()
            sys.exit(130)  # what was used up to the last slice is in the ledger


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, help="of a processor, for each")
    parser.add_argument("--jobs", type=int, default=1, help="fuzzers at a time, with --hours")
    parser.add_argument("--keep", action="store_true", help="check in what was found, the fewest of it")
    parser.add_argument("rest", nargs="*", metavar="SECONDS | NAME")
    arguments = parser.parse_args()
    names = arguments.rest
    seconds = int(names.pop(0)) if names and names[0].isdigit() else 60
    fuzzers = [f for f in sorted((ROOT / "build/asan/fuzzers").glob("*_fuzz")) if not names or f.name in names]
    if arguments.keep:
        failed = keep(fuzzers)
    elif arguments.hours is None:
        failed = run_briefly(fuzzers, seconds)
    else:
        failed = run_all_for_hours(fuzzers, arguments.hours * 3600, arguments.jobs)
    print(f"{len(fuzzers) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not fuzzers else 0)


if __name__ == "__main__":
    main()
