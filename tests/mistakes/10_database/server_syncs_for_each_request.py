"""It syncs after each request that it has carried out.

task: serve_database
diagnosis: M124
"""


class Commands(Commands):
    def answer(self, request):
        told = super().answer(request)
        self.store.sync()
        return told
