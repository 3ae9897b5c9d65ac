"""It calls the first address of a name, and no other.

task: forward
diagnosis: M196
"""


class First(Names):
    """Knows of one address."""

    def ask(self, name, then):
        super().ask(name, lambda hosts: then(hosts and hosts[:1]))


def forward(listener, names, seconds):
    loop = Loop()
    resolver = First(loop, names, seconds)
    serve(listener, loop, lambda near: Asked(loop, resolver, seconds, near))
