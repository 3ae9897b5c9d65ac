"""A timer that is due at once ends the turn; no loop is inherited.

task: serve_database
"""


class Turn:
    def __init__(self, loop, database, clock):
        self.loop, self.asked = loop, []
        self.commands = Commands(database, clock)
        loop.call_every(TICK, lambda: self.commands.store.sweep(100))

    def ask(self, guest):
        if not self.asked:
            self.loop.call_later(0, self.end)
        self.asked.append(guest)

    def end(self):
        self.commands.store.sync()
        asked, self.asked = self.asked, []
        for guest in dict.fromkeys(asked):
            guest.tell()


class Visitor(Handler):
    def __init__(self, loop, sock, turn):
        super().__init__(loop, sock)
        self.turn, self.parser = turn, CarefulParser()
        self.queue, self.out, self.last = [], b"", False
        self.heard_all = self.said_all = False

    def handle_read(self, data):
        if self.said_all:
            return
        self.queue += self.parser.feed(data)
        self.turn.ask(self)
        self.carry_on()

    def handle_write(self):
        self.turn.ask(self)
        self.carry_on()

    def handle_close(self):
        self.last = self.heard_all = True
        if self.said_all:
            self.close()
        else:
            self.turn.ask(self)

    def carry_on(self):
        done, parts, size = 0, [self.out], len(self.out)
        for found in self.queue:
            if size >= HIGH:
                break
            done += 1
            quits = isinstance(found, Request) and found.words == [b"quit"]
            if isinstance(found, Refusal):
                parts.append(found.answer + b"\r\n")
                quits = found.last
            elif not quits:
                parts.append(self.turn.commands.answer(found))
            size += len(parts[-1])
            if quits:
                self.last, done = True, len(self.queue)
                break
        self.queue, self.out = self.queue[done:], b"".join(parts)

    def tell(self):
        try:
            self.out = self.out[self.sock.send(self.out) :]
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        busy = bool(self.out or self.queue)
        if self.last and not busy:
            self.say_goodbye()
        elif self.sock.fileno() >= 0:
            self.loop.modify(self, not busy and not self.last, busy)

    def say_goodbye(self):
        if self.heard_all:
            self.close()
        elif not self.said_all:
            self.said_all = True
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_WR)
            self.loop.modify(self, True, False)
            self.loop.call_later(LINGER, self.close)


def serve_database(listener, database, clock=time.time):
    loop = TimedLoop()
    turn = Turn(loop, database, clock)
    loop.register(Door(loop, listener, lambda *of: Visitor(*of, turn)))
    loop.run()
