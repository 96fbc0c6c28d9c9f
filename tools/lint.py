#!/usr/bin/env python3
"""The rules of the code base that a machine can check: tools/lint.py [--all] [--no-tidy].

Arrows between folders, sources in build lists, a test beside each source of the core, banned words, length of
functions (a ratchet: today's offenders are listed in tools/long_functions.txt and may only get shorter), dead links in
the documents, stray binaries; then clang-tidy on the files that changed since the previous commit (--all: on all).
Prints one line a finding; exit code 1 if there is any.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"

# What a folder may use; a listed folder brings what it may use itself.
ARROWS = {
    "base": [],
    "json": ["base"],
    "columnar": ["base"],
    "parquet": ["columnar"],
    "serde": ["json", "columnar"],
    "delivery": ["serde", "parquet"],
    "stream": ["base"],
    "store": ["delivery"],
    "catalog": ["columnar", "store"],
    "aws": ["json"],
    "net": ["base"],
    "s3": ["aws", "net", "store"],
    "source": ["delivery", "stream", "aws", "net"],
    "runner": ["delivery", "stream", "store", "catalog", "source", "s3"],
    "heartrate": ["aws", "net", "columnar"],
    "query": ["catalog", "s3", "parquet"],
    "server": ["runner", "heartrate", "query"],
    "proof": ["server"],
    "cli": ["server", "proof"],
    "sim": ["runner"],
}
TESTED = ["base", "json", "columnar", "parquet", "serde", "delivery"]
BANNED_FILES = {"util", "utils", "common", "misc", "helper", "helpers", "manager"}
BANNED = [
    (r"\bboost[:/]", "net", "Boost stays inside net/"),
    (r"\bs?rand\(", None, "use base/random.h"),
    (r"\blocaltime(_r)?\(", None, "use a TimeZone"),
    (r"\b(TODO|FIXME|XXX)\b", None, "finish it or leave it out"),
]
FUNCTION_LINES_MAX = 70
BINARY_BYTES_MAX = 100_000

findings = []


def report(path, line, text):
    findings.append(f"{path.relative_to(ROOT)}:{line}: {text}")


def tracked():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def closure(room):
    seen, todo = {room}, list(ARROWS[room])
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo += ARROWS[one]
    return seen


def check_source(path, text):
    room = path.relative_to(SRC).parts[0]
    if path.parent == SRC:
        room = "cli"  # a walk through all rooms
    if room not in ARROWS:
        return report(path, 1, f"the folder {room} has no arrows in tools/lint.py")
    allowed = closure(room)
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        include = re.match(r'#include "([a-z0-9_]+)/', line)
        if include and include.group(1) in ARROWS and include.group(1) not in allowed:
            report(path, number, f"{room} may not use {include.group(1)}")
        for pattern, home, remedy in BANNED:
            if room != home and re.search(pattern, line):
                report(path, number, f"'{re.search(pattern, line).group(0)}': {remedy}")
        if re.search(r"\bsleep(_for|_until)?\(", line) and path.name.endswith("_test.cc"):
            report(path, number, "tests do not sleep")
        if re.search(r"co_await[^;]*\[[=&\w, ]*\]\s*(\(|\{)", line):
            report(path, number, "name the lambda before co_await")
        if len(line) > 120:
            report(path, number, f"{len(line)} columns")
    has_header = path.suffix == ".cc" and path.with_suffix(".h").exists()
    if not (lines and lines[0].startswith("//")) and not has_header and not path.name.endswith(("_test.cc", "_bench.cc", "_fuzz.cc")):
        report(path, 1, "a file opens with what it is")
    if path.suffix == ".h" and "#pragma once" not in text:
        report(path, 1, "#pragma once is missing")
    if path.stem in BANNED_FILES:
        report(path, 1, f"a file called {path.stem} has not found its concept")
    if path.suffix == ".cc":
        is_extra = path.stem.endswith(("_test", "_bench", "_fuzz"))
        build = SRC / room / "CMakeLists.txt"
        name = str(path.relative_to(SRC)).removeprefix(room + "/")
        if not is_extra and (not build.exists() or not re.search(rf"(^|[\s(]){re.escape(name)}($|[\s)])", build.read_text(), re.M)):
            report(path, 1, f"not listed in src/{room}/CMakeLists.txt")
        if room in TESTED and not is_extra and not path.with_name(path.stem + "_test.cc").exists():
            report(path, 1, "has no test beside it")


def function_lengths(path, text):
    """Names and lengths of functions defined at namespace level; good enough for formatted code."""
    start = name = None
    for number, line in enumerate(text.splitlines(), 1):
        if start is None and re.match(r"[A-Za-z~].*[({]$|[A-Za-z~].*\) (const )?(noexcept )?\{$", line) and not line.startswith(("namespace", "struct", "class", "enum", "#", "using", "union", "extern")):
            start, name = number, re.sub(r"\(.*", "", line).split(" ")[-1]
        elif start is not None and line == "}":
            yield name, number - start + 1, start
            start = None
        elif start is not None and re.match(r"(\};|\);|[A-Za-z].*;)$", line):
            start = None


def check_lengths(sources):
    listed = {}
    ratchet = ROOT / "tools/long_functions.txt"
    for line in ratchet.read_text().splitlines() if ratchet.exists() else []:
        if line and not line.startswith("#"):
            where, length = line.rsplit(" ", 1)
            listed[where] = int(length)
    for path, text in sources:
        if path.suffix != ".cc" or path.stem.endswith(("_test", "_bench", "_fuzz")):
            continue
        for name, length, line in function_lengths(path, text):
            allowed = listed.get(f"{path.relative_to(ROOT)} {name}", FUNCTION_LINES_MAX)
            if length > allowed:
                report(path, line, f"{name} has {length} lines, allowed are {allowed}")


def check_document(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        for target in re.findall(r"\]\(([^)#\s]+)", line):
            if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
                report(path, number, f"dead link: {target}")


def tidy(all_files):
    if all_files:
        names = [str(p.relative_to(ROOT)) for p in tracked()]
    else:
        base = subprocess.run(["git", "rev-parse", "--verify", "-q", "HEAD~1"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        names = subprocess.run(["git", "diff", "--name-only", base.stdout.strip() or "HEAD"], cwd=ROOT,
                               stdout=subprocess.PIPE, text=True).stdout.splitlines()
    files = [name for name in names if name.startswith("src/") and name.endswith(".cc") and (ROOT / name).exists()
             and not name.endswith(("_test.cc", "_bench.cc", "_fuzz.cc"))]
    if not files:
        return
    print(f"clang-tidy on {len(files)} files", flush=True)
    done = subprocess.run(["xargs", "-P", "2", "-n", "4", "clang-tidy-19", "-quiet", "-p", "build/release"], cwd=ROOT,
                          input="\n".join(files), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    seen = set()
    for line in done.stdout.splitlines():
        if re.search(r"(error|warning): ", line) and line not in seen:
            seen.add(line)
            findings.append(line.removeprefix(str(ROOT) + "/"))


def main():
    sources = []
    for path in tracked():
        if path.suffix in (".cc", ".h") and path.is_relative_to(SRC):
            text = path.read_text()
            sources.append((path, text))
            check_source(path, text)
        elif path.suffix == ".md":
            check_document(path, path.read_text())
        content = path.read_bytes()
        is_text = b"\0" not in content[:4096]
        if is_text and content and not content.endswith(b"\n") and path.suffix in (".cc", ".h", ".md", ".py", ".txt", ".toml"):
            report(path, 1, "no newline at the end")
        if not is_text and len(content) > BINARY_BYTES_MAX:
            report(path, 1, f"a binary of {len(content)} bytes")
    check_lengths(sources)
    if "--no-tidy" not in sys.argv:
        tidy("--all" in sys.argv)
    for finding in findings:
        print(finding)
    print(f"{len(sources)} sources, {len(findings)} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
