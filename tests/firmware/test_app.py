"""The app: refuses a wrong board, keeps time across the wrap, moves the heartbeat, reports faults."""

from types import ModuleType

import pytest

from pen_sim.hal import SimHal
from pen_sim.loader import DeviceImporter
from tests.firmware.support import NAMES, Pen, board_like


class NoHal:
    """Nothing may be called."""


@pytest.mark.requirement("SR-09")
def test_a_wrong_board_is_refused_before_anything_is_touched() -> None:
    app = DeviceImporter().load("pen.app")
    with pytest.raises(ValueError, match="STEP_UM"):
        app.App(NoHal(), board_like(STEP_UM=0))


def test_main_builds_the_pen_of_the_installed_board() -> None:
    made: list[ModuleType] = []
    board = board_like()

    class Hal:
        def __init__(self, installed: ModuleType, _seal: int) -> None:
            made.append(installed)

        def console_read(self, _: bytearray) -> int:
            return 0

        def console_write(self, _: memoryview) -> int:
            return 0

    hal_module = ModuleType("pen.hal.rp2040")
    hal_module.__dict__["Hal"] = Hal
    main = DeviceImporter({"pen.hal.rp2040": hal_module, "board": board}).load("main")
    assert main.build().board is board
    assert made == [board]


def test_it_runs_for_ever() -> None:
    """Starts once, then one turn after another, until something that no program survives."""
    pen = Pen()
    app = pen.machine.app
    turns: list[int] = []

    def idle(milliseconds: int) -> None:
        turns.append(milliseconds)
        if len(turns) == 3:
            raise KeyboardInterrupt

    pen.machine.hal.idle_ms = idle
    with pytest.raises(KeyboardInterrupt):
        app.run()
    assert turns == [5, 5, 5]


@pytest.mark.requirement("SR-14")
def test_the_heartbeat_moves_in_every_turn() -> None:
    pen = Pen(exact=True)
    before = pen.word("OR_HEARTBEAT")
    pen.machine.app.poll()
    assert pen.word("OR_HEARTBEAT") == before + 1
    pen.image[NAMES.OR_HEARTBEAT] = (1 << 30) - 1
    pen.machine.app.poll()
    assert pen.word("OR_HEARTBEAT") == 0


def test_turns_are_shorter_while_armed() -> None:
    idle, armed = Pen(), Pen().arm()
    turns: list[int] = []
    for pen in (idle, armed):
        pen.machine.app.hal.idle_ms = turns.append
        pen.machine.app.poll()
    assert turns == [5, 1]


def test_milliseconds_go_on_across_the_wrap_of_the_ticks() -> None:
    """The simulator's ticks wrap three seconds after the start."""
    pen = Pen(exact=True)
    for _ in range(8):
        pen.run_for(0.5)
        assert 0 <= pen.machine.now_ns // 1_000_000 - pen.machine.app.log.now_ms <= 6
    assert pen.machine.app.hal.now_us() < 2_000_000


def test_a_fault_is_reported_once_and_with_its_time() -> None:
    pen = Pen(exact=True).arm()
    pen.plant.estop_pressed = True
    at_s = pen.machine.now_ns / 1e9
    pen.run_for(0.3)
    code, name, when, *_ = pen.say("FAUL?").split(",")
    assert (code, name) == ("118", '"ESTOP"')
    assert float(when) == pytest.approx(at_s, abs=0.003)
    assert pen.errors() == ['118,"ESTOP: the emergency stop was pressed"']
    pen.plant.estop_pressed = False
    pen.run_for(0.02)
    pen.say("FAUL:CLE")
    assert pen.say("FAUL?").startswith("0,")


def test_reset_is_a_stop_and_forgets_settings_but_no_fault() -> None:
    pen = Pen(exact=True).arm()
    pen.say("RUN 5", 0.1)
    pen.plant.estop_pressed = True
    pen.run_for(0.05)
    pen.say("*RST", 0.1)
    assert (pen.say("ZONE?"), pen.say("DOSE?")) == ("NONE", "NONE,0,0.000")
    assert pen.state == "FAULT"


def test_reset_while_running() -> None:
    pen = Pen(exact=True).arm()
    pen.say("RUN 5", 0.012)
    pen.say("*RST", 0.1)
    assert (pen.state, pen.machine.hal.gate, pen.say("ZONE?")) == ("IDLE", 0, "NONE")
    assert pen.errors() == []


@pytest.mark.parametrize(("cause", "state"), [("POWER_ON", "IDLE"), ("RESET", "IDLE"), ("WATCHDOG", "FAULT")])
@pytest.mark.requirement("SR-25")
def test_after_a_watchdog_reset_it_starts_in_fault(cause: str, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimHal, "reset_cause", lambda _: cause)
    pen = Pen()
    pen.run_for(0.1)
    assert pen.machine.state == state
    assert pen.machine.fault == (125 if cause == "WATCHDOG" else 0)
    pen.say("FAUL:CLE", 0.1)
    assert pen.machine.state == "IDLE"


def test_an_answer_that_its_host_did_not_wait_for_is_not_the_next_ones() -> None:
    """It takes many turns, and the host is away for two milliseconds."""
    pen = Pen()
    pen.machine.send(b"HELP?\n")
    pen.run_for(0.006)
    pen.machine.connect(False)
    pen.run_for(0.002)
    pen.machine.connect(True)
    pen.machine.receive()
    assert pen.say("*ESR?", 0.1).isdigit()
    assert not pen.machine.receive()
