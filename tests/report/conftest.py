"""What the tests of reports share: comparing with the files of `tests/golden`."""

import os
from pathlib import Path

import pytest

from tests.report.made import Golden

FOLDER = Path(__file__).parent.parent / "golden"


@pytest.fixture
def golden() -> Golden:
    """Return a check that content equals a golden file. LRTUI_UPDATE_GOLDEN=1 writes the file instead; then read the diff."""

    def check(name: str, content: str | bytes) -> None:
        data = content.encode() if isinstance(content, str) else content
        file = FOLDER / name
        if os.environ.get("LRTUI_UPDATE_GOLDEN"):
            file.write_bytes(data)
        assert data.decode() == file.read_bytes().decode()

    return check
