"""What is seen: the sources of the page, and the page built from them."""

from pathlib import Path

DIST = Path(__file__).parent / "dist"
"""The built page: `index.html`, served at /, and `assets/`, whose names change with their content."""
