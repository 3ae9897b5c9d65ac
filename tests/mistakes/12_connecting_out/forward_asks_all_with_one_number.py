"""Each of its questions to the resolver has the number 1.

task: forward
diagnosis: M30
"""


def forward(listener, names, seconds):
    class One(Names):
        def ask(self, name, then):
            self.numbers = count(1)
            super().ask(name, then)

    loop = Loop()
    resolver = One(loop, names, seconds)
    serve(listener, loop, lambda near: Asked(loop, resolver, seconds, near))
