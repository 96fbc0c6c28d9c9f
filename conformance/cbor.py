"""A small CBOR codec (RFC 8949) for tests, written against the specification and not against the server."""

import struct


class Tagged:
    def __init__(self, tag, value):
        self.tag, self.value = tag, value

    def __eq__(self, other):
        return isinstance(other, Tagged) and (self.tag, self.value) == (other.tag, other.value)

    def __repr__(self):
        return f"Tagged({self.tag}, {self.value!r})"


def head(major, argument):
    if argument < 24:
        return bytes([major << 5 | argument])
    for info, form, bound in ((24, ">B", 1 << 8), (25, ">H", 1 << 16), (26, ">I", 1 << 32), (27, ">Q", 1 << 64)):
        if argument < bound:
            return bytes([major << 5 | info]) + struct.pack(form, argument)
    raise OverflowError(argument)


def dumps(value, indefinite=True):
    """Maps and arrays of indefinite length, as the Java SDK sends them, or of a given one."""
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, Tagged):
        return head(6, value.tag) + dumps(value.value, indefinite)
    major, items = (4, value) if isinstance(value, list) else (5, [part for pair in value.items() for part in pair])
    body = b"".join(dumps(item, indefinite) for item in items)
    return bytes([major << 5 | 31]) + body + b"\xff" if indefinite else head(major, len(value)) + body


def loads(data):
    value, end = _read(data, 0)
    assert end == len(data), f"{len(data) - end} bytes behind the value"
    return value


def _read(data, at):
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        if info in (20, 21, 22):
            return {20: False, 21: True, 22: None}[info], at
        form, size = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}[info]
        return struct.unpack_from(form, data, at)[0], at + size
    if info == 31:
        items = []
        while data[at] != 0xFF:
            item, at = _read(data, at)
            items.append(item)
        at += 1
        if major in (2, 3):
            return (b"" if major == 2 else "").join(items), at
        return (items if major == 4 else dict(zip(items[::2], items[1::2]))), at
    argument = info
    if info >= 24:
        size = 1 << (info - 24)
        argument = int.from_bytes(data[at:at + size], "big")
        at += size
    if major == 0:
        return argument, at
    if major == 1:
        return -1 - argument, at
    if major in (2, 3):
        text = data[at:at + argument]
        return (text if major == 2 else text.decode()), at + argument
    if major == 6:
        value, at = _read(data, at)
        return Tagged(argument, value), at
    items = []
    for _ in range(argument * (2 if major == 5 else 1)):
        item, at = _read(data, at)
        items.append(item)
    return (items if major == 4 else dict(zip(items[::2], items[1::2]))), at
