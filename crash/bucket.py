"""What has landed in the bucket, read by others than those who wrote it."""

import base64
import collections
import json

import harness
import ledger


def landed(server):
    """Times each record was found in the two outputs."""
    converted, raw = collections.Counter(), collections.Counter()
    bucket = server.bucket("landing")
    files = [str(path) for path in bucket.glob("converted/**/*.parquet")]
    if files:
        listing = ",".join(f"'{path}'" for path in files)
        for row in harness.duckdb(f"SELECT timestamp, heart_rate FROM read_parquet([{listing}])"):
            number = int(row["timestamp"])
            assert row["heart_rate"] == 60 + number % 120, row
            converted[number] += 1
    for path in (bucket / "format-conversion-failed").rglob("*"):
        if path.is_file():
            for line in path.read_text().splitlines():
                converted[ledger.number_of(base64.b64decode(json.loads(line)["rawData"]))] += 1
    for path in bucket.glob("raw/**/*"):
        if path.is_file():
            for line in path.read_text().splitlines():
                raw[ledger.number_of(line)] += 1
    return {"converted": converted, "raw": raw}


def faults(counts, sent):
    """What is wrong with an output, by kind."""
    return {
        "lost": [n for n in sent.acknowledged if counts[n] == 0],
        "double": [n for n, times in counts.items() if times > 1],
        "phantom": [n for n in counts if n not in sent.acknowledged and n not in sent.unknown],
        "in part": sent.in_part,
    }
