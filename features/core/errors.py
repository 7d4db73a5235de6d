"""The few kinds of error Awase raises on purpose, and the exit code each ends a command with.

Every message says what must hold, what came (counted), and what to do next.
"""

from typing import ClassVar


class AwaseError(Exception):
    """Something a person can put right; shown as one sentence, without a traceback."""

    exit_code: ClassVar[int] = 1


class DefinitionError(AwaseError):
    """The lead definition does not say something that can be followed."""


class LeadDataError(AwaseError):
    """Lead tables, files or mappings do not hold what they must."""


class Refusal(AwaseError):
    """The work was done and its honest result is "no": nothing was promoted or published."""

    exit_code: ClassVar[int] = 3


class LockHeld(AwaseError):
    """Another run is at work on this workspace."""

    exit_code: ClassVar[int] = 4
