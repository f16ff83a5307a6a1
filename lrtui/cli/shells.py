"""What click's completion scripts lack: in bash a word ends at `=`, and after `optim.lr=` there is to be no space.

Imported when a shell asks, and only then.
"""

import os
from typing import Any

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

_BASH_ASKS = 'COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD'
_BASH_TELLS = f'{_BASH_ASKS} COMP_LINE="$COMP_LINE" COMP_POINT=$COMP_POINT COMP_WORDBREAKS="$COMP_WORDBREAKS"'
_BASH_END = "    return 0\n"
_BASH_NO_SPACE = "    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n\n"
_ZSH_ADDS = "        compadd -U -V unsorted -a completions\n"
_ZSH_NO_SPACE = """\
        if [[ ${completions[1]} == *= ]]; then
            compadd -S '' -U -V unsorted -a completions
        else
            compadd -U -V unsorted -a completions
        fi
"""


class Bash(BashComplete):
    """Bash: the words are taken from the line itself."""

    source_template = BashComplete.source_template.replace(_BASH_ASKS, _BASH_TELLS).replace(
        _BASH_END, _BASH_NO_SPACE + _BASH_END
    )

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one at the cursor, and that one, whole."""
        if "COMP_LINE" not in os.environ:
            return super().get_completion_args()
        point = int(os.environ.get("COMP_POINT") or 0)
        line = os.environ["COMP_LINE"].encode()[:point].decode(errors="ignore")
        words = split_arg_string(line)[1:]
        if not words or line[-1:].isspace():
            return words, ""
        return words[:-1], words[-1]

    def complete(self) -> str:
        """Return what is offered, without what stands before the last character at which bash ends a word."""
        args, incomplete = self.get_completion_args()
        items = self.get_completions(args, incomplete)
        breaks = [mark for mark in "=:" if mark in os.environ.get("COMP_WORDBREAKS", "")]
        value = incomplete.partition("=")[2] if incomplete.startswith("--") else incomplete
        known = max((value.rfind(mark) + 1 for mark in breaks), default=0) if "COMP_LINE" in os.environ else 0
        return "\n".join(self.format_completion(_behind(item, known)) for item in items)


class Zsh(ZshComplete):
    """Zsh."""

    source_template = ZshComplete.source_template.replace(_ZSH_ADDS, _ZSH_NO_SPACE)


def _behind(item: CompletionItem, known: int) -> "CompletionItem[Any]":
    return CompletionItem(item.value[known:], item.type, item.help) if item.type == "plain" else item


def register() -> None:
    """Have click use these."""
    add_completion_class(Bash)
    add_completion_class(Zsh)
