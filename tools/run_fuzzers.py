#!/usr/bin/env python3
"""Runs every fuzzer for some seconds: tools/run_fuzzers.py [seconds] [name...].

New inputs are kept under build/fuzz-corpus/<fuzzer>; the seeds checked in under src/<room>/corpus/<fuzzer> are read
first.  A crash is kept beside them, and its path printed.  Ends with `N passed, N failed`.
"""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    arguments = sys.argv[1:]
    seconds = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else 60
    fuzzers = [f for f in sorted((ROOT / "build/asan/fuzzers").glob("*_fuzz")) if not arguments or f.name in arguments]
    passed = failed = 0
    for fuzzer in fuzzers:
        corpus = ROOT / "build/fuzz-corpus" / fuzzer.name
        corpus.mkdir(parents=True, exist_ok=True)
        room, _, name = fuzzer.name.partition("_")
        seeds = ROOT / "src" / room / "corpus" / name
        folders = [str(corpus)] + ([str(seeds)] if seeds.is_dir() else [])
        done = subprocess.run([str(fuzzer), f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=4096",
                               f"-artifact_prefix={corpus}/", "-print_final_stats=1", *folders],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                              env=dict(os.environ))
        runs = next((line.split()[-1] for line in done.stdout.splitlines() if "number_of_executed_units" in line), "?")
        print(f"{'ok' if done.returncode == 0 else 'FAILED':6} {fuzzer.name:36} {runs} runs", flush=True)
        if done.returncode == 0:
            passed += 1
        else:
            failed += 1
            print(done.stdout[-4000:])
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
