"""It answers the first line of each recv(), and drops the others.

task: echo_lines
diagnosis: M41
"""

def echo_lines(listener):
    conn, _ = listener.accept()
    jug, number = b"", 0
    while data := conn.recv(4096):
        jug += data
        if b"\r\n" in jug:
            number += 1
            line, _, jug = jug.partition(b"\r\n")
            send_everything(conn, answer(number, line))
    conn.close()
