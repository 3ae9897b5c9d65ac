"""It sends block by block, and believes that each is taken whole.

task: send_everything
diagnosis: M04
"""

def send_everything(conn, data):
    for start in range(0, len(data), 16_384):
        conn.send(data[start : start + 16_384])
