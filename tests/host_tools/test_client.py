"""The client on a line that says something else than a pen."""

import pytest

from pen_tools.client import PenClient
from pen_tools.errors import LinkLost


class Saying:
    """A link on which every question gets the same line."""

    name = "saying"
    step_s = 0.001

    def __init__(self, line: bytes) -> None:
        self._line = line
        self._answers = b""

    def write(self, data: bytes) -> None:
        """A question comes with a mark behind it, which is one more."""
        self._answers += 2 * self._line

    def read(self) -> bytes:
        answers, self._answers = self._answers, b""
        return answers

    def run_for(self, seconds: float) -> None:
        """Nothing else comes."""

    def now_s(self) -> float:
        return 0.0

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("ask", [PenClient.state, PenClient.fault, PenClient.errors])
@pytest.mark.parametrize("line", [b"Traceback (most recent call last):\n", b"IDLE,0,none,0.0\n", b"a,b,c,d,e\n"])
def test_what_is_no_answer_is_a_lost_link_that_says_what_came(ask: object, line: bytes) -> None:
    assert callable(ask)
    with pytest.raises(LinkLost, match="the pen answered ") as raised:
        ask(PenClient(Saying(line)))
    assert repr(line.decode().strip()) in str(raised.value)
    assert "restarted" in raised.value.hint
