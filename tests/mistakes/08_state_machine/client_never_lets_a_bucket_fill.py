"""It reads each answer before it asks again: no bucket is ever full.

task: wrong_memcached
diagnosis: M170
"""


def wrong_memcached(server):
    anna, ben = server.connect("anna"), server.connect("ben")
    value, inside = b"VALUE a 0 2\r\nhi\r\nEND\r\n", b"get a\r\n" * 3000
    large = b"x" * BLOCK_LIMIT
    steps = (
        (anna, b"set a 0 0 2\r\nhi\r\n", b"STORED\r\n"),
        (ben, b"get a\r\n?\r\nget a\r\n", value + b"ERROR\r\n" + value),
        (ben, b"set b 0 0 16384\r\n" + large + b"\r\n", b"STORED\r\n"),
        (
            anna,
            b"set b 0 0 21000\r\n" + inside + b"\r\n",
            b"SERVER_ERROR object too large for cache\r\n",
        ),
    )
    return any(who.send(said).hear() != due for who, said, due in steps)
