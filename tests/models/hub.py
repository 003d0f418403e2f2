"""A hub on 127.0.0.1 with one file, which can be told to fail in the ways of the world."""

import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "c" * 40


class Hub:
    """Serves `content` as `repo`/model.safetensors.

    cuts     break off the next answers after so many bytes, one after the other
    flipped  send other bytes than the sum promises
    status   answer everything with this
    """

    repo = "toy/net"
    file = "model.safetensors"

    def __init__(self, content):
        self.content = content
        self.sum = hashlib.sha256(content).hexdigest()
        self.cuts = []
        self.flipped = False
        self.status = 0
        self.asked = []  # (method, path, Range)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"hub": self}))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def ranges(self):
        """Return the Range headers of the file's GETs, in order."""
        return [wanted for method, path, wanted in self.asked if method == "GET" and path.endswith(self.file)]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    hub: Hub

    def log_message(self, *_):
        """Say nothing."""

    def do_HEAD(self):
        self.hub.asked.append(("HEAD", self.path, None))
        if self._there():
            self._head(200, len(self.hub.content))

    def do_GET(self):
        hub = self.hub
        wanted = self.headers.get("Range")
        hub.asked.append(("GET", self.path, wanted))
        if not self._there():
            return
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted else 0
        body = bytes(255 - byte for byte in hub.content[start:]) if hub.flipped else hub.content[start:]
        self._head(206 if wanted else 200, len(body))
        self.wfile.write(body[: hub.cuts.pop(0)] if hub.cuts else body)

    def _there(self):
        known = re.fullmatch(rf"/(toy/net/resolve/(main|{COMMIT})|models)/{re.escape(self.hub.file)}", self.path)
        status = self.hub.status or (0 if known else 404)
        if status:
            self.send_response(status)
            if status == 404:
                self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
        return not status

    def _head(self, status, length):
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.send_header("ETag", f'"{self.hub.sum}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("X-Linked-Size", str(len(self.hub.content)))
        self.end_headers()
