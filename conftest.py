"""Every run notes how its tests ended, for the safety file."""

pytest_plugins = ["scripts.safety.recorder"]
