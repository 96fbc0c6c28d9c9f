"""`sluice heartrate scan` with Bluetooth that works, is absent, off, denied or goes away, on a BlueZ of our own and on another."""

import json
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import dbus
import dbus.bus
import dbus.mainloop.glib
from gi.repository import GLib

import harness
from harness_bluetooth import FakeBluez

FIRST, SECOND = "AA:BB:CC:DD:EE:01", "AA:BB:CC:DD:EE:02"


def scan(environment, *arguments, timeout=60):
    return subprocess.run([str(harness.BINARY), "heartrate", "scan", *arguments], env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=timeout)


def other_fake():
    """A stand-in for BlueZ that nobody here wrote, or None."""
    data = harness.test_data()
    script = data.parent / "components" / "fake-bluez.sh" if data else None
    return script if script and script.exists() else None


class Scan(unittest.TestCase):
    def bluez(self, **scenario):
        bluez = FakeBluez(**scenario)
        self.addCleanup(bluez.close)
        return bluez.start()

    def assert_fails(self, ran, code, *parts):
        self.assertEqual(ran.returncode, code, ran.stderr)
        self.assertEqual(ran.stdout, "")
        self.assertEqual(ran.stderr.count("\n"), 1, ran.stderr)
        self.assertTrue(ran.stderr.startswith("sluice heartrate scan: "), ran.stderr)
        for part in parts:
            self.assertIn(part, ran.stderr)

    def test_sensors_are_listed_strongest_first(self):
        bluez = self.bluez(sensors=[{"name": "Forerunner 255", "rssi": -71}, {"name": "HRM-Pro", "rssi": -48},
                                    {"name": "A keyboard", "heart_rate": False}, {"name": "Old strap", "present": False}])
        ran = scan(bluez.environment(), "--time", "1")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(ran.stdout,
                         "NAME            ADDRESS             SIGNAL  BATTERY\n"
                         f"HRM-Pro         {SECOND}  -48 dBm        –\n"
                         f"Forerunner 255  {FIRST}  -71 dBm        –\n")
        self.assertEqual(ran.stderr, "")

    def test_json_has_a_line_a_sensor(self):
        bluez = self.bluez(sensors=[{"name": "Strap", "rssi": -60}, {"name": "Strap", "rssi": -70}])
        ran = scan(bluez.environment(), "--time", "1", "--json")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual([json.loads(line) for line in ran.stdout.splitlines()],
                         [{"address": FIRST, "name": "Strap", "signal_dbm": -60, "battery_percent": None},
                          {"address": SECOND, "name": "Strap", "signal_dbm": -70, "battery_percent": None}])

    def test_bluez_is_asked_for_heart_rate_over_low_energy_and_left_in_peace_afterwards(self):
        bluez = self.bluez()
        scanning = subprocess.Popen([str(harness.BINARY), "heartrate", "scan", "--time", "30"], env=bluez.environment(),
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(scanning.kill)
        harness.wait_for("discovery", lambda: bluez.control("state")["looking"] == 1)
        self.assertEqual(bluez.control("state")["filters"],
                         [{"UUIDs": ["0000180d-0000-1000-8000-00805f9b34fb"], "Transport": "le"}])
        scanning.kill()
        scanning.wait()
        harness.wait_for("the end of discovery", lambda: bluez.control("state")["looking"] == 0)

    def test_slow_discovery_is_waited_for(self):
        bluez = self.bluez(sensors=[{"name": "Slow", "appears_ms": 1500}, {"name": "Too slow", "appears_ms": 20000}])
        ran = scan(bluez.environment(), "--time", "3", "--json")
        self.assertEqual([json.loads(line)["name"] for line in ran.stdout.splitlines()], ["Slow"])

    def test_names_from_the_air_steer_no_terminal(self):
        bluez = self.bluez(sensors=[{"name": "\x1b[2Jevil\n"}])
        ran = scan(bluez.environment(), "--time", "0.5")
        self.assertIn(r"\x1b[2Jevil\x0a", ran.stdout)

    def test_signals_that_make_no_sense_are_passed_over(self):
        bluez = self.bluez(sensors=[{"appears_ms": 700}, {}])
        scanning = subprocess.Popen([str(harness.BINARY), "heartrate", "scan", "--time", "2", "--json"],
                                    env=bluez.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(scanning.kill)
        harness.wait_for("discovery", lambda: bluez.control("state")["looking"] == 1)
        bluez.control("nonsense")
        out, error = scanning.communicate(timeout=20)
        self.assertEqual((scanning.returncode, error), (0, ""))
        self.assertEqual(sorted(json.loads(line)["address"] for line in out.splitlines()), [FIRST, SECOND])

    def test_nothing_in_range(self):
        bluez = self.bluez(sensors=[])
        self.assert_fails(scan(bluez.environment(), "--time", "0.3"), 1, "no heart-rate sensor is in range", "--time")
        self.assertEqual(scan(bluez.environment(), "--time", "0.3", "--json").stdout, "")

    def test_without_a_system_bus(self):
        environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"}
        self.assert_fails(scan(environment), 3, "system bus", "dbus")

    def test_without_bluez(self):
        bluez = self.bluez(bluez=False)
        self.assert_fails(scan(bluez.environment()), 3, "BlueZ is not running", "systemctl start bluetooth")

    def test_without_an_adapter(self):
        bluez = self.bluez(adapter=False)
        self.assert_fails(scan(bluez.environment()), 3, "no Bluetooth adapter")

    def test_switched_off(self):
        bluez = self.bluez(powered=False)
        self.assert_fails(scan(bluez.environment()), 3, "switched off", "bluetoothctl power on")

    def test_denied(self):
        bluez = self.bluez(denied=True)
        self.assert_fails(scan(bluez.environment()), 1, "denied", "group bluetooth")

    def test_what_goes_away_while_it_looks(self):
        for what, action, part in (("power", {"on": False}, "switched off"), ("unplug", {}, "unplugged"),
                                   ("restart", {"down_ms": 100}, "restarted")):
            with self.subTest(what):
                bluez = self.bluez()
                scanning = subprocess.Popen([str(harness.BINARY), "heartrate", "scan", "--time", "30"],
                                            env=bluez.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                self.addCleanup(scanning.kill)
                harness.wait_for("discovery", lambda: bluez.control("state")["looking"] == 1)
                bluez.control(what, **action)
                out, error = scanning.communicate(timeout=20)
                self.assertEqual((scanning.returncode, out), (3, ""))
                self.assertIn(part, error)

    def test_a_bus_that_dies_while_it_looks(self):
        bluez = self.bluez()
        scanning = subprocess.Popen([str(harness.BINARY), "heartrate", "scan", "--time", "30"], env=bluez.environment(),
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(scanning.kill)
        harness.wait_for("discovery", lambda: bluez.control("state")["looking"] == 1)
        bluez.stop()
        _, error = scanning.communicate(timeout=20)
        self.assertEqual(scanning.returncode, 3, error)

    def test_interrupted_it_shows_what_it_has(self):
        bluez = self.bluez()
        scanning = subprocess.Popen([str(harness.BINARY), "heartrate", "scan", "--time", "60"], env=bluez.environment(),
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(scanning.kill)
        harness.wait_for("discovery", lambda: bluez.control("state")["looking"] == 1)
        time.sleep(1)  # the sensor is seen after 50 ms
        scanning.send_signal(signal.SIGINT)
        out, _ = scanning.communicate(timeout=5)
        self.assertEqual(scanning.returncode, 130)
        self.assertIn(FIRST, out)

    def test_arguments_are_checked(self):
        for time_s in ("0", "-1", "nan", "1e9"):
            with self.subTest(time_s):
                ran = scan(os.environ, "--time", time_s)
                self.assertEqual(ran.returncode, 2)
                self.assertIn("--time", ran.stderr)

    def test_on_a_terminal_it_says_how_long_it_takes(self):
        bluez = self.bluez()
        ours, theirs = pty.openpty()
        scanning = subprocess.Popen([str(harness.BINARY), "heartrate", "scan", "--time", "2"], env=bluez.environment(TERM="xterm"),
                                    stdout=subprocess.PIPE, stderr=theirs, text=True)
        os.close(theirs)
        shown = b""
        while True:
            try:
                if not select.select([ours], [], [], 20)[0]:
                    break
                chunk = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            if not chunk:
                break
            shown += chunk
        os.close(ours)
        out, _ = scanning.communicate(timeout=20)
        self.assertIn(FIRST, out)
        self.assertRegex(re.sub(rb"\x1b\[[0-9;]*m", b"", shown).decode(), r"Looking  ━+─+ +\d+%  [\d.]+ m?s left")
        self.assertTrue(shown.endswith(b"\r\x1b[K"), shown)


class Fake(unittest.TestCase):
    """What our BlueZ says it delivered is what a client that is not ours received."""

    def received(self, bluez, count):
        """The values of a subscription, over as many connections as it takes to get `count` of them."""
        values = []
        context = GLib.MainContext.default()
        bus = dbus.bus.BusConnection(bluez.address, mainloop=dbus.mainloop.glib.DBusGMainLoop())
        bus.set_exit_on_disconnect(False)

        def wait_until(condition):
            deadline = time.monotonic() + 30
            while not condition():
                self.assertLess(time.monotonic(), deadline, f"{len(values)} of {count} values: {bluez.log()}")
                if not context.iteration(False):
                    time.sleep(0.001)

        def objects():
            root = dbus.Interface(bus.get_object("org.bluez", "/"), "org.freedesktop.DBus.ObjectManager")
            return root.GetManagedObjects()

        def device():
            return next((known["org.bluez.Device1"] for known in objects().values() if "org.bluez.Device1" in known), {})

        def changed(interface, values_changed, _):
            if interface == "org.bluez.GattCharacteristic1" and "Value" in values_changed:
                values.append(bytes(values_changed["Value"]).hex())

        bus.add_signal_receiver(changed, "PropertiesChanged", "org.freedesktop.DBus.Properties", "org.bluez")
        dbus.Interface(bus.get_object("org.bluez", "/org/bluez/hci0"), "org.bluez.Adapter1").StartDiscovery()
        while len(values) < count:
            wait_until(lambda: "RSSI" in device())
            path = next(path for path, known in objects().items() if "org.bluez.Device1" in known)
            dbus.Interface(bus.get_object("org.bluez", path), "org.bluez.Device1").Connect()
            wait_until(lambda: device().get("ServicesResolved"))
            path = next(path for path, known in objects().items() if "org.bluez.GattCharacteristic1" in known)
            dbus.Interface(bus.get_object("org.bluez", path), "org.bluez.GattCharacteristic1").StartNotify()
            wait_until(lambda: len(values) >= count or not device().get("Connected"))
        bus.close()
        return values

    def check(self, count, **sensor):
        with FakeBluez(sensors=[{"interval_ms": 2, "count": count, **sensor}]) as bluez:
            values = self.received(bluez, count)
            deliveries = bluez.deliveries(FIRST)
        self.assertEqual(values, [entry["packet"] for entry in deliveries])
        self.assertEqual([entry["n"] for entry in deliveries], list(range(1, count + 1)))
        return deliveries

    def test_packets_are_made_as_told(self):
        deliveries = self.check(60, wide=True, rate=300, rr=2, energy=True, contact="changing")
        for entry in deliveries:
            packet = bytes.fromhex(entry["packet"])
            contact = 0x04 if entry["n"] % 7 == 0 else 0x06
            self.assertEqual(packet[0], 0x01 | contact | 0x08 | 0x10)
            self.assertEqual(int.from_bytes(packet[1:3], "little"), 300)
            self.assertEqual(int.from_bytes(packet[3:5], "little"), entry["n"])
            self.assertEqual(len(packet), 9)

    def test_garbage_and_repetitions_are_delivered_like_others(self):
        packets = [entry["packet"] for entry in self.check(60, garbage_every=5, repeat_every=3)]
        self.assertIn("", packets)
        self.assertIn("ff" * 20, packets)
        self.assertEqual(packets[2], packets[1])

    def test_a_sensor_that_drops_comes_back_and_goes_on_counting(self):
        for end in ("drop_after", "vanish_after"):
            with self.subTest(end):
                deliveries = self.check(50, back_after_ms=30, **{end: 20})
                self.assertEqual([entry["connection"] for entry in deliveries], [1] * 20 + [2] * 20 + [3] * 10)

    def test_given_packets_are_sent_once_each(self):
        packets = ["0048", "", "1648000400ff"]
        self.assertEqual([entry["packet"] for entry in self.check(3, packets=packets)], packets)


class OtherBluez(unittest.TestCase):
    """The same on a stand-in that was written without knowing ours."""

    def test_its_sensor_is_found(self):
        script = other_fake()
        if script is None:
            print("\nnote: no other stand-in for BlueZ here; scanned on our own only", flush=True)
            self.skipTest("no other stand-in for BlueZ")
        folder = tempfile.mkdtemp(prefix="other-bluez-")
        self.addCleanup(shutil.rmtree, folder, True)
        started = subprocess.run([str(script), "start", folder], stdout=subprocess.PIPE, text=True, check=True)
        self.addCleanup(subprocess.run, [str(script), "stop", folder], check=True)
        address = shlex.split(started.stdout)[-1].split("=", 1)[1]
        ran = scan({**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address}, "--time", "1", "--json")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(json.loads(ran.stdout), {"address": "AA:BB:CC:DD:EE:FF", "name": "Forerunner", "signal_dbm": -60,
                                                  "battery_percent": None})


if __name__ == "__main__":
    harness.main()
