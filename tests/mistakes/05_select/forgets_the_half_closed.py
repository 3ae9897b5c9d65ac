"""It keeps answers for the next turn, and drops them at the end of file.

task: serve_many
diagnosis: M08
"""

def serve_many(listener):
    unfinished, answers = {}, {}
    while True:
        due = [sock for sock in answers if answers[sock]]
        readable, writable, _ = select.select(
            [listener, *unfinished], due, []
        )
        for sock in readable:
            if sock is listener:
                connection, _ = listener.accept()
                unfinished[connection] = answers[connection] = b""
                continue
            data = sock.recv(4096)
            if not data:
                del unfinished[sock], answers[sock]
                sock.close()
                continue
            *lines, unfinished[sock] = (unfinished[sock] + data).split(b"\n")
            for line in lines:
                answers[sock] += turn_around(line) + b"\n"
        for sock in writable:
            if sock in answers:
                sock.sendall(answers[sock])
                answers[sock] = b""
