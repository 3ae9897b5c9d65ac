"""It asks the resolver, and waits for the answer there.

task: forward
diagnosis: M199
"""


class Waits:
    """Asks for a name as a program without a loop would."""

    def __init__(self, address, seconds):
        self.address, self.seconds = address, seconds

    def ask(self, name, then):
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.settimeout(self.seconds)
            sock.sendto(question(1, name), self.address)
            try:
                number, hosts = understand(sock.recv(4096))
            except OSError:
                hosts = None
        then(hosts)


def forward(listener, names, seconds):
    loop, waits = Loop(), Waits(names, seconds)
    serve(listener, loop, lambda near: Asked(loop, waits, seconds, near))
