"""Record the sample traces beside this file, by real runs: python record.py"""

from pathlib import Path

from buckets.driving.clients import Squatter
from buckets.driving.server import Server
from buckets.grading.collect import collect
from buckets.trace.trace import Trace

HERE = Path(__file__).parent

SELECT = """
import select

def serve_many(listener):
    clients = []
    while True:
        ready, _, _ = select.select([listener, *clients], [], [])
        for sock in ready:
            if sock is listener:
                connection, _ = listener.accept()
                clients.append(connection)
                continue
            data = sock.recv(4096)
            if data:
                sock.sendall(data[::-1])
            else:
                clients.remove(sock)
                sock.close()
"""

BLOCKING = """
def serve_many(listener):
    while True:
        connection, _ = listener.accept()
        while data := connection.recv(4096):
            connection.sendall(data[::-1])
        connection.close()
"""

# End of file is taken for "nothing yet": the flag stays up for ever.
SPINNING = SELECT.replace(
    """
            else:
                clients.remove(sock)
                sock.close()
""",
    "",
)


def four_clients(server):
    """Four talk in turn and across each other, then say goodbye one by one."""
    names = ("anna", "ben", "cleo", "dora")
    clients = [server.connect(name) for name in names]
    for client in reversed(clients):
        client.send(client.name.encode()).expect(client.name.encode()[::-1])
    anna, ben, cleo, dora = clients
    ben.send(b"soup").expect(b"puos")
    ben.half_close().expect_eof().close()
    dora.send(b"bread").expect(b"daerb")
    for client in (anna, dora, cleo):
        client.close()
    server.connect("newcomer").send(b"and on").expect(b"no dna")


def silent_first(server):
    """The first says nothing, and the second is never served."""
    server.connect("silent", Squatter)
    eager = server.connect("eager").send(b"hello")
    eager.expect(b"olleh")


def one_goodbye(server):
    """One leaves, and the server spins on its end of file; the other is served."""
    stayer, leaver = server.connect("stayer"), server.connect("leaver")
    leaver.send(b"one").expect(b"eno").close()
    stayer.send(b"two").expect(b"owt")
    server.rest(0.5)
    stayer.send(b"three").expect(b"eerht")


def record(name, source, play):
    """Run one server with one play, and keep what was recorded."""
    cell = {"label": "cell 7", "source": source.strip()}
    with Server(collect([cell], ["serve_many"]), "serve_many") as server:
        try:
            play(server)
        except Exception as unmet:
            print(f"{name}: {unmet}")
        extra = server.story.events
        trace = Trace.load(server._trace, extra)
    trace.write(HERE / f"{name}.jsonl")
    print(name, len(trace.events), trace.missing)


if __name__ == "__main__":
    record("select_four_clients", SELECT, four_clients)
    record("blocking_silent_client", BLOCKING, silent_first)
    record("spinning_after_eof", SPINNING, one_goodbye)
