"""It shuts the listener down when it has handed it on.

task: hand_over
diagnosis: M224
"""


def hand_over(listener, clock, heir):
    house = EndingHouse(listener, clock)

    def asked():
        house.loop.watch(heir)
        if heir.recv(1):
            socket.send_fds(heir, [b"door"], [listener.fileno()])
            listener.shutdown(socket.SHUT_RDWR)
            house.end()

    house.loop.watch(heir, asked)
    house.run()
