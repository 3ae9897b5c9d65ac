"""A web server of the standard library's, for curl behind the servers of exercises."""

import hashlib
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


@contextmanager
def shop(much, buffers=None):
    """It hands out many bytes, and says what it was given; its port.

    Args:
        buffers: bytes of what its kernel keeps for a client; the system's, if None.
    """

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer(much)

        def do_PUT(self):
            length = int(self.headers["Content-Length"])
            given = hashlib.sha256(self.rfile.read(length)).hexdigest()
            self.answer(given.encode())

        def answer(self, body):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Nobody reads it."""

    with HTTPServer(("127.0.0.1", 0), Shop) as server:
        if buffers:
            server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffers)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()
