"""It sends once, and does not look at how much was taken.

task: send_everything
diagnosis: M04
"""

def send_everything(conn, data):
    conn.send(data)
