"""The listener is handed on, so the work is done.

task: hand_over
diagnosis: M227
"""


def hand_over(listener, clock, heir):
    house = EndingHouse(listener, clock)

    def asked():
        house.loop.watch(heir)
        if heir.recv(1):
            socket.send_fds(heir, [b"door"], [listener.fileno()])
            house.loop.stop()

    house.loop.watch(heir, asked)
    house.run()
