"""It writes into makefile(), which is left out of this exercise.

task: send_everything
diagnosis: M49
"""

def send_everything(conn, data):
    with conn.makefile("wb") as file:
        file.write(data)
