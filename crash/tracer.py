"""A program under ptrace: every call of the file system that it makes is seen before and after, and can be made to fail, be
cut short, or be the last one.

It stands in front of a command as strace does:

    /usr/bin/python3 crash/tracer.py ORDER.json -- COMMAND ARGUMENT..

The order says what is to happen at which named point of the way (crash/way.py), and where to write what did:

    {"record": PATH}                          each call, a line of JSON each; nothing else happens
    {"report": PATH, "deeds": [DEED, ..]}     one after the other; the report is there before the last is done

A deed is {"place": NAME, "nth": 3, "do": WHAT}, done where the place is reached the third time since the deed before:

    "kill"    SIGKILL.  Before a call: it is not made.  After one: it is made, and the program does not hear of it
    "half"    half of what is to be written is written, then SIGKILL
    "EIO"     or another error: the call is not made and fails with it

A seccomp filter lets all other calls run at their own speed.  x86-64 Linux only.
"""

import ctypes
import errno
import json
import os
import pathlib
import signal
import struct
import sys

import way

TRACEME, CONT, GETREGS, SETREGS, SYSCALL, SETOPTIONS = 0, 7, 12, 13, 24, 0x4200
OPTIONS = 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x80 | 0x100000  # sysgood, fork, vfork, clone, exec, seccomp, exitkill
EVENT_SECCOMP = 7
WALL = 0x40000000
SYSCALL_STOP = signal.SIGTRAP | 0x80

# Calls by number: name, and which arguments are a folder's descriptor, a path, a descriptor.
CALLS = {
    18: ("pwrite64", "f"), 44: ("sendto", "f"), 46: ("sendmsg", "f"), 74: ("fsync", "f"), 75: ("fdatasync", "f"),
    77: ("ftruncate", "f"), 82: ("rename", "pp"), 83: ("mkdir", "p"), 87: ("unlink", "p"), 257: ("openat", "dp"),
    258: ("mkdirat", "dp"), 263: ("unlinkat", "dp"), 264: ("renameat", "dpdp"), 316: ("renameat2", "dpdp"),
}
OPENAT, O_CREAT = 257, 0o100
AT_FDCWD = -100

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
Registers = ctypes.c_uint64 * 27
ORIG_RAX, RAX, ARGUMENTS = 15, 10, (14, 13, 12, 7, 9, 8)


def ptrace(request, thread, data=None):
    if libc.ptrace(request, thread, None, data) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"ptrace request {request}: {os.strerror(number)}")


def filter_calls():
    """From here on, in this process and what it becomes, the calls above stop for the tracer; openat only where it creates."""
    statement = struct.Struct("=HBBI")
    load, equals, has_bits, answer = 0x20, 0x15, 0x45, 0x06
    trace, allow = 0x7FF00000, 0x7FFF0000
    numbers = [number for number in CALLS if number != OPENAT]
    program = [(load, 0, 0, 0), (equals, 0, 3, OPENAT), (load, 0, 0, 32), (has_bits, len(numbers) + 2, 0, O_CREAT),
               (answer, 0, 0, allow)]
    for at, number in enumerate(numbers):
        program.append((equals, len(numbers) - at, 0, number))
    program += [(answer, 0, 0, allow), (answer, 0, 0, trace)]
    code = ctypes.create_string_buffer(b"".join(statement.pack(*one) for one in program))
    head = ctypes.create_string_buffer(struct.pack("=HxxxxxxQ", len(program), ctypes.addressof(code)))
    no_new_privileges, set_seccomp, mode_filter = 38, 22, 2
    for option, value, pointer in ((no_new_privileges, 1, 0), (set_seccomp, mode_filter, ctypes.addressof(head))):
        if libc.prctl(option, value, ctypes.c_void_p(pointer), 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")


class Tracer:
    def __init__(self, command, order):
        self.order = order
        self.way = way.Way()
        self.deeds = order.get("deeds", [])
        self.reached = 0
        self.record = open(order["record"], "w", encoding="utf-8") if "record" in order else None
        self.in_call = {}  # by thread: the call it is in and, if it is to be made to fail, with what
        self.known = set()
        self.leader = os.fork()
        if self.leader == 0:
            ptrace(TRACEME, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            filter_calls()
            os.execvp(command[0], command)
        os.waitpid(self.leader, 0)
        ptrace(SETOPTIONS, self.leader, OPTIONS)
        self.known.add(self.leader)
        ptrace(CONT, self.leader)

    def run(self):
        """Until the program has ended; its exit code, negative if a signal ended it."""
        while True:
            thread, status = os.waitpid(-1, WALL)
            if os.WIFSTOPPED(status):
                try:
                    self.stopped(thread, status)
                except (ProcessLookupError, FileNotFoundError):  # killed meanwhile
                    pass
            elif thread == self.leader:
                return os.waitstatus_to_exitcode(status)

    def stopped(self, thread, status):
        stop, event = os.WSTOPSIG(status), status >> 16
        if event == EVENT_SECCOMP:
            self.entered(thread)
        elif stop == SYSCALL_STOP:
            self.returned(thread)
        elif event or (stop == signal.SIGSTOP and thread not in self.known):
            self.known.add(thread)
            ptrace(CONT, thread)
        else:
            ptrace(CONT, thread, stop)

    def entered(self, thread):
        registers = self.registers(thread)
        call = self.describe(thread, registers)
        deed = self.pass_by(call)
        if deed == "kill":
            return self.kill()
        if deed == "half":
            registers[ARGUMENTS[2]] //= 2
            ptrace(SETREGS, thread, ctypes.byref(registers))
        elif deed:
            registers[ORIG_RAX] = 2**64 - 1  # no call at all
            ptrace(SETREGS, thread, ctypes.byref(registers))
        self.in_call[thread] = call, deed
        ptrace(SYSCALL, thread)

    def returned(self, thread):
        call, deed = self.in_call.pop(thread)
        if deed == "half":
            return self.kill()
        registers = self.registers(thread)
        if deed:
            registers[RAX] = 2**64 - getattr(errno, deed)
            ptrace(SETREGS, thread, ctypes.byref(registers))
        call.result = ctypes.c_int64(registers[RAX]).value
        if self.pass_by(call) == "kill":
            return self.kill()
        ptrace(CONT, thread)

    def pass_by(self, call):
        """Takes the call into account; what is to be done to it."""
        if self.record:
            self.record.write(json.dumps(vars(call)) + "\n")
            self.record.flush()
            return None
        place = self.way.walk(call)
        if not self.deeds or place != self.deeds[0]["place"]:
            return None
        self.reached += 1
        if self.reached < self.deeds[0]["nth"]:
            return None
        deed = self.deeds.pop(0)
        self.reached = 0
        if not self.deeds:
            report = pathlib.Path(self.order["report"])
            report.with_suffix(".new").write_text(json.dumps(vars(call)))
            report.with_suffix(".new").rename(report)
        return deed["do"]

    def kill(self):
        os.kill(self.leader, signal.SIGKILL)

    def registers(self, thread):
        registers = Registers()
        ptrace(GETREGS, thread, ctypes.byref(registers))
        return registers

    def describe(self, thread, registers):
        name, shape = CALLS[registers[ORIG_RAX]]
        values = [registers[at] for at in ARGUMENTS]
        paths, folder = [], None
        for kind, value in zip(shape, values):
            if kind == "d":
                folder = self.path_of(thread, value)
            elif kind == "f":
                paths.append(self.path_of(thread, value))
            else:
                paths.append(os.path.join(folder or os.readlink(f"/proc/{thread}/cwd"), self.text(thread, value)))
        call = way.Call(name=name, thread=pathlib.Path(f"/proc/{thread}/comm").read_text().strip(), thread_id=thread,
                        path=paths[0], path_to=paths[-1])
        if name == "pwrite64":
            call.size, call.offset = values[2], values[3]
            call.begins = self.memory(thread, values[1], min(12, values[2])).decode("latin-1")
            call.footer = self.memory(thread, values[1] + max(0, values[2] - 96), 8).decode("latin-1")
            call.ends = self.memory(thread, values[1] + max(0, values[2] - 4), 4).decode("latin-1")
        elif name == "ftruncate":
            call.size = values[1]
        elif name == "sendmsg":
            call.begins = self.text_sent(thread, values[1])
        return call

    def path_of(self, thread, descriptor):
        number = ctypes.c_int(descriptor & 0xFFFFFFFF).value
        return os.readlink(f"/proc/{thread}/cwd" if number == AT_FDCWD else f"/proc/{thread}/fd/{number}")

    def memory(self, thread, address, count):
        with open(f"/proc/{thread}/mem", "rb", buffering=0) as file:
            return os.pread(file.fileno(), count, address)

    def text(self, thread, address):
        page = 4096 - address % 4096
        found = self.memory(thread, address, page)
        if b"\0" not in found:
            found += self.memory(thread, address + page, 4096)
        return os.fsdecode(found.split(b"\0")[0])

    def text_sent(self, thread, header):
        """The first bytes of a message."""
        pieces, = struct.unpack("Q", self.memory(thread, header + 16, 8))
        address, count = struct.unpack("QQ", self.memory(thread, pieces, 16))
        return self.memory(thread, address, min(16, count)).decode("latin-1")


def main():
    order, dashes, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    assert dashes == "--", __doc__
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is the program that is to stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = Tracer(command, json.loads(pathlib.Path(order).read_text())).run()
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
