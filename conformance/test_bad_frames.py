"""Broken and hostile HTTP/2, frame by frame, beside a good client: told so or closed, and nobody else is touched."""

import os
import struct
import threading
import time
import unittest

import harness
import raw

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, ACK = 1, 4, 1
PROTOCOL_ERROR, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, COMPRESSION_ERROR, ENHANCE_YOUR_CALM = 1, 3, 6, 9, 11


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def field(name, value):
    """A literal header field that no table remembers (RFC 7541, 6.2.2)."""
    part = lambda text: bytes([len(text)]) + text.encode() if len(text) < 127 else b"\x7f" + bytes([len(text) - 127]) + text.encode()
    return b"\x00" + part(name) + part(value)


def call(stream, operation="ListStreams", length=2, flags=END_HEADERS, extra=()):
    fields = {":method": "POST", ":scheme": "http", ":path": "/", ":authority": "127.0.0.1", "content-type": raw.JSON,
              "x-amz-target": raw.TARGET + operation, "content-length": str(length)}
    block = b"".join(field(*pair) for pair in fields.items()) + b"".join(field(*pair) for pair in extra)
    return frame(HEADERS, flags, stream, block)


def good(stream):
    return call(stream) + frame(DATA, END_STREAM, stream, b"{}")


class Session(raw.Connection):
    def __init__(self, server):
        super().__init__(server)
        self.send(PREFACE + frame(SETTINGS))

    def frame(self):
        head = self.take(9)
        return head[3], head[4], struct.unpack(">I", head[5:])[0], self.take(int.from_bytes(head[:3], "big"))

    def until(self, *kinds, stream=None):
        while True:
            kind, flags, on, payload = self.frame()
            if kind in kinds and stream in (None, on):
                return kind, flags, payload

    def outcome(self):
        """The error code of the GOAWAY or reset that ends it; None when it is closed without a word."""
        try:
            kind, _, payload = self.until(GOAWAY, RST_STREAM)
        except (raw.Closed, ConnectionError):
            return None
        return struct.unpack(">I", payload[4:8] if kind == GOAWAY else payload)[0]

    def serve(self, stream):
        self.send(good(stream))
        self.until(HEADERS, stream=stream)
        return self.until(DATA, stream=stream)[2]


class BadFrames(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(config='[[stream]]\nname = "s"\n').start()
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        self.enterContext(raw.good_client_beside(self, self.server, "s"))
        self.opened = []

    def tearDown(self):
        for session in self.opened:
            session.close()

    def session(self):
        self.opened.append(Session(self.server))
        return self.opened[-1]

    def test_a_good_session_is_served(self):
        session = self.session()
        for stream in (1, 3, 5):
            self.assertIn(b'"StreamNames":["s"]', session.serve(stream))

    def test_a_broken_protocol_ends_the_session(self):
        for name, data, codes in (
                ("data on stream 0", frame(DATA, 0, 0, b"x"), {PROTOCOL_ERROR}),
                ("headers on stream 0", frame(HEADERS, END_HEADERS, 0, field(":method", "GET")), {PROTOCOL_ERROR}),
                ("headers on an even stream", call(2), {PROTOCOL_ERROR}),
                ("data on an idle stream", frame(DATA, 0, 7, b"x"), {PROTOCOL_ERROR}),
                ("a reset of an idle stream", frame(RST_STREAM, 0, 7, bytes(4)), {PROTOCOL_ERROR}),
                ("a broken header block", frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff"), {COMPRESSION_ERROR, PROTOCOL_ERROR}),
                ("an index beyond the table", frame(HEADERS, END_HEADERS, 1, b"\xc8"), {COMPRESSION_ERROR}),
                ("a continuation of nothing", frame(CONTINUATION, END_HEADERS, 1, b""), {PROTOCOL_ERROR}),
                ("a head broken off by a ping", call(1, flags=0) + frame(PING, 0, 0, bytes(8)), {PROTOCOL_ERROR}),
                ("a promise from a client", frame(PUSH_PROMISE, END_HEADERS, 1, bytes(4)), {PROTOCOL_ERROR}),
                ("settings of a wrong size", frame(SETTINGS, 0, 0, b"12345"), {FRAME_SIZE_ERROR}),
                ("an acknowledgement with settings", frame(SETTINGS, ACK, 0, bytes(6)), {FRAME_SIZE_ERROR}),
                ("settings on a stream", frame(SETTINGS, 0, 1), {PROTOCOL_ERROR}),
                ("a window beyond all bounds", frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 1 << 31)), {FLOW_CONTROL_ERROR}),
                ("a frame size out of range", frame(SETTINGS, 0, 0, struct.pack(">HI", 5, 1)), {PROTOCOL_ERROR}),
                ("a ping of a wrong size", frame(PING, 0, 0, b"123"), {FRAME_SIZE_ERROR}),
                ("a window update of nothing", frame(WINDOW_UPDATE, 0, 0, bytes(4)), {PROTOCOL_ERROR}),
                ("a window update of nothing on a stream", call(1) + frame(WINDOW_UPDATE, 0, 1, bytes(4)), {PROTOCOL_ERROR}),
                ("a window that overflows", frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0x7FFFFFFF)) * 2, {FLOW_CONTROL_ERROR}),
                ("a frame over the size told", frame(DATA, 0, 1, bytes(70_000)), {FRAME_SIZE_ERROR, PROTOCOL_ERROR}),
                ("padding longer than its frame", call(1) + frame(DATA, 8, 1, b"\xffx"), {PROTOCOL_ERROR}),
                ("no settings but rubbish", os.urandom(400), set(range(1, 14)))):
            with self.subTest(name=name):
                self.assertIn(self.session().send(data).outcome(), codes | {None})

    def test_the_preface_must_be_whole(self):
        connection = raw.Connection(self.server).send(PREFACE + frame(PING, 0, 0, bytes(8)))
        self.opened.append(connection)
        try:
            while True:
                connection.more()
        except raw.Closed:
            pass
        for end in range(1, len(PREFACE)):
            connection = raw.Connection(self.server).send(PREFACE[:end])
            connection.close()

    def test_frames_of_streams_that_are_over_are_ignored(self):
        session = self.session().send(good(5) + call(3) + frame(RST_STREAM, 0, 1, bytes(4)) + frame(WINDOW_UPDATE, 0, 5, struct.pack(">I", 9)))
        self.assertIn(b"StreamNames", session.serve(7))

    def test_a_broken_request_ends_alone(self):
        cases = [
            ("an upper-case name", call(1, extra=[("X-Upper", "a")])),
            ("no path", frame(HEADERS, END_HEADERS | END_STREAM, 1, field(":method", "GET") + field(":scheme", "http"))),
            ("a pseudo-header behind the others", call(1, extra=[(":path", "/")])),
            ("a field of the connection", call(1, extra=[("connection", "close")])),
            ("a body shorter than it was said", call(1, length=5) + frame(DATA, END_STREAM, 1, b"{}")),
            ("a body longer than it was said", call(1, length=1) + frame(DATA, END_STREAM, 1, b"{}")),
            ("data behind the end", good(1) + frame(DATA, 0, 1, b"x")),
            ("a body over the bound", call(1, length=17 << 20)),
        ]
        for name, data in cases:
            with self.subTest(name=name):
                session = self.session().send(data)
                try:
                    self.assertIn(b"StreamNames", session.serve(3))
                except raw.Closed:
                    self.assertIn(name, ("data behind the end",), "the whole session was ended")

    def test_floods_are_sent_away(self):
        for name, data in (
                ("requests taken back", b"".join(call(2 * i + 1) + frame(RST_STREAM, 0, 2 * i + 1, bytes(4)) for i in range(5000))),
                ("pings", frame(PING, 0, 0, bytes(8)) * 50_000),
                ("settings", frame(SETTINGS) * 50_000),
                ("empty data", call(1) + frame(DATA, 0, 1) * 50_000),
                ("a head that never ends", call(1, flags=0) + frame(CONTINUATION, 0, 1, field("x-a", "b" * 100)) * 5000)):
            with self.subTest(name=name):
                session = self.session()

                def flood():
                    try:
                        session.send(data)
                    except OSError:
                        pass  # it was cut

                sender = threading.Thread(target=flood)
                sender.start()
                self.assertIn(session.outcome(), (ENHANCE_YOUR_CALM, PROTOCOL_ERROR, None))
                session.close()
                sender.join()

    def test_streams_that_drip_or_stand_still_are_cut_and_their_session_serves_on(self):
        session = self.session().send(call(1, length=1000) + frame(DATA, 0, 1, b"{"))
        begun = time.monotonic()
        stream = 3
        while True:
            session.send(good(stream))
            kind, _, on, payload = session.frame()
            while (kind, on) != (DATA, stream) and not (kind in (RST_STREAM, HEADERS) and on == 1):
                kind, _, on, payload = session.frame()
            if on == 1:
                break
            stream += 2
            time.sleep(0.2)
            self.assertLess(time.monotonic() - begun, 40)
        self.assertGreater(stream, 20)

    def test_sessions_that_come_and_go_as_those_of_the_sdk_for_javascript(self):
        before = raw.descriptors(self.server)
        for number in range(1000):
            session = Session(self.server)
            if number % 2:
                session.send(good(1))
                session.until(DATA, stream=1)
            elif number % 4 == 0:
                session.send(good(1)[:number % 60])
            session.close()
        harness.wait_for("the descriptors", lambda: raw.descriptors(self.server) <= before)


if __name__ == "__main__":
    harness.main()
