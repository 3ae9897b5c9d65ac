"""poll() with a timeout of 0, and generators for the clients.

task: look_in
"""


def talk(sock):
    unfinished = b""
    while data := sock.recv(65536):
        *lines, unfinished = (unfinished + data).split(b"\n")
        for line in lines:
            sock.sendall(answer(line))
        yield


def look_in(window, listener):
    door = listener.fileno()
    poller, talks, timers = select.poll(), {}, []
    poller.register(door, select.POLLIN)

    def look():
        timers[:] = [window.after(LOOK, look)]
        for number, _ in poller.poll(0):
            if number == door:
                sock, _ = listener.accept()
                poller.register(sock, select.POLLIN)
                talks[sock.fileno()] = sock, talk(sock)
                continue
            sock, turn = talks[number]
            try:
                next(turn)
            except (StopIteration, OSError):
                leave(number)

    def leave(number):
        poller.unregister(number)
        talks.pop(number)[0].close()

    def close():
        window.after_cancel(timers[0])
        for number in list(talks):
            leave(number)

    timers.append(window.after(0, look))
    return close
