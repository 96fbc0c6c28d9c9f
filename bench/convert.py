"""JSON to Parquet, beside DuckDB and simdjson in the same run.

Both sides are timed inside their process, from opening the input to the complete output: starting a process is no part
of the work.  Processor time tells more than the clock where other work shares the machine; ours includes the start of
the process, theirs does not.  Input and output lie in memory (/dev/shm) where there is such a folder, so that no disk is measured.
"""

import json
import os
import pathlib
import statistics
import subprocess
import tempfile

MIB = 1 << 20
ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = ROOT / "build/release/sluice"
TOOL = ROOT / "build/release/benches/bench_tool"

NARROW_TYPED = ("timestamp timestamp, heart_rate int", "{timestamp: 'TIMESTAMP', heart_rate: 'INTEGER'}")
NARROW_TEXT = ("timestamp string, heart_rate int", "{timestamp: 'VARCHAR', heart_rate: 'INTEGER'}")
WIDE = [
    ("id", "bigint", "BIGINT"), ("timestamp", "timestamp", "TIMESTAMP"), ("user", "string", "VARCHAR"),
    ("session", "string", "VARCHAR"), ("event", "string", "VARCHAR"), ("device", "string", "VARCHAR"),
    ("firmware", "string", "VARCHAR"), ("city", "string", "VARCHAR"), ("note", "string", "VARCHAR"),
    ("heart_rate", "int", "INTEGER"), ("steps", "int", "INTEGER"), ("calories", "int", "INTEGER"),
    ("battery", "int", "INTEGER"), ("latitude", "double", "DOUBLE"), ("longitude", "double", "DOUBLE"),
    ("temperature", "double", "DOUBLE"), ("speed", "double", "DOUBLE"), ("active", "boolean", "BOOLEAN"),
    ("charging", "boolean", "BOOLEAN"),
    ("position", "struct<zone:string,floor:int,accuracy:double>", "STRUCT(zone VARCHAR, floor INTEGER, accuracy DOUBLE)"),
    ("samples", "array<int>", "INTEGER[]"),
]
FOUR = ("id", "event", "latitude", "active")


def schemas(fields):
    return (", ".join(f"{name} {ours}" for name, ours, _ in fields),
            "{" + ", ".join(f"\"{name}\": '{theirs}'" for name, _, theirs in fields) + "}")


def call(command):
    """The JSON a command prints, the processor time it took and the most memory it held."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        text = out.read().decode()
        if process.returncode:
            raise RuntimeError(f"{' '.join(str(word) for word in command[:3])}: {err.read().decode() or text}")
    answer = json.loads(text) if text.startswith("{") else {}
    answer.setdefault("peak_bytes", usage.ru_maxrss * 1024)
    answer.setdefault("cpu_seconds", usage.ru_utime + usage.ru_stime)
    return answer


class Run:
    """Works that are done in turns, and what they took."""

    def __init__(self, folder, rounds):
        self.folder, self.rounds = folder, rounds
        self.works, self.answers, self.sizes = {}, {}, {}

    def add(self, name, command, output=None):
        self.works[name] = (command, output)

    def add_sluice(self, name, source, schema, profile, threads):
        output = self.folder / "ours.parquet"
        self.add(name, [BINARY, "convert", source, output, "--schema", schema, "--profile", profile,
                        "--threads", threads, "--json"], output)

    def add_duckdb(self, name, source, columns, threads, options=""):
        output = self.folder / "theirs.parquet"
        self.add(name, ["node", ROOT / "bench/duckdb.mjs", source, output, threads, columns, options], output)

    def measure(self):
        for _ in range(self.rounds):
            for name, (command, output) in self.works.items():
                if output:
                    output.unlink(missing_ok=True)
                self.answers.setdefault(name, []).append(call(command))
                if output:
                    self.sizes[name] = output.stat().st_size

    def median(self, name, figure):
        return statistics.median(answer[figure] for answer in self.answers[name])

    def peak(self, name):
        return max(answer["peak_bytes"] for answer in self.answers[name])


def report(title, run, size, rows, compared):
    """A line a work; `compared` says which other's time is divided by it, and the goal."""
    print(f"\n{title}")
    print(f"  {'':34} {'seconds':>8} {'cpu':>7} {'MiB/s':>7} {'ns/row':>7} {'out MB':>7} {'peak MiB':>8}  ratio, of cpu")
    for name in run.works:
        seconds, cpu = run.median(name, "seconds"), run.median(name, "cpu_seconds")
        other, goal = compared.get(name, (None, None))
        ratio = (f"{run.median(other, 'seconds') / seconds:.2f} x, {run.median(other, 'cpu_seconds') / cpu:.2f} x {other} (goal {goal})"
                 if other else "")
        out = f"{run.sizes[name] / 1e6:.1f}" if name in run.sizes else ""
        print(f"  {name:34} {seconds:8.3f} {cpu:7.3f} {size / MIB / seconds:7.0f} {seconds / rows * 1e9:7.1f} {out:>7} "
              f"{run.peak(name) / MIB:8.0f}  {ratio}", flush=True)


def narrow(folder, size, rounds):
    source = folder / "narrow.ndjson"
    call([TOOL, "narrow", source, size])
    with source.open("rb") as lines:
        rows = sum(block.count(b"\n") for block in iter(lambda: lines.read(MIB), b""))
    for title, (ours, theirs), profiles in (
            ("timestamp typed", NARROW_TYPED, (("compact", 8, 6), ("compatible", 4.5, 4), ("smallest", "-", "-"))),
            ("timestamp as text", NARROW_TEXT, (("compatible", 2.5, 2.5), ("compact", 4, 4)))):
        run, compared = Run(folder, rounds), {}
        for threads in (1, 2):
            run.add_duckdb(f"DuckDB, {threads} thread(s)", source, theirs, threads)
            for profile, *goals in profiles:
                name = f"sluice, {profile}, {threads} thread(s)"
                run.add_sluice(name, source, ours, profile, threads)
                compared[name] = (f"DuckDB, {threads} thread(s)", goals[threads - 1])
        if title == "timestamp typed":
            run.add_duckdb("DuckDB, version-2 pages, 1 thread", source, theirs, 1, ", PARQUET_VERSION v2")
            run.add("simdjson, touching both fields", [TOOL, "simdjson", source])
            run.add("memcpy", [TOOL, "copy", source])
        run.measure()
        report(f"narrow, {title}: {size // MIB} MiB, {rows:,} rows", run, size, rows, compared)
    source.unlink()


def wide(folder, size, rounds):
    source = folder / "wide.ndjson"
    call([TOOL, "wide", source, size])
    with source.open("rb") as lines:
        rows = sum(block.count(b"\n") for block in iter(lambda: lines.read(MIB), b""))
    full, four = schemas(WIDE), schemas([field for field in WIDE if field[0] in FOUR])
    run, compared = Run(folder, rounds), {}
    for threads in (1, 2):
        run.add_duckdb(f"DuckDB, {threads} thread(s)", source, full[1], threads)
        for profile in ("compatible", "compact"):
            name = f"sluice, {profile}, {threads} thread(s)"
            run.add_sluice(name, source, full[0], profile, threads)
            compared[name] = (f"DuckDB, {threads} thread(s)", 3)
    run.measure()
    report(f"wide, all 21 fields: {size // MIB} MiB, {rows:,} rows", run, size, rows, compared)
    run = Run(folder, rounds)
    run.add_sluice("sluice, compatible, 1 thread", source, four[0], "compatible", 1)
    run.add_duckdb("DuckDB, 1 thread", source, four[1], 1)
    run.add("simdjson, all validated", [TOOL, "simdjson-wide", source])
    run.measure()
    report("wide, four of the fields", run, size, rows,
           {"sluice, compatible, 1 thread": ("simdjson, all validated", 0.8)})
    source.unlink()


def adversaries(size, rounds):
    print("\nhostile records, rows only: time of the full parser alone / time with guessing (goal 0.9)")
    for result in call([TOOL, "adversaries", size, rounds])["adversaries"]:
        print(f"  {result['name']:40} {result['full'] / result['guessing']:.2f}")


def convert(smoke):
    size, rounds = (MIB, 1) if smoke else (256 * MIB, 5)
    memory = pathlib.Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        folder = pathlib.Path(name)
        narrow(folder, size, rounds)
        wide(folder, size, rounds)
        adversaries(size // 16, rounds)
