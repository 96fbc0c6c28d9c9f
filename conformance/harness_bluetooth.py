"""A pretended Bluetooth for tests: FakeBluez runs fake_bluez.py and talks to it.

    with FakeBluez(sensors=[{"name": "Strap", "drop_after": 100, "back_after_ms": 500}]) as bluez:
        subprocess.run([harness.BINARY, "heartrate", "scan"], env=bluez.environment())
        bluez.control("drop", address="AA:BB:CC:DD:EE:01", back_after_ms=200)
        bluez.deliveries()

What sensors can do stands in fake_bluez.SENSOR, what control() takes in fake_bluez.World.control.
"""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

PYTHON = "/usr/bin/python3"
FAKE = pathlib.Path(__file__).resolve().parent / "fake_bluez.py"


class FakeBluez:
    """The bus lives from start() to stop(); `scenario` are members of fake_bluez.SCENARIO."""

    def __init__(self, **scenario):
        self.scenario = scenario
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fake-bluez-"))
        self.process = None
        self.address = None

    def start(self):
        with open(self.folder / "log", "w") as log:
            self.process = subprocess.Popen([PYTHON, str(FAKE), "--directory", str(self.folder),
                                             "--scenario", json.dumps(self.scenario)],
                                            stdout=subprocess.PIPE, stderr=log, text=True)
        for line in self.process.stdout:
            if line.startswith("export DBUS_SYSTEM_BUS_ADDRESS="):
                self.address = line.split("=", 1)[1].strip().strip("'")
            if line == "ready\n":
                return self
        raise RuntimeError(f"the fake BlueZ did not start: {self.log()}")

    def log(self):
        return (self.folder / "log").read_text()

    def stop(self):
        """Ends BlueZ and its bus; deliveries() goes on working."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)

    def close(self):
        self.stop()
        if self.process:
            self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def environment(self, **more):
        return {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self.address, **more}

    def control(self, do, **members):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(30)
            connection.connect(str(self.folder / "control"))
            with connection.makefile("rw") as lines:
                lines.write(json.dumps({"do": do, **members}) + "\n")
                lines.flush()
                answer = json.loads(lines.readline())
        if "error" in answer:
            raise RuntimeError(f"{do}: {answer['error']}")
        return answer

    def deliveries(self, sensor=None):
        """Each notification so far, oldest first: {"sensor", "n", "connection", "time_us", "packet"}."""
        path = self.folder / "deliveries.ndjson"
        entries = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [entry for entry in entries if sensor in (None, entry["sensor"])]
