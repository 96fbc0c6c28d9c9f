"""The figures of every recording, computed here a second time, and its exports read back by programs of others."""

import datetime
import json
import math
import pathlib
import re
import statistics
import subprocess
import tempfile
import unittest

import harness

# One session whatever pauses it has.
ALL_OF_IT = ["--gap", "1e9"]

# How far apart stamps and intervals may lie before intervals count as missing.
SLACK_S = 3


def sluice(*arguments, code=0):
    done = subprocess.run([str(harness.BINARY), "heartrate", *map(str, arguments)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode != code:
        raise AssertionError(f"{arguments} exited with {done.returncode}: {done.stderr}")
    return done


def simulated(folder):
    """Sessions of the simulated watch, half of them with intervals, where there is no sample data."""
    for seed in range(1, 5):
        path = pathlib.Path(folder) / f"simulated-{seed}.ndjson"
        lines = sluice("simulate", "--seed", seed, "--duration", 900).stdout.splitlines(keepends=True)
        if seed % 2 == 0:
            records = [json.loads(line) for line in lines]
            for number, record in enumerate(records):
                if record["heart_rate"]:
                    record["rr_ms"] = [round(60000 / record["heart_rate"] * 1.024) / 1.024 + number % 7]
            lines = [json.dumps(record) + "\n" for record in records]
        path.write_text("".join(lines))
        yield path


def recordings(folder):
    """Paths of all recordings, seed form and rich form."""
    data = harness.test_data()
    return sorted(data.glob("heart-rate/*.ndjson")) if data else sorted(simulated(folder))


def records_of(path):
    """The records as the program must see them: time, rate and intervals, in order of time."""
    out = []
    for line in path.read_text().splitlines():
        record = json.loads(line)
        out.append((datetime.datetime.fromisoformat(record["timestamp"]), record["heart_rate"],
                    record.get("rr_ms") or record.get("rr_intervals") or []))
    return sorted(out, key=lambda record: record[0])


def seconds(duration):
    return duration / datetime.timedelta(seconds=1)


class Figures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.recordings = recordings(folder.name)
        origin = "of the sample data" if harness.test_data() else "of the simulated watch (no sample data here)"
        print(f"\nnote: {len(cls.recordings)} recordings {origin}")

    def summary(self, *arguments):
        return json.loads(sluice("summary", "--json", *arguments).stdout)

    def session(self, path):
        sessions = self.summary(path, *ALL_OF_IT)["sessions"]
        self.assertEqual(len(sessions), 1)
        return sessions[0]

    def test_counts_rates_and_times_are_those_of_the_records(self):
        for path in self.recordings:
            with self.subTest(recording=path.name):
                session, records = self.session(path), records_of(path)
                rates = [rate for _, rate, _ in records if rate is not None]
                self.assertEqual(session["records"], len(records))
                self.assertEqual(session["beats"], len(rates))
                self.assertEqual((session["min"], session["max"]), (min(rates), max(rates)))
                self.assertEqual(session["mean"], sum(rates) / len(rates))
                self.assertEqual(session["start"], records[0][0].isoformat())
                self.assertEqual(session["end"], records[-1][0].isoformat())
                self.assertEqual(session["duration_s"], seconds(records[-1][0] - records[0][0]))

    def test_the_sample_data_has_the_figures_of_its_own_list(self):
        data = harness.test_data()
        if not data:
            self.skipTest("no sample data here")
        for truth in json.loads((data / "heart-rate/truth.json").read_text()):
            with self.subTest(recording=truth["session"]):
                session = self.session(data / f"heart-rate/{truth['session']}.ndjson")
                self.assertEqual(session["beats"], truth["records"])
                self.assertEqual((session["min"], session["max"]), (truth["min_bpm"], truth["max_bpm"]))
                self.assertEqual(f"{session['mean']:.6f}", truth["mean_bpm"])
                self.assertEqual(f"{session['duration_s']:.3f}", truth["duration_s"])
                self.assertEqual(session["backward_steps"], truth["backward_steps"])
                self.assertEqual(session["equal_stamps"], truth["equal_neighbours"])

    def test_zones_pauses_and_unrated_time_share_out_the_duration(self):
        bounds = [100, 120, 140, 160]
        for path in self.recordings:
            with self.subTest(recording=path.name):
                session = self.summary(path, *ALL_OF_IT, "--zones", "100,120,140,160", "--pause", 20)["sessions"][0]
                zones, unrated, pauses = [0] * 5, 0, []
                records = records_of(path)
                for (time, rate, _), (later, _, _) in zip(records, records[1:]):
                    held = seconds(later - time)
                    if held > 20:
                        pauses.append(held)
                    elif rate is None:
                        unrated += held
                    else:
                        zones[sum(rate >= bound for bound in bounds)] += held
                for ours, theirs in zip(session["zones_s"], zones):
                    self.assertAlmostEqual(ours, theirs, places=3)
                self.assertAlmostEqual(session["unrated_s"], unrated, places=3)
                self.assertEqual(session["pauses"]["count"], len(pauses))
                self.assertAlmostEqual(session["pauses"]["total_s"], sum(pauses), places=3)
                self.assertAlmostEqual(session["pauses"]["longest_s"], max(pauses, default=0), places=3)

    def test_variability_is_that_of_the_intervals(self):
        checked = 0
        for path in self.recordings:
            with self.subTest(recording=path.name):
                intervals, differences, before = [], [], None
                for time, _, rr in records_of(path):
                    if not rr:
                        continue
                    if before is not None and seconds(time - before) - sum(rr) / 1000 <= SLACK_S:
                        differences.append(rr[0] - intervals[-1])
                    differences += [later - earlier for earlier, later in zip(rr, rr[1:])]
                    intervals += rr
                    before = time
                ours = self.session(path)["rr"]
                if not intervals:
                    self.assertIsNone(ours)
                    continue
                checked += 1
                self.assertEqual(ours["intervals"], len(intervals))
                self.assertEqual(ours["differences"], len(differences))
                self.assertAlmostEqual(ours["mean_ms"], math.fsum(intervals) / len(intervals), places=9)
                self.assertAlmostEqual(ours["sdnn_ms"], statistics.stdev(intervals), places=9)
                self.assertAlmostEqual(
                    ours["rmssd_ms"], math.sqrt(math.fsum(d * d for d in differences) / len(differences)), places=9)
                self.assertAlmostEqual(
                    ours["pnn50_percent"], 100 * sum(abs(d) > 50 for d in differences) / len(differences), places=9)
        self.assertGreater(checked, 1)

    def test_sessions_end_at_gaps(self):
        for path in self.recordings:
            with self.subTest(recording=path.name):
                times = [time for time, _, _ in records_of(path)]
                gaps = sum(seconds(later - time) > 60 for time, later in zip(times, times[1:]))
                sessions = self.summary(path, "--gap", 60)["sessions"]
                self.assertEqual(len(sessions), gaps + 1)
                self.assertEqual(sum(session["records"] for session in sessions), len(times))

    def test_parquet_and_standard_input_give_the_same(self):
        path = self.recordings[0]
        parquet = self.folder / "beats.parquet"
        subprocess.run([str(harness.BINARY), "convert", str(path), str(parquet), "--schema",
                        "timestamp string, heart_rate int, rr_ms string"], check=True, stdout=subprocess.DEVNULL)
        piped = subprocess.run([str(harness.BINARY), "heartrate", "summary", "--json", "-"], stdin=path.open(),
                               stdout=subprocess.PIPE, text=True, check=True)
        self.assertEqual(self.summary(parquet), self.summary(path))
        self.assertEqual(json.loads(piped.stdout), self.summary(path))


if __name__ == "__main__":
    harness.main()
