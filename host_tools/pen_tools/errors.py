"""What can go wrong that is nobody's bug: one line for people, a hint what to do next, an exit code for scripts."""

DONE = 0
REFUSED = 2  # or wrong usage; nothing moved
NO_PEN = 3
LINK_LOST = 4
PEN_FAULT = 5


class PenError(Exception):
    """Base: `hint` is the next step, `exit_code` what the command ends with."""

    exit_code = REFUSED

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Usage(PenError):
    """What was asked for cannot be done like this; nothing was touched."""


class Refused(PenError):
    """The pen refused: `code` is its SCPI error, `detail` its words."""

    def __init__(self, code: int, detail: str, hint: str = "") -> None:
        super().__init__(f"the pen refused: {detail} ({code})", hint)
        self.code = code
        self.detail = detail


class NoPen(PenError):
    """No pen was found, or more than one."""

    exit_code = NO_PEN


class LinkLost(PenError):
    """The pen went away, or does not answer."""

    exit_code = LINK_LOST


class StrayAnswer(LinkLost):
    """The pen answered something, but not what it was asked."""


class PenFault(PenError):
    """The pen latched a fault."""

    exit_code = PEN_FAULT

    def __init__(self, code: int, name: str, meaning: str, after: str) -> None:
        super().__init__(f"the pen latched fault {code} {name}: {meaning}", after)
        self.code = code
        self.name = name
