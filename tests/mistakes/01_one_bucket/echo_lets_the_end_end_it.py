"""It lets the EOFError of an unfinished line out.

task: echo_lines
diagnosis: M43
"""

def echo_lines(listener):
    conn, _ = listener.accept()
    buffer, number = bytearray(), 0
    with conn:
        try:
            while (line := read_line(conn, buffer)) is not None:
                number += 1
                send_everything(conn, answer(number, line))
        except ValueError:
            send_everything(conn, b"too long\r\n")
            conn.shutdown(socket.SHUT_WR)
            while conn.recv(4096):
                pass
