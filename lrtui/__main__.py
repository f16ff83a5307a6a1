"""`python -m lrtui` is the same as `lrtui`."""

from lrtui.cli import main

main()
