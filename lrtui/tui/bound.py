"""Which key an action has, for words that name it: a person may have bound another one."""


def key_of(name: str, app: object) -> str:
    """Return the key of the action called `name` (without its arguments) as an app has it; empty if it has no such action."""
    for action in getattr(app, "actions", ()):
        if action.name.partition("(")[0] == name:
            return str(action.shown)
    return ""


def passing(key: str, app: object) -> str:
    """Return the action of an app that `key` is for, as text of it, if it goes out of a text field; else an empty text."""
    for action in getattr(app, "actions", ()):
        if action.passes and key in action.keys.split(","):
            return str(action.name if "(" in action.name else f"{action.name}()")
    return ""
