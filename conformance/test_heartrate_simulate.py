"""`heartrate simulate`: packets that decode to the records, intervals that add up, and its pace."""

import collections
import datetime
import json
import signal
import subprocess
import time
import unittest

import harness


def run(*arguments, given=None):
    return subprocess.run([str(harness.BINARY), "heartrate", *arguments], input=given, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)


def records(text):
    return [json.loads(line) for line in text.splitlines()]


def moment(record):
    return datetime.datetime.fromisoformat(record["timestamp"])


class HeartrateSimulate(unittest.TestCase):
    def test_packets_decode_to_the_records(self):
        group = ("--watches", "4", "--dropouts", "--drift", "80", "--duration", "1200")
        wanted = records(run("simulate", *group, "--fields", "all").stdout)
        packets = [line.split(" ") for line in run("simulate", *group, "--as", "packets").stdout.splitlines()]
        decoded = records(run("decode", "--json", "-", given="".join(f"{packet[2]}\n" for packet in packets)).stdout)
        self.assertEqual(len(wanted), len(packets))
        contact = {True: "detected", False: "not-detected"}
        for record, (at, device, packet), said in zip(wanted, packets, decoded, strict=True):
            self.assertEqual((record["timestamp"], record["device_id"]), (at, device))
            self.assertEqual(said, {"hex": packet, "heart_rate": record["heart_rate"], "bits": said["bits"],
                                    "contact": contact[record["contact"]], "energy_kj": record.get("energy_kj"),
                                    "rr_1024": [round(rr * 1.024) for rr in record.get("rr_ms", [])],
                                    "rr_ms": record.get("rr_ms", [])})
        print(f"  {len(wanted)} packets of 4 watches")

    def test_without_dropouts_intervals_add_up_to_the_session_and_count_the_beats(self):
        by_device = collections.defaultdict(list)
        for record in records(run("simulate", "--watches", "5", "--fields", "all").stdout):
            by_device[record["device_id"]].append(record)
        self.assertEqual(len(by_device), 5)
        for beats in by_device.values():
            self.assertEqual([beat["seq"] for beat in beats], list(range(1, len(beats) + 1)))
            passed = (moment(beats[-1]) - moment(beats[0])).total_seconds()
            intervals = [rr / 1000 for beat in beats for rr in beat.get("rr_ms", [])]
            self.assertLessEqual(sum(intervals), passed)
            self.assertGreater(sum(intervals), passed - 1.6)
            mean = sum(beat["heart_rate"] for beat in beats) / len(beats)
            self.assertAlmostEqual(60 * len(intervals) / sum(intervals), mean, delta=mean * 0.01)

    def test_speed_sets_the_pace(self):
        started = time.monotonic()
        done = run("simulate", "--duration", "11", "--speed", "20")
        self.assertEqual(done.returncode, 0)
        self.assertGreater(time.monotonic() - started, 0.45)
        self.assertEqual(done.stdout, run("simulate", "--duration", "11").stdout)

    def test_real_time_begins_now_prints_as_it_goes_and_ends_when_told(self):
        before = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        process = subprocess.Popen([str(harness.BINARY), "heartrate", "simulate", "--real-time"], stdout=subprocess.PIPE,
                                   text=True)
        try:
            first, second = (json.loads(process.stdout.readline()) for _ in range(2))
            now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
            self.assertLess(before - datetime.timedelta(seconds=0.01), moment(first))
            self.assertLess(moment(second), now + datetime.timedelta(seconds=0.01))
            self.assertGreater((moment(second) - moment(first)).total_seconds(), 0.9)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(timeout=5), 130)
        finally:
            process.kill()
            process.stdout.close()


if __name__ == "__main__":
    harness.main()
