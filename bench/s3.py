"""The local bucket as an S3, beside what else moves a file, in the same run.

  GET      an object of 1 GiB by curl, beside nginx that serves the same file, where it is installed (Debian's nginx-light;
           ./dev setup leaves it out, because installing it starts a server on port 80)
  PUT      the same by curl, beside `dd` with an fsync at the end
  client   a file of 64 MiB put again and again into a server that only takes it, by what delivers into other S3s, beside curl
  listing  a bucket of a million keys, page by page: the last tenth beside the first

Objects that were put are compared with an XXH3 while they are read; those that were delivered with their SHA-256 the first time.
"""

import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

if __name__ != "__main__":
    import harness  # bench/run.py has put its folder on the path

    from convert import MIB
    from stream import Report, call, in_turns

BUCKET = "landing"
NGINX = """
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


def timed(command, size):
    """A work for in_turns(): how fast a command moves so many bytes."""
    def work():
        begun = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return {"rate": size / (time.monotonic() - begun) / MIB}
    return work


class Nginx:
    """Serves the folder `www` in `folder`."""

    def __init__(self, folder, port):
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
        self.process = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                http.client.HTTPConnection("127.0.0.1", port, timeout=1).request("GET", "/")
                return
            except OSError as error:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError(f"nginx does not answer: {error}") from error
                time.sleep(0.05)

    def close(self):
        self.process.terminate()
        self.process.wait()


def free_port():
    with http.client.socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def up_and_down(report, folder, size, rounds):
    source = folder / "source"
    with source.open("wb") as out:
        for _ in range(size // MIB):
            out.write(os.urandom(MIB))
    running = harness.Server(config=f'[[bucket]]\nname = "{BUCKET}"\n', data_directory=folder / "data")
    (folder / "www").mkdir()
    folder.chmod(0o755)
    nginx = None
    try:
        running.start()
        url = f"{running.endpoint}/{BUCKET}/object"
        up = in_turns(rounds, {"put": timed(["curl", "-sSf", "-H", "Expect:", "-T", source, url], size),
                               "dd": timed(["dd", f"if={source}", f"of={folder}/copy", "bs=1M", "conv=fsync"], size)})
        port = free_port()
        os.link(source, folder / "www/object")
        (folder / "www/object").chmod(0o644)
        works = {"get": timed(["curl", "-sSf", "-o", "/dev/null", url], size)}
        if shutil.which("nginx"):
            nginx = Nginx(folder, port)
            works["nginx"] = timed(["curl", "-sSf", "-o", "/dev/null", f"http://127.0.0.1:{port}/object"], size)
        else:
            print("nginx is not installed: GET is measured without it")
        first = timed(["curl", "-sSf", "-o", "/dev/null", url], size)()
        down = in_turns(rounds, works)
    finally:
        if nginx is not None:
            nginx.close()
        running.close()
    title = f"An object of {size // MIB:,} MiB, by curl over loopback"
    beside = down["nginx"]["rate"] if nginx else None
    if nginx:
        report.add(title, "nginx, the same file", beside, "MiB/s")
    report.add(title, "GetObject", down["get"]["rate"], "MiB/s", beside, 0.6)
    report.add(title, "the first GetObject", first["rate"], "MiB/s", beside)
    report.add(title, "dd with fsync", up["dd"]["rate"], "MiB/s")
    report.add(title, "PutObject", up["put"]["rate"], "MiB/s", up["dd"]["rate"], 0.6)


def listing(report, folder, keys):
    running = harness.Server(config=f'[[bucket]]\nname = "{BUCKET}"\n', data_directory=folder / "listed")
    try:
        running.start()
        tree = running.bucket(BUCKET)
        for number in range(keys):
            if number % 1_000 == 0:
                (tree / f"{number // 1_000:04d}").mkdir()
            os.close(os.open(tree / f"{number // 1_000:04d}/{number % 1_000:03d}", os.O_CREAT | os.O_WRONLY))
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=600)
        token, times, found = "", [], 0
        while token is not None:
            begun = time.monotonic()
            connection.request("GET", f"/{BUCKET}?list-type=2" + (f"&continuation-token={urllib.parse.quote(token, safe='')}" if token else ""))
            page = connection.getresponse().read().decode()
            times.append(time.monotonic() - begun)
            found += page.count("<Key>")
            more = re.search("<NextContinuationToken>(.*?)</NextContinuationToken>", page)
            token = more[1] if more else None
    finally:
        running.close()
    if found != keys:
        raise RuntimeError(f"{found:,} of {keys:,} keys were listed")
    tenth = max(1, (len(times) - 1) // 10)
    early, late = sum(times[1:1 + tenth]) / tenth, sum(times[-tenth:]) / tenth
    title = f"A bucket of {keys:,} keys that nobody has told of, listed page by page"
    report.add(title, "the first page, for which all folders are read", times[0], "s")
    report.add(title, "pages of the first tenth", 1_000 / early, "keys/s")
    report.add(title, "pages of the last tenth", 1_000 / late, "keys/s", 1_000 / early, 0.9)


class Taker:
    """A server that takes what is put and keeps nothing: this script in a process of its own."""

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True)
        self.endpoint = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def close(self):
        self.process.kill()
        self.process.wait()


def take(connection):
    """Answers requests until there are no more."""
    buffer, got = bytearray(1 << 20), b""
    while True:
        while b"\r\n\r\n" not in got:
            more = connection.recv(65536)
            if not more:
                return
            got += more
        head, got = got.split(b"\r\n\r\n", 1)
        if b"100-continue" in head.lower():
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        left = int(re.search(rb"(?i)content-length: *(\d+)", head)[1]) - len(got)
        while left > 0:
            left -= connection.recv_into(buffer, min(left, len(buffer)))
        got = b""
        connection.sendall(b'HTTP/1.1 200 OK\r\nETag: "0"\r\nContent-Length: 0\r\n\r\n')


def be_taker():
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=take, args=(listener.accept()[0],), daemon=True).start()


def client(report, folder, size, times, rounds):
    path, taker = folder / "sent", Taker()
    path.write_bytes(os.urandom(size))
    urls = [word for _ in range(times) for word in ("-T", path, f"{taker.endpoint}/bucket/key")]

    def by_us():
        return {"rate": times * size / call("s3-put", taker.endpoint, path, times, "whole")["seconds"] / MIB}

    try:
        taken = in_turns(rounds, {"curl": timed(["curl", "-sSf", *urls], times * size), "us": by_us})
    finally:
        taker.close()
    title = f"A file of {size // MIB:,} MiB put {times} times into a server that only takes it"
    report.add(title, "curl", taken["curl"]["rate"], "MiB/s")
    report.add(title, "as deliveries put it", taken["us"]["rate"], "MiB/s", taken["curl"]["rate"], 0.8)


def s3(smoke, as_json=False):
    report = Report()
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as name:
        folder = pathlib.Path(name)
        up_and_down(report, folder, (8 if smoke else 1024) * MIB, 1 if smoke else 5)
        client(report, folder, (1 if smoke else 64) * MIB, 2 if smoke else 32, 1 if smoke else 5)
        listing(report, folder, 3_000 if smoke else 1_000_000)
    if as_json:
        print(json.dumps(report.rows, indent=1))
    else:
        report.show()


if __name__ == "__main__":
    be_taker()
