"""A real JupyterLab for tests: its server, and one notebook in a browser.

Not called jupyterlab.py, which would hide the package of that name from every test.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
import uuid
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
COPIED = ["lessons", "exercises", "solutions", "nbgrader_config.py"]
# Cells that are out of sight must be drawn, too; and no news from the network.
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
}
# Of each wait. Both cores may be busy with other tests.
PATIENCE = 120
MARK = "BUCKETS_TEST_OF_JUPYTERLAB"


class Lab:
    """A server of JupyterLab over a copy of the course in `folder`."""

    def __init__(self, folder):
        self.folder = folder / "course"
        # The server's own settings and records lie outside what it shows.
        self._own = folder / "jupyter"
        self._token = self._mark = uuid.uuid4().hex
        self._copy_course()
        self._write_settings()
        self._popen = self._start()
        self.url = self._address()

    def _copy_course(self):
        self.folder.mkdir(parents=True)
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, self.folder / name)

    def _write_settings(self):
        for name, values in SETTINGS.items():
            file = self._own / f"settings/@jupyterlab/{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))

    def _start(self):
        folders = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        own = {name: str(self._own / folder) for name, folder in folders.items()}
        own["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        with open(self._own / "log", "wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *self._words()],
                cwd=self.folder,
                env=os.environ | own | {MARK: self._mark},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _words(self):
        return [
            "--no-browser",
            "--allow-root",
            "--port=0",
            f"--ServerApp.root_dir={self.folder}",
            f"--IdentityProvider.token={self._token}",
            "--LabApp.expose_app_in_browser=True",
        ]

    def _address(self):
        found = self._own / "runtime" / f"jpserver-{self._popen.pid}.json"

        def told():
            assert self._popen.poll() is None, self.log
            with suppress(OSError, ValueError):
                return json.loads(found.read_text())["url"]

        return until(told, lambda: f"JupyterLab is up; it says:\n{self.log}")

    @property
    def log(self):
        return (self._own / "log").read_text(errors="replace")

    def ask(self, path, method="GET"):
        """The body of the server's answer, as text; an error is raised."""
        headers = {"Authorization": f"token {self._token}"}
        # Without a body, urllib would not send the length that a POST must have.
        data = b"" if method == "POST" else None
        request = urllib.request.Request(
            self.url + path, data=data, headers=headers, method=method
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def page_of(self, notebook):
        """The address at which a browser finds a notebook, with nothing else open."""
        return f"{self.url}lab/tree/{notebook}?token={self._token}&reset"

    def processes(self):
        """All that the server has started, and itself: the mark is inherited."""
        return [one for one in psutil.process_iter() if self._is_ours(one)]

    def _is_ours(self, process):
        with suppress(psutil.Error, OSError):
            return process.environ().get(MARK) == self._mark
        return False

    def are_gone(self):
        """Reap the server; whether nothing of it is left."""
        self._popen.poll()
        return not self.processes()

    def kill(self):
        """Leave nothing behind, whatever has happened."""
        for process in self.processes():
            with suppress(psutil.Error):
                process.kill()
        self._popen.wait(PATIENCE)


def until(true, what):
    """Wait for something that only asking can tell, and give it."""
    deadline = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(0.05)
    return found


# The notebook may be there before all commands are. (And no async function: the
# promise that it returns would count as true.)
OPENED = """(path) => {
  const app = window.jupyterapp, panel = app?.shell.currentWidget;
  return panel?.context?.path === path && panel.context.isReady &&
    panel.sessionContext.isReady && Boolean(panel.sessionContext.session?.kernel) &&
    app.commands.hasCommand("notebook:run-all-cells");
}"""

WRITE = """([id, source]) => {
  const cells = window.jupyterapp.shell.currentWidget.content.widgets;
  cells.find((cell) => cell.model.id === id).model.sharedModel.setSource(source);
}"""

# Not awaited: a wait with a deadline follows.
RUN = """(id) => {
  const panel = window.jupyterapp.shell.currentWidget.content;
  panel.activeCellIndex = panel.widgets.findIndex((cell) => cell.model.id === id);
  window.hasRun = false;
  window.jupyterapp.commands.execute("notebook:run-cell")
    .then(() => { window.hasRun = true; });
}"""

RUN_ALL = """() => {
  window.hasRun = false;
  window.jupyterapp.commands.execute("notebook:run-all-cells")
    .then(() => { window.hasRun = true; });
}"""

OUTPUTS = """() => Object.fromEntries(
  window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
    .filter((cell) => cell.cell_type === "code")
    .map((cell) => [cell.id, cell.outputs]))"""


class OpenNotebook:
    """A notebook that JupyterLab shows in a page of a browser."""

    def __init__(self, page, lab, path):
        self.page = page
        page.goto(lab.page_of(path))
        page.wait_for_function(OPENED, arg=path)

    def write(self, cell, source):
        self.page.evaluate(WRITE, [cell, source])

    def run(self, *cells):
        for cell in cells:
            self.page.evaluate(RUN, cell)
            self.page.wait_for_function("window.hasRun")

    def run_all(self):
        self.page.evaluate(RUN_ALL)
        self.page.wait_for_function("window.hasRun")

    def outputs(self):
        """The outputs of each code cell by its id, as the file would hold them."""
        return self.page.evaluate(OUTPUTS)

    def errors(self):
        return [
            (cell, output)
            for cell, outputs in self.outputs().items()
            for output in outputs
            if output["output_type"] == "error" or output.get("name") == "stderr"
        ]

    def pictures(self):
        """The HTML of every player, in the order of the notebook."""
        found = []
        for outputs in self.outputs().values():
            bundles = [output.get("data", {}) for output in outputs]
            pages = ["".join(bundle.get("text/html", "")) for bundle in bundles]
            found += [page for page in pages if 'class="ab-scene"' in page]
        return found

    def command(self, name, **arguments):
        self.page.evaluate(
            "([name, args]) => { window.jupyterapp.commands.execute(name, args); }",
            [name, arguments],
        )

    def active_cell(self):
        return self.page.evaluate(
            "window.jupyterapp.shell.currentWidget.content.activeCellIndex"
        )
