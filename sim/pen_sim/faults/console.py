"""What a host can do to the pen by what it sends, by what it does not read, and by going away."""

from random import Random

from pen_sim.faults.fault import Fault, nothing
from pen_sim.faults.seen import HOST_S
from pen_sim.virtual import VirtualPen

SUBJECT = "console"

_FLOOD = b"*ESE 0\n" * 100  # an order that changes nothing and gets no answer
_GARBAGE_BYTES = 1_000
# Stop bytes are a fault of their own, a line break makes it an order, and Ctrl-A asks for an answer that nobody waits for.
_NO_GARBAGE = b"!\x01\x03"
_FLAPS = 10
_FLAP_NS = 3_000_000


def _garbage(pen: VirtualPen) -> None:
    random = Random(f"{pen.seed}/console_garbage/{pen.now_ns}")
    allowed = [byte for byte in range(256) if byte not in _NO_GARBAGE]
    pen.send(bytes(random.choices(allowed, k=_GARBAGE_BYTES)) + b"\n")


def _flap(pen: VirtualPen) -> None:
    for number in range(2 * _FLAPS):
        pen.at(pen.now_ns + number * _FLAP_NS, lambda opens=number % 2 == 1: pen.connect(opens))


def _restart(pen: VirtualPen) -> None:
    """Out of the prompt, if it is there, and of what was written into it meanwhile (Ctrl-U); to a program it is a wrong line."""
    pen.send(b"\x15\x04\n")


FAULTS = (
    Fault("console_flood", (), "the host sends 100 orders at once", lambda pen: pen.send(_FLOOD), nothing),
    Fault("console_garbage", (), "the host sends 1,000 random bytes", _garbage, nothing),
    Fault("console_ctrl_c", (), "the host sends Ctrl-C: a stop, or an idle pen's prompt", lambda pen: pen.send(b"\x03\n"), _restart, restarts=True),
    Fault("console_ctrl_d", (), "the host sends Ctrl-D", lambda pen: pen.send(b"\x04\n"), nothing),
    Fault("link_lost", (130,), "the host goes away", lambda pen: pen.connect(False), lambda pen: pen.connect(True), retracts=True, deaf=True, lease_s=HOST_S),
    Fault("link_flaps", (), "the host opens and closes the port ten times in 60 ms", _flap, lambda pen: pen.connect(True), passes=True),
    Fault("host_deaf", (), "the host does not read", lambda pen: pen.host_reads(False), lambda pen: pen.host_reads(True)),
)  # fmt: skip
