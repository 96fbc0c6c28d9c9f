"""One tenant beside another: PutRecord to one stream at a modest rate, alone and while other connections put as much as
they can into another stream of the same server.  The others are a process of their own, on the same cores."""

import base64
import json
import random
import re
import socket
import statistics
import subprocess
import sys
import threading
import time


CONFIG = '[[stream]]\nname = "modest"\nshards = 4\n[[stream]]\nname = "greedy"\nshards = 4\n'
MODEST, RATE = 8, 50  # connections, and requests a second of each
GREEDY = 16           # connections


def request(port, operation, members):
    body = json.dumps(members).encode()
    return (f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Amz-Target: Kinesis_20131202.{operation}\r\n"
            "Content-Type: application/x-amz-json-1.1\r\n"
            "Authorization: AWS4-HMAC-SHA256 Credential=x/20250715/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=x\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def call(connection, message):
    connection.sendall(message)
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(65536)
    head, rest = got.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
    while len(rest) < length:
        rest += connection.recv(65536)
    if head.split()[1] != b"200":
        raise RuntimeError(f"{head.decode()} {rest[:500]!r}")


def side_by_side(count, work):
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def be_greedy(port, seconds):
    """500 records of 1,000 bytes a request, again and again; prints how many requests."""
    message = request(port, "PutRecords", {"StreamName": "greedy", "Records": [
        {"PartitionKey": str(n), "Data": base64.b64encode(b"x" * 1000).decode()} for n in range(500)]})
    done = []

    def work():
        connection, end = socket.create_connection(("127.0.0.1", port)), time.monotonic() + seconds
        while time.monotonic() < end:
            call(connection, message)
            done.append(1)

    side_by_side(GREEDY, work)
    print(len(done))


def be_modest(port, seconds):
    """What each request took, in ms, ascending."""
    message = request(port, "PutRecord", {"StreamName": "modest", "PartitionKey": "k", "Data": base64.b64encode(b"x" * 62).decode()})
    taken = []

    def work():
        connection, end = socket.create_connection(("127.0.0.1", port)), time.monotonic() + seconds
        time.sleep(random.random() / RATE)
        while time.monotonic() < end:
            begun = time.monotonic()
            call(connection, message)
            taken.append(1000 * (time.monotonic() - begun))
            time.sleep(1 / RATE)

    side_by_side(MODEST, work)
    return sorted(taken)


def tenants(smoke, as_json=False):
    import harness  # bench/run.py has put its folder on the path
    from stream import Report

    report, rounds, seconds = Report(), 1 if smoke else 5, 1 if smoke else 6
    alone, beside, greedy = [], [], []
    running = harness.Server(config=CONFIG)
    try:
        running.start()
        for _ in range(rounds):
            alone.append(be_modest(running.port, seconds))
            other = subprocess.Popen([sys.executable, __file__, str(running.port), str(seconds + 1)], stdout=subprocess.PIPE, text=True)
            time.sleep(0.7)
            beside.append(be_modest(running.port, seconds))
            greedy.append(int(other.communicate()[0]) / (seconds + 1))
    finally:
        running.close()
    title = f"PutRecord, {MODEST} connections of {RATE} requests/s, and {GREEDY} others of 500 records of 1,000 bytes a request"
    for name, share in (("median", 0.5), ("99th percentile", 0.99)):
        before, with_others = (statistics.median(one[int(len(one) * share)] for one in runs) for runs in (alone, beside))
        report.add(title, f"{name}, alone", before, "ms")
        report.add(title, f"{name}, beside the others", with_others, "ms", before, 2)
    report.add(title, "put by the others meanwhile", statistics.median(greedy) / 2, "MB/s")
    if as_json:
        print(json.dumps(report.rows, indent=1))
    else:
        report.show()


if __name__ == "__main__":
    be_greedy(int(sys.argv[1]), float(sys.argv[2]))
