"""It closes as soon as the client has finished, with lines unanswered.

task: echo_lines
diagnosis: M41
"""

def echo_lines(listener):
    conn, _ = listener.accept()
    jug, number, pending = bytearray(), 0, []
    while data := conn.recv(4096):
        jug += data
        *lines, rest = bytes(jug).split(b"\r\n")
        jug[:] = rest
        pending += lines
        if pending:
            number += 1
            send_everything(conn, answer(number, pending.pop(0)))
    conn.close()
