"""The pen's own program, before and after: nothing is done to one that is armed, and a new one must say who it is."""

from __future__ import annotations

from pen_tools.client import PenClient
from pen_tools.deploying.errors import NotDeployed, NotStarted
from pen_tools.deploying.facts import is_release
from pen_tools.deploying.payload import Payload
from pen_tools.deploying.repl import Repl
from pen_tools.errors import LinkLost, PenError
from pen_tools.targets import Identity

_START_S = 30.0  # a pen needs less than two seconds; one that ends in the prompt is not waited for
_ASK_EVERY_S = 0.5
_PROMPT_S = 0.5  # MicroPython's prompt comes back within milliseconds
_TRIES = 2  # what was typed before may stand in front of the first answer
_FIELDS = 4  # of *IDN?
_RELEASE = "+uf2."  # stands between a release's version and its key
_STARTS = b"soft reboot\r\n"
_BANNER = b"\r\nMicroPython v"
_PROMPT = b">>> "
_AT_REST = ("IDLE", "FAULT")
_STATES = ("IDLE", "HOMING", "READY", "RUNNING")


def refuse_if_busy(repl: Repl, payload: Payload) -> None:
    """Raises NotDeployed if a pen answers there that is a release, or whose drive is on.

    Ctrl-C would stop that, and is not for us to send.
    """
    pen = PenClient(repl)
    identity = None if _at_prompt(repl) else _identity(pen)
    if identity is None:
        return
    firmware, release, key = identity.version.partition(_RELEASE)
    if release:
        raise is_release(identity.board, firmware, key, payload)
    state = pen.wait_for(*_STATES).name
    if state not in _AT_REST:
        raise NotDeployed(
            f"the pen is {state}; nothing was touched", "DIS first: send it from pen console, then deploy"
        )


def _at_prompt(repl: Repl) -> bool:
    """No program runs: MicroPython's prompt comes back at once. It takes a carriage return for the end of a line, as a pen does."""
    came = bytearray()
    repl.write(b"\r\n*IDN?\r\n")
    until_s = repl.now_s() + _PROMPT_S
    while repl.now_s() < until_s and b"needlepen," not in came:
        came += repl.read()
        if _PROMPT in came:
            return True
        repl.run_for(repl.step_s)
    return False


def _identity(pen: PenClient) -> Identity | None:
    """Of the pen's program, None if it does not run there. Raises NoPen if another client has it."""
    for _ in range(_TRIES):
        try:
            fields = pen.open().split(",")
        except LinkLost:
            return None
        if fields[0] == "needlepen" and len(fields) == _FIELDS:
            return Identity(*fields)
    return None


def wait_for_start(repl: Repl, payload: Payload) -> Identity:
    """Who answers after a restart. Raises NotStarted with what came instead, if it is not the payload's firmware."""
    said = bytearray()
    until_s, ask_s = repl.now_s() + _START_S, 0.0
    while repl.now_s() < until_s:
        said += repl.read()
        _, started, since = bytes(said).partition(_STARTS)
        for line in since.split(b"\n")[:-1]:
            if line.startswith(b"needlepen,"):
                return _checked(line.decode("ascii", "replace").strip(), payload)
        if _PROMPT in since:
            raise _not_started("the pen does not start its program; it says:", since.partition(_BANNER)[0])
        if started and repl.now_s() >= ask_s:
            repl.write(b"\n*IDN?\n")
            ask_s = repl.now_s() + _ASK_EVERY_S
        repl.run_for(repl.step_s)
    raise _not_started(f"the pen does not answer *IDN? within {_START_S:g} s; it says:", bytes(said[-1_000:]))


def _checked(answer: str, payload: Payload) -> Identity:
    fields = answer.split(",")
    identity = Identity(*fields) if len(fields) == _FIELDS else None
    wanted = (payload.board, payload.firmware, payload.checksum)
    if identity is None or (identity.board, identity.version, identity.checksum) != wanted:
        named = f"{payload.firmware} {payload.checksum}".rstrip()
        raise _not_started(f"the pen should be {payload.board} with firmware {named}, but says:", answer.encode())
    return identity


def _not_started(message: str, said: bytes) -> NotStarted:
    hint = "mend the firmware and run pen deploy again; MicroPython itself is there and answers"
    return NotStarted(message, said.decode("utf-8", "replace"), hint)


def leave(repl: Repl) -> None:
    """Lets the pen start what it has; without a word if the link is gone."""
    try:
        repl.restart()
    except PenError:
        return
