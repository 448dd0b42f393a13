"""The HTTP transport: a thread for each connection, kept alive, on 127.0.0.1 only."""

from __future__ import annotations

import socket
import struct
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from sandbox.application import Sandbox
from sandbox.messages import Request, Response, json_response

_LARGEST_BODY = 1_000_000
_IDLE_SECONDS = 65


class Server(ThreadingHTTPServer):
    """Serves one `Sandbox`. Port 0 takes a free one; `url` tells which."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, sandbox: Sandbox, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Connection)
        self.sandbox = sandbox

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is no news; anything else was answered as 500 already."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "MonetizeSandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = _IDLE_SECONDS
    server: Server

    def answer(self) -> None:
        parts = urlsplit(self.path)
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _LARGEST_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            return self._send(
                json_response({"error": {"message": "Body too large or not measured."}}, status=413)
            )
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, parts.path, parts.query, headers, self.rfile.read(int(length)))
        try:
            response = self.server.sandbox.answer(request)
        except Exception as exc:  # noqa: BLE001 - the last resort: a thread must still answer
            self.log_error("%s %s: %r", self.command, parts.path, exc)
            error = {"message": f"The sandbox failed: {exc!r}", "type": "api_error"}
            response = json_response({"error": error}, status=500)
        return self._hang_up() if response.hang_up else self._send(response)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def _hang_up(self) -> None:
        # Linger of zero sends a reset: the caller sees a broken connection, not an empty answer.
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Requests are shown on the status page, not on the terminal."""
