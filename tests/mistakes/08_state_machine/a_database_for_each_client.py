"""Each client has a database of its own.

task: serve_memcached
diagnosis: M114
"""


def serve_memcached(listener):
    loop, database = Loop(), {}
    Door(loop, listener, lambda sock: Guest(loop, sock, {}))
    loop.run()
