"""Servers and cameras for a module of faults, and the trials of a module side by side."""

from pathlib import Path

import pytest

from socstream.ffmpeg.binary import locate
from tests.faults.site import Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A place for this module's servers; the pictures are shared by the whole run."""
    root: Path = tmp_path_factory.mktemp("lab")
    return Lab(root, locate(), tmp_path_factory.getbasetemp() / "media")
