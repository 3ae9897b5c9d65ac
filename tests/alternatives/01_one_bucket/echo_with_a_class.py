"""It keeps the state of the conversation in an object.

task: echo_lines
"""

import socket


class Conversation:
    """One client: its connection, its buffer, and how many lines it sent."""

    def __init__(self, conn):
        self.conn = conn
        self.buffer = bytearray()
        self.count = 0

    def lines(self):
        return iter(lambda: read_line(self.conn, self.buffer), None)

    def run(self):
        for line in self.lines():
            self.count += 1
            send_everything(self.conn, answer(self.count, line))

    def part(self):
        send_everything(self.conn, b"too long\r\n")
        self.conn.shutdown(socket.SHUT_WR)
        while self.conn.recv(1 << 16):
            pass


def echo_lines(listener):
    talk = Conversation(listener.accept()[0])
    try:
        talk.run()
    except ValueError:
        talk.part()
    except EOFError:
        pass
    finally:
        talk.conn.close()
