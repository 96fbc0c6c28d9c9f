"""The figures of every recording, computed here a second time, and its exports read back by programs of others."""

import csv
import datetime
import json
import math
import pathlib
import re
import statistics
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

import harness
import test_heart_rate

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
    """Sessions of the simulated watch, half of them with intervals and dropouts, where there is no sample data."""
    for seed in range(1, 5):
        path = pathlib.Path(folder) / f"simulated-{seed}.ndjson"
        more = ["--fields", "all", "--dropouts"] if seed % 2 == 0 else []
        path.write_text(sluice("simulate", "--seed", seed, "--duration", 900, *more).stdout)
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
        is_lost = record.get("contact", record.get("sensor_contact")) is False and record["heart_rate"] == 0
        out.append((datetime.datetime.fromisoformat(record["timestamp"]), None if is_lost else record["heart_rate"],
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

    def export(self, path, ending, *arguments):
        out = self.folder / f"export.{ending}"
        return out, sluice("export", path, "-o", out, *ALL_OF_IT, *arguments)

    def test_csv_holds_every_record_exactly(self):
        for path in self.recordings:
            with self.subTest(recording=path.name):
                out, _ = self.export(path, "csv")
                with out.open(newline="") as file:
                    rows = list(csv.DictReader(file))
                self.assertEqual(
                    [(datetime.datetime.fromisoformat(row["timestamp"]),
                      int(row["heart_rate"]) if row["heart_rate"] else None,
                      [float(interval) for interval in row["rr_ms"].split()]) for row in rows],
                    records_of(path))

    def test_tcx_holds_every_time_and_rate(self):
        names = {"t": "http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"}
        for path in self.recordings:
            with self.subTest(recording=path.name):
                out, done = self.export(path, "tcx")
                root = xml.etree.ElementTree.parse(out).getroot()
                read = []
                for point in root.findall("t:Activities/t:Activity/t:Lap/t:Track/t:Trackpoint", names):
                    rate = point.find("t:HeartRateBpm/t:Value", names)
                    time = datetime.datetime.fromisoformat(point.find("t:Time", names).text)
                    read.append((time.replace(tzinfo=None), int(rate.text) if rate is not None else None))
                records = records_of(path)
                self.assertEqual(read, [(time, rate) for time, rate, _ in records])
                lap = root.find("t:Activities/t:Activity/t:Lap", names)
                order = [re.sub("{.*}", "", child.tag) for child in lap]
                expected = ["TotalTimeSeconds", "DistanceMeters", "Calories", "AverageHeartRateBpm",
                            "MaximumHeartRateBpm", "Intensity", "TriggerMethod", "Track"]
                has_rate = any(rate for _, rate, _ in records)
                self.assertEqual(order, [name for name in expected if has_rate or "Bpm" not in name])
                self.assertEqual("RR intervals are left out" in done.stderr, any(rr for _, _, rr in records))
                self.assertEqual("rates of 0" in done.stderr, any(rate == 0 for _, rate, _ in records))

    def read_fit(self, path):
        done = subprocess.run(["node", str(harness.HERE / "fit.mjs"), str(path)], cwd=harness.HERE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        fit = json.loads(done.stdout)
        self.assertTrue(fit["isFit"])
        self.assertTrue(fit["isIntact"])
        self.assertEqual(fit["errors"], [])
        return fit

    def test_fit_is_read_by_garmins_decoder_with_equal_values(self):
        for path in self.recordings:
            with self.subTest(recording=path.name):
                fit, records = self.read_fit(self.export(path, "fit")[0]), records_of(path)
                is_whole = all(interval == int(interval) for _, _, rr in records for interval in rr)
                read = []
                for beat in fit["beats"]:
                    time = datetime.datetime.fromisoformat(beat["time"]).replace(tzinfo=None)
                    self.assertEqual(time.microsecond, 0)
                    exact = [round(ms) for ms in beat["rr_ms"]] if is_whole else beat["exact_rr_ms"]
                    self.assertEqual([round(ms) for ms in beat["rr_ms"]], [math.floor(ms + 0.5) for ms in exact])
                    read.append((time + datetime.timedelta(microseconds=beat["microsecond"]), beat["rate"], exact))
                self.assertEqual(read, records)
                rates = [rate for _, rate, _ in records if rate is not None]
                session = fit["sessions"][0]
                self.assertEqual((session["minHeartRate"], session["maxHeartRate"]), (min(rates), max(rates)))
                self.assertEqual(session["avgHeartRate"], math.floor(sum(rates) / len(rates) + 0.5))
                self.assertAlmostEqual(session["totalElapsedTime"], seconds(records[-1][0] - records[0][0]), places=3)
                self.assertEqual(fit["fileIds"][0]["type"], "activity")
                self.assertEqual([event["eventType"] for event in fit["events"]], ["start", "stopAll"])
                self.assertEqual(fit["laps"][0]["lapTrigger"], "sessionEnd")
                self.assertEqual(fit["activities"][0]["numSessions"], 1)

    def test_fit_of_several_sessions_and_of_a_sensors_fractions(self):
        path = self.folder / "sensor.ndjson"
        start = datetime.datetime(2025, 7, 13, 15, 55, 19, 123456)
        with path.open("w") as file:
            for second in range(120):
                time = start + datetime.timedelta(seconds=second + (3600 if second >= 60 else 0))
                file.write(json.dumps({"timestamp": time.isoformat(), "heart_rate": 60 + second,
                                       "rr_ms": [(700 + second) * 1000 / 1024] * (second % 8),
                                       "device_id": "v\u00edvo"}) + "\n")
        out = self.folder / "sensor.fit"
        sluice("export", path, "-o", out)
        fit, records = self.read_fit(out), records_of(path)
        self.assertEqual([beat["exact_rr_ms"] for beat in fit["beats"]], [rr for _, _, rr in records])
        self.assertEqual([beat["rate"] for beat in fit["beats"]], [rate for _, rate, _ in records])
        self.assertEqual({beat["microsecond"] for beat in fit["beats"]}, {123456})
        self.assertEqual(len(fit["sessions"]), 2)
        self.assertEqual(fit["activities"][0]["numSessions"], 2)
        self.assertEqual([device.get("productName") for device in fit["devices"]], ["Sluice", "v\u00edvo", "v\u00edvo"])

    def test_a_plot_of_each_is_well_formed(self):
        for path in self.recordings:
            with self.subTest(recording=path.name):
                out = self.folder / "plot.svg"
                sluice("plot", path, "-o", out, *ALL_OF_IT)
                root = xml.etree.ElementTree.parse(out).getroot()
                texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
                rates = [rate for _, rate, _ in records_of(path) if rate is not None]
                self.assertIn(f"max {max(rates)}", texts)
                self.assertEqual("RR intervals, ms" in texts, any(rr for _, _, rr in records_of(path)))
                self.assertLess(out.stat().st_size, 1_000_000)

    def test_parquet_and_standard_input_give_the_same(self):
        path = self.recordings[0]
        parquet = self.folder / "beats.parquet"
        subprocess.run([str(harness.BINARY), "convert", str(path), str(parquet), "--schema",
                        "timestamp string, heart_rate int, rr_ms string"], check=True, stdout=subprocess.DEVNULL)
        piped = subprocess.run([str(harness.BINARY), "heartrate", "summary", "--json", "-"], stdin=path.open(),
                               stdout=subprocess.PIPE, text=True, check=True)
        self.assertEqual(self.summary(parquet), self.summary(path))
        self.assertEqual(json.loads(piped.stdout), self.summary(path))

    def test_landed_objects_give_the_figures_of_what_was_sent(self):
        path = self.recordings[-1]
        server = harness.Server().start()
        self.addCleanup(server.close)
        test_heart_rate.create_pipeline(server, "watch", "landing")
        lines = path.read_text().splitlines(keepends=True)
        for start in range(0, len(lines), 500):
            server.client("kinesis").put_records(StreamName="watch", Records=[
                {"Data": line.encode(), "PartitionKey": "watch"} for line in lines[start:start + 500]])
        server.stop()
        landed = self.summary("--data-dir", server.data, f"s3://{test_heart_rate.BUCKET}/landing/")
        sent = self.summary(path)
        for session in sent["sessions"]:
            session.update(rr=None, device_id=None, contact_losses={"count": 0, "total_s": 0, "longest_s": 0})
        self.assertEqual(landed, sent)


if __name__ == "__main__":
    harness.main()
