"""Clients that are broken, slow or hostile, one at a time beside a good one, on HTTP/1.1.

The bad client gets the answer that belongs to it or is closed; the good one is served all the while; no descriptor is
left behind.  What the parser refuses byte by byte is in its unit tests; here is what a connection makes of it.
"""

import json
import random
import socket
import struct
import threading
import time
import unittest

import cbor
import harness
import raw

GOOD = raw.request("ListStreams", {})
PUT = raw.request("PutRecord", {"StreamName": "s", "Data": "eA==", "PartitionKey": "k"})


class BadClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(config='[[stream]]\nname = "s"\n').start()
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        self.enterContext(raw.good_client_beside(self, self.server, "s"))
        self.opened = []

    def tearDown(self):
        for connection in self.opened:
            connection.close()

    def connection(self):
        self.opened.append(raw.Connection(self.server))
        return self.opened[-1]

    def test_a_request_that_ends_in_the_middle(self):
        for end in list(range(0, len(PUT), 7)) + [len(PUT) - 1]:
            connection = self.connection().send(PUT[:end])
            if end % 2:
                connection.close()
                continue
            connection.socket.shutdown(socket.SHUT_WR)
            try:
                status, _, _ = connection.answer()
                self.assertGreaterEqual(status, 400, end)
            except raw.Closed as closed:
                self.assertEqual(closed.args[0], b"", end)
            connection.close()

    def test_a_client_that_has_said_all_and_closed_its_side_is_answered(self):
        connection = self.connection().send(PUT + GOOD)
        connection.socket.shutdown(socket.SHUT_WR)
        self.assertEqual([connection.answer()[0] for _ in range(2)], [200, 200])
        self.assertTrue(connection.is_closed())

    def test_heads_that_can_be_read_in_two_ways_are_refused_and_closed(self):
        body = b'{"StreamName":"s"}'
        for name, data in (
                ("two lengths", raw.request("DescribeStream", body, "Content-Length: 3")),
                ("length and chunks", raw.request("DescribeStream", body, "Transfer-Encoding: chunked")),
                ("a length of no digits", raw.request("DescribeStream", body, length="1x")),
                ("a negative length", raw.request("DescribeStream", body, length="-1")),
                ("a length beyond 64 bits", raw.request("DescribeStream", body, length="9" * 30)),
                ("bare line feeds", GOOD.replace(b"\r\n", b"\n")),
                ("a folded line", raw.request("ListStreams", {}, "X-Folded: a\r\n b")),
                ("a null", raw.request("ListStreams", {}, "X-Null: a\0b")),
                ("a blank before the colon", raw.request("ListStreams", {}, "X-Blank : a")),
                ("two hosts", raw.request("ListStreams", {}, "Host: localhost")),
                ("an unknown coding", raw.request("ListStreams", {}, "Transfer-Encoding: gzip", length="")),
                ("an unknown version", raw.request("ListStreams", {}, version="HTTP/3.0")),
                ("chunks without a size", raw.request("ListStreams", b"{}\r\n", "Transfer-Encoding: chunked", length="")),
                ("a chunk longer than its size", raw.request("ListStreams", b"1\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked", length=""))):
            with self.subTest(name=name):
                connection = self.connection().send(data + GOOD)
                status, _, _ = connection.answer()
                self.assertIn(status, (400, 501, 505))
                self.assertTrue(connection.is_closed())

    def test_no_http_at_all(self):
        dice = random.Random(7)
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), b"\r\n\r\n\r\n\r\n", b"GET\r\n\r\n", b"\0" * 100,
                     b"PRI * HTTP/2.0\r\n\r\nXX", dice.randbytes(5000), b"SSH-2.0-OpenSSH_9.2\r\n", b"*1\r\n$4\r\nPING\r\n"):
            with self.subTest(data=data[:20]):
                connection = self.connection().send(data)
                connection.socket.shutdown(socket.SHUT_WR)
                try:
                    self.assertGreaterEqual(connection.answer()[0], 400)
                except raw.Closed:
                    pass
        connection = self.connection().send(raw.request("ListStreams", {}, "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings",
                                                        "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"))
        self.assertEqual(connection.answer()[0], 200)

    def test_heads_and_bodies_over_their_bounds(self):
        connection = self.connection()
        connection.send(b"POST / HTTP/1.1\r\nX-Long: " + b"x" * (70 << 10))
        self.assertEqual(connection.answer()[0], 431)
        self.assertTrue(connection.is_closed())
        connection = self.connection().send(raw.request("ListStreams", b"", length=17 << 20))
        self.assertEqual(connection.error(), (413, "RequestEntityTooLargeException"))
        connection = self.connection().send(raw.request("ListStreams", b"", "Transfer-Encoding: chunked", length=""))
        refused = False
        try:
            for _ in range(40):
                connection.send(b"80000\r\n" + b" " * (512 << 10) + b"\r\n")
        except OSError:
            refused = True
        try:
            self.assertEqual(connection.error(), (413, "RequestEntityTooLargeException"))
        except raw.Closed:
            self.assertTrue(refused)

    def test_bodies_that_are_no_json_objects_keep_the_connection(self):
        connection = self.connection()
        for body in (b"", b"{", b"[]", b"null", b"5", b'"x"', b"{}{}", b"{} x", b"{'a':1}", b'{"a":1,}', b'{"a":NaN}', b'{"a":01}',
                     b'{"StreamName":"\xff"}', b'{"StreamName":"\\ud800"}', b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", b"\xef\xbb\xbf",
                     b'{"a"', b'{"a":tru}', b"\0" * 50, b'{"Limit":1e999}', b'{"Limit":"1"}', b'{"Limit":true}', b'{"Limit":{}}'):
            with self.subTest(body=body[:20]):
                status, _, told = connection.send(raw.request("ListStreams", body)).answer()
                self.assertIn((status, told.get("__type")), ((400, "SerializationException"), (400, "ValidationException"), (200, None)))
                if body[:1] != b"{" or b":" not in body:
                    self.assertEqual(told["__type"], "SerializationException")
        self.assertEqual(connection.send(GOOD).answer()[0], 200)

    def test_cbor_that_breaks_off_or_has_flipped_bits_is_never_a_failure_of_the_server(self):
        whole = cbor.dumps({"StreamName": "s", "Records": [{"Data": b"\x00\xff" * 20, "PartitionKey": "k", "ExplicitHashKey": "5"}]})
        connection = self.connection()
        send = lambda body: connection.send(raw.request("PutRecords", body, kind="application/x-amz-cbor-1.1")).answer()
        self.assertEqual(send(whole)[0], 200)
        for end in range(len(whole)):
            status, _, body = send(whole[:end])
            self.assertEqual(status, 400, end)
            told = body if isinstance(body, dict) else cbor.loads(body)
            self.assertEqual(told["__type"], "SerializationException", end)
        for at in range(len(whole)):
            for bit in (0x01, 0x20, 0x80):
                broken = bytearray(whole)
                broken[at] ^= bit
                self.assertIn(send(bytes(broken))[0], (200, 400), (at, bit))
        for body in (b"\x5b" + b"\xff" * 8, b"\xbb" + b"\xff" * 8, b"\x9b" + b"\xff" * 8, b"\xa1\x61a" + b"\xc1" * 5000 + b"\x00",
                     b"\xbf\x9f" * 3000, b"\xa1\x01\x01", b"\xfc", b"\x7f\x41a\xff"):
            self.assertEqual(send(body)[0], 400, body[:10])
        self.assertEqual(send(whole)[0], 200)

    def test_pipelined_requests_are_answered_in_order(self):
        connection = self.connection()
        kinds = [random.Random(3).randrange(4) for _ in range(300)]
        requests = [PUT, GOOD, raw.request("DescribeStream", {"StreamName": "none"}), raw.request("ListStreams", b"[]")]
        expected = [(200, "SequenceNumber"), (200, "StreamNames"), (400, "message"), (400, "__type")]
        sender = threading.Thread(target=connection.send, args=(b"".join(requests[kind] for kind in kinds),))
        sender.start()
        for kind in kinds:
            status, _, body = connection.answer()
            self.assertEqual(status, expected[kind][0])
            self.assertIn(expected[kind][1], body)
        sender.join()

    def test_requests_that_arrive_interleaved_in_small_pieces_are_kept_apart(self):
        connections = [self.connection() for _ in range(40)]
        wanted = [raw.request("PutRecord", {"StreamName": "s", "Data": "eHh4" * number, "PartitionKey": str(number)})
                  for number in range(1, len(connections) + 1)]
        for at in range(0, max(map(len, wanted)), 11):
            for connection, data in zip(connections, wanted):
                connection.send(data[at:at + 11])
        numbers = set()
        for connection in connections:
            status, _, body = connection.answer()
            self.assertEqual(status, 200)
            numbers.add(body["SequenceNumber"])
        self.assertEqual(len(numbers), len(connections))

    def test_heads_and_bodies_that_drip_are_cut(self):
        stop = threading.Event()
        dripping = [(b"", GOOD[:-2])] * 20 + [(PUT[:PUT.index(b"\r\n\r\n") + 4], b'{"StreamName":' + b" " * 200)] * 20
        connections = [self.connection().send(first) for first, _ in dripping]

        def drip():
            at = 0
            while not stop.is_set():
                for connection, (_, rest) in zip(connections, dripping):
                    try:
                        connection.send(rest[at:at + 1])
                    except OSError:
                        pass  # it was cut
                at += 1
                time.sleep(0.4)

        dripper = threading.Thread(target=drip)
        dripper.start()
        begun = time.monotonic()
        try:
            for connection in connections:
                try:
                    self.assertEqual(connection.answer()[0], 408)
                except raw.Closed:
                    pass
                self.assertLess(time.monotonic() - begun, 40)
        finally:
            stop.set()
            dripper.join()

    def test_expectations(self):
        body = json.dumps({"StreamName": "s", "Data": "eHh4" * 100_000, "PartitionKey": "k"}).encode()
        head = raw.request("PutRecord", b"", "Expect: 100-continue", length=len(body))
        for waits in (True, False):
            connection = self.connection()
            for _ in range(3):
                connection.send(head)
                if waits:
                    self.assertEqual(connection.answer()[0], 100)
                connection.send(body)
                status = connection.answer()[0]
                self.assertEqual(connection.answer()[0] if status == 100 else status, 200)
        connection = self.connection().send(raw.request("PutRecord", b"", "Expect: 100-continue", length=17 << 20))
        self.assertEqual(connection.error(), (413, "RequestEntityTooLargeException"))
        connection = self.connection().send(raw.request("ListStreams", b"", "Expect: 100-continue", length=2))
        self.assertEqual(connection.answer()[0], 100)
        connection.close()  # and never sends it
        connection = self.connection().send(raw.request("ListStreams", {}, "Expect: the-unexpected"))
        self.assertIn(connection.answer()[0], (200, 417))

    def test_connections_that_come_and_go(self):
        before = raw.descriptors(self.server)
        for number in range(2000):
            connection = raw.Connection(self.server)
            if number % 4 == 0:
                self.assertEqual(connection.send(GOOD).answer()[0], 200)
            elif number % 4 == 1:
                connection.send(PUT[:number % len(PUT)])
            elif number % 4 == 2:  # a reset in the place of a farewell
                connection.send(PUT)
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        harness.wait_for("the descriptors", lambda: raw.descriptors(self.server) <= before)

    def test_a_client_that_does_not_read_holds_up_nobody(self):
        client = self.server.client("kinesis")
        for _ in range(8):
            client.put_record(StreamName="s", Data=b"x" * 1_000_000, PartitionKey="k")
        iterator = client.get_shard_iterator(StreamName="s", ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        ask = raw.request("GetRecords", {"ShardIterator": iterator})
        for _ in range(5):
            self.connection().send(ask * 4)
        time.sleep(1)
        connection = self.connection().send(ask)
        self.assertEqual(connection.answer()[0], 200)

    def test_one_address_with_many_idle_connections(self):
        for _ in range(500):
            self.connection()
        for connection in self.opened[::50]:
            self.assertEqual(connection.send(GOOD).answer()[0], 200)


if __name__ == "__main__":
    harness.main()
