"""Every time is so many seconds from now.

task: Commands
diagnosis: M121
"""


class Commands(Commands):
    def until(self, number):
        seconds = int(number)
        return self.clock() + seconds if seconds else NEVER
