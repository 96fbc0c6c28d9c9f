"""Other S3s for the tests of S3: a proxy that lies, a store in memory that knows uploads in parts, and Ceph's gateway.

The proxy stands before any of them and does to a PUT what real stores have been seen to do: refuse it for overload, break off
before or after it took effect, answer 500 after success, and let it take effect long after the client gave up.
"""

import base64
import hashlib
import http.client
import http.server
import os
import pathlib
import random
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

import harness

LIES = ("slow_down", "reset_before", "reset_after", "error_after", "late")
LATE_S = 4  # longer than the client waits


def error(status, code):
    body = f"<Error><Code>{code}</Code><Message>a lie</Message><RequestId>{random.randrange(1 << 32):x}</RequestId></Error>"
    return status, {"Content-Type": "application/xml"}, body.encode()


class Serving:
    """An HTTP server on a free loopback port: `answer` gives (status, headers, body), or None to break off."""

    def __init__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer = outer.answer(self.command, self.path, dict(self.headers.items()), body)
                if answer is None:
                    self.close_connection = True
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    return
                status, headers, body = answer
                self.send_response(status)
                if self.command != "HEAD" or "Content-Length" not in headers:
                    headers = {**headers, "Content-Length": str(len(body))}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    pass  # the client broke off

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, method, path, headers, body):
        raise NotImplementedError

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class LyingProxy(Serving):
    """Forwards to `endpoint`; lies about the first tries of each object's PUT while `is_lying`."""

    def __init__(self, endpoint, seed=1):
        self.host = endpoint.removeprefix("http://")
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.is_lying = False
        self.always = None  # this lie about every PUT
        self.lies_left = {}  # by path
        self.told = []
        self.late = []
        self.may_answer = threading.Event()
        super().__init__()

    def forward(self, method, path, headers, body):
        connection = http.client.HTTPConnection(self.host, timeout=120)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            kept = {n: v for n, v in answer.getheaders() if n.lower() not in ("transfer-encoding", "connection", "date", "server")}
            content = answer.read()
            if method != "HEAD":
                kept = {n: v for n, v in kept.items() if n.lower() != "content-length"}
            return answer.status, kept, content
        finally:
            connection.close()

    def close(self):
        self.may_answer.set()
        super().close()

    def choose(self, path):
        with self.lock:
            if not self.is_lying:
                return None
            if self.always:
                self.told.append(self.always)
                return self.always
            left = self.lies_left.setdefault(path, self.random.choice((0, 1, 1, 2)))
            self.lies_left[path] = left - 1
            lie = self.random.choice(LIES) if left > 0 else None
            if lie:
                self.told.append(lie)
            return lie

    def answer(self, method, path, headers, body):
        lie = self.choose(path.split("?")[0]) if method == "PUT" else None
        if lie == "slow_down":
            return error(503, "SlowDown")
        if lie == "reset_before":
            return None
        if lie == "hang":
            self.may_answer.wait()
            return None
        if lie == "late":
            time.sleep(LATE_S)
            with self.lock:
                self.late.append(path)
            self.forward(method, path, headers, body)
            return None
        try:
            answer = self.forward(method, path, headers, body)
        except OSError:
            return error(502, "BadGateway")
        if lie == "reset_after":
            return None
        return error(500, "InternalError") if lie == "error_after" else answer


class PartStore(Serving):
    """An S3 in memory that takes objects whole and in parts, and checks what came against its digests."""

    def __init__(self):
        self.lock = threading.Lock()
        self.buckets = {"landing"}
        self.objects = {}  # by path: (headers, bytes)
        self.uploads = {}  # by id: [path, headers, {number: bytes}]
        self.opened = 0
        self.on_part = lambda number: None  # may answer in place of the store
        super().__init__()

    def answer(self, method, path, headers, body):
        path, _, query = path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in headers.items()}
        if hashlib.sha256(body).hexdigest() != headers.get("x-amz-content-sha256"):
            return error(400, "XAmzContentSHA256Mismatch")
        md5 = hashlib.md5(body)
        if headers.get("content-md5", base64.b64encode(md5.digest()).decode()) != base64.b64encode(md5.digest()).decode():
            return error(400, "BadDigest")
        instead = self.on_part(int(asked["partNumber"])) if "partNumber" in asked else None
        if instead:
            return instead
        with self.lock:
            if path.split("/")[1] not in self.buckets:
                return error(404, "NoSuchBucket")
            return self.parts(method, path, asked, headers, body) if asked else self.whole(method, path, headers, body)

    def whole(self, method, path, headers, body):
        if method == "PUT":
            self.objects[path] = (headers, body)
            return 200, {"ETag": f'"{hashlib.md5(body).hexdigest()}"'}, b""
        if path not in self.objects:
            return error(404, "NoSuchKey")
        headers, content = self.objects[path]
        kept = {n: v for n, v in headers.items() if n.startswith("x-amz-meta-")}
        return 200, {**kept, "Content-Length": str(len(content))}, content

    def parts(self, method, path, asked, headers, body):
        if method == "GET":
            found = "".join(f"<Upload><Key>{urllib.parse.unquote(at.split('/', 2)[2])}</Key><UploadId>{name}</UploadId></Upload>"
                            for name, (at, _, _) in self.uploads.items())
            return 200, {}, f"<ListMultipartUploadsResult>{found}</ListMultipartUploadsResult>".encode()
        if "uploads" in asked:
            self.opened += 1
            name = f"upload {self.opened}"
            self.uploads[name] = [path, headers, {}]
            return 200, {}, f"<InitiateMultipartUploadResult><UploadId>{name}</UploadId></InitiateMultipartUploadResult>".encode()
        if asked["uploadId"] not in self.uploads:
            return error(404, "NoSuchUpload")
        upload = self.uploads[asked["uploadId"]]
        if method == "PUT":
            upload[2][int(asked["partNumber"])] = body
            return 200, {"ETag": f'"{hashlib.md5(body).hexdigest()}"'}, b""
        del self.uploads[asked["uploadId"]]
        if method == "DELETE":
            return 204, {}, b""
        listed = [int(n) for n in re.findall(rb"<PartNumber>(\d+)</PartNumber>", body)]
        if listed != sorted(upload[2]) or any(len(upload[2][n]) < 5 << 20 for n in listed[:-1]):
            return error(400, "InvalidPart")
        self.objects[path] = (upload[1], b"".join(upload[2][n] for n in listed))
        return 200, {}, b"<CompleteMultipartUploadResult/>"


def ceph_script():
    """The script that starts Ceph's gateway, or None."""
    named = os.environ.get("SLUICE_CEPH_RGW")
    beside = pathlib.Path(named) if named else harness.ROOT.parent / "shared" / "components" / "ceph-rgw.sh"
    return beside if beside.is_file() else None


def why_no_ceph():
    """Empty: it can be started."""
    if ceph_script() is None:
        return "no script that starts Ceph's gateway: name it in SLUICE_CEPH_RGW"
    for program in ("ceph-mon", "ceph-osd", "radosgw"):
        if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            return f"no {program}: apt-get install ceph-mon ceph-osd ceph-common radosgw"
    return ""


class SignerForDigest(S3SigV4Auth):
    """Signs for the digest that it is given, right or wrong."""

    def __init__(self, credentials, region, digest):
        super().__init__(credentials, "s3", region)
        self.digest = digest

    def payload(self, _):
        return self.digest


class Ceph:
    """Ceph's gateway with its objects in memory, or in a file, where they outlive the process that holds them."""

    def __init__(self, store="memstore"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-ceph-"))
        self.cluster = self.folder / "c"
        done = subprocess.run([str(ceph_script()), "start", str(self.cluster), "0"], capture_output=True, text=True, check=False,
                              env={**os.environ, "CEPH_STORE": store})
        if done.returncode:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise RuntimeError(f"Ceph does not start: {done.stderr}")
        words = dict(word.split("=", 1) for line in done.stdout.splitlines() for word in shlex.split(line)[1:])
        self.endpoint, self.key, self.secret = words["S3_ENDPOINT"], words["AWS_ACCESS_KEY_ID"], words["AWS_SECRET_ACCESS_KEY"]

    @property
    def osd_pid(self):
        return int((self.cluster / "run" / "osd.0.pid").read_text())

    def signal_osd(self, which):
        os.kill(self.osd_pid, which)

    def kill_osd(self):
        """With SIGKILL; returns what start_osd() needs."""
        command = pathlib.Path(f"/proc/{self.osd_pid}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
        self.signal_osd(signal.SIGKILL)
        return command

    def start_osd(self, command):
        with (self.cluster / "log" / "osd-again.err").open("ab") as log:
            started = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        (self.cluster / "run" / "osd.0.pid").write_text(str(started.pid))

    def admin(self, *words):
        subprocess.run(["radosgw-admin", "-c", str(self.cluster / "ceph.conf"), "-n", "client.rgw", *words], capture_output=True,
                       check=True, text=True)

    @property
    def port(self):
        return int(self.endpoint.rsplit(":", 1)[1])

    def client(self, service="s3"):
        return boto3.client(service, endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id=self.key,
                            aws_secret_access_key=self.secret,
                            config=Config(s3={"addressing_style": "path"}, parameter_validation=False))

    def exchange(self, method, path, headers, body=None):
        """As harness.Server has it; signed where it is not, since this gateway lets nobody in without."""
        if "Authorization" not in headers:
            request = AWSRequest(method, self.endpoint + path, headers, body)
            digest = headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
            SignerForDigest(Credentials(self.key, self.secret), "us-east-1", digest).add_auth(request)
            headers = dict(request.headers.items())
        return harness.exchange(self.port, method, path, headers, body)

    def close(self):
        try:
            self.signal_osd(signal.SIGCONT)
        except (OSError, ValueError):
            pass
        subprocess.run([str(ceph_script()), "stop", str(self.cluster)], capture_output=True, check=False,
                       env={**os.environ, "CEPH_STOP_SIGNAL": "KILL"})
        shutil.rmtree(self.folder, ignore_errors=True)
