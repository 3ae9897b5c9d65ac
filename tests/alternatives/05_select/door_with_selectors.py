"""The selectors module, with the kind of socket as its data.

task: open_door
"""

import selectors


def open_door(listener):
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ, "door")
        while True:
            for key, _ in selector.select():
                if key.data == "door":
                    connection, _ = listener.accept()
                    connection.sendall(b"welcome\n")
                    selector.register(
                        connection, selectors.EVENT_READ, "guest"
                    )
                elif data := key.fileobj.recv(4096):
                    key.fileobj.sendall(data)
                else:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
