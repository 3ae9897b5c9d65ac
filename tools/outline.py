"""Writes the map of the course into README.md, from course.toml and the notebooks."""

from buckets import course
from buckets.book import outline

PAGE = course.root() / "README.md"

if __name__ == "__main__":
    text = outline.with_map(PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(text, encoding="utf-8")
