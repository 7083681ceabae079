"""Frozen into a release UF2: the compiled modules with native code, by file name."""

FILES: dict[str, bytes]
