"""The group of all commands: their order, and help for what a person may have meant."""

import shlex

import click

from lrtui.errors import InputError


class Commands(click.Group):
    """Commands in the order a person meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say how a preset is run if one is given as a command."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            if _is_preset(args[0]):
                text = f"{args[0]}: no such command; `lrtui run {shlex.quote(args[0])}` trains this preset"
                raise InputError(text) from None
            raise


def _is_preset(name: str) -> bool:
    from lrtui.study import locate

    try:
        return bool(locate.find(name))
    except InputError:
        return False


COMPLETION = """\b
The shell completes commands, presets, studies and keys after one of these:
  bash  eval "$(_LRTUI_COMPLETE=bash_source lrtui)"       in ~/.bashrc
  zsh   eval "$(_LRTUI_COMPLETE=zsh_source lrtui)"        in ~/.zshrc
  fish  _LRTUI_COMPLETE=fish_source lrtui | source        in config.fish
"""
