"""Only what pyproject.toml cannot say: a wheel carries the course inside the package.

Lessons, exercises and visible tests lie beside the package in a clone, where everybody
finds them. A wheel has no beside, so they are copied in when it is built; an editable
install takes them from where they are.
"""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent


class WithTheCourse(build_py):
    """Builds the package, and puts what a learner gets into buckets/shipped/."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        sys.path.insert(0, str(HERE))
        from buckets.classroom import kit

        kit.ship(Path(self.build_lib, "buckets", "shipped"))


setup(cmdclass={"build_py": WithTheCourse})
