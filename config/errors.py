"""The errors that users meet: one sentence that names the thing, one that gives the remedy.

Holds the typed errors that every room raises for a foreseen failure, with the exit code that the
command maps them to. Add a class here only when a caller must tell it apart from the others.
Programming mistakes are not wrapped: they stay what Python raises.
"""


class OpsPulseError(Exception):
    """A foreseen failure, told in plain words.

    Args:
        problem: what is wrong, naming the file, table, column or store. Never holds a secret or a
            personal value.
        remedy: what the reader can do about it.
    """

    exit_code = 1

    def __init__(self, problem: str, remedy: str = "") -> None:
        """Keep both sentences; ``str()`` joins them."""
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{problem} {remedy}".strip())


class ConfigError(OpsPulseError):
    """Wrong use or configuration; the message names file and line where there is one."""

    exit_code = 2


class RefusedError(ConfigError):
    """Somebody asked for what their role may not see; a page answers 403 and notes it."""


class SourceError(OpsPulseError):
    """The operational store could not be reached or read."""

    exit_code = 3


class CheckFailedError(OpsPulseError):
    """A blocking check stopped publication; the last good snapshot keeps serving."""

    exit_code = 1


class StateError(OpsPulseError):
    """Our own state (warehouse, snapshots, disk) does not let us go on."""

    exit_code = 1


class BusyError(StateError):
    """Another run is at work: nothing is wrong, and the wall need not say so."""
