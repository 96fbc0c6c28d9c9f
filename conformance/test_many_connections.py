"""Ten thousand idle and a thousand active connections at once, and readers and writers that are slow on purpose."""

import asyncio
import base64
import json
import pathlib
import random
import re
import resource
import time
import unittest

import harness

MB = 1 << 20
ACTIVE = 1_000
SLOW = 100
OBJECT = 32 * MB
MEMORY_MAX = 256  # MiB resident
FILES = 1_000     # that either process has open beside its connections


def raise_limit():
    """How many descriptors this process, and the server that it starts, may open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def put_record(port):
    body = json.dumps({"StreamName": "events", "PartitionKey": "k", "Data": base64.b64encode(b"x" * 62).decode()}).encode()
    return (f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Amz-Target: Kinesis_20131202.PutRecord\r\nContent-Type: application/x-amz-json-1.1\r\n"
            "Authorization: AWS4-HMAC-SHA256 Credential=x/20250715/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=x\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


async def answer(reader):
    """The status of the next answer, which is read to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(re.search(rb"(?i)content-length: (\d+)", head)[1]))
    return int(head.split()[1])


class ManyConnections(unittest.TestCase):
    def setUp(self):
        self.descriptors = raise_limit()
        self.server = harness.Server(config='[[stream]]\nname = "events"\nshards = 4\n[[bucket]]\nname = "landing"\n')
        self.addCleanup(self.server.close)
        self.server.start()
        self.request = put_record(self.server.port)

    def resident(self):
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024

    async def connect(self, count):
        connections = []
        while len(connections) < count:
            connections += await asyncio.gather(*(asyncio.open_connection("127.0.0.1", self.server.port)
                                                  for _ in range(min(200, count - len(connections)))))
        return connections

    async def call(self, connection):
        reader, writer = connection
        writer.write(self.request)
        self.assertEqual(await answer(reader), 200)

    def test_idle_connections_cost_little_and_hold_up_nobody(self):
        asyncio.run(self.idle_and_active())

    def test_slow_readers_and_writers_hold_up_nobody(self):
        asyncio.run(self.slow_and_active())

    async def idle_and_active(self):
        count = min(10_000, self.descriptors * 3 // 4 - ACTIVE - FILES)
        self.assertGreater(count, 0, "ulimit -n is too low for this test")
        print(f"note: {count:,} idle and {ACTIVE:,} active connections", flush=True)
        idle = await self.connect(count)
        for first in range(0, count, 200):  # clients keep connections that they have used
            await asyncio.gather(*(self.call(connection) for connection in idle[first:first + 200]))
        active = await self.connect(ACTIVE)

        async def work(connection):
            for _ in range(5):
                await asyncio.sleep(random.random() / 2)
                await self.call(connection)
        await asyncio.gather(*(work(connection) for connection in active))
        for connection in random.sample(idle, 100):
            await self.call(connection)
        metrics = await asyncio.to_thread(self.server.exchange, "GET", "/_sluice/metrics", {})
        self.assertIn(f"sluice_http_connections {count + ACTIVE + 1}\n", metrics[2])
        self.assertLess(self.resident(), MEMORY_MAX)

    async def slow_and_active(self):
        await asyncio.to_thread(self.server.client("s3").put_object, Bucket="landing", Key="large", Body=bytes(OBJECT))
        readers = await self.connect(SLOW)
        for _, writer in readers:  # they ask, and read what fits into their buffers
            writer.write(f"GET /landing/large HTTP/1.1\r\nHost: 127.0.0.1:{self.server.port}\r\n\r\n".encode())
        writers = await self.connect(SLOW)
        for number, (_, writer) in enumerate(writers):
            writer.write(f"PUT /landing/slow{number} HTTP/1.1\r\nHost: 127.0.0.1:{self.server.port}\r\nContent-Length: {MB}\r\n\r\n".encode())
        active = await self.connect(50)
        begun = time.monotonic()
        for sent in range(10):
            for _, writer in writers:
                writer.write(bytes(1_000))
            await asyncio.gather(*(self.call(connection) for connection in active))
            await asyncio.sleep(0.1)
        self.assertLess(time.monotonic() - begun, 20)
        self.assertLess(self.resident(), MEMORY_MAX)
        reader, _ = readers[0]
        head = await reader.readuntil(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 200"), head)
        self.assertEqual(len(await reader.readexactly(OBJECT)), OBJECT)


if __name__ == "__main__":
    harness.main()
