"""Its cache has no end.

task: run_database
diagnosis: M136
"""

ROOM = 1 << 60
