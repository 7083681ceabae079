"""Loads the plugin for this suite, from a checkout and from an installed package alike."""

import pytest


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """The plugin's own hooks, options among them, are called as soon as it is registered."""
    pluginmanager.import_plugin("hil_tests.plugin")
