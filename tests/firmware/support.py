"""A bench for the scan: an image with the board's limits in it, and inputs that fit each other unless a test says otherwise."""

from array import array
from types import ModuleType
from typing import Any

from pen_sim.loader import load_board, pure
from pen_sim.machine import Machine
from pen_sim.words import all_names

BOARD = load_board("bench_stepper")
DRIVE = pure("pen.stepper").Drive(BOARD)
NAMES = all_names()
MASK = (1 << 30) - 1

_limits = pure("pen.limits")
_scan = pure("pen.scan")
_units = pure("pen.units")


def image_names(*prefixes: str) -> dict[str, int]:
    """{name: number} of the image's names that begin with one of `prefixes`."""
    return {name: value for name, value in vars(NAMES).items() if name.startswith(prefixes) and isinstance(value, int)}


def board_like(**fields: object) -> ModuleType:
    """The bench board with some fields changed; None takes a field away."""
    board = ModuleType("board")
    known = {name: value for name, value in vars(BOARD).items() if name[0].isupper()}
    board.__dict__.update({name: value for name, value in {**known, **fields}.items() if value is not None})
    return board


def set_word(image: "array[int]", at: int, value: int) -> None:
    """Sets a word of the image, and if it has a copy, that too."""
    if NAMES.LIMITS_FIRST <= at < NAMES.LIMITS_FIRST + NAMES.LIMITS_COUNT:
        NAMES.set_limit(image, at, value)
    else:
        image[at] = value


class Bench:
    """A scan whose inputs are set by hand. `bench["ST_PHASE"]` is a word of its image.

    Ready: in HOLD, retracted, settled, cartridge seated, a host there, heartbeat moving. `counted_um` and `tip_um` are
    where count and tip sensor say the tip is; `home`: the home switch, None if it is what the tip says; `sense`: the enable
    read back, None if it is what the scan before has ordered.
    """

    def __init__(self, *, cap_um: int = 1_000, now_us: int = 5_000, phase: str = "HOLD") -> None:
        self.image = NAMES.create()
        self.trace = NAMES.create_trace(_limits.TRACE_ROWS)
        self.rows = memoryview(self.trace).cast("i")
        _limits.fill(self.image, BOARD, DRIVE)
        _limits.set_period(self.image, _limits.SCAN_FAST_US)
        self.now_us = now_us
        self.counted_um = self.tip_um = -BOARD.CLEARANCE_UM
        self.raw: int | None = None
        self.dithers = True
        self.beats = True
        self.scan_us = 27
        self.motion = 0
        self.current_raw = 0
        self.supply_raw = _units.raw_from_mv(2_000)  # 12 V behind a divider of six
        self.temperature_raw = _units.raw_from_temperature(300, BOARD)
        self.switches = NAMES.SW_CARTRIDGE | NAMES.SW_LINK
        self.home: bool | None = None
        self.sense: bool | None = None
        self["LI_CAP_UM"] = cap_um
        self["ST_PHASE"] = getattr(NAMES, f"PHASE_{phase}")
        self["OR_MODE"] = {"OFF": NAMES.MODE_OFF, "HOMING": NAMES.MODE_HOME}.get(phase, NAMES.MODE_HOLD)
        for slot in (0, 1):
            set_word(self.image, NAMES.OR_PEAK_UM + slot, cap_um)
            set_word(self.image, NAMES.OR_PERIOD_US + slot, 40_000)
            set_word(self.image, NAMES.OR_RATE_SLACK_US + slot, 400)
            set_word(self.image, NAMES.OR_OUT_US + slot, 20_000)
        self.tick(25)  # settled: 2.5 ms at rest

    def __getitem__(self, name: str) -> int:
        return self.image[getattr(NAMES, name)]

    def __setitem__(self, name: str, value: int) -> None:
        set_word(self.image, getattr(NAMES, name), value)

    @property
    def phase(self) -> str:
        """Such as "HOLD"."""
        return {value: name for name, value in image_names("PHASE_").items()}[self["ST_PHASE"]].removeprefix("PHASE_")

    def tick(self, count: int = 1, us: int = 100) -> int:
        """`count` scans, `us` apart; returns the latched fault."""
        for _ in range(count):
            self.now_us = (self.now_us + us) & MASK
            self._latch()
            _scan.check(self.image, self.rows)
        return self["ST_FAULT"]

    def _latch(self) -> None:
        image = self.image
        image[NAMES.IN_NOW_US] = self.now_us
        steps, rest_um = divmod(self.counted_um + BOARD.CLEARANCE_UM, BOARD.STEP_UM)
        assert rest_um == 0, "the count moves in whole steps"
        image[NAMES.IN_STEPS] = steps + image[NAMES.OR_ORIGIN]
        dither = self.now_us // 100 & 1 if self.dithers else 0
        image[NAMES.IN_TIP_RAW] = raw_at(self.tip_um) + dither if self.raw is None else self.raw
        image[NAMES.IN_CURRENT_RAW] = self.current_raw
        image[NAMES.IN_SUPPLY_RAW] = self.supply_raw
        image[NAMES.IN_TEMPERATURE_RAW] = self.temperature_raw
        home = self.tip_um <= BOARD.HOME_OPENS_UM - BOARD.CLEARANCE_UM if self.home is None else self.home
        sense = NAMES.SW_ENABLE_SENSE if (image[NAMES.OU_ENABLE] if self.sense is None else self.sense) else 0
        image[NAMES.IN_SWITCHES] = self.switches | (NAMES.SW_HOME if home else 0) | sense
        image[NAMES.IN_MOTION] = self.motion
        image[NAMES.IN_SCAN_US] = self.scan_us
        if self.beats:
            image[NAMES.OR_HEARTBEAT] = (image[NAMES.OR_HEARTBEAT] + 1) & MASK

    def at(self, um: int, motion: int = 0) -> None:
        """Count and tip are both there; `motion` are MO_* bits."""
        self.counted_um = self.tip_um = um
        self.motion = motion

    def lease(self, us: int = 60_000_000) -> None:
        """What the session writes for RUN."""
        self["OR_LEASE_START_US"] = self.now_us
        self["OR_LEASE_US"] = us
        self["OR_LEASE_SEQ"] += 1

    def stroking(self, um: int = 500) -> None:
        """Under a lease, on the way out, at `um`."""
        self.lease()
        self.tick()
        assert self.phase == "STROKING"
        self.motion = NAMES.MO_MOVING | NAMES.MO_OUTWARD
        for place_um in range(-BOARD.CLEARANCE_UM, um + 1, 50):
            self.at(place_um, self.motion)
            self.tick()
        self.at(um, self.motion)
        self.tick()
        assert (self.phase, self["ST_FAULT"]) == ("STROKING", 0)

    def press(self, scans: int = 60) -> None:
        """Presses the trigger for so many scans, and goes on holding it."""
        self.switches |= NAMES.SW_TRIGGER
        self.tick(scans)

    def outputs(self) -> tuple[int, int, int]:
        """Enable, feed, motion."""
        return self["OU_ENABLE"], self["OU_FEED"], self["OU_MOTION"]


def raw_at(um: int) -> int:
    """The least tip sensor reading that means `um`; one count more means it too."""
    gain = BOARD.TIP_UM_PER_V * 3_300 * 65_536 // (1_000 * 16_380)
    return -(-(um - BOARD.TIP_UM_AT_0V) * 65_536 // gain)


class Pen:
    """A whole pen on the simulator, and a host at its console. `say` sends a line and gives the answer."""

    def __init__(self, **options: Any) -> None:
        self.machine = Machine(**{"keep": False, **options})
        self.machine.connect(True)
        self.run_for(0.1)

    @property
    def image(self) -> "array[int]":
        return self.machine.app.image

    @property
    def plant(self) -> Any:
        return self.machine.plant

    @property
    def state(self) -> str:
        return self.machine.state

    def word(self, name: str) -> int:
        """A word of the process image."""
        return self.image[getattr(NAMES, name)]

    def run_for(self, seconds: float) -> None:
        self.machine.run_for(seconds)

    def say(self, line: str, seconds: float = 0.02) -> str:
        self.machine.send(line.encode() + b"\n")
        self.run_for(seconds)
        return self.machine.receive().decode("latin-1").rstrip("\n")

    def restart(self, cause: str = "POWER_ON") -> "Pen":
        """Off and on again; started up."""
        self.machine.restart(cause)
        self.run_for(0.25)  # a fifth of a second of it until the program begins
        self.machine.receive()
        return self

    def arm(self, zone: str = "CHEEK") -> "Pen":
        """Homed and READY."""
        self.say(f"ZONE {zone}")
        self.say("ARM", 0.2)
        assert self.state == "READY", self.say("FAUL?")
        return self

    def errors(self) -> list[str]:
        """The error queue, emptied."""
        found: list[str] = []
        while not (error := self.say("SYST:ERR?")).startswith("0,"):
            found.append(error)
        return found
