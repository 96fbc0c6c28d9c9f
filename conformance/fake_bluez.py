#!/usr/bin/env python3
"""A stand-in for BlueZ on a system bus of its own, with heart-rate sensors that do as they are told.

    /usr/bin/python3 conformance/fake_bluez.py --scenario '{"sensors": [{"name": "Strap", "rr": 1}]}'

prints the address of its bus as a shell assignment, then `ready`, and runs until SIGTERM; the bus goes with it.  In its
folder (--directory, else a new one) it keeps `control`, a socket that takes a JSON object a line (see World.control), and
`deliveries.ndjson`: a line for each notification, written before it is sent, {"sensor", "n", "connection", "time_us",
"packet"}.  Tests use it through harness_bluetooth.FakeBluez.

It behaves as BlueZ 5.66 does where clients can tell: signal strength is known while somebody looks; characteristics are
there while a sensor is connected; discovery and notifications end with the client that asked for them.

A scenario has `sensors` (SENSOR below says what they can do), and `bluez`, `adapter`, `powered`, `denied`.
"""

import argparse
import ctypes
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

import dbus
import dbus.bus
import dbus.lowlevel
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

ADAPTER = "org.bluez.Adapter1"
DEVICE = "org.bluez.Device1"
BATTERY = "org.bluez.Battery1"
SERVICE = "org.bluez.GattService1"
CHARACTERISTIC = "org.bluez.GattCharacteristic1"
PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
ADAPTER_PATH = "/org/bluez/hci0"

SCENARIO = {
    "bluez": True,       # whether anybody has the name org.bluez
    "adapter": True,     # whether there is one
    "powered": True,     # whether it is switched on
    "denied": False,     # whether the bus lets nobody talk to org.bluez
    "sensors": [{}],
}

SENSOR = {
    "address": "AA:BB:CC:DD:EE:01",  # counts up from sensor to sensor when not given
    "name": "Strap",
    "alias": None,             # the name as it is
    "rssi": -60,
    "present": True,           # false: remembered from earlier, not in range
    "heart_rate": True,        # whether it advertises the service
    "lacks_measurement": False,  # advertises the service and has no 2A37
    "appears_ms": 50,          # from StartDiscovery until it is seen
    "connect": "ok",           # or "fails", "hangs", "unpaired"
    "connect_ms": 20,
    "resolves_ms": 30,         # from connected until its services are known; null: never
    "location": None,          # value of 2A38
    "battery": None,           # percent
    "battery_as": "interface",  # or "characteristic"
    "interval_ms": 20,         # between notifications
    "count": None,             # notifications in all; then it is silent
    "packets": None,           # values in hexadecimal, sent once each instead of made-up ones; then it is silent
    "rate": None,              # the same in each packet, else 60 + n % 40
    "wide": False,             # rates in 16 bits
    "rr": 0,                   # intervals in a packet
    "energy": False,           # carries n % 65536
    "contact": "unsupported",  # or "detected", "not-detected", "changing"
    "garbage_every": None,     # each such packet is one that no reader takes, or wonders about
    "repeat_every": None,      # each such packet is the one before once more
    "drop_after": None,        # notifications until the connection breaks, in each connection
    "vanish_after": None,      # notifications until BlueZ forgets the sensor, in each connection
    "back_after_ms": None,     # after either; null: it stays away
}

GARBAGE = [b"", b"\x01", b"\x01\x48", b"\x08\x48\x01", b"\x10\x48\x00", b"\x00\x48\x99\x98", b"\xe0\x48", b"\xff" * 20]

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="signal"/>
    <allow send_type="method_call"/>
    <allow send_type="method_return"/>
    <allow send_type="error"/>
    <allow receive_type="signal"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    {denial}
  </policy>
</busconfig>
"""


def uuid(short):
    return f"0000{short}-0000-1000-8000-00805f9b34fb"


def strings(values):
    return dbus.Array(values, signature="s")


def octets(value):
    return dbus.Array([dbus.Byte(byte) for byte in value], signature="y")


def error(name, message=""):
    return dbus.exceptions.DBusException(message or name, name=f"org.bluez.Error.{name}")


def after(milliseconds, action, *arguments):
    def once():
        action(*arguments)
        return False
    return GLib.timeout_add(max(1, int(milliseconds)), once)


class Managed(dbus.service.Object):
    """An object with properties that the object manager lists; there from its making to withdraw()."""

    def __init__(self, world, path, interfaces):
        super().__init__(world.bus, path)
        self.world = world
        self.path = path
        self.interfaces = interfaces
        world.objects[path] = self
        world.root.InterfacesAdded(path, self.listing())

    def listing(self):
        return {name: dbus.Dictionary(values, signature="sv") for name, values in self.interfaces.items()}

    def withdraw(self):
        del self.world.objects[self.path]
        self.remove_from_connection()
        self.world.root.InterfacesRemoved(self.path, strings(self.interfaces))

    def change(self, interface, invalidated=(), **values):
        self.interfaces[interface].update(values)
        for name in invalidated:
            self.interfaces[interface].pop(name, None)
        self.PropertiesChanged(interface, dbus.Dictionary(values, signature="sv"), strings(invalidated))

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return self.interfaces[interface][name]

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return self.interfaces[interface]

    @dbus.service.signal(PROPERTIES, signature="sa{sv}as")
    def PropertiesChanged(self, interface, changed, invalidated):
        pass


class Root(dbus.service.Object):
    def __init__(self, world):
        super().__init__(world.bus, "/")
        self.world = world

    @dbus.service.method(OBJECT_MANAGER, out_signature="a{oa{sa{sv}}}")
    def GetManagedObjects(self):
        return {dbus.ObjectPath(path): thing.listing() for path, thing in self.world.objects.items()}

    @dbus.service.signal(OBJECT_MANAGER, signature="oa{sa{sv}}")
    def InterfacesAdded(self, path, interfaces):
        pass

    @dbus.service.signal(OBJECT_MANAGER, signature="oas")
    def InterfacesRemoved(self, path, interfaces):
        pass


class Adapter(Managed):
    def __init__(self, world, powered):
        super().__init__(world, ADAPTER_PATH, {ADAPTER: {
            "Address": "00:11:22:33:44:55", "Name": "fake", "Powered": dbus.Boolean(powered),
            "Discovering": dbus.Boolean(False)}})

    def need_power(self):
        if not self.interfaces[ADAPTER]["Powered"]:
            raise error("NotReady", "Resource Not Ready")

    @dbus.service.method(ADAPTER, in_signature="a{sv}", sender_keyword="sender")
    def SetDiscoveryFilter(self, filter_, sender=None):
        self.world.filters[sender] = {str(name): value for name, value in filter_.items()}

    @dbus.service.method(ADAPTER, sender_keyword="sender")
    def StartDiscovery(self, sender=None):
        self.need_power()
        if sender in self.world.looking:
            raise error("InProgress", "Operation already in progress")
        self.world.watch(sender)
        self.world.looking.add(sender)
        self.change(ADAPTER, Discovering=dbus.Boolean(True))
        for sensor in self.world.sensors:
            after(sensor.config["appears_ms"], sensor.advertise)

    @dbus.service.method(ADAPTER, sender_keyword="sender")
    def StopDiscovery(self, sender=None):
        if sender not in self.world.looking:
            raise error("Failed", "No discovery started")
        self.world.stop_looking(sender)


class Device(Managed):
    def __init__(self, sensor):
        config = sensor.config
        uuids = [uuid("1800")] + ([uuid("180d")] if config["heart_rate"] else [])
        self.sensor = sensor
        super().__init__(sensor.world, sensor.path, {DEVICE: {
            "Address": config["address"], "AddressType": "public", "Name": config["name"],
            "Alias": config["alias"] or config["name"], "Adapter": dbus.ObjectPath(ADAPTER_PATH),
            "Paired": dbus.Boolean(False), "Connected": dbus.Boolean(False), "ServicesResolved": dbus.Boolean(False),
            "UUIDs": strings(uuids), "TxPower": dbus.Int16(4), "AdvertisingFlags": octets(b"\x06"),
            "ManufacturerData": dbus.Dictionary({dbus.UInt16(0x87): octets(b"\x01\x02")}, signature="qv")}})

    @dbus.service.method(DEVICE, async_callbacks=("done", "failed"))
    def Connect(self, done, failed):
        self.sensor.connect(done, failed)

    @dbus.service.method(DEVICE)
    def Disconnect(self):
        self.sensor.disconnect()


class Characteristic(Managed):
    def __init__(self, sensor, path, service, short, flags, value=None):
        super().__init__(sensor.world, path, {CHARACTERISTIC: {
            "UUID": uuid(short), "Service": dbus.ObjectPath(service), "Flags": strings(flags),
            "Value": octets(b""), "Notifying": dbus.Boolean(False)}})
        self.sensor = sensor
        self.value = value

    @dbus.service.method(CHARACTERISTIC, in_signature="a{sv}", out_signature="ay")
    def ReadValue(self, options):
        if self.value is None:
            raise error("NotPermitted", "Read not permitted")
        self.change(CHARACTERISTIC, Value=octets(self.value))
        return octets(self.value)

    @dbus.service.method(CHARACTERISTIC, sender_keyword="sender")
    def StartNotify(self, sender=None):
        if "notify" not in self.interfaces[CHARACTERISTIC]["Flags"]:
            raise error("NotSupported", "Operation is not supported")
        if sender in self.sensor.subscribers:
            raise error("InProgress", "Already notifying")
        self.sensor.subscribe(sender)

    @dbus.service.method(CHARACTERISTIC, sender_keyword="sender")
    def StopNotify(self, sender=None):
        if sender not in self.sensor.subscribers:
            raise error("Failed", "No notify session started")
        self.sensor.unsubscribe(sender)


class Sensor:
    """One sensor: what it is, where it is, and what it sends."""

    def __init__(self, world, config):
        self.world = world
        self.config = config
        self.path = f"{ADAPTER_PATH}/dev_{config['address'].replace(':', '_')}"
        self.is_near = config["present"]
        self.device = None
        self.parts = []
        self.measurement = None
        self.subscribers = set()
        self.ticking = None
        self.sent = 0              # since the beginning
        self.sent_connection = 0   # in this connection
        self.connections = 0
        self.garbage = 0
        self.last_packet = b"\x00\x3c"
        if not config["present"]:
            self.device = Device(self)

    def is_connected(self):
        return self.device is not None and bool(self.device.interfaces[DEVICE]["Connected"])

    def advertise(self):
        if not self.is_near or not self.world.looking or self.is_connected() or not self.world.adapter:
            return
        if self.device is None:
            self.device = Device(self)
        self.device.change(DEVICE, RSSI=dbus.Int16(self.config["rssi"]))

    def fade(self):
        if self.device and "RSSI" in self.device.interfaces[DEVICE]:
            self.device.change(DEVICE, invalidated=["RSSI"])

    def connect(self, done, failed):
        how = self.config["connect"]
        if not self.world.adapter.interfaces[ADAPTER]["Powered"]:
            failed(error("NotReady", "Resource Not Ready"))
        elif self.is_connected():
            failed(error("AlreadyConnected", "Already Connected"))
        elif how == "hangs":
            return
        elif how == "unpaired":
            after(self.config["connect_ms"], failed, error("AuthenticationFailed", "Authentication Failed"))
        else:
            after(self.config["connect_ms"], self.connected, how, done, failed)

    def connected(self, how, done, failed):
        if how == "fails" or not self.is_near or self.device is None:
            failed(error("Failed", "le-connection-abort-by-local"))
            return
        self.connections += 1
        self.sent_connection = 0
        self.device.change(DEVICE, invalidated=["RSSI"], Connected=dbus.Boolean(True))
        done()
        if self.config["resolves_ms"] is not None:
            after(self.config["resolves_ms"], self.resolve, self.connections)

    def resolve(self, connection):
        if not self.is_connected() or connection != self.connections:
            return
        number = 0

        def part(short):
            nonlocal number
            number += 1
            path = f"{self.path}/service{number:04x}"
            self.parts.append(Managed(self.world, path, {SERVICE: {
                "UUID": uuid(short), "Primary": dbus.Boolean(True), "Device": dbus.ObjectPath(self.path)}}))
            return path

        heart_rate = part("180d")
        if not self.config["lacks_measurement"]:
            self.measurement = Characteristic(self, heart_rate + "/char0001", heart_rate, "2a37", ["notify"])
            self.parts.append(self.measurement)
        if self.config["location"] is not None:
            self.parts.append(Characteristic(self, heart_rate + "/char0002", heart_rate, "2a38", ["read"],
                                             bytes([self.config["location"]])))
        if self.config["battery"] is not None:
            if self.config["battery_as"] == "interface":
                values = {"Percentage": dbus.Byte(self.config["battery"])}
                self.device.interfaces[BATTERY] = values
                self.world.root.InterfacesAdded(self.path, {BATTERY: dbus.Dictionary(values, signature="sv")})
            else:
                battery = part("180f")
                self.parts.append(Characteristic(self, battery + "/char0001", battery, "2a19", ["read"],
                                                 bytes([self.config["battery"]])))
        self.device.change(DEVICE, ServicesResolved=dbus.Boolean(True))

    def disconnect(self):
        if self.device is None:
            return
        self.silence()
        was_connected = self.is_connected()
        for thing in self.parts:
            thing.withdraw()
        self.parts, self.measurement = [], None
        if self.device.interfaces.pop(BATTERY, None):
            self.world.root.InterfacesRemoved(self.path, strings([BATTERY]))
        if was_connected:
            self.device.change(DEVICE, ServicesResolved=dbus.Boolean(False), Connected=dbus.Boolean(False))

    def go_away(self, back_after_ms, forget):
        self.is_near = False
        self.disconnect()
        self.fade()
        if forget and self.device:
            self.device.withdraw()
            self.device = None
        if back_after_ms is not None:
            after(back_after_ms, self.come_back)

    def come_back(self):
        self.is_near = True
        self.advertise()

    def subscribe(self, sender):
        self.world.watch(sender)
        self.subscribers.add(sender)
        if self.ticking is None:
            self.measurement.change(CHARACTERISTIC, Notifying=dbus.Boolean(True))
            self.ticking = GLib.timeout_add(max(1, int(self.config["interval_ms"])), self.tick)

    def unsubscribe(self, sender):
        self.subscribers.discard(sender)
        if not self.subscribers and self.ticking is not None:
            self.silence()
            self.measurement.change(CHARACTERISTIC, Notifying=dbus.Boolean(False))

    def silence(self):
        self.subscribers.clear()
        if self.ticking is not None:
            GLib.source_remove(self.ticking)
            self.ticking = None

    def tick(self):
        packet = self.next_packet()
        if packet is not None:
            self.send(packet)
        return self.ticking is not None

    def send(self, packet):
        """To whoever subscribed; then whatever is to happen after so many."""
        self.sent += 1
        self.sent_connection += 1
        self.world.log({"sensor": self.config["address"], "n": self.sent, "connection": self.connections,
                        "time_us": time.time_ns() // 1000, "packet": packet.hex()})
        self.measurement.change(CHARACTERISTIC, Value=octets(packet))
        for key, forget in (("drop_after", False), ("vanish_after", True)):
            if self.config[key] is not None and self.sent_connection >= self.config[key]:
                self.go_away(self.config["back_after_ms"], forget)
                return

    def next_packet(self):
        config = self.config
        n = self.sent + 1
        if config["count"] is not None and n > config["count"]:
            return None
        if config["packets"] is not None:
            return bytes.fromhex(config["packets"][n - 1]) if n <= len(config["packets"]) else None
        if config["garbage_every"] and n % config["garbage_every"] == 0:
            self.garbage += 1
            return GARBAGE[(self.garbage - 1) % len(GARBAGE)]
        if not (config["repeat_every"] and n % config["repeat_every"] == 0):
            self.last_packet = self.make_packet(n)
        return self.last_packet

    def make_packet(self, n):
        config = self.config
        rate = config["rate"] if config["rate"] is not None else 60 + n % 40
        contact = config["contact"]
        if contact == "changing":
            contact = "not-detected" if n % 7 == 0 else "detected"
        flags = {"unsupported": 0, "not-detected": 0x04, "detected": 0x06}[contact]
        body = b""
        if config["wide"] or rate > 255:
            flags |= 0x01
            body += rate.to_bytes(2, "little")
        else:
            body += bytes([rate])
        if config["energy"]:
            flags |= 0x08
            body += (n % 65536).to_bytes(2, "little")
        if config["rr"]:
            flags |= 0x10
            for k in range(config["rr"]):
                body += (600 + (n * 37 + k * 11) % 400).to_bytes(2, "little")
        return bytes([flags]) + body


class World:
    def __init__(self, bus, folder, scenario):
        self.bus = bus
        self.objects = {}
        self.looking = set()
        self.filters = {}
        self.watches = {}
        self.adapter = None
        self.sensors = []
        self.scenario = scenario
        self.deliveries = open(folder / "deliveries.ndjson", "a", buffering=1)
        self.root = Root(self)
        self.name = None
        self.begin()

    def begin(self):
        if self.scenario["adapter"]:
            self.plug()
        if self.scenario["bluez"]:
            self.name = dbus.service.BusName("org.bluez", self.bus)

    def plug(self):
        self.adapter = Adapter(self, self.scenario["powered"])
        for number, changes in enumerate(self.scenario["sensors"], 1):
            self.add_sensor({**SENSOR, "address": f"AA:BB:CC:DD:EE:{number:02X}", **changes})

    def unplug(self):
        for sensor in self.sensors:
            sensor.go_away(None, True)
        self.sensors = []
        self.looking.clear()
        if self.adapter:
            self.adapter.withdraw()
            self.adapter = None

    def add_sensor(self, config):
        unknown = set(config) - set(SENSOR)
        if unknown:
            raise ValueError(f"sensors know no {sorted(unknown)}")
        self.sensors.append(Sensor(self, config))

    def sensor(self, address):
        return next(sensor for sensor in self.sensors if sensor.config["address"] == address)

    def log(self, entry):
        self.deliveries.write(json.dumps(entry) + "\n")

    def watch(self, client):
        if client not in self.watches:
            self.watches[client] = self.bus.watch_name_owner(client, lambda owner: owner or self.client_left(client))

    def client_left(self, client):
        self.watches.pop(client).cancel()
        self.filters.pop(client, None)
        self.stop_looking(client)
        for sensor in self.sensors:
            if client in sensor.subscribers:
                sensor.unsubscribe(client)

    def stop_looking(self, client):
        if client not in self.looking:
            return
        self.looking.discard(client)
        if not self.looking and self.adapter:
            self.adapter.change(ADAPTER, Discovering=dbus.Boolean(False))
            for sensor in self.sensors:
                sensor.fade()

    def power(self, on):
        if not on:
            for sensor in self.sensors:
                sensor.disconnect()
                sensor.fade()
            self.looking.clear()
        self.adapter.change(ADAPTER, Powered=dbus.Boolean(on))

    def restart(self, down_ms):
        """As if bluetoothd had died and come back: what it knew and did is gone."""
        self.name = None
        self.bus.release_name("org.bluez")
        self.unplug()
        if down_ms is not None:
            after(down_ms, self.begin)

    def say_nonsense(self):
        """Signals of the right names that are laid out as no BlueZ does."""
        device = f"{ADAPTER_PATH}/dev_AA_BB_CC_DD_EE_01"
        for path, interface, member, signature, values in (
                (device, PROPERTIES, "PropertiesChanged", "i", [7]),
                (device, PROPERTIES, "PropertiesChanged", "", []),
                (device, PROPERTIES, "PropertiesChanged", "sa{sv}as", [DEVICE, {"RSSI": 1.5, "Connected": "yes"}, []]),
                (device, PROPERTIES, "PropertiesChanged", "sa{sv}as", ["", {"": dbus.Struct((1, "x"))}, ["", "Name"]]),
                ("/", OBJECT_MANAGER, "InterfacesAdded", "s", ["text"]),
                ("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", ["/", {DEVICE: {"UUIDs": dbus.Byte(1)}}]),
                ("/", OBJECT_MANAGER, "InterfacesRemoved", "oi", ["/", 1])):
            message = dbus.lowlevel.SignalMessage(path, interface, member)
            message.append(*values, signature=signature)
            self.bus.send_message(message)

    def control(self, request):
        """{"do": "drop", "address": …, "back_after_ms": …}: the connection breaks; "vanish": BlueZ forgets it as well
        "back": it is in range again · "set", "address", and members of SENSOR · "add", and members of SENSOR
        "send", "address", "packet": a notification of these bytes, now · "power", "on" · "unplug" · "plug"
        "nonsense": signals no BlueZ would send · "restart", "down_ms": of BlueZ; null: for good · "state": answers what is connected, subscribed and looked for
        """
        what = request.pop("do")
        if what == "drop" or what == "vanish":
            self.sensor(request["address"]).go_away(request.get("back_after_ms"), what == "vanish")
        elif what == "back":
            self.sensor(request["address"]).come_back()
        elif what == "set":
            sensor = self.sensor(request.pop("address"))
            assert set(request) <= set(SENSOR), request
            sensor.config.update(request)
        elif what == "add":
            self.add_sensor({**SENSOR, **request})
            if self.looking:
                after(self.sensors[-1].config["appears_ms"], self.sensors[-1].advertise)
        elif what == "send":
            self.sensor(request["address"]).send(bytes.fromhex(request["packet"]))
        elif what == "power":
            self.power(request["on"])
        elif what == "unplug":
            self.unplug()
        elif what == "plug":
            self.plug()
        elif what == "nonsense":
            self.say_nonsense()
        elif what == "restart":
            self.restart(request.get("down_ms"))
        elif what == "state":
            return {"looking": len(self.looking), "filters": list(self.filters.values()), "sensors": [
                {"address": sensor.config["address"], "connected": sensor.is_connected(),
                 "subscribers": len(sensor.subscribers), "connections": sensor.connections, "sent": sensor.sent}
                for sensor in self.sensors]}
        else:
            raise ValueError(f"cannot {what}")
        return {}


def serve_control(world, path):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()

    def accept(*_):
        connection, _ = listener.accept()
        with connection, connection.makefile("rw") as lines:
            for line in lines:
                try:
                    answer = world.control(json.loads(line))
                except Exception as failure:  # goes to the test that asked
                    answer = {"error": repr(failure)}
                lines.write(json.dumps(answer) + "\n")
                lines.flush()
                break
        return True

    GLib.io_add_watch(listener.fileno(), GLib.IO_IN, accept)
    return listener


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def start_bus(folder, denied):
    configuration = folder / "bus.conf"
    configuration.write_text(BUS.format(socket=folder / "bus",
                                        denial='<deny send_destination="org.bluez"/>' if denied else ""))
    daemon = subprocess.Popen(["dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile", "--print-address=1"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, preexec_fn=die_with_parent)
    address = daemon.stdout.readline().strip()
    if not address:
        sys.exit("fake_bluez: dbus-daemon did not start; is the package dbus installed?")
    return daemon, address


def main():
    parser = argparse.ArgumentParser(description="A stand-in for BlueZ on a private system bus.")
    parser.add_argument("--directory", help="where socket, control and log go (a new folder)")
    parser.add_argument("--scenario", default="{}", help="JSON, or a file of it")
    options = parser.parse_args()
    folder = pathlib.Path(options.directory or tempfile.mkdtemp(prefix="fake-bluez-"))
    text = options.scenario if options.scenario.startswith("{") else pathlib.Path(options.scenario).read_text()
    given = json.loads(text)
    if set(given) - set(SCENARIO):
        sys.exit(f"fake_bluez: a scenario knows no {sorted(set(given) - set(SCENARIO))}")
    scenario = {**SCENARIO, **given}
    daemon, address = start_bus(folder, scenario["denied"])
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    world = World(dbus.bus.BusConnection(address), folder, scenario)
    listener = serve_control(world, folder / "control")
    loop = GLib.MainLoop()
    for number in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, loop.quit)
    print(f"export DBUS_SYSTEM_BUS_ADDRESS='{address}'\nready", flush=True)
    loop.run()
    listener.close()
    daemon.terminate()
    daemon.wait()
    os._exit(0)  # the bus is gone, and its library would complain


if __name__ == "__main__":
    main()
