"""One error hierarchy: every error a user can meet says what happened, what is safe and what to do.

Messages are Chinese sentences shown as they are, in the window and on the command line. They carry no personal data.
`exit_code` is the command line's (README, command line): 1 findings left, 2 wrong usage, 3 input refused, 4 locked.
"""

from __future__ import annotations


class XiangceError(Exception):
    """Base of all errors caused by input or environment; anything else is a bug of ours."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}{self.hint}"


class UsageError(XiangceError):
    """The request itself is wrong: unknown table, field, option."""

    exit_code = 2


class InputRefused(XiangceError):
    """A file or value was refused; nothing was applied."""


class FileDamaged(InputRefused):
    """A file is truncated, altered or not what it claims to be."""


class PackageRefused(InputRefused):
    """A package file failed a check; nothing was applied."""


class RegisterLocked(XiangceError):
    """Another process holds the register, or it cannot be opened now."""

    exit_code = 4


class WrongPassphrase(XiangceError):
    """The passphrase or the recovery code opens no key slot."""

    exit_code = 4


class NotAllowed(XiangceError):
    """The user's role may not do this."""


class StorageFailed(XiangceError):
    """Disk full, read-only or failing; what was acknowledged before is safe."""


class Cancelled(XiangceError):
    """The user stopped a long task at a safe point; nothing was written."""

    exit_code = 1
