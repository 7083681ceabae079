"""`pen run` on the simulator: what it measures against what is true, and what its JSON promises."""

import pytest

from pen_sim import faults
from tests.host_tools.cli_bench import QUICK, pen, pen_json

KEYS = [
    "target",
    "board",
    "firmware",
    "identity",
    "seed",
    "zone",
    "set",
    "measured",
    "truth",
    "speed",
    "faults",
    "remarks",
    "trace_hash",
    "ok",
]
TRIPLE = {"min", "mean", "max"}
UM = 0.001
DEADLY = {"foreground_hang", "foreground_raises", "host_deaf", "power_lost"}  # the pen cannot tell any more
RESETS = {"reset_power_on", "reset_run_pin", "reset_soft"}
# Not at this place of a stroke, not within a second, not in every course of it, or deeper than set: the cap is farther.
NOT_THEN = {
    "carriage_slip",
    "dir_stuck_outward",
    "home_stuck_closed",
    "needles_worn",
    "needles_blunt",
    "trigger_held",
    "trigger_stuck",
    "current_raised",
    "foreground_slow",
}
NOT_SEEN_YET = {
    "enable_stuck_high",
    "deadman_stuck",
    "oscillator_stopped",
    "memory_limits",
    "memory_orders",
    "memory_state",
}
STEPPERS = faults.on("either", faults.STEPPER)
OTHERS = {name for name, fault in STEPPERS.items() if not fault.expected or "sim" in fault.lacks}


SOLENOID = ("--board", "pen_solenoid")


@pytest.mark.parametrize(
    ("depth", "rate", "options"),
    [
        ("1.0", "120", ("--skin", "soft")),
        ("1.0", "120", ("--skin", "firm")),
        ("1.0", "115", ("--skin", "firm", "--needles", "worn", "--charge", "50")),
    ],
)
def test_a_solenoid_keeps_depth_and_rate(depth: str, rate: str, options: tuple[str, ...]) -> None:
    """Every stroke within 30 um of the setting, and the rate within 0.1 %: what the design asks for."""
    found = pen_json("run", *SOLENOID, "--depth", depth, "--rate", rate, "--seconds", "2", *options)
    truth, wanted = found["truth"], float(depth)
    assert truth["strokes"] == 2 * float(rate)
    assert wanted - 0.030 <= truth["depth_mm"]["min"] <= truth["depth_mm"]["max"] <= wanted + 0.030
    assert truth["rate_hz"] == pytest.approx(float(rate), rel=0.001)


def test_a_cell_that_is_too_empty_for_a_run_is_refused() -> None:
    """The gauge says so before anything moves, and what would work."""
    options = ("--skin", "firm", "--needles", "worn", "--charge", "5")
    found = pen_json("run", *SOLENOID, "--depth", "1.5", "--rate", "100", "--seconds", "2", *options, code=2)
    assert found["error"].endswith("too little for 60 s of these strokes: charge it (-221)")


def test_the_json_has_exactly_the_promised_keys() -> None:
    found = pen_json("run", *QUICK)
    assert list(found) == KEYS
    assert set(found["set"]) == {"depth_mm", "rate_hz", "seconds"}
    assert set(found["measured"]) == {"strokes", "rate_hz", "depth_mm", "current_ma"}
    assert set(found["truth"]) == {"strokes", "rate_hz", "depth_mm", "current_ma", "penetration_mm"}
    for part in (found["measured"]["depth_mm"], found["truth"]["depth_mm"], found["truth"]["penetration_mm"]):
        assert set(part) == TRIPLE
    assert set(found["measured"]["current_ma"]) == set(found["truth"]["current_ma"]) == {"mean", "max"}
    assert set(found["speed"]) == {"virtual_s", "wall_s", "ratio"}
    assert (found["target"], found["board"], found["seed"], found["faults"]) == ("sim", "bench_stepper", 1, [])


@pytest.mark.parametrize(("zone", "depth", "rate"), [("cheek", 1.0, 20.0), ("body", 2.0, 16.1), ("nose", 0.5, 40.9)])
def test_measured_and_set_agree_with_the_truth(zone: str, depth: float, rate: float) -> None:
    found = pen_json("run", "--zone", zone, "--depth", str(depth), "--rate", str(rate), "--seconds", "1")
    measured, truth = found["measured"], found["truth"]
    assert found["ok"]
    assert measured["strokes"] == truth["strokes"] == pytest.approx(rate, abs=1)
    for which in TRIPLE:
        assert truth["depth_mm"][which] == pytest.approx(depth, abs=30 * UM)
        assert measured["depth_mm"][which] == pytest.approx(truth["depth_mm"][which], abs=30 * UM)
    assert truth["rate_hz"] == pytest.approx(rate, rel=1e-3)
    assert measured["rate_hz"] == pytest.approx(truth["rate_hz"], rel=1e-3)
    assert measured["current_ma"]["mean"] == pytest.approx(truth["current_ma"]["mean"], rel=0.05)
    assert 0 < truth["penetration_mm"]["max"] < depth


def test_a_zone_brings_its_own_depth_and_a_rate_that_the_depth_allows() -> None:
    usual = pen_json("run", "--seconds", "0.2")["set"]
    deeper = pen_json("run", "--depth", "1.5", "--seconds", "0.2")["set"]
    assert (usual["depth_mm"], usual["rate_hz"]) == (1.0, 27.1)
    assert (deeper["depth_mm"], deeper["rate_hz"]) == (1.5, 20.2)


def test_a_shallow_fast_setting_is_reached_from_a_deep_slow_default() -> None:
    found = pen_json("run", "--zone", "body", "--depth", "0.5", "--rate", "40.9", "--seconds", "0.2")
    assert found["set"] == {"depth_mm": 0.5, "rate_hz": 40.9, "seconds": 0.2}


def test_one_seed_one_hash() -> None:
    first, again, other = (pen_json("run", *QUICK, "--seed", seed)["trace_hash"] for seed in ("7", "7", "8"))
    assert first == again != other
    assert len(first) == 64


def test_a_lease_is_renewed_without_a_pause() -> None:
    found = pen_json("run", "--rate", "2", "--depth", "0.5", "--seconds", "61")
    assert found["truth"]["strokes"] == 122
    assert found["truth"]["rate_hz"] == pytest.approx(2.0, rel=1e-3)


@pytest.mark.parametrize("name", sorted(set(STEPPERS) - DEADLY - NOT_THEN - NOT_SEEN_YET - OTHERS))
def test_an_injected_fault_is_reported(name: str) -> None:
    found = pen_json("run", "--rate", "20", "--seconds", "1", "--fault", f"{name}@0.51", code=5)
    (fault,) = found["faults"]
    assert set(fault) == {"code", "name", "at_s"}
    assert fault["code"] in STEPPERS[name].expected
    assert 0.508 <= fault["at_s"] < 1.1
    assert not found["ok"]
    assert found["truth"]["depth_mm"]["max"] <= 1.02


@pytest.mark.parametrize("name", sorted(DEADLY))
def test_a_pen_that_cannot_answer_is_a_lost_link_and_the_truth_is_still_told(name: str) -> None:
    found = pen_json("run", *QUICK, "--fault", f"{name}@0.21", code=4)
    assert found["measured"] is None
    assert found["truth"]["strokes"] >= 4
    assert not found["ok"]


@pytest.mark.parametrize("name", sorted(RESETS))
def test_a_pen_that_has_restarted_fell_short_and_it_is_told(name: str) -> None:
    result = pen("run", *QUICK, "--fault", f"{name}@0.21")
    assert result.exit_code == 1
    assert "the pen has restarted meanwhile" in result.stderr


@pytest.mark.parametrize(
    "name",
    sorted(OTHERS - DEADLY - RESETS - {"console_ctrl_c", "console_flood"} - set(STEPPERS).difference(faults.on("sim"))),
)
def test_what_does_no_harm_is_no_fault_and_the_strokes_are_made(name: str) -> None:
    found = pen_json("run", *QUICK, "--fault", f"{name}@0.21")
    assert found["ok"]
    assert found["faults"] == []


def test_the_bit_that_flipped_is_told() -> None:
    text = "memory_limits:LI_DEEPER_UM.12"
    found = pen_json("run", *QUICK, "--fault", f"{text}@0.21", code=5)
    assert found["remarks"] == ["LI_DEEPER_UM bit 12: 20 became 4116"]
    assert [fault["code"] for fault in found["faults"]] == [127]
    assert "LI_DEEPER_UM bit 12: 20 became 4116" in pen("run", *QUICK, "--fault", f"{text}@0.21").stdout


# What a second of strokes shows of a solenoid's own faults, and as what.
COILS = {"coil_open": 103, "spring_broken": 102, "stop_slip": 101, "magnet_lost": 102, "coil_hot": 111, "cell_hot": 111}


@pytest.mark.parametrize("name", COILS)
def test_a_solenoids_own_fault_is_reported(name: str) -> None:
    asked = ("--board", "pen_solenoid", "--depth", "1.5", "--rate", "40", "--seconds", "1")
    found = pen_json("run", *asked, "--fault", f"{name}@0.51", code=5)
    (fault,) = found["faults"]
    assert fault["code"] in faults.TABLE[name].expected
    assert fault["code"] == COILS[name] or name == "magnet_lost"
    assert found["truth"]["depth_mm"]["max"] <= 1.52


@pytest.mark.parametrize(
    ("board", "name", "board_that_can"),
    [("bench_stepper", "coil_open", "pen_solenoid"), ("pen_solenoid", "carriage_slip", "bench_stepper")],
)
def test_what_the_drive_cannot_have_is_refused_with_a_board_that_can(
    board: str, name: str, board_that_can: str
) -> None:
    result = pen("run", "--board", board, "--fault", f"{name}@1")
    assert result.exit_code == 2
    assert f"{name} cannot happen on a pen with a" in result.stderr
    assert f"--board {board_that_can}" in result.stderr


def test_what_the_target_cannot_have_is_refused_before_anything_moves() -> None:
    result = pen("run", "--fault", "cpu_dead@1")
    assert result.exit_code == 2
    assert "cpu_dead cannot happen on target sim" in result.stderr
    assert "--target chip" in result.stderr


def test_what_the_pen_had_told_before_the_link_was_lost_is_kept() -> None:
    found = pen_json("run", "--rate", "20", "--seconds", "2", "--fault", "foreground_hang@1.3", code=4)
    assert 8 <= found["measured"]["strokes"] <= 26, "as of half a second before at most"
    assert abs(found["measured"]["depth_mm"]["max"] - found["truth"]["depth_mm"]["max"]) <= 0.03


def test_a_dead_scan_is_reported_within_its_time() -> None:
    """20 ms without a scan, by the foreground's clock."""
    found = pen_json("run", "--rate", "20", "--seconds", "1", "--fault", "scan_dead@0.51", code=5)
    assert [fault["code"] for fault in found["faults"]] == [120]
    assert 0.528 <= found["faults"][0]["at_s"] <= 0.54


@pytest.mark.parametrize(
    ("name", "code"), [("home_stuck_open", 106), ("home_stuck_closed", 106), ("trigger_held", 117)]
)
def test_a_fault_before_arming_makes_no_stroke(name: str, code: int) -> None:
    found = pen_json("run", "--fault", f"{name}@0", code=5)
    assert [fault["code"] for fault in found["faults"]] == [code]
    assert found["truth"]["strokes"] == found["measured"]["strokes"] == 0


def test_what_stands_in_the_way_of_arming_is_a_refusal() -> None:
    result = pen("run", "--fault", "estop@0")
    assert result.exit_code == 2
    assert "error: the pen refused: the emergency stop is pressed" in result.stderr
    assert "hint: " in result.stderr


def test_more_strokes_than_asked_for_are_not_ok() -> None:
    found = pen_json("run", *QUICK, "--fault", "trigger_held@0.3", code=1)
    assert found["measured"]["strokes"] > 10
    assert not found["ok"]


def test_a_fault_at_a_depth_happens_there() -> None:
    found = pen_json("run", *QUICK, "--fault", "stall@0.8mm", code=5)
    assert found["faults"][0]["name"] == "STALL"
    assert found["faults"][0]["at_s"] < 0.05


def test_people_get_a_table_and_the_next_step() -> None:
    result = pen("run", *QUICK, "--fault", "stall@0.215")
    assert result.exit_code == 5
    for word in ("set", "measured", "true", "strokes", "fault 103 STALL", "inside the cap of 1.50 mm"):
        assert word in result.stdout
    assert "error: the pen latched fault 103 STALL" in result.stderr
    assert "hint: look for a jam" in result.stderr
