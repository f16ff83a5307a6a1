"""What the tests of pictures share with those of reports."""

from tests.report.conftest import golden

__all__ = ["golden"]
