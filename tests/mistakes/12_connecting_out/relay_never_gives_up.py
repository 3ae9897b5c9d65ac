"""It waits for an answer to its call without a limit.

task: relay
diagnosis: M192
"""


def relay(listener, upstream, seconds):
    loop = Loop()

    def let_in(near):
        far = socket.socket()
        far.setblocking(False)

        def called():
            loop.watch(far)
            if isinstance(settled(far), OSError):
                near.close()
            else:
                Pair(loop, near, far)

        far.connect_ex(upstream)
        loop.watch(far, write=called)

    serve(listener, loop, let_in)
