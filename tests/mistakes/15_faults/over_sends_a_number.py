"""It sends the number of the listener.

task: hand_over
diagnosis: M224
"""


def hand_over(listener, clock, heir):
    house = EndingHouse(listener, clock)

    def asked():
        house.loop.watch(heir)
        if heir.recv(1):
            heir.sendall(b"%d" % listener.fileno())
            house.end()

    house.loop.watch(heir, asked)
    house.run()
