"""Without a clock it takes time.time(), which somebody may set back.

task: TimedLoop
diagnosis: M84
"""


class TimedLoop(TimedLoop):
    def __init__(self, clock=time.time):
        super().__init__(clock)
