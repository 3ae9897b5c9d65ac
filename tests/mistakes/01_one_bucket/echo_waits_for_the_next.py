"""It waits for a second client, where one was asked for.

task: echo_lines
diagnosis: M27
"""

def echo_lines(listener):
    while True:
        conn, _ = listener.accept()
        jug, number = bytearray(), 0
        with conn:
            try:
                while (line := read_line(conn, jug)) is not None:
                    number += 1
                    send_everything(conn, answer(number, line))
            except EOFError:
                continue
            except ValueError:
                send_everything(conn, b"too long\r\n")
                conn.shutdown(socket.SHUT_WR)
                while conn.recv(4096):
                    pass
