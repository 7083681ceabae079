"""Hypothesis draws the same examples in every run: what fails once fails until it is mended."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")
