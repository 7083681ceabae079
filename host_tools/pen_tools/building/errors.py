"""What ends a build: something that is missing, and something that went wrong."""

from __future__ import annotations

from pen_tools.errors import PenError

FAILED = 1


class Missing(PenError):
    """A tool, a source or a board definition is not there; nothing was built."""


class BuildFailed(PenError):
    """The compiler, the download or the check of the result said no."""

    exit_code = FAILED
