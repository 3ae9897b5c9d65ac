"""A deque of lines for each, and a notice as soon as it fits.

task: broadcast_or_drop
"""


class Hearer:
    def __init__(self, sock):
        self.sock, self.text = sock, b""
        self.lines, self.size, self.missing = deque(), 0, 0

    def keep(self, line):
        self.lines.append(line)
        self.size += len(line)


def broadcast_or_drop(listener, most):
    listener.setblocking(False)
    everybody = {}

    def tell(speaker, line):
        for hearer in everybody.values():
            if hearer is not speaker:
                offer(hearer, line)

    def offer(hearer, line):
        notice = b""
        if hearer.missing:
            notice = b"*** %d lines dropped ***\n" % hearer.missing
        if hearer.size + len(notice) + len(line) > most and hearer.size:
            hearer.missing += 1
            return
        if notice:
            hearer.keep(notice)
            hearer.missing = 0
        hearer.keep(line)

    def hear(speaker):
        data = speaker.sock.recv(65536)
        if not data:
            raise OSError("has ended")
        *lines, speaker.text = (speaker.text + data).split(b"\n")
        for line in lines:
            tell(speaker, line + b"\n")

    def pour(hearer):
        while hearer.lines:
            line = hearer.lines.popleft()
            sent = 0
            try:
                sent = hearer.sock.send(line)
            except BlockingIOError:
                pass
            hearer.size -= sent
            if sent < len(line):
                hearer.lines.appendleft(line[sent:])
                break
        if hearer.missing and not hearer.lines:
            hearer.keep(b"*** %d lines dropped ***\n" % hearer.missing)
            hearer.missing = 0

    def look(sock, act):
        try:
            act(everybody[sock])
        except BlockingIOError:
            pass
        except OSError:
            del everybody[sock]
            sock.close()

    while True:
        full = [sock for sock, one in everybody.items() if one.lines]
        r, w, _ = select.select([listener, *everybody], full, [])
        for sock in w:
            look(sock, pour)
        for sock in r:
            if sock is listener:
                newcomer, _ = listener.accept()
                newcomer.setblocking(False)
                everybody[newcomer] = Hearer(newcomer)
            elif sock in everybody:
                look(sock, hear)
