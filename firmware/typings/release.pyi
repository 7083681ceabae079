"""Frozen into a release UF2: what it is."""

BOARD: str
FIRMWARE: str
KEY: str
TEXT: str
SEAL: int
