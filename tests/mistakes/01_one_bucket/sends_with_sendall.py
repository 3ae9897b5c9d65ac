"""It calls sendall(), which is left out of this exercise.

task: send_everything
diagnosis: M49
"""

def send_everything(conn, data):
    conn.sendall(data)
