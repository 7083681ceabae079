"""Loads the plugin for this suite, from a checkout and from an installed package alike."""

from collections.abc import Iterator
from types import ModuleType

import pytest

from hil_tests.bench import Bench
from hil_tests.expected import Expected


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """The plugin's own hooks, options among them, are called as soon as it is registered."""
    pluginmanager.import_plugin("hil_tests.plugin")


@pytest.fixture
def fault(request: pytest.FixtureRequest, board: ModuleType) -> Expected:
    """The row that a test is parametrized by, as it is for the pen's drive."""
    return request.param.of(board.DRIVE)


@pytest.fixture
def stillness(bench: Bench) -> Iterator[None]:
    """The test must leave the pen as it was: same state, no stroke; with a rig: no step, drive off."""
    before = bench.pen.state()
    yield
    bench.pen.run_for(0.05)
    assert bench.pen.state() == before
    if bench.rig is not None:
        assert bench.rig.edges("step") == []
        assert not bench.rig.powered()
