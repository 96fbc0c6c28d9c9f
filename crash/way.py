"""The way of a record through the system calls of the server, and the names of the places on it.

append, roll, trim, idle    the log: streams/<incarnation>/<number>.log
build, park, seal           the spool: spool/<incarnation>/<name>
park, plan, commit          the ledger: sluice.db-wal, by a thread that delivers
put                         the bucket: buckets/<bucket>/<key>
checkpoint                  the database: sluice.db
recover                     what a start does about an earlier life

A plan and a commit look alike to the kernel; they are told by what came before them.  So the course that is traced has one
delivery stream, and no records that would go to its error output.
"""

import dataclasses
import re


@dataclasses.dataclass
class Call:
    """A system call before (`result` is None) or after it was made."""
    name: str
    thread: str
    thread_id: int
    path: str
    path_to: str  # of a rename
    size: int = 0
    offset: int = 0
    begins: str = ""  # the first bytes written
    footer: str = ""  # the first of the last 96
    ends: str = ""  # the last 4
    result: int | None = None


KINDS = {
    "log": r"/streams/[0-9a-f]{32}/\d{20}\.log",
    "logs": r"/streams/[0-9a-f]{32}",
    "spool": r"/spool/[0-9a-f]{16}/[^/]+",
    "spools": r"/spool/[0-9a-f]{16}",
    "bucket": r"/buckets/.+",
    "wal": r"/sluice\.db-wal",
    "database": r"/sluice\.db",
    "socket": r"socket:\[\d+\]",
}
KIND_OF = [(kind, re.compile(pattern + "$")) for kind, pattern in KINDS.items()]


def kind_of(path):
    return next((kind for kind, pattern in KIND_OF if pattern.search(path)), "")


def written_kind(call):
    """What a write to a log writes."""
    if call.begins.startswith("SLCSEG01"):
        return "header"
    if call.footer.startswith("SLCEND01"):
        return "footer"
    return "marker" if call.begins[8:9] == "\2" else "frame"


class Way:
    """Follows one life of a server; walk() is told of each call, before and after."""

    def __init__(self):
        self.unsynced = {}  # by path of a log: what was written to it last
        self.log_state = ""  # of the one that changes: made, removed, noted
        self.is_answer_due = False
        self.delivery = "start"  # then parked, building, sealed, planned, renamed, put, committed
        self.is_whole = False  # the spool file that was written last: its footer is there

    def walk(self, call):
        """The name of the place that is reached with this, or None."""
        if call.result is not None and call.result < 0:
            return None
        kind = kind_of(call.path_to)
        step = getattr(self, f"{kind}_{call.name}", None)
        return step(call, call.result is None) if step else None

    # the log

    def log_openat(self, _, is_before):
        return None if is_before else "roll: segment made, empty"

    def log_pwrite64(self, call, is_before):
        kind = written_kind(call)
        if is_before:
            return f"append: {kind} not written"
        self.unsynced[call.path] = kind
        return {"frame": "append: frame written, not synced", "marker": "idle: marker written, not synced",
                "header": "roll: header written, not synced", "footer": "roll: footer written, not synced"}[kind]

    def log_fdatasync(self, call, is_before):
        kind = self.unsynced.get(call.path, "tail")
        if is_before:
            return {"tail": "recover: tail not synced", "frame": "append: frame about to be synced"}.get(kind)
        self.unsynced.pop(call.path, None)
        self.is_answer_due = kind == "frame"
        self.log_state = {"header": "made", "marker": "marked"}.get(kind, self.log_state)
        return {"frame": "append: frame synced, not answered", "marker": "idle: marker synced, position not noted",
                "header": "roll: header synced, name not", "footer": "roll: footer synced, no segment to follow",
                "tail": "recover: tail synced"}[kind]

    def log_ftruncate(self, call, is_before):
        if call.size == 0:
            return None  # of a new file
        return "recover: torn tail kept aside, not cut" if is_before else "recover: torn tail cut, not synced"

    def log_unlink(self, _, is_before):
        self.log_state = "removed"
        return "trim: segment not removed" if is_before else "trim: segment removed, name not synced"

    def logs_fsync(self, _, is_before):
        if is_before:
            return None
        return {"made": "roll: segment durable, not noted", "removed": "trim: segment gone"}.get(self.log_state)

    def socket_sendmsg(self, call, is_before):
        if is_before or not self.is_answer_due or not call.begins.startswith("HTTP/1.1 200"):
            return None
        self.is_answer_due = False
        return "append: answered"

    # deliveries

    def spool_openat(self, _, is_before):
        return None if is_before else "build: spool file made, empty"

    def spool_pwrite64(self, call, is_before):
        self.is_whole = call.ends == "PAR1"
        if is_before:
            return None
        return "park: rows written behind what is parked" if self.delivery == "building" and not self.is_whole else "build: rows written"

    def spool_ftruncate(self, _, is_before):
        return "recover: parked file not cut" if is_before else "recover: parked file cut, not synced"

    def spool_fdatasync(self, _, is_before):
        if not self.is_whole:
            return "park: rows not synced" if is_before else "park: rows synced, name not"
        return "seal: whole, not synced" if is_before else "seal: synced, name not"

    def spools_fsync(self, _, is_before):
        if is_before:
            return "seal: name about to be synced" if self.is_whole else "park: name about to be synced"
        self.delivery = "sealed" if self.is_whole else "parked"
        return "seal: sealed, not planned" if self.is_whole else "park: synced, not recorded"

    def spool_unlink(self, _, is_before):
        if self.delivery != "start":
            return None
        return "recover: unplanned spool file not removed" if is_before else "recover: unplanned spool file removed"

    def bucket_mkdirat(self, _, is_before):
        return None if is_before else "put: folder made, name not synced"

    def bucket_renameat(self, _, is_before):
        if is_before:
            return "put: row staged, not renamed"
        is_old, self.delivery = self.delivery == "start", "renamed"
        return "recover: planned object put again, name not synced" if is_old else "put: renamed, name not synced"

    def bucket_fsync(self, _, is_before):
        if self.delivery != "renamed":
            return None
        if is_before:
            return "put: name about to be synced"
        self.delivery = "put"
        return "put: put, not committed"

    # the database

    def wal_pwrite64(self, call, is_before):
        if is_before or not call.thread.startswith("delivery-"):
            return None
        return {"parked": "park: written in part", "sealed": "plan: written in part",
                "put": "commit: written in part"}.get(self.delivery)

    def wal_fdatasync(self, call, is_before):
        if call.thread == "sluice-log":
            return None if is_before else self.noted()
        if not call.thread.startswith("delivery-"):
            return None
        if is_before:
            return {"start": "recover: put object recognised, not committed", "parked": "park: recorded, not synced",
                    "sealed": "plan: written, not synced", "put": "commit: written, not synced"}.get(self.delivery)
        place = {"parked": "park: parked", "sealed": "plan: planned, not put", "put": "commit: committed"}.get(self.delivery)
        self.delivery = {"parked": "building", "sealed": "planned", "put": "committed"}.get(self.delivery, self.delivery)
        return place

    def noted(self):
        place = {"made": "roll: segment noted, without a frame", "marked": "idle: position noted"}.get(self.log_state)
        self.log_state = "noted"
        return place

    def wal_unlink(self, _, is_before):
        return "checkpoint: done, -wal not removed" if is_before else "checkpoint: -wal removed"

    def database_pwrite64(self, _, is_before):
        return None if is_before else "checkpoint: written in part"

    def database_fdatasync(self, _, is_before):
        return "checkpoint: written, not synced" if is_before else "checkpoint: synced, -wal not reset"
