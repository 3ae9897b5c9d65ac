"""It calls upstream with a call that waits.

task: relay
diagnosis: M191
"""


def relay(listener, upstream, seconds):
    loop = Loop()

    def let_in(near):
        try:
            far = socket.create_connection(upstream, timeout=seconds)
        except OSError:
            near.close()
        else:
            Pair(loop, near, far)

    serve(listener, loop, let_in)
