"""Only what pyproject.toml cannot say: a wheel carries the course inside the package.

Lessons, exercises and visible tests lie beside the package in a clone, where everybody
finds them. A wheel has no beside, so they are copied in when it is built; an editable
install takes them from where they are.
"""

import re
import sys
import tomllib
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
# A picture, and the line in italics below that says what it is.
PICTURE = re.compile(r"!\[[^\]]*\]\([^)]+\)\n*(?:\*[^*]+\*\n*)?")
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:|#)([^)]+)\)")


class WithTheCourse(build_py):
    """Builds the package, and puts what a learner gets into buckets/shipped/."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        sys.path.insert(0, str(HERE))
        from buckets.classroom import kit

        kit.ship(Path(self.build_lib, "buckets", "shipped"))


def for_an_index() -> str:
    """README.md for a page that has no files beside it.

    Links lead to the repository, whose address course.toml has; while it has none, the
    words stand there without a link.
    """
    text = (HERE / "README.md").read_text(encoding="utf-8")
    told = tomllib.loads((HERE / "course.toml").read_text(encoding="utf-8"))
    address = told["repository"]
    leads = rf"[\1]({address}/blob/main/\2)" if address else r"\1"
    return LINK.sub(leads, PICTURE.sub("", text))


setup(
    cmdclass={"build_py": WithTheCourse},
    long_description=for_an_index(),
    long_description_content_type="text/markdown",
)
