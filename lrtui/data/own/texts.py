"""Texts, whose next character or byte is to be told."""

from pathlib import Path

import numpy as np

from lrtui.data.own.arrays import Arrays, cannot_read, sha256_of_files
from lrtui.errors import InputError
from lrtui.study.datasets import TextConfig
from lrtui.text import literal

MOST_TOKENS = 65_536


def read(config: TextConfig, path: Path, test: Path | None) -> Arrays:
    """Return a text as rows of `context` tokens (int64) that follow one another, and for each token the one behind it.

    Raises InputError for a text that is shorter than two rows, or not UTF-8 where characters are to be told.
    """
    texts = [_content(config, file) for file in (path, test) if file is not None]
    if config.tokens == "bytes":
        numbers = [np.frombuffer(text, np.uint8).astype(np.int64) for text in texts if isinstance(text, bytes)]
        names = tuple(f"0x{byte:02x}" for byte in range(256))
    else:
        points = [np.frombuffer(str(text).encode("utf-32-le"), np.uint32) for text in texts]
        known = np.unique(np.concatenate(points))
        if len(known) > MOST_TOKENS:
            raise InputError(f"{literal(str(path))} has {len(known):,} different characters; at most {MOST_TOKENS:,}")
        numbers = [np.searchsorted(known, one).astype(np.int64) for one in points]
        names = tuple(chr(point) for point in known)
        if len(names) == 1:
            raise InputError(
                f"{literal(str(path))} has one character only, {literal(names[0])!r}: there is nothing to tell"
            )
    rows = [_rows(config, one, file or path) for one, file in zip(numbers, (path, test), strict=False)]
    made = [Arrays(literal(str(path)), inputs, targets) for inputs, targets in rows]
    whole = made[0] if test is None else made[0].joined(made[1])
    files = [("", path)] if test is None else [("", path), ("test", test)]
    return Arrays(
        whole.where,
        whole.inputs,
        whole.labels,
        whole.test_inputs,
        whole.test_labels,
        names=names,
        vocabulary=len(names),
        sha256=sha256_of_files(files),
        source=literal(str(path)),
    )


def _content(config: TextConfig, path: Path) -> bytes | str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{literal(str(path))}: no such file") from None
    except OSError as error:
        raise cannot_read(path, error) from None
    if config.tokens == "bytes":
        return content
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f'{literal(str(path))}:{line}: is not UTF-8 text; data.tokens = "bytes" takes any file'
        ) from None


def _rows(config: TextConfig, tokens: np.ndarray, path: Path) -> tuple[np.ndarray, np.ndarray]:
    count = (len(tokens) - 1) // config.context
    if count < 2:
        raise InputError(
            f"{literal(str(path))} has {len(tokens):,} {config.tokens}: too short for data.context = {config.context:,}, of "
            "which at least two rows are needed"
        )
    end = count * config.context
    return tokens[:end].reshape(count, -1), tokens[1 : end + 1].reshape(count, -1)
