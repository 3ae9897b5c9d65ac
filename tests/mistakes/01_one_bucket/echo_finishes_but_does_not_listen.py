"""It finishes its sending side, and closes without listening on.

task: echo_lines
diagnosis: M09
"""

def echo_lines(listener):
    conn, _ = listener.accept()
    buffer, number = bytearray(), 0
    with conn:
        try:
            while (line := read_line(conn, buffer)) is not None:
                number += 1
                send_everything(conn, answer(number, line))
        except EOFError:
            return
        except ValueError:
            send_everything(conn, b"too long\r\n")
            conn.shutdown(socket.SHUT_WR)
