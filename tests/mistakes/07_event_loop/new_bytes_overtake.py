"""What is pending waits, and new bytes are sent before it.

task: Echo
diagnosis: M101
"""


class Echo(Echo):
    def handle_read(self, data):
        self.pending += data[self.send(data) :]
        self.watch()
