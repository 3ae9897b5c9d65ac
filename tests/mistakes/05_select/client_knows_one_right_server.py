"""It wants the newline of a line turned around with it, at its beginning.

task: wrong_walker
diagnosis: M171
"""


def wrong_walker(server):
    server.connect("silent")
    line = b"hello\n"
    return server.connect("anna").send(line).hear() != line[::-1]
