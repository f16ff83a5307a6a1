"""What was typed before, to go back to."""

from collections.abc import Mapping

_LONGEST = 200


class History:
    """The edits of a form before each change. Changes of one field in a row are one change."""

    def __init__(self) -> None:
        self._before: list[dict[str, str]] = []
        self._key: str | None = None

    def __len__(self) -> int:
        return len(self._before)

    def note(self, key: str, before: Mapping[str, str]) -> None:
        """A field changes (empty: all do); `before` are the edits until now."""
        if key != self._key or not key:
            self._before = [*self._before[1 - _LONGEST :], dict(before)]
        self._key = key

    def part(self) -> None:
        """The next change is another, even of the same field."""
        self._key = None

    def back(self) -> dict[str, str] | None:
        """Return the edits before the last change, and forget it; None if there is none."""
        self.part()
        return self._before.pop() if self._before else None

    def clear(self) -> None:
        """Forget everything."""
        self._before, self._key = [], None
