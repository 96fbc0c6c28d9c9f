#!/usr/bin/env python3
"""Figures, as ratios within one run: bench/run.py [convert|stages|stream|delivery|s3|tenants|outage] [--smoke] [--json].

convert  JSON to Parquet by `sluice convert`, beside DuckDB and simdjson on the same files (bench/convert.py)
stages   what the converter is made of, each stage alone, beside a copy of memory (bench/stages.py)
stream   PutRecords, PutRecord, GetRecords and the log, beside what bounds them and beside another Kinesis (bench/stream.py)
delivery from the stream to Parquet in the bucket, beside `sluice convert` and the stream alone (bench/delivery.py)
tenants  what a request takes while another tenant puts as much as it can (bench/tenants.py)
outage   not in the whole: an hour without the bucket, a thousand partitions, under a limit of memory (bench/delivery.py)
s3       the local bucket: GET beside nginx, PUT beside dd, a million keys listed (bench/s3.py)

With --json the figures of all but convert are JSON.
Everything is measured five times, in turns, and the medians are compared.  --smoke uses tiny inputs, only to see that
it all still runs.  Ends with `N passed, N failed`.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "conformance"))
from convert import convert  # noqa: E402
from delivery import delivery, long_outage  # noqa: E402
from s3 import s3  # noqa: E402
from stages import stages  # noqa: E402
from stream import stream  # noqa: E402
from tenants import tenants  # noqa: E402


def main():
    smoke = "--smoke" in sys.argv
    wanted = [word for word in sys.argv[1:] if not word.startswith("-")] or ["convert", "stages", "stream", "delivery", "s3", "tenants"]
    as_json = "--json" in sys.argv
    works = {"convert": convert, "stages": lambda smoke: stages(smoke, as_json), "stream": lambda smoke: stream(smoke, as_json),
             "delivery": lambda smoke: delivery(smoke, as_json), "s3": lambda smoke: s3(smoke, as_json), "outage": lambda smoke: long_outage(smoke, as_json),
             "tenants": lambda smoke: tenants(smoke, as_json)}
    passed = failed = 0
    for name in wanted:
        try:
            works[name](smoke)
            passed += 1
        except Exception as error:  # a benchmark that does not run is a finding, not the end of the others
            failed += 1
            print(f"{name}: {type(error).__name__}: {error}")
    print(f"{passed} passed, {failed} failed", file=sys.stderr if as_json else sys.stdout)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
