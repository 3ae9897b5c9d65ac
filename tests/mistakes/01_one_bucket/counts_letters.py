"""It takes the length for a number of letters.

task: read_text
diagnosis: M48
"""

import codecs


def read_text(conn):
    size = int.from_bytes(read_exactly(conn, 4), "big")
    if size > LIMIT:
        raise ValueError("too long")
    text, decoder = "", codecs.getincrementaldecoder("utf-8")()
    while len(text) < size:
        text += decoder.decode(read_exactly(conn, 1))
    return text
