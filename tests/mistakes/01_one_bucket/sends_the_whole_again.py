"""It counts what was sent, and sends everything again.

task: send_everything
diagnosis: M04
"""

def send_everything(conn, data):
    sent = 0
    while sent < len(data):
        sent += conn.send(data)
