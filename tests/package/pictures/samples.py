"""Where the recorded sample traces lie."""

from pathlib import Path

TRACES = Path(__file__).parent.parent / "traces"
