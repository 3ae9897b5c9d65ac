"""It calls sendall(), which is left out of this exercise.

task: echo_lines
diagnosis: M49
"""

def echo_lines(listener):
    conn, _ = listener.accept()
    jug, number = bytearray(), 0
    with conn:
        try:
            while (line := read_line(conn, jug)) is not None:
                number += 1
                conn.sendall(answer(number, line))
        except EOFError:
            return
        except ValueError:
            send_everything(conn, b"too long\r\n")
            conn.shutdown(socket.SHUT_WR)
            while conn.recv(4096):
                pass
