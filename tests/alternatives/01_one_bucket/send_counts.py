"""It counts what was taken, in pieces of a fixed size.

task: send_everything
"""


def send_everything(conn, data):
    sent = 0
    while sent < len(data):
        sent += conn.send(data[sent : sent + 1000])
    return sent
