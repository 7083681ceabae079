"""The `pen` fixture: the console and time. A test that uses it alone runs on every target."""

from __future__ import annotations

import pytest

from pen_tools.client import Fault, PenClient, State
from pen_tools.errors import Refused


class Pen:
    """A pen at its console. Time passes only in `run_for`, and as long as an answer takes."""

    def __init__(self, client: PenClient, identity: str, board: str) -> None:
        self.client = client
        self.identity = identity
        self.board = board

    def command(self, text: str) -> None:
        """Gives an order. Raises Refused with the pen's own words."""
        self.client.command(text)

    def query(self, text: str) -> str:
        """Asks; returns the answer's line."""
        return self.client.query(text)

    def number(self, text: str) -> float:
        """Asks for a number."""
        return float(self.query(text))

    def block(self, text: str) -> bytes:
        """Asks for a block; its CRC is checked and taken off."""
        return self.client.block(text)

    def send(self, data: bytes) -> None:
        """Bytes as they are; waits for nothing."""
        self.client.link.write(data)

    def stop(self) -> None:
        """Sends `!`; waits for nothing."""
        self.client.stop()

    def refusal(self, text: str) -> Refused:
        """Gives an order that must be refused, and returns how."""
        __tracebackhide__ = True
        try:
            self.command(text)
        except Refused as refused:
            return refused
        pytest.fail(f"the pen took {text}")

    def errors(self) -> list[tuple[int, str]]:
        """Empties the error queue; positive codes are faults."""
        return self.client.errors()

    def state(self) -> State:
        """STAT?"""
        return self.client.state()

    def fault(self) -> Fault:
        """FAUL?"""
        return self.client.fault()

    def wait_for(self, name: str, timeout_s: float = 10.0) -> State:
        """Waits until the pen is in this state; fails the test if a fault comes instead."""
        __tracebackhide__ = True
        state = self.client.wait_for(name, timeout_s=timeout_s)
        if state.name != name:
            fault = self.fault()
            pytest.fail(f"{name} was expected, the pen is {state.name}: {fault.code} {fault.name}, {fault.meaning}")
        return state

    def run_for(self, seconds: float) -> None:
        """Lets time pass: virtual time in the simulator, the wall's on hardware."""
        self.client.link.run_for(seconds)

    def now(self) -> float:
        """The time that `run_for` moves, in seconds."""
        return self.client.link.now_s()

    def prepare(self, zone: str, depth_mm: float, rate_hz: float) -> None:
        """Zone, depth and rate; by way of the lowest rate, at which the drive can do every depth."""
        self.command(f"ZONE {zone}")
        self.command(f"RATE {self.query('RATE? MIN')}")
        self.command(f"DEPT {depth_mm:.2f}")
        self.command(f"RATE {rate_hz:.1f}")

    def arm(self, zone: str, depth_mm: float, rate_hz: float) -> None:
        """Prepares, homes, and waits until the pen is ready."""
        self.prepare(zone, depth_mm, rate_hz)
        self.command("ARM")
        self.wait_for("READY")

    def run(self, seconds: float) -> State:
        """A whole run under a lease, to its end; returns the state after it, READY."""
        self.command(f"RUN {seconds:.3f}")
        self.run_for(seconds)
        return self.wait_for("READY")
