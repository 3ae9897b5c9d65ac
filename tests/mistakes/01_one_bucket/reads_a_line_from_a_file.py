"""It reads from makefile(), which is left out of this exercise.

task: read_line
diagnosis: M49
"""

def read_line(conn, jug):
    line = conn.makefile("rb").readline(LIMIT)
    if not line:
        return None
    if not line.endswith(b"\r\n"):
        raise EOFError("the end came inside a line")
    return line[:-2]
