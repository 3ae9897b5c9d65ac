"""Writes docs/glossary.md anew, from the words that the lessons list."""

from buckets import course
from buckets.book import glossary

PAGE = course.root() / "docs" / "glossary.md"

if __name__ == "__main__":
    PAGE.write_text(glossary.page(), encoding="utf-8")
