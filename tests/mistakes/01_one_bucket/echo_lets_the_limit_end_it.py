"""It lets the ValueError of too long a line out.

task: echo_lines
diagnosis: M47
"""

def echo_lines(listener):
    conn, _ = listener.accept()
    jug, number = bytearray(), 0
    with conn:
        try:
            while (line := read_line(conn, jug)) is not None:
                number += 1
                send_everything(conn, answer(number, line))
        except EOFError:
            return
