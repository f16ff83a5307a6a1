"""The two ways a command ends badly.

An `InputError` is the person's to mend: one clear line, exit status 2.
A `WorkError` is the work that failed: one clear line, exit status 1.
Anything else that escapes is a broken invariant, and shows its traceback.
"""


class LrtuiError(Exception):
    """Base of everything lrtui says in a sentence. `exit_status` is what the command returns."""

    exit_status = 1


class InputError(LrtuiError):
    """Bad input from a person: a preset, an option, a file, a folder."""

    exit_status = 2


class WorkError(LrtuiError):
    """The work itself failed: a full disk, a device out of memory."""

    exit_status = 1
