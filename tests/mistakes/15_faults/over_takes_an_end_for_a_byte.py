"""Whatever comes on the line, somebody is there.

task: hand_over
diagnosis: M06
"""


def hand_over(listener, clock, heir):
    house = EndingHouse(listener, clock)

    def asked():
        if heir.recv(1):
            socket.send_fds(heir, [b"door"], [listener.fileno()])
            house.end()

    house.loop.watch(heir, asked)
    house.run()
