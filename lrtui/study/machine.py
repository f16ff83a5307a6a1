"""What a person may say of where and how a study is trained, besides its preset."""

import re

ENGINES = ("auto", "lanes", "stack")
"""`lanes`: run by run; `stack`: many runs as one; `auto`: stacks on a GPU, lanes on a CPU."""
DEVICES = ("auto", "cpu", "cuda")
"""Besides these a GPU by its number: `cuda:1`."""
_GPU = re.compile(r"cuda:(\d{1,3})")


def is_device(text: str) -> bool:
    """Return whether it names a device."""
    return text in DEVICES or gpu_number(text) is not None


def gpu_number(text: str) -> int | None:
    """Return the number in `cuda:1`; None for any other text."""
    found = _GPU.fullmatch(text)
    return None if found is None else int(found[1])
