"""The command line: parse, call, print.

Importing this package imports neither torch, nor textual, nor polars: each command imports what it needs.
"""

from lrtui.cli.main import main

__all__ = ["main"]
