"""Modules that are forgotten: loaded again when they are wanted again, and not there meanwhile."""

from pen_sim.loader import DeviceImporter
from tests.firmware.support import Pen


def test_what_is_forgotten_is_loaded_again() -> None:
    device = DeviceImporter()
    first, package = device.load("pen.ticks"), device.load("pen")
    assert device.load("pen.ticks") is first
    device.load("pen.seldom").forget("pen.ticks")
    assert "pen.ticks" not in device.modules
    assert not hasattr(package, "ticks")
    again = device.load("pen.ticks")
    assert again is not first
    assert package.ticks is again


def test_what_is_needed_seldom_is_not_in_memory() -> None:
    modules = Pen().machine.importer.modules
    assert "pen.app" in modules
    assert not {"pen.board", "pen.records", "pen.lock"} & set(modules)
