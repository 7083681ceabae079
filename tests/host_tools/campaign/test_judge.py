"""The judge, shown made-up truths: one for each class of outcome at least, so that each of them can come about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pen_sim import faults
from pen_tools.campaign import facts, judge, outcomes
from pen_tools.campaign.evidence import Evidence
from pen_tools.campaign.judge import Drive
from pen_tools.campaign.outcomes import Kind, Outcome
from tests.host_tools.campaign.truths import (
    ABLE,
    CAP_UM,
    DEPTH_UM,
    ESTOP,
    HOME,
    INJECTED_S,
    OUT_S,
    STALL,
    WEAK,
    healthy,
    named,
    outs,
    scenario,
    silent,
    verdict,
)

LONG_OUT = [*outs(0.205, 3), (0.505, 0.545, 800.0), *outs(1.305, 3)]
GATE_AFTER = [(1.21, 1), (1.7, 0)]
# The pen lets go 10 ms after the needles went out, and its gate does not, for half a second: until the repair.
GATE_AND_NEEDLES = named(
    code=STALL, standing="cleared", again=STALL, injected_s=0.5, gate=[(0.1, 1), (1.0, 0), *GATE_AFTER],
    asked=[(0.1, 1), (0.515, 0), *GATE_AFTER], outs=[*outs(0.205, 3), (0.505, 1.002, 700.0), *outs(1.305, 3)],
)  # fmt: skip

# name: (class, evidence, drive, what is changed of the scenario)
CASES: dict[str, tuple[Outcome, Evidence, Drive, dict[str, Any]]] = {
    "cut and named": (Outcome.NAMED, named(), ABLE, {}),
    "no fault at all": (Outcome.HEALTHY, healthy(), ABLE, {"fault": "none"}),
    "right strokes with a trigger held": (Outcome.HARMLESS, silent(), ABLE, {"fault": "trigger_held"}),
    "what cannot last and leaves nothing": (Outcome.HARMLESS, silent(), ABLE, {"fault": "scan_late"}),
    "not armed": (
        Outcome.REFUSED,
        silent(refused="the emergency stop is pressed", gate=silent().gate[2:], outs=outs(1.805, 3), orders=silent().orders[3:]),
        ABLE,
        {"phase": "idle"},
    ),
    "off and without a word": (
        Outcome.SILENT,
        silent(deaf=True, gate=[(1.71, 1), (2.2, 0)], outs=outs(1.805, 3), orders=silent().orders[3:]),
        ABLE,
        {"fault": "foreground_hang", "phase": "idle"},
    ),
    "a jam holds the needles": (
        Outcome.HELD,
        named(code=STALL, standing="cleared", again=HOME, outs=[*outs(0.205, 3), (0.505, 1.0, 800.0), *outs(1.305, 3)]),
        ABLE,
        {"fault": "stall"},
    ),
    "a jam that is behind the face": (
        Outcome.NAMED,
        named(code=STALL, standing="cleared", again=HOME),
        ABLE,
        {"fault": "stall"},
    ),
    "a gate that is stuck and needles that hold": (Outcome.HELD_ON, GATE_AND_NEEDLES, WEAK, {"fault": "enable_stuck_high"}),
    "a bit that is a stop": (Outcome.CUT_SHORT, silent(outs=[*outs(0.205, 5), *outs(1.805, 3)]), ABLE, {"fault": "memory_orders"}),
    "too much for the drive": (Outcome.STALLED, named(code=STALL), WEAK, {"fault": "none"}),
    "too much for the drive in the end": (Outcome.STALLED, healthy(late=STALL, ended="FAULT"), WEAK, {"fault": "none"}),
    "too much for the drive, which is not armed then": (Outcome.STALLED, healthy(refused="fault 103", late=STALL, ended="FAULT"), WEAK, {"fault": "none"}),
    "a host that nobody waits for": (Outcome.HARMLESS, silent(deaf=True, outs=outs(1.805, 3), orders=[silent().orders[0], *silent().orders[2:]]), ABLE, {"fault": "link_lost", "phase": "homing"}),
    "a host whose lease it is": (Outcome.UNNOTICED, silent(deaf=True), ABLE, {"fault": "link_lost"}),
    "another name": (Outcome.MISNAMED, named(code=STALL), ABLE, {}),
    "an alarm for nothing": (Outcome.FALSE_ALARM, named(injected_s=None, repaired_s=None), ABLE, {"fault": "none"}),
    "a stall that need not be": (Outcome.FALSE_ALARM, named(code=STALL, injected_s=None), ABLE, {"fault": "none"}),
    "an alarm for what is harmless": (Outcome.FALSE_ALARM, named(), ABLE, {"fault": "supply_dip"}),
    "an alarm in the end": (Outcome.FALSE_ALARM, healthy(late=ESTOP, ended="FAULT"), ABLE, {"fault": "none"}),
    "no arming for nothing": (Outcome.FALSE_ALARM, healthy(refused="no"), ABLE, {"fault": "none"}),
    "a cartridge that is refused": (Outcome.REFUSED, silent(refused="clean its contacts"), ABLE, {"fault": "memory_garbled"}),
    "a cartridge that nobody has refused": (Outcome.UNNOTICED, silent(), ABLE, {"fault": "memory_garbled"}),
    "a fault for what is to be refused": (Outcome.FALSE_ALARM, named(), ABLE, {"fault": "memory_garbled"}),
    "nothing said": (Outcome.UNNOTICED, silent(), ABLE, {"fault": "clock_slow"}),
    "cleared and not found again": (Outcome.UNNOTICED, named(code=105, standing="cleared", again=0), ABLE, {"fault": "clock_slow"}),
    "it does not arm again": (Outcome.NOT_WELL, named(late=HOME, ended="FAULT"), ABLE, {}),
    "it does not come to its end": (Outcome.NOT_WELL, named(ended="the pen does not answer"), ABLE, {}),
    "too few strokes again": (Outcome.NOT_WELL, named(outs=named().outs[:-2]), ABLE, {}),
    "too shallow again": (Outcome.NOT_WELL, named(outs=[*named().outs[:4], *outs(1.305, 3, 960.0)]), ABLE, {}),
    "not to be cleared": (Outcome.NOT_CLEARABLE, named(gone="the emergency stop is pressed"), ABLE, {}),
    "cleared too early": (Outcome.CLEARED_STANDING, named(standing="cleared", again=ESTOP), ABLE, {}),
    "too deep for its setting": (Outcome.WRONG_STROKES, silent(outs=[*outs(0.205, 9), *outs(1.105, 1, 1_040.0), *outs(1.805, 3)]), ABLE, {"fault": "scan_late"}),
    "too shallow for its setting": (Outcome.WRONG_STROKES, healthy(outs=[*outs(0.205, 10, 960.0), *outs(1.805, 3)]), ABLE, {"fault": "none"}),
    "a bit that makes them shallow": (Outcome.WRONG_STROKES, silent(outs=[*outs(0.205, 5, 960.0), *outs(1.805, 3)]), ABLE, {"fault": "memory_orders"}),
    "not to be armed for a stall that need not be": (Outcome.FALSE_ALARM, healthy(refused="fault 103", late=STALL, ended="FAULT"), ABLE, {"fault": "none"}),
    "too few": (Outcome.WRONG_STROKES, healthy(outs=[*outs(0.205, 5), *outs(1.805, 3)]), ABLE, {"fault": "none"}),
    "the drive goes on by itself": (Outcome.UNASKED, named(gate=[(0.1, 1), (0.5154, 0), (0.7, 1), (0.8, 0), *GATE_AFTER]), ABLE, {}),
    "the drive goes on though refused": (Outcome.UNASKED, silent(orders=[(0.1, "ARM"), (0.11, "refused"), *silent().orders[1:]], gate=[(0.12, 1), *silent().gate[1:]]), ABLE, {"fault": "scan_late"}),
    "a stroke after the lease": (Outcome.UNASKED, healthy(outs=[*outs(0.205, 10), *outs(1.35, 1), *outs(1.805, 3)]), ABLE, {"fault": "none"}),
    "a stroke before any lease": (Outcome.UNASKED, healthy(outs=[*outs(0.15, 1), *outs(0.205, 10), *outs(1.805, 3)]), ABLE, {"fault": "none"}),
    "a stop that is not obeyed": (Outcome.UNASKED, healthy(orders=[(0.1, "ARM"), (0.2, "RUN 1.000"), (0.6, "!"), *silent().orders[3:]], still_s=0.006, outs=[*outs(0.205, 4), *outs(1.805, 3)]), ABLE, {"fault": "none"}),
    "off too late": (Outcome.LEFT_ON, named(gate=[(0.1, 1), (INJECTED_S + 0.0012, 0), *GATE_AFTER]), ABLE, {}),
    "never off": (Outcome.LEFT_ON, named(gate=[(0.1, 1), (1.7, 0)], outs=[*outs(0.205, 10), *outs(1.305, 3)]), ABLE, {}),
    "on at the end": (Outcome.LEFT_ON, named(powered=True), ABLE, {}),
    "a slow clock for too many strokes": (Outcome.LEFT_ON, named(code=105, standing="cleared", again=105, orders=[(0.1, "ARM"), (0.2, "RUN 2.000"), *named().orders[2:]], gate=[(0.1, 1), (0.5154 + 0.55, 0), *GATE_AFTER], injected_s=0.4, repaired_s=1.1, outs=[*outs(0.205, 9), *outs(1.305, 3)]), ABLE, {"fault": "clock_slow"}),
    "needles left in": (Outcome.LEFT_IN, named(outs=[*outs(0.205, 3), (0.505, 0.7, 800.0), *outs(1.305, 3)]), ABLE, {}),
    "needles out at the end": (Outcome.LEFT_IN, named(tip_um=50.0), ABLE, {}),
    "needles out under power": (Outcome.OUT_TOO_LONG, named(code=104, standing="cleared", again=104, gate=[(0.1, 1), (0.545, 0), *GATE_AFTER], outs=LONG_OUT), ABLE, {"fault": "generator_hang"}),
    "beyond the cap": (Outcome.BEYOND_CAP, named(max_tip_um=CAP_UM + 20.1), ABLE, {}),
    "broken off": (Outcome.BROKEN, Evidence(error="Traceback\nIndexError: 7"), ABLE, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_truth_is_of_its_class(name: str) -> None:
    outcome, evidence, drive, more = CASES[name]
    found = verdict(evidence, drive, **more)
    assert found.outcome is outcome, found.reasons
    assert bool(found.reasons) is not outcome.ok, "whatever fails says why, and what does not has nothing to say"


def test_every_class_has_a_truth() -> None:
    assert {outcome for outcome, *_ in CASES.values()} == set(Outcome)


def test_what_is_unsafe_is_not_ok_and_the_worst_comes_first() -> None:
    assert all(outcome.ok is (outcome.kind is Kind.SAFE) for outcome in Outcome)
    kinds = [outcome.kind for outcome in outcomes.ORDER]
    assert kinds == sorted(kinds, key=[Kind.UNSAFE, Kind.WRONG, Kind.SAFE].index)
    found = verdict(named(max_tip_um=CAP_UM + 30.0, code=STALL, gone="no"))
    assert found.outcome is Outcome.BEYOND_CAP
    assert len(found.reasons) == 3


# --- at the limits


@pytest.mark.parametrize(("um", "ok"), [(20.0, True), (20.1, False)])
def test_the_cap_is_passed_by_twenty_micrometres_at_most(um: float, ok: bool) -> None:
    assert verdict(named(max_tip_um=CAP_UM + um)).outcome.ok is ok
    assert judge.BEYOND_CAP_UM == 20.0


@pytest.mark.parametrize(("off_s", "ok"), [(0.000_64, True), (0.000_66, False)])
def test_an_emergency_stop_has_its_debouncing_a_scan_and_the_way_to_the_enable(off_s: float, ok: bool) -> None:
    """0.3 ms, 0.1 ms and 0.25 ms, docs/safety.md and docs/design.md."""
    found = verdict(named(gate=[(0.1, 1), (INJECTED_S + off_s, 0), *GATE_AFTER]))
    assert found.outcome.ok is ok
    assert found.off_s == pytest.approx(off_s)


@pytest.mark.parametrize(("out_s", "ok"), [(OUT_S * 1.03 + 0.005_9, True), (OUT_S * 1.03 + 0.006_1, False)])
def test_needles_may_be_out_as_long_as_a_slow_stroke_and_the_dwell(out_s: float, ok: bool) -> None:
    off_s = 0.505 + out_s
    evidence = named(
        code=104, standing="cleared", again=104, gate=[(0.1, 1), (off_s, 0), *GATE_AFTER],
        outs=[*outs(0.205, 3), (0.505, off_s + 0.01, DEPTH_UM), *outs(1.305, 3)],
    )  # fmt: skip
    assert verdict(evidence, fault="generator_hang").outcome.ok is ok


@pytest.mark.parametrize(
    ("stop", "still_s", "ok"),
    [("!", 0.004_9, True), ("!", 0.005_1, False), ("STOP", 0.019, True), ("STOP", 0.021, False), ("DIS", 0.021, False)],
)
def test_a_stop_has_its_time(stop: str, still_s: float, ok: bool) -> None:
    orders = [(0.1, "ARM"), (0.2, "RUN 1.000"), (0.6, stop), *silent().orders[3:]]
    evidence = healthy(orders=orders, still_s=still_s, outs=[*outs(0.205, 4), *outs(1.805, 3)])
    assert verdict(evidence, fault="none").outcome.ok is ok


def test_a_stop_that_a_hung_program_cannot_read_counts_from_its_heartbeat() -> None:
    orders = [(0.1, "ARM"), (0.2, "RUN 1.000"), (0.51, "STOP"), *named().orders[2:]]
    evidence = named(
        code=119, orders=orders, still_s=0.055, gate=[(0.1, 1), (0.565, 0), *GATE_AFTER], deaf=True, standing=""
    )
    assert verdict(evidence, fault="foreground_hang").outcome is Outcome.NAMED
    assert verdict(evidence, fault="scan_late").outcome is Outcome.UNASKED


# --- what the judge must not be fooled by


def test_a_fault_that_turns_back_first_has_the_time_for_it() -> None:
    gate = [(0.1, 1), (INJECTED_S + 0.03, 0), *GATE_AFTER]
    assert verdict(named(gate=gate, code=112), fault="supply_low").outcome is Outcome.NAMED
    assert verdict(named(gate=gate, code=113), fault="supply_high").outcome is Outcome.LEFT_ON


def test_a_home_switch_fault_in_homing_is_rightly_named_and_in_a_stroke_it_is_not() -> None:
    orders = named().orders
    in_homing = named(code=HOME, standing="cleared", again=HOME, orders=[orders[0], *orders[2:]], outs=outs(1.305, 3))
    in_stroke = named(code=HOME, standing="cleared", again=HOME)
    assert verdict(in_homing, fault="home_stuck_open", phase="homing").outcome is Outcome.NAMED
    assert verdict(in_stroke, fault="clock_slow").outcome is Outcome.MISNAMED


def test_a_trigger_that_is_held_asks_for_strokes() -> None:
    more = [*outs(0.205, 11), *outs(1.805, 3)]
    assert verdict(silent(outs=more, trigger=[(0.5, 1), (1.35, 0)]), fault="trigger_held").outcome is Outcome.HARMLESS
    late = [*outs(0.205, 10), *outs(1.34, 1), *outs(1.805, 3)]
    assert verdict(silent(outs=late), fault="trigger_held").outcome is Outcome.UNASKED


def test_weak_needles_excuse_a_stall_and_nothing_else() -> None:
    assert verdict(named(code=STALL), WEAK).outcome is Outcome.STALLED
    assert verdict(named(code=104), WEAK).outcome is Outcome.MISNAMED
    assert verdict(named(late=104, ended="FAULT"), WEAK).outcome is Outcome.NOT_WELL
    deep = [*outs(0.205, 9), *outs(1.105, 1, 1_040.0), *outs(1.805, 3)]
    assert verdict(healthy(outs=deep), WEAK, fault="none").outcome is Outcome.WRONG_STROKES
    short = [*outs(0.205, 9), *outs(1.105, 1, 960.0), *outs(1.805, 3)]
    assert verdict(healthy(outs=short), WEAK, fault="none").outcome is Outcome.WRONG_STROKES, "a stall must be noticed"


def test_two_failures_are_no_excuse_for_a_pen_that_does_not_let_go() -> None:
    """Nor is either of them alone."""

    def outcome(drive: Drive = WEAK, fault: str = "enable_stuck_high", **more: Any) -> Outcome:
        return verdict(replace(GATE_AND_NEEDLES, **more), drive, fault=fault).outcome

    assert outcome() is Outcome.HELD_ON
    assert outcome(asked=[(0.1, 1), (0.505 + OUT_S * 1.03 + 0.006_1, 0), *GATE_AFTER]) is Outcome.OUT_TOO_LONG
    assert outcome(asked=[]) is Outcome.OUT_TOO_LONG
    assert outcome(ABLE) is Outcome.OUT_TOO_LONG, "the needles are not too much"
    assert outcome(fault="stall") is Outcome.OUT_TOO_LONG, "the gate is not stuck"
    assert outcome(injected_s=0.52) is Outcome.OUT_TOO_LONG, "not yet"
    assert outcome(code=104) is Outcome.OUT_TOO_LONG, "no stall"
    assert outcome(gate=[(0.1, 1), (1.3, 0)], outs=[(0.505, 1.3, 700.0)]) is Outcome.OUT_TOO_LONG, "not any more"


def test_the_tip_has_been_beyond_the_cap_if_that_is_said_unless_its_sensor_lies() -> None:
    def outcome(fault: str, beyond_um: float) -> Outcome:
        return verdict(named(code=101, max_tip_um=CAP_UM + beyond_um), fault=fault).outcome

    assert outcome("carriage_slip", 1.0) is outcome("steps_lost_inward", 1.0) is Outcome.NAMED
    assert outcome("carriage_slip", 0.0) is outcome("steps_lost_inward", 0.0) is Outcome.MISNAMED
    assert outcome("stall", 1.0) is Outcome.MISNAMED, "no other name gets better by it"


def test_a_jam_does_not_excuse_a_drive_that_stays_on() -> None:
    evidence = named(code=STALL, standing="cleared", again=HOME, gate=[(0.1, 1), (0.56, 0), *GATE_AFTER], outs=LONG_OUT)
    assert verdict(evidence, fault="stall").outcome is Outcome.OUT_TOO_LONG


def test_a_drive_that_is_told_late_may_fall_short_so_often_where_needles_are_too_much() -> None:
    """And where they are not, no stroke may."""
    short = {"outs": [*outs(0.205, 10, 960.0), *outs(1.805, 3)]}
    late = replace(WEAK, short=10)
    assert verdict(healthy(**short), late, fault="none").outcome is Outcome.HEALTHY
    assert verdict(healthy(**short), replace(WEAK, short=9), fault="none").outcome is Outcome.WRONG_STROKES
    assert verdict(healthy(**short), replace(ABLE, short=10), fault="none").outcome is Outcome.WRONG_STROKES
    deep = {"outs": [*outs(0.205, 10, 1_040.0), *outs(1.805, 3)]}
    assert verdict(healthy(**deep), late, fault="none").outcome is Outcome.WRONG_STROKES


def test_what_shows_in_motion_has_as_many_strokes_as_the_drive_needs() -> None:
    """10 Hz: eight strokes of 0.1 s are too many for one that tells in four, and 0.1 s."""
    evidence = named(code=STALL, gate=[(0.1, 1), (1.3, 0), *GATE_AFTER])
    allowed = [verdict(evidence, replace(ABLE, strokes=strokes), fault="stall").allowed_s for strokes in (4, 14)]
    assert allowed == pytest.approx([4 * 0.1 + 0.1, 14 * 0.1 + 0.1])


@pytest.mark.parametrize(("left_s", "outcome"), [(0.019, Outcome.HARMLESS), (0.021, Outcome.UNNOTICED)])
def test_a_host_is_missed_after_20_ms_of_its_lease(left_s: float, outcome: Outcome) -> None:
    """The debouncing of docs/safety.md; the lease is from 0.2 to 1.2 s, and its drive on until 1.4."""
    assert verdict(silent(injected_s=1.2 - left_s), fault="link_lost").outcome is outcome
    stopped = silent(injected_s=0.8 - left_s, outs=[*outs(0.205, 6), *outs(1.805, 3)],
                     orders=[*silent().orders[:2], (0.8, "STOP"), *silent().orders[2:]])  # fmt: skip
    assert verdict(stopped, fault="link_lost").outcome is outcome


def test_a_host_that_is_not_missed_excuses_no_needles() -> None:
    orders = [silent().orders[0], *silent().orders[2:]]
    evidence = silent(deaf=True, outs=[*outs(0.705, 1), *outs(1.805, 3)], orders=orders)
    assert verdict(evidence, fault="link_lost").outcome is Outcome.UNASKED


@pytest.mark.parametrize(
    ("late_s", "outcome"), [(0.0, Outcome.HEALTHY), (0.029, Outcome.HEALTHY), (0.045, Outcome.UNASKED)]
)
def test_strokes_may_come_as_late_as_the_order_is_taken(late_s: float, outcome: Outcome) -> None:
    """At 100 Hz that is three strokes, and none of them is missing: the lease is as much later."""
    quick = [
        (begin_s + late_s + k * 0.01, begin_s + late_s + k * 0.01 + 0.004, DEPTH_UM)
        for begin_s, count in ((0.205, 100), (1.805, 30))
        for k in range(count)
    ]
    assert verdict(healthy(outs=quick), fault="none", rate_dhz=1_000).outcome is outcome


@pytest.mark.parametrize(("phase", "left_on"), [("stroke", True), ("homing", False)])
def test_a_coil_is_not_looked_at_while_the_stop_moves(phase: str, left_on: bool) -> None:
    """Its thermistor is not the selected one then: a quarter of a second more than what it has in a stroke."""
    evidence = named(code=111, outs=outs(1.305, 3), gate=[(0.1, 1), (0.515 + 0.2, 0), (1.21, 1), (1.7, 0)])
    found = judge.judge(scenario(fault="coil_hot", phase=phase), evidence, facts.of("coil_hot", "solenoid"), ABLE)
    assert (found.outcome is Outcome.LEFT_ON) is left_on, found.reasons


def test_a_run_that_ended_before_its_fault_is_judged_as_one_without() -> None:
    evidence = healthy(code=STALL, gone="cleared", gate=[(0.1, 1), (0.51, 0), *silent().gate[2:]])
    assert verdict(evidence, WEAK).outcome is Outcome.STALLED
    assert verdict(evidence, ABLE).outcome is Outcome.FALSE_ALARM


# --- the table of faults


@pytest.mark.parametrize(
    ("drive", "name"), [(drive, name) for drive in faults.DRIVES for name in faults.on("either", drive)]
)
def test_what_lasts_and_shows_at_once_has_its_time(drive: str, name: str) -> None:
    """What passes has none: whether it was there long enough while the drive was on, nobody knows."""
    found, row = facts.of(name, drive), faults.TABLE[name].of(drive)
    assert found.expected == row.expected
    assert found.seen_s == (row.seen_s if row.lasts else None)


def test_a_long_scan_passes_on_the_chip_only() -> None:
    assert facts.of("scan_long").lasts
    assert not facts.of("scan_long", on_chip=True).lasts
    assert facts.of("scan_dead", on_chip=True).lasts


@pytest.mark.parametrize(
    ("name", "homing"),
    [
        ("tip_sensor_frozen", (HOME,)),
        ("stall", (HOME,)),
        ("generator_starved", (HOME,)),
        ("estop", ()),
        ("link_flaps", ()),
    ],
)
def test_what_does_not_fit_while_homing_may_be_called_home(name: str, homing: tuple[int, ...]) -> None:
    assert facts.of(name).homing == homing


def test_no_fault_has_a_row_too() -> None:
    found = facts.of("none")
    assert (found.expected, found.lasts, found.seen_s) == ((), False, None)
