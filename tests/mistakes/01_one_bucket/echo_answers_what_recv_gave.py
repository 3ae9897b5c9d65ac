"""It answers what one recv() gave.

task: echo_lines
diagnosis: M40
"""

def echo_lines(listener):
    conn, _ = listener.accept()
    number = 0
    while data := conn.recv(4096):
        number += 1
        send_everything(conn, answer(number, data.removesuffix(b"\r\n")))
    conn.close()
