"""Modules that are needed once or seldom are not kept in memory: import, use, forget. Never while armed, for it takes time."""

import sys

import pen


def forget(name):
    """Whoever imports pen's module `name` again has it loaded again; its memory is free as soon as nobody refers to it."""
    del sys.modules["pen." + name]
    delattr(pen, name)
