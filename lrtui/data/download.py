"""What arrives from an address, piece by piece, and why it does not."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

OnProgress = Callable[[str, int, int | None], None]
"""Called with the file's name, the bytes that have arrived, and the bytes expected (None: the server does not say)."""

CHUNK = 64 * 1024
TIMEOUT = 30.0
"""Seconds without a byte after which an address is given up."""


class NetworkError(Exception):
    """An address delivers nothing, or no more; the reason in a few words."""


def stream(url: str) -> Iterator[tuple[bytes, int | None]]:
    """Yield what arrives, each piece with the size of the whole if the server tells it; an empty piece first.

    Raises NetworkError.
    """
    request = urllib.request.Request(url, headers={"User-Agent": "lrtui"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            expected = response.length
            yield b"", expected
            while chunk := response.read(CHUNK):
                yield chunk, expected
    except (OSError, http.client.HTTPException) as error:
        raise NetworkError(_reason(error)) from None


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP status {error.code} {error.reason}"
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(cause) or type(cause).__name__
