"""A function for each promise, and one line that asks them all.

task: wrong_memcached
"""

LARGE = b"#" * BLOCK_LIMIT
TOLD = b"VALUE big 0 16384\r\n" + LARGE + b"\r\nEND\r\n"


def one_database_for_all(server):
    one, other = server.connect("one"), server.connect("other")
    one.send(b"set x 1 0 1\r\ny\r\n")
    other.send(b"get x\r\n")
    heard = one.hear(), other.hear()
    return heard == (b"STORED\r\n", b"VALUE x 1 1\r\ny\r\nEND\r\n")


def errors_in_their_place(server):
    client = server.connect("clumsy")
    client.send(b"get no\r\nwhat\r\nget no\r\n")
    first = client.hear()
    client.send(b"get no\r\n")
    return (first, client.hear()) == (b"END\r\nERROR\r\nEND\r\n", b"END\r\n")


def the_largest_and_beyond(server):
    client = server.connect("porter")
    client.send(b"set big 0 0 16384\r\n" + LARGE + b"\r\n")
    if client.hear() != b"STORED\r\n":
        return False
    trap = b"get big\r\n" * 2000
    client.send(b"set big 0 0 18000\r\n" + trap + b"\r\n")
    refused = b"SERVER_ERROR object too large for cache\r\n"
    return client.hear() == refused and client.hear() is None


def half_a_line_rests(server):
    client = server.connect("slow")
    client.send(b"get n")
    return client.hear() is None and server.sleeps()


def one_who_does_not_read(server):
    reader, other = server.connect("reader"), server.connect("neighbour")
    for _ in range(50):
        reader.send(b"get big\r\n" * 2)
    if other.send(b"get no\r\n").hear() != b"END\r\n":
        return False
    reader.half_close()
    if not server.sleeps() or reader.hear() != 100 * TOLD:
        return False
    return reader.hear() == b""


SCENES = (
    one_database_for_all,
    errors_in_their_place,
    the_largest_and_beyond,
    half_a_line_rests,
    one_who_does_not_read,
)


def wrong_memcached(server):
    return not all(scene(server) for scene in SCENES)
