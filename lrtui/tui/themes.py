"""Colours: two themes of our own, and one for terminals of 16 colours (and for NO_COLOR)."""

from dataclasses import dataclass

from textual.dom import DOMNode
from textual.theme import Theme

from lrtui.plots import palette
from lrtui.plots.palette import Colour, Ground

DARK, LIGHT, ANSI = "lrtui-dark", "lrtui-light", "lrtui-ansi"


@dataclass(frozen=True)
class Skin:
    """The styles (rich style strings) that drawn text uses under one theme."""

    text: str
    dim: str
    faint: str
    accent: str
    good: str
    warn: str
    bad: str
    cursor: str
    cursor_blurred: str
    key: str
    ground: Ground

    def tone(self, name: str) -> str:
        """Return the style called `good`, `warn`, `bad` or `dim`."""
        return {"good": self.good, "warn": self.warn, "bad": self.bad}.get(name, self.dim)

    def rate(self, colour: Colour) -> str:
        """Return the style of a learning rate, or of a scenario if the study has one rate."""
        return palette.style(colour, self.ground)


SKINS = {
    DARK: Skin(
        text="#d7dce6",
        dim="#8a93a6",
        faint="#4b5468",
        accent="#7cc4ff",
        good="#5fcf97",
        warn="#f0b64e",
        bad="#ff7b86",
        cursor="on #2b3a55",
        cursor_blurred="on #1f2633",
        key="bold #7cc4ff",
        ground=Ground.DARK,
    ),
    LIGHT: Skin(
        text="#242a36",
        dim="#667085",
        faint="#b3bac7",
        accent="#0b5cad",
        good="#0a7d55",
        warn="#9a5b00",
        bad="#c0202f",
        cursor="on #cfe0f7",
        cursor_blurred="on #e4e9f1",
        key="bold #0b5cad",
        ground=Ground.LIGHT,
    ),
    ANSI: Skin(
        text="",
        dim="dim",
        faint="dim",
        accent="bold",
        good="green",
        warn="yellow",
        bad="bold red",
        cursor="reverse",
        cursor_blurred="bold",
        key="bold",
        ground=Ground.ANSI,
    ),
}


def has_letters(node: DOMNode) -> bool:
    """Return whether what colours tell is to be told by letters and shades."""
    return bool(getattr(node.app, "letters", node.app.no_color))


def skin_of(node: DOMNode) -> Skin:
    """Return the styles of the theme in use."""
    return SKINS.get(node.app.theme, SKINS[DARK])


THEMES = (
    Theme(
        name=DARK,
        primary="#58a6f0",
        secondary="#8a93a6",
        accent="#7cc4ff",
        foreground="#d7dce6",
        background="#12151c",
        surface="#171b24",
        panel="#222936",
        success="#5fcf97",
        warning="#f0b64e",
        error="#ff7b86",
        dark=True,
        variables={"border-blurred": "#333c4d", "input-selection-background": "#58a6f0 35%"},
    ),
    Theme(
        name=LIGHT,
        primary="#0b5cad",
        secondary="#667085",
        accent="#0b5cad",
        foreground="#242a36",
        background="#fbfbfd",
        surface="#f2f4f8",
        panel="#e4e9f1",
        success="#0a7d55",
        warning="#9a5b00",
        error="#c0202f",
        dark=False,
        variables={"border-blurred": "#c5ccd8", "input-selection-background": "#0b5cad 25%"},
    ),
    Theme(
        name=ANSI,
        ansi=True,
        primary="ansi_blue",
        secondary="ansi_cyan",
        accent="ansi_cyan",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        success="ansi_green",
        warning="ansi_yellow",
        error="ansi_red",
        dark=True,
        variables={
            "ansi-background": "ansi_black",
            "ansi-foreground": "ansi_white",
            "screen-selection-background": "ansi_cyan",
            "screen-selection-foreground": "ansi_black",
            "border": "ansi_cyan",
            "border-blurred": "ansi_default",
            "block-cursor-foreground": "ansi_black",
            "block-cursor-background": "ansi_white",
            "input-cursor-background": "ansi_white",
            "input-cursor-foreground": "ansi_black",
            "input-cursor-text-style": "reverse",
            "input-selection-background": "ansi_cyan",
            "input-selection-foreground": "ansi_black",
            "scrollbar": "ansi_white",
            "scrollbar-hover": "ansi_white",
            "scrollbar-active": "ansi_white",
            "scrollbar-background": "ansi_default",
            "scrollbar-background-hover": "ansi_default",
            "scrollbar-background-active": "ansi_default",
            "scrollbar-corner-color": "ansi_default",
        },
    ),
)
