"""Bytes on a socket, for clients that no library would be: connections, answers, and a good client beside them."""

import collections
import contextlib
import json
import os
import socket
import threading
import time

import harness

TARGET = "Kinesis_20131202."
JSON = "application/x-amz-json-1.1"


def request(operation, body, *more, method="POST", version="HTTP/1.1", length=None, kind=JSON, host="127.0.0.1"):
    """The bytes of a call.  `more` are header lines; `length` is told in the place of the body's."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"{method} / {version}", f"X-Amz-Target: {TARGET}{operation}", *more]
    lines += [f"Host: {host}"] if host else []
    lines += [f"Content-Type: {kind}"] if kind else []
    lines += [f"Content-Length: {len(body) if length is None else length}"] if length != "" else []
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Closed(Exception):
    """The server has closed the connection."""


class Connection:
    """A connection to the server; reads one answer at a time."""

    def __init__(self, server, timeout=30):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout)
        self.rest = b""

    def send(self, data):
        self.socket.sendall(data)
        return self

    def more(self):
        try:
            received = self.socket.recv(1 << 16)
        except (ConnectionResetError, BrokenPipeError):
            received = b""
        if not received:
            raise Closed(self.rest)
        self.rest += received

    def take(self, count):
        while len(self.rest) < count:
            self.more()
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def answer(self):
        """Status, headers in lower case, and the body as JSON where it is JSON."""
        while b"\r\n\r\n" not in self.rest:
            self.more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = self.take(int(headers.get("content-length", "0")))
        if headers.get("content-type", "").startswith("application/x-amz-json") and body:
            body = json.loads(body)
        return int(first.split()[1]), headers, body

    def error(self):
        """Status and type of an answer that is an error."""
        status, _, body = self.answer()
        return status, body.get("__type") if isinstance(body, dict) else body

    def is_closed(self, patience=30):
        """Whether the server closes it, saying nothing more."""
        self.socket.settimeout(patience)
        try:
            self.more()
        except Closed as closed:
            return not closed.args[0]
        except TimeoutError:
            return False
        return False

    def close(self):
        self.socket.close()


def descriptors(server):
    """What the server has open, by kind or path: one thing that it closes must not hide another that it leaves open."""
    open_now = collections.Counter()
    for entry in os.scandir(f"/proc/{server.process.pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            open_now[os.readlink(entry.path).split(":")[0]] += 1
    return open_now


@contextlib.contextmanager
def good_client_beside(case, server, stream):
    """A client that puts records all the while; every one must be answered, and soon.  Afterwards the server must have no
    more descriptors open than before."""
    client = server.client("kinesis", attempts=1)
    put = lambda: client.put_record(StreamName=stream, Data=b"good", PartitionKey="k")
    put()
    before = descriptors(server)
    stop, failures, delays = threading.Event(), [], []

    def work():
        while not stop.is_set():
            begun = time.monotonic()
            try:
                put()
            except Exception as error:  # whatever it is, it is the finding
                failures.append(error)
            delays.append(time.monotonic() - begun)
            time.sleep(0.005)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()
    case.assertEqual(failures, [])
    case.assertGreater(len(delays), 0)
    case.assertLess(max(delays), 10)
    harness.wait_for(f"no more descriptors than before, {before}", lambda: descriptors(server) <= before)
