"""The made studies of the analysis serve here too."""

from tests.analysis.conftest import measured, study

__all__ = ["measured", "study"]
