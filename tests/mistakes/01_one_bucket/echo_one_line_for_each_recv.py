"""It answers the first line of each recv(), and drops the others.

task: echo_lines
diagnosis: M41
"""

def echo_lines(listener):
    conn, _ = listener.accept()
    buffer, number = b"", 0
    while data := conn.recv(4096):
        buffer += data
        if b"\r\n" in buffer:
            number += 1
            line, _, buffer = buffer.partition(b"\r\n")
            send_everything(conn, answer(number, line))
    conn.close()
