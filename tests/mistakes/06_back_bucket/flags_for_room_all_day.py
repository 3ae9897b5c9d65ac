"""It watches everybody for room, at any time.

task: flags
diagnosis: M07
"""

def flags(listener, pending):
    read = [sock for sock in pending if not pending[sock]]
    return [listener, *read], list(pending)
