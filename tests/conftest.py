"""What tests share: a laptop of its own for a test, and one for all tests that only ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.laptop import Laptop


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    """A laptop for one test, nothing on it yet and its server not started."""
    own = Laptop(tmp_path / "laptop")
    yield own
    own.stop()
