"""The standard library's own: ForkingMixIn counts, waits, and looks around.

task: full_house
"""

import socketserver


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.socket.close()
        look_after(self.request)


class House(socketserver.ForkingMixIn, socketserver.BaseServer):
    max_children = CREW

    def __init__(self, listener):
        super().__init__(listener.getsockname(), Handler)
        self.socket = listener

    def fileno(self):
        return self.socket.fileno()

    def get_request(self):
        return self.socket.accept()

    def close_request(self, request):
        request.close()

    def handle_error(self, request, client_address):
        pass


def full_house(listener):
    House(listener).serve_forever(poll_interval=0.1)
