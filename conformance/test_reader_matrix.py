#!/usr/bin/env python3
"""Every shape of file that the writer makes, read back by four readers that nobody here wrote, value by value.

A combination takes one choice of each factor below.  The tool build/release/conformance/matrix_tool writes a file for
each and, from the same rows but not through the writer, what must be read (matrix/expected.h).  DuckDB, hyparquet, Arrow in
Rust (parquet-wasm) and Polars read all of them, each in one process, and compare every value.  What a reader
cannot give exactly, or not read at all, is listed in its matrix/*.mjs, with the reason, and counted here.  So does our
own reader, levels and all, and matrix/footer.mjs compares what the metadata says with the rows.

Rows of all types go through `sluice convert` by each profile, and are read by the same readers.

Files of other writers (parquet-testing, where the test data has it) must be the same to our reader as to DuckDB.

    test_reader_matrix.py [--combinations N]     more of the product: 600 unless said otherwise
"""

import collections
import concurrent.futures
import itertools
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
import zlib

import harness

TOOL = harness.BINARY.parent / "conformance/matrix_tool"
SEED = 20250715
READERS = ["duckdb", "hyparquet", "arrow_rs", "polars", "sluice"]
HERE = pathlib.Path(__file__).resolve().parent

# A choice is its name and the options of the tool that make it; `columns` is the type, put into the nesting's form.
FACTORS = {
    "type": {
        **{name: {"columns": name} for name in (
            "boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(5,2)", "decimal(9,0)",
            "decimal(18,4)", "decimal(38,10)", "date", "char(7)", "varchar(40)", "string", "binary")},
        "decimal(9,2) fixed": {"columns": "decimal(9,2)", "decimals": "fixed"},
        "decimal(18,18) fixed": {"columns": "decimal(18,18)", "decimals": "fixed"},
        "timestamp micros": {"columns": "timestamp"},
        "timestamp millis": {"columns": "timestamp", "timestamp": "millis"},
        "timestamp nanos": {"columns": "timestamp", "timestamp": "nanos", "times": "nanos"},
        "timestamp int96": {"columns": "timestamp", "timestamp": "int96", "times": "nanos"},
    },
    "nesting": {form: {"columns": form} for form in (
        "{}", "struct<a:{},b:{}>", "array<{}>", "map<string,{}>", "map<{},bigint>", "array<array<{}>>",
        "array<struct<a:{},b:string>>", "struct<a:array<{}>,b:map<int,{}>>", "map<string,array<{}>>",
        "array<map<string,{}>>", "struct<a:{},b:array<struct<x:{},y:map<int,array<{}>>>>>",
        "array<array<array<struct<m:map<{},array<{}>>>>>>")},
    "encoding": {
        "plain": {"dictionary": "no"},
        "dictionary": {},
        "fallback": {"dictionary_bytes": 100},
        "best": {"encodings": "all"},
        "best compressed": {"encodings": "all", "weighs_compressed": "yes"},
        "best in time": {"encodings": "all", "weighs_time": "yes", "dictionary_bytes": 100},
        "best without dictionary": {"encodings": "all", "dictionary": "no"},
    },
    "pages": {
        "v1": {},
        "v1 as parquet-java": {"marks": "parquet_java"},
        "v2": {"page_version": "v2"},
    },
    "codec": {
        **{name: {"codec": name} for name in ("none", "snappy", "gzip", "zstd", "lz4_raw")},
        **{f"{name} always": {"codec": name, "compresses_everything": "yes"} for name in ("snappy", "zstd", "lz4_raw")},
    },
    "nulls": {name: {"nulls": name} for name in ("none", "some", "runs", "leaves", "all")},
    "values": {name: {"values": name} for name in ("any", "limits", "few", "ascending", "runs")},
    "layout": {
        "one page": {"rows": 150},
        "one row": {"rows": 1},
        "no row": {"rows": 0},
        "pages by rows": {"rows": 300, "page_rows": 37},
        "pages by bytes": {"rows": 300, "page_bytes": 300, "batch_rows": 7},
        "groups": {"rows": 700, "group_rows": 256, "page_rows": 100, "parked_rows": 300},  # two of them end early
        "groups by bytes": {"rows": 800, "group_bytes": 500},
        "no page index": {"rows": 150, "page_rows": 40, "page_index": "no"},
    },
    "names": {"standard": {}, "hive": {"lists": "hive"}},
    "order": {
        "as they come": {},
        "order noted": {"sort": "noted"},
        "sorted": {"sort": "key"},
        "sorted the other way": {"sort": "row_descending"},
    },
    "bloom filters": {"without": {}, "with bloom filters": {"bloom": "yes"}},
}
# What each profile makes of a file (docs/formats/parquet.md); aws has the schema of Hive's serialiser.
PROFILES = {
    "aws": {"codec": "snappy", "compresses_everything": "yes", "marks": "parquet_java", "root": "hive_schema",
            "lists": "hive", "timestamp": "int96", "decimals": "fixed"},
    "compatible": {"codec": "snappy", "sort": "noted"},
    "compact": {"codec": "zstd", "encodings": "all", "sort": "noted"},
    "smallest": {"codec": "zstd", "encodings": "all", "sort": "noted"},
}

# Pages that must have come about: type, encoding, physical type.
ALL_TYPES = ("INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY")
ENCODINGS = {
    "PLAIN": (*ALL_TYPES, "BOOLEAN"),
    "RLE_DICTIONARY": ALL_TYPES,
    "DELTA_BINARY_PACKED": ("INT32", "INT64"),
    "DELTA_LENGTH_BYTE_ARRAY": ("BYTE_ARRAY",),
    "DELTA_BYTE_ARRAY": ("BYTE_ARRAY",),
    "BYTE_STREAM_SPLIT": ("FLOAT", "DOUBLE"),
    "RLE": ("BOOLEAN",),
}
PAGES = {f"{page} {encoding} {physical}" for encoding, types in ENCODINGS.items() for physical in types
         for page in ("DATA_PAGE", "DATA_PAGE_V2")}
PAGES |= {f"DATA_PAGE PLAIN_DICTIONARY {physical}" for physical in ALL_TYPES}
PAGES |= {f"DICTIONARY_PAGE {encoding} {physical}" for encoding in ("PLAIN", "PLAIN_DICTIONARY") for physical in ALL_TYPES}

# How much more often than another choice: Polars cannot read Hive's lists, and is to read 500 combinations too.
WEIGHTS = {"standard": 4, "as they come": 3}


def cover(count, chooser):
    """`count` different combinations: first those that bring the most new pairs of choices, then new triples."""
    names = list(FACTORS)
    choices = [list(FACTORS[name]) for name in names]
    weights = [[WEIGHTS.get(choice, 1) for choice in options] for options in choices]
    seen, combinations, size = set(), {}, 2
    wanted = sum(len(a) * len(b) for a, b in itertools.combinations(choices, 2))
    while len(combinations) < count:
        def fresh(candidate):
            return [part for part in itertools.combinations(enumerate(candidate), size) if part not in seen]
        candidates = [tuple(chooser.choices(*one)[0] for one in zip(choices, weights)) for _ in range(30)]
        best = max((one for one in candidates if one not in combinations), key=lambda one: len(fresh(one)))
        seen.update(fresh(best))
        combinations[best] = dict(zip(names, best))
        if size == 2 and len(seen) == wanted:
            seen, size = set(), 3
            for one in combinations:
                seen.update(itertools.combinations(enumerate(one), 3))
    triples = sum(len(a) * len(b) * len(c) for a, b, c in itertools.combinations(choices, 3))
    return list(combinations.values()), size == 3, len(seen) / triples if size == 3 else 0


def options_of(combination):
    """All options of a combination's choices; the type goes into the form of the nesting."""
    options = {}
    for factor, choice in combination.items():
        options.update({name: value for name, value in FACTORS[factor][choice].items() if name != "columns"})
    leaf = FACTORS["type"][combination["type"]]["columns"]
    options["columns"] = "row bigint, c " + FACTORS["nesting"][combination["nesting"]]["columns"].replace("{}", leaf)
    if options.get("sort") == "key":
        options["columns"] += ", key smallint"
    return options


class File:
    """A file to be made: `options` are what the tool is told, `claims` what readers may take for granted besides."""

    def __init__(self, name, what, options, claims=None):
        self.name = name
        self.what = what
        self.options = options
        self.claims = claims or {}

    def tool_line(self):
        rest = [f"{name}={value}" for name, value in self.options.items() if name not in ("rows", "columns")]
        seed = SEED + zlib.crc32(self.name.encode())
        return "\t".join([self.name, str(self.options["rows"]), str(seed), self.options["columns"], *rest])

    def reader_line(self):
        return json.dumps({"name": self.name, "timestamp": "micros", "lists": "standard", **self.options, **self.claims})

    def __str__(self):
        return f"{self.name}: {self.what}"


def wide_shapes():
    """Columns of all types at once, by the name of their shape."""
    flat = [leaf["columns"] for name, leaf in FACTORS["type"].items() if not name.startswith("timestamp")] + ["timestamp"]
    names = [f"c{i}" for i in range(len(flat))]
    fields = ",".join(f"{name}:{leaf}" for name, leaf in zip(names, flat))
    return {
        "flat": ", ".join(["row bigint", *(f"{name} {leaf}" for name, leaf in zip(names, flat)), f"s struct<{fields}>"]),
        "nested": ", ".join(["row bigint", *(f"{name} array<{leaf}>" for name, leaf in zip(names, flat)),
                             f"s array<struct<{fields}>>", f"m map<string,struct<{fields}>>"]),
        "keys": ", ".join(["row bigint", *(f"{name} map<{leaf},bigint>" for name, leaf in zip(names, flat))]),
    }


def styles():
    """Nulls and values, each choice twice."""
    values = list(FACTORS["values"])
    return [*zip(FACTORS["nulls"], values[1:] + values[:1]), *zip(FACTORS["nulls"], values[3:] + values[:3])]


def profile_files(prefix, extra):
    """All types in one file, and one of many rows, by profile."""
    many = {"rows": 45_000, "columns": "row bigint, t timestamp, d double, s string, m map<string,int>", "nulls": "some",
            "values": "any", "list_length": 2}
    for profile, claims in PROFILES.items():
        times = {"profile": profile, "times": "nanos" if profile == "aws" else "years"}
        yield File(f"{prefix}-{profile}-many", f"profile {profile}, many rows", {**times, **many, **extra}, claims)
        for (shape, columns), (nulls, values) in itertools.product(wide_shapes().items(), styles()):
            style = {"rows": 160, "columns": columns, "nulls": nulls, "values": values}
            yield File(f"{prefix}-{profile}-{shape}-{nulls}-{values}", f"profile {profile}, all types",
                       {**times, **style, **extra}, claims)


def wide_files():
    """By profile, by Firehose's with the dictionaries that it has only where they are asked for, and in each page version with
    all encodings."""
    yield from profile_files("p", {"page_rows": 50})
    for (shape, columns), (nulls, values) in itertools.product(wide_shapes().items(), styles()):
        options = {"profile": "aws", "dictionary": "yes", "times": "nanos", "rows": 160, "columns": columns, "nulls": nulls,
                   "values": values, "page_rows": 50}
        yield File(f"coded-{shape}-{nulls}-{values}", "profile aws with dictionaries", options, PROFILES["aws"])
    for (shape, columns), (nulls, values), version in itertools.product(wide_shapes().items(), styles(), ("v1", "v2")):
        options = {"rows": 160, "columns": columns, "nulls": nulls, "values": values, "page_rows": 50,
                   "page_version": version, "encodings": "all", "codec": "zstd", "weighs_compressed": "yes"}
        yield File(f"{version}-{shape}-{nulls}-{values}", f"all encodings in pages {version}", options)


def run_script(name, folder, files):
    """What matrix/NAME.mjs says of the files, line by line."""
    lines = "".join(one.reader_line() + "\n" for one in files)
    done = subprocess.run(["node", str(HERE / f"matrix/{name}.mjs"), str(folder), str(TOOL)], input=lines, cwd=HERE, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise RuntimeError(f"{name} ended with {done.returncode} after {done.stdout[-300:]}: {done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def write_files(folder, files):
    made = subprocess.run([str(TOOL), "write", folder], input="".join(one.tool_line() + "\n" for one in files), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        raise RuntimeError(made.stdout)


def with_one_change(cell):
    """The cell with its last scalar made another; None where there is none."""
    if isinstance(cell, str):
        return cell + "0"
    for i in reversed(range(len(cell or []))):
        changed = with_one_change(cell[i])
        if changed is not None:
            return cell[:i] + [changed] + cell[i + 1:]
    return None


class FilesCase(unittest.TestCase):
    """Tests of `files` in `folder`, of which each script of matrix/ has said what `said` holds."""

    @classmethod
    def ask(cls, scripts):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            cls.said = dict(zip(scripts, pool.map(lambda one: run_script(one, cls.folder, cls.files), scripts)))

    def read_equal(self, reader, files_min):
        *lines, last = self.said[reader]
        said = {one["name"]: one for one in lines}
        self.assertEqual(list(said), [one.name for one in self.files])
        wrong = [f"{one}\n    {said[one.name].get('difference') or said[one.name].get('error')}" for one in self.files
                 if said[one.name].keys() & {"difference", "error"}]
        if wrong:
            self.fail("\n".join([f"{len(wrong)} files are not read back equal:"] + wrong[:20]))
        read = [one for one in self.files if "limit" not in said[one.name]]
        rows = sum(said[one.name]["rows"] for one in read)
        leaves = sum(said[one.name]["leaves"] for one in read)
        self.assertEqual(rows, sum(one.options["rows"] for one in read))
        self.assertGreater(leaves, 3 * rows)
        self.assertGreaterEqual(len(read), files_min)
        print(f"\nnote: {reader}: {len(read)} files, {rows} rows, {leaves} values equal", flush=True)
        for what, count in collections.Counter(one["limit"] for one in said.values() if "limit" in one).items():
            print(f"\nnote: {reader}: {count} files cannot be read: {what}", flush=True)
        for what, count in last["allowances"].items():
            print(f"\nnote: {reader}: {count} values allowed for: {what}", flush=True)


class ReaderMatrix(FilesCase):
    combinations = 600

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="sluice-matrix-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        chosen, cls.has_all_pairs, triples = cover(cls.combinations, random.Random(SEED))
        cls.files = [File(f"f{number:05}", ", ".join(one.values()), options_of(one)) for number, one in enumerate(chosen)]
        cls.files += wide_files()
        write_files(cls.folder, cls.files)
        cls.ask(["footer", *READERS])
        print(f"note: {len(chosen)} combinations with every pair of choices and {triples:.0%} of the triples, "
              f"{len(cls.files) - len(chosen)} files of all types", flush=True)

    def test_the_combinations_hold_every_pair_of_choices(self):
        self.assertTrue(self.has_all_pairs)
        self.assertGreaterEqual(len(self.files), 500)

    def test_a_changed_value_is_noticed_by_every_reader(self):
        files = [one for one in self.files if one.options["rows"] > 100 and "lists" not in one.options][:12]
        folder = pathlib.Path(self.folder) / "changed"
        folder.mkdir()
        changed = []
        for file in files:
            rows = [json.loads(line) for line in (folder.parent / f"{file.name}.jsonl").read_text().split("\n")[:-1]]
            row = max(range(len(rows)), key=lambda i: len(str(rows[i])))
            cell = with_one_change(rows[row][1])
            if cell is not None:
                rows[row][1] = cell
                shutil.copy(folder.parent / f"{file.name}.parquet", folder)
                (folder / f"{file.name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
                changed.append(file)
        self.assertGreater(len(changed), 5)
        for reader in READERS:
            *lines, _ = run_script(reader, folder, changed)
            self.assertEqual([one["name"] for one in lines if "difference" in one], [one.name for one in changed])

    def test_the_metadata_tells_the_truth_about_the_rows(self):
        said = self.said["footer"]
        self.assertEqual([one["name"] for one in said], [one.name for one in self.files])
        wrong = [f"{file}: {problem}" for file, one in zip(self.files, said) for problem in one["problems"]]
        if wrong:
            self.fail("\n".join([f"{len(wrong)} claims are false:"] + wrong[:20]))
        seen = {kind for one in said for kind in one["seen"]}
        self.assertEqual(sorted(PAGES - seen), [], "pages that no combination led to")
        print(f"\nnote: {len(seen)} kinds of pages by type, encoding and physical type", flush=True)

    def test_duckdb(self):
        self.read_equal("duckdb", 500)

    def test_hyparquet(self):
        self.read_equal("hyparquet", 500)

    def test_arrow_in_rust(self):
        self.read_equal("arrow_rs", 500)

    def test_polars(self):
        self.read_equal("polars", 500)

    def test_our_own_reader(self):
        self.read_equal("sluice", 500)


class ConvertedFiles(FilesCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="sluice-converted-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.files = list(profile_files("c", {"json": "yes"}))
        write_files(cls.folder, cls.files)
        for number, file in enumerate(cls.files):
            done = subprocess.run([str(harness.BINARY), "convert", f"{file.name}.json", f"{file.name}.parquet", "--schema",
                                   file.options["columns"], "--profile", file.options["profile"], "--case-sensitive",
                                   "--strict", "--threads", str(1 + number % 3)],
                                  cwd=cls.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode:
                raise RuntimeError(f"{file}: {done.stdout}")
        cls.ask(READERS)

    def test_json_that_was_converted_by_each_profile_is_read_equal(self):
        for reader in READERS:
            with self.subTest(reader):
                self.read_equal(reader, 90)


class TestingFiles(unittest.TestCase):
    # What our reader refuses, and why.
    REFUSED = {
        "datapage_v1-corrupt-checksum.parquet": "checksum",
        "hadoop_lz4_compressed.parquet": "the codec LZ4 cannot be read",
        "hadoop_lz4_compressed_larger.parquet": "the codec LZ4 cannot be read",
        "large_string_map.brotli.parquet": "the codec BROTLI cannot be read",
        "non_hadoop_lz4_compressed.parquet": "the codec LZ4 cannot be read",
        "rle-dict-uncompressed-corrupt-checksum.parquet": "checksum",
    }
    # What DuckDB refuses, but our reader reads.
    REFUSED_BY_DUCKDB = {
        "byte_stream_split_extended.gzip.parquet": "only supported for FLOAT or DOUBLE",
        "map_no_value.parquet": "MAP_KEY_VALUE requires two children",
    }

    def test_they_are_the_same_to_our_reader_and_to_duckdb(self):
        data = harness.test_data()
        files = sorted((data / "parquet-testing/data").glob("*.parquet")) if data else []
        if not files:
            self.skipTest("no test data (SLUICE_TEST_DATA) with parquet-testing")
        done = subprocess.run(["node", str(HERE / "matrix/testing_files.mjs"), str(TOOL), *map(str, files)], cwd=HERE,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([one["file"] for one in said], [file.name for file in files], done.stderr)
        self.assertEqual([one for one in said if "difference" in one], [])
        for refused, who in ((self.REFUSED, "ours"), (self.REFUSED_BY_DUCKDB, "duckdb")):
            found = {one["file"]: one[who] for one in said if who in one and (who == "ours" or "ours" not in one)}
            self.assertEqual(sorted(found), sorted(refused))
            for file, why in refused.items():
                self.assertIn(why, found[file])
        equal = [one for one in said if "ours" not in one and "duckdb" not in one]
        print(f"\nnote: {len(equal)} of {len(said)} files of parquet-testing, {sum(one['values'] for one in equal)} values: "
              f"the same to our reader and to DuckDB; {sum(one['beyond'] for one in equal)} timestamp that DuckDB cannot hold",
              flush=True)


if __name__ == "__main__":
    if "--combinations" in sys.argv:
        ReaderMatrix.combinations = int(sys.argv[sys.argv.index("--combinations") + 1])
    harness.main()
