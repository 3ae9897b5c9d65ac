"""A real Jupyter kernel for tests: run cells, look at what came out."""

import os
import tempfile
from contextlib import contextmanager

import nbformat
from nbclient import NotebookClient

from buckets.book.pages import talk_in


class Cells:
    """Cells that are run one after the other in one kernel."""

    def __init__(self, client):
        self.client = client
        self.pid = self.value("import os; os.getpid()")

    def run(self, source, *, fails=False):
        """Run a cell and give its outputs; if it raises unasked, the test fails."""
        tags = {"tags": ["raises-exception"]} if fails else {}
        cell = nbformat.v4.new_code_cell(source, metadata=tags)
        self.client.nb.cells.append(cell)
        self.client.execute_cell(cell, len(self.client.nb.cells) - 1)
        return cell.outputs

    def value(self, source):
        """The value of a cell's last line."""
        results = [
            out for out in self.run(source) if out.output_type == "execute_result"
        ]
        return eval(results[-1].data["text/plain"])

    def shown(self, source, kind="text/plain"):
        """What a cell shows, but for its last value."""
        outputs = self.run(source)
        assert not any(out.get("name") == "stderr" for out in outputs), outputs
        texts = [out.text for out in outputs if out.output_type == "stream"]
        shown = [out for out in outputs if out.output_type == "display_data"]
        return "".join(texts + [out.data.get(kind, "") for out in shown])


@contextmanager
def private_talk():
    """How to talk to a kernel without ports: a test beside it may take any port."""
    with tempfile.TemporaryDirectory(prefix="buckets-kernel-") as private:
        yield talk_in(private)


@contextmanager
def kernel(folder, **environment):
    """A kernel of its own, whose course is where $BUCKETS_COURSE says."""
    notebook = nbformat.v4.new_notebook()
    where = {"metadata": {"path": str(folder)}}
    with private_talk() as talk:
        client = NotebookClient(notebook, config=talk, timeout=60, resources=where)
        with client.setup_kernel(env={**os.environ, **environment}):
            yield Cells(client)
