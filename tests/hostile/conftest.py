"""Submissions that wish the grader ill; the small course is that of tests/package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "package"))
