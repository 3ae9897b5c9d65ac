"""It reads from makefile(), which is left out of this exercise.

task: read_exactly
diagnosis: M49
"""

def read_exactly(conn, n):
    data = conn.makefile("rb").read(n)
    if len(data) < n:
        raise EOFError("the end came too early")
    return data
