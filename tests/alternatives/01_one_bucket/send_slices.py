"""It cuts off what was taken, by slicing.

task: send_everything
"""


def send_everything(conn, data):
    while data:
        data = data[conn.send(data) :]
