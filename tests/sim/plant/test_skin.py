"""The skin against hand-computed points, and against the rule that it never gives back more than it took."""

from math import exp, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.plant.skin import Skin
from pen_sim.plant.skin_spec import SKINS, TYPICAL, SkinSpec, skin_for

NEEDLES = 12
EXACT = 1e-9
STEP_UM = 5


def push_to(skin: Skin, from_um: int, to_um: int, t_ns: int = 0) -> float:
    force = 0.0
    for tip_um in range(from_um, to_um + 1, STEP_UM):
        force = skin.push(tip_um, 0.0, t_ns, inf)
    return force


def pull_to(skin: Skin, from_um: int, to_um: int, t_ns: int = 0) -> float:
    force = 0.0
    for tip_um in range(from_um, to_um - 1, -STEP_UM):
        force = skin.pull(tip_um, 0.0, t_ns, inf)
    return force


def test_dimple_then_puncture_at_force_over_stiffness() -> None:
    """Typical, sharp: 0.04 N / 0.10 N/mm = 0.4 mm, at 12 * 0.04 N = 480 mN."""
    skin = Skin(TYPICAL, NEEDLES)
    assert push_to(skin, 0, 395) == pytest.approx(12 * 0.1 * 395)
    assert not skin.inside
    assert skin.surface_um == 395
    assert push_to(skin, 400, 400) == pytest.approx(480)
    assert skin.inside


def test_after_puncture_the_surface_is_where_friction_balances_it() -> None:
    """k s = mu (x - s) with k = 0.10 and mu = 0.03 N/mm: s = 3/13 x; at 1300 um the surface is at 300 um."""
    skin = Skin(TYPICAL, NEEDLES)
    push_to(skin, 0, 400)
    assert skin.surface_um == pytest.approx(400 * 3 / 13)
    force = push_to(skin, 405, 1_300)
    assert skin.surface_um == pytest.approx(300)
    assert skin.deepest_um == pytest.approx(1_000)
    assert force == pytest.approx(12 * 0.03 * 1_000)


def test_on_the_way_out_friction_reverses() -> None:
    """From 1300 um the surface was at 300 um and 0.3 of it has crept. Sliding: k (s - 90) = -mu (x - s).

    At x = 650 um s = -150 um, so 12 * 0.03 * 800 mN hold; at 300 um s = 0, and 12 * 0.03 * 300 mN hold.
    """
    skin = Skin(TYPICAL, NEEDLES)
    push_to(skin, 0, 1_300)
    assert pull_to(skin, 1_295, 650) == pytest.approx(-288)
    assert skin.surface_um == pytest.approx(-150)
    assert pull_to(skin, 645, 300) == pytest.approx(-108)
    assert skin.surface_um == pytest.approx(0, abs=EXACT)


def test_between_the_two_the_skin_sticks_to_the_needles() -> None:
    """The surface comes along: 50 um back it is at 250 um and still pushes, 250 um back at 50 um and holds. Rest: 90 um."""
    skin = Skin(TYPICAL, NEEDLES)
    push_to(skin, 0, 1_300)
    assert pull_to(skin, 1_295, 1_250) == pytest.approx(1.2 * (250 - 90))
    assert pull_to(skin, 1_245, 1_050) == pytest.approx(1.2 * (50 - 90))


def test_the_surface_recovers_exponentially() -> None:
    """Left at 0.3 * 300 um, time constant 20 ms."""
    skin = Skin(TYPICAL, NEEDLES)
    push_to(skin, 0, 1_300)
    pull_to(skin, 1_295, 0, t_ns=1_000)
    for ms in (0, 5, 20, 60):
        assert skin.rest_um(1_000 + ms * 1_000_000) == pytest.approx(90 * exp(-ms / 20))


def test_a_stroke_that_follows_at_once_starts_from_a_displaced_surface() -> None:
    """Left at 90 um; 20 ms later at 33.1 um, so the puncture is at 433.1 um and not at 400."""
    skin = Skin(TYPICAL, NEEDLES)
    push_to(skin, 0, 1_300)
    pull_to(skin, 1_295, 0, t_ns=0)
    push_to(skin, 0, 430, t_ns=20_000_000)
    assert not skin.inside
    push_to(skin, 435, 435, t_ns=20_000_000)
    assert skin.inside


def test_damping_adds_to_the_force() -> None:
    """12 * 0.02 N s/m at 80 mm/s are 19.2 mN, against the motion both ways."""
    skin = Skin(TYPICAL, NEEDLES)
    assert skin.push(100, 80e-6, 0, inf) == pytest.approx(1.2 * 100 + 19.2)
    push_to(skin, 100, 1_300)
    pull_to(skin, 1_295, 655)
    assert skin.pull(650, 80e-6, 0, inf) == pytest.approx(-288 - 19.2)


def test_beyond_the_limit_nothing_moves() -> None:
    """In the dimple 1.2 mN/um; inside, sliding, 12 * 0.03 * 10/13 of the way; back, sticking, 1.2 mN/um again."""
    skin = Skin(TYPICAL, NEEDLES)
    push_to(skin, 0, 100)
    assert skin.push(200, 0.0, 0, 239.9) == pytest.approx(240)
    assert skin.surface_um == 100
    skin.push(200, 0.0, 0, 240.1)
    assert skin.surface_um == 200
    push_to(skin, 200, 1_300)
    assert skin.push(2_600, 0.0, 0, 719.9) == pytest.approx(720)
    assert (skin.surface_um, skin.deepest_um) == pytest.approx((300, 1_000))
    assert skin.pull(1_000, 0.0, 0, 107.9) == pytest.approx(-108)
    assert skin.surface_um == pytest.approx(300)


def test_a_dimple_without_puncture_is_no_penetration() -> None:
    """It pushes the needles back, 1.2 mN/um above 0.3 * 300 um, stays behind there, and does not stick to them."""
    skin = Skin(TYPICAL, NEEDLES)
    push_to(skin, 0, 300)
    assert skin.pull(200, 0.0, 0, inf) == pytest.approx(1.2 * (200 - 90))
    assert skin.pull(100, 80e-6, 0, inf) == 0
    assert pull_to(skin, 95, 0) == 0
    assert skin.deepest_um == 0
    assert skin.rest_um(0) == pytest.approx(90)


def test_bone_lets_needles_in_almost_fully() -> None:
    """k = 0.4, mu = 0.04 N/mm: 10/11 of the depth."""
    skin = Skin(SKINS["bone"], NEEDLES)
    push_to(skin, 0, 1_100)
    assert skin.deepest_um == pytest.approx(1_000)


@pytest.mark.parametrize("name", SKINS)
@pytest.mark.parametrize(
    ("needles", "low_n", "high_n"), [("sharp", 0.03, 0.1), ("worn", 0.15, 0.5), ("blunt", 0.75, 1.5)]
)
def test_presets_are_what_was_published(name: str, needles: str, low_n: float, high_n: float) -> None:
    assert low_n <= skin_for(name, needles).puncture_n <= high_n


@pytest.mark.parametrize("name", SKINS)
def test_sharp_presets_stay_in_the_researched_ranges(name: str) -> None:
    skin = SKINS[name]
    assert 0.06 <= skin.stiffness_n_per_mm <= 0.15
    assert 0.01 <= skin.damping_ns_per_m <= 0.05
    assert 0.02 <= skin.friction_n_per_mm <= 0.05
    assert 5 <= skin.recovery_ms <= 50


def test_what_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match="leather"):
        skin_for("leather")
    with pytest.raises(ValueError, match="bent"):
        skin_for("soft", "bent")


@pytest.mark.parametrize(
    "wrong",
    [
        (0.1, -0.01, 0.04, 0.03, 20.0, 1.0, 0.3),
        (0.1, 0.02, 0.04, 0.1, 20.0, 1.0, 0.3),
        (0.1, 0.02, 0.04, 0.03, 0.0, 1.0, 0.3),
        (0.1, 0.02, 0.04, 0.03, 20.0, 1.0, 1.1),
    ],
)
def test_skin_that_makes_no_sense_is_refused(wrong: tuple[float, float, float, float, float, float, float]) -> None:
    with pytest.raises(ValueError, match=r"skin"):
        SkinSpec(*wrong)


@given(
    turns=st.lists(st.integers(0, 600), min_size=1, max_size=12),
    name=st.sampled_from(sorted(SKINS)),
    needles=st.sampled_from(["sharp", "worn", "blunt"]),
    speed=st.sampled_from([0.0, 80e-6]),
    pause_ms=st.integers(0, 100),
)
def test_no_path_through_the_skin_creates_energy(
    turns: list[int], name: str, needles: str, speed: float, pause_ms: int
) -> None:
    """Work done on the skin, force times way, from outside through all turns to outside again is not negative."""
    skin = Skin(skin_for(name, needles), NEEDLES)
    tip_um, t_ns, work = 0, 0, 0.0
    for turn in [*turns, 0]:
        target_um = turn * STEP_UM
        t_ns += pause_ms * 1_000_000
        while tip_um != target_um:
            outward = target_um > tip_um
            tip_um += STEP_UM if outward else -STEP_UM
            force = (skin.push if outward else skin.pull)(tip_um, speed, t_ns, inf)
            work += force * (STEP_UM if outward else -STEP_UM)
    assert work >= -EXACT
    assert not skin.inside
