"""The stages of the converter alone: what a value, a row or a byte costs in each, beside a copy of memory."""

import json
import pathlib
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
BENCHES = ROOT / "build/release/benches"

# What an item of each is, by program and benchmark; a benchmark that is not listed is no stage.
STAGES = (
    ("copy of memory", "base_bench", "", ("bytes_copied/65536", "bytes_copied/67108864")),
    ("line split", "json_bench", "line", ("lines_split",)),
    ("shape match", "serde_bench", "row", ("openx_converts_alike/matched_only",)),
    ("shape match, into columns", "serde_bench", "row",
     ("openx_converts_alike/as_text", "openx_converts_alike/typed")),
    ("full parse", "json_bench", "record", ("tape_reads_records",)),
    ("full parse, into columns", "serde_bench", "row", ("openx_converts/as_text", "openx_converts/typed")),
    ("encoding", "parquet_bench", "value",
     ("plain_texts", "plain_booleans", "hybrid_indices/bits:1", "hybrid_indices/bits:7", "hybrid_indices/bits:17",
      "dictionary_of_numbers/bits:7", "dictionary_of_numbers/bits:13", "dictionary_of_texts/bits:7",
      "dictionary_of_texts/bits:13", "delta_packed<std::int32_t>/bits:3", "delta_packed<std::int64_t>/bits:17",
      "delta_length_times", "delta_times", "byte_streams")),
    ("decoding", "parquet_bench", "value",
     ("hybrid_indices_back/bits:1", "hybrid_indices_back/bits:7", "hybrid_indices_back/bits:17",
      "delta_unpacked<std::int64_t>/bits:17", "delta_times_back", "byte_streams_back")),
    ("codec", "parquet_bench", "value",
     tuple(f"compressed/{codec}_{what}" for codec in ("snappy", "lz4_raw", "zstd", "gzip") for what in ("times", "text"))
     + ("compressed/snappy_noise",)
     + tuple(f"decompressed/{codec}_times" for codec in ("snappy", "lz4_raw", "zstd", "gzip"))),
    ("page assembly", "parquet_bench", "row",
     tuple(f"pages_assembled/nulls:{nulls}/version:{version}" for nulls in (0, 10) for version in (1, 2))),
    ("page header", "parquet_bench", "header", ("page_header_written", "page_header_read")),
    ("footer", "parquet_bench", "chunk", ("footer_written", "footer_read")),
    ("checksum of a page", "base_bench", "", ("sum<crc32>/65536",)),
)


def measure(program, names, seconds):
    """Nanoseconds an item and bytes a second of processor time, by name."""
    pattern = "^(" + "|".join(map(escape, names)) + ")$"
    done = subprocess.run([str(BENCHES / program), f"--benchmark_filter={pattern}", "--benchmark_format=json",
                           f"--benchmark_min_time={seconds}"], stdout=subprocess.PIPE, text=True, check=True)
    found = {}
    for one in json.loads(done.stdout or '{"benchmarks": []}')["benchmarks"]:  # nothing is printed when none matches
        found[one["name"]] = {"ns_an_item": 1e9 / one["items_per_second"] if "items_per_second" in one else None,
                              "bytes_a_second": one.get("bytes_per_second")}
    missing = [name for name in names if name not in found]
    if missing:
        raise RuntimeError(f"{program} has no benchmark {', '.join(missing)}")
    return found


def escape(name):
    return "".join("\\" + c if c in "()[]{}.*+?|^$\\" else c for c in name)


def stages(smoke, as_json=False):
    rounds, seconds = (1, 0.001) if smoke else (5, 0.05)
    by_program = {}
    for _, program, _, names in STAGES:
        by_program.setdefault(program, []).extend(names)
    taken = {name: [] for names in by_program.values() for name in names}
    for _ in range(rounds):
        for program, names in by_program.items():
            for name, figures in measure(program, names, seconds).items():
                taken[name].append(figures)

    def median(name, key):
        values = [figures[key] for figures in taken[name] if figures[key] is not None]
        return statistics.median(values) if values else None

    copy = median(STAGES[0][3][0], "bytes_a_second")
    rows = []
    for stage, _, item, names in STAGES:
        for name in names:
            ns, rate = median(name, "ns_an_item"), median(name, "bytes_a_second")
            rows.append({"stage": stage, "benchmark": name, "item": item, "ns_an_item": ns, "bytes_a_second": rate,
                         "of_memcpy": rate / copy if rate else None})
    if as_json:
        print(json.dumps(rows, indent=1))
    else:
        show(rows)


def show(rows):
    lines = [("stage", "benchmark", "ns", "an item", "GB/s", "of memcpy")]
    for row in rows:
        lines.append((row["stage"], row["benchmark"],
                      f"{row['ns_an_item']:,.2f}" if row["ns_an_item"] else "", f"a {row['item']}" if row["item"] else "",
                      f"{row['bytes_a_second'] / 1e9:.2f}" if row["bytes_a_second"] else "",
                      f"{100 * row['of_memcpy']:.1f} %" if row["of_memcpy"] else ""))
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    print()
    last = None
    for line in lines:
        shown = ("" if line[0] == last else line[0],) + line[1:]
        last = line[0]
        print("  " + "  ".join(f"{text:>{width}}" if column in (2, 4, 5) else f"{text:{width}}"
                               for column, (text, width) in enumerate(zip(shown, widths))).rstrip())
