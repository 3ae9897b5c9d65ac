"""It hires a thread for each newcomer.

task: open_door
diagnosis: M29
"""

import threading


def echo(connection):
    connection.sendall(b"welcome\n")
    while data := connection.recv(4096):
        connection.sendall(data)
    connection.close()


def open_door(listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=echo, args=[connection]).start()
