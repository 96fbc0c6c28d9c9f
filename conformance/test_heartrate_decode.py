"""`heartrate decode` against packets of real sensors, as a program reads its answer."""

import json
import subprocess
import unittest

import harness

# Without the list of captured packets: one of each kind.
OWN = [
    {"id": "own-rr", "hex": "16485401ec02",
     "expect": {"heart_rate": 72, "bits": 8, "contact": "detected", "energy_kj": None, "rr_1024": [340, 748],
                "rr_ms": [332.03125, 730.46875]}},
    {"id": "own-16-bit", "hex": "0d2c01e803",
     "expect": {"heart_rate": 300, "bits": 16, "contact": "not-detected", "energy_kj": 1000, "rr_1024": [], "rr_ms": []}},
    {"id": "own-odd", "hex": "f03c000401", "warning": "odd-trailing-byte reserved-flag-bits",
     "expect": {"heart_rate": 60, "bits": 8, "contact": "unsupported", "energy_kj": None, "rr_1024": [1024], "rr_ms": [1000.0]}},
    {"id": "own-empty", "hex": "", "error": "empty"},
    {"id": "own-cut", "hex": "0950", "error": "truncated-heart-rate"},
]


def packets():
    data = harness.test_data()
    if data is None:
        print(f"  no recordings here: {len(OWN)} packets of our own stand in")
        return OWN
    return json.loads((data / "ble" / "packets.json").read_text())["packets"]


def decode(*arguments, given=None):
    return subprocess.run([str(harness.BINARY), "heartrate", "decode", *arguments], input=given, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=30)


class HeartrateDecode(unittest.TestCase):
    def check(self, packet, said):
        wanted = {"hex": packet["hex"], **(packet.get("expect") or {})}
        wanted.update({name: packet[name] for name in ("error", "warning") if packet.get(name)})
        self.assertEqual(said, wanted, packet["id"])

    def test_every_packet_by_itself(self):
        for packet in packets():
            done = decode("--json", packet["hex"])
            self.assertEqual(done.returncode, 1 if packet.get("error") else 0, packet["id"])
            self.assertEqual(done.stderr, "")
            self.check(packet, json.loads(done.stdout))

    def test_all_packets_from_standard_input(self):
        listed = [packet for packet in packets() if packet["hex"]]
        done = decode("--json", "-", given="".join(f"{packet['hex']}\n\n" for packet in listed))
        self.assertEqual(done.returncode, 1)
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), len(listed))
        for packet, line in zip(listed, lines):
            self.check(packet, json.loads(line))
        refused = sum(1 for packet in listed if packet.get("error"))
        print(f"  {len(listed)} packets from standard input, {refused} refused")

    def test_a_line_without_end_is_refused_and_the_next_one_read(self):
        done = decode("--json", "-", given="0" * 1_000_000 + "\n0050\n")
        self.assertEqual(done.returncode, 1)
        first, second = map(json.loads, done.stdout.splitlines())
        self.assertEqual(first["error"], "too-long")
        self.assertEqual(second["heart_rate"], 80)


if __name__ == "__main__":
    harness.main()
