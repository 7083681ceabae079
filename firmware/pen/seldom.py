"""Modules that are needed once or seldom are not kept in memory: import, use, forget. Never while armed, for it takes time."""

import sys


def forget(name):
    """Whoever imports the module `name` ("pen.board") again has it loaded again; its memory is free once nobody refers to it.

    On the device what is deleted from a dict stays referred to until its place is taken.
    """
    parent, _, leaf = name.rpartition(".")
    parent = sys.modules[parent]
    sys.modules[name] = parent
    del sys.modules[name]
    setattr(parent, leaf, None)
    delattr(parent, leaf)
