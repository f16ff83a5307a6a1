"""Whether a person's own code may run, said on the command line."""

from typing import TYPE_CHECKING

from lrtui.cli.output import complain
from lrtui.text import literal

if TYPE_CHECKING:
    from lrtui.study.spec import Study


def settle(study: "Study", *, trusting: bool) -> None:
    """Trust the code of a study if it is asked for, and say so; refuse it else, unless it was trusted before.

    Raises UntrustedError, or InputError for code that is missing or is no Python.
    """
    from lrtui.trust import code_of, require, trust, trusted

    code = code_of(study)
    if trusting and code:
        known = {(one.path, one.sha256) for one in trusted()}
        trust(code)
        for path in dict.fromkeys(str(one.path) for one in code if (str(one.path), one.sha256) not in known):
            complain(f"trusted from now on, as it is: {literal(path)}")
    require(code)
