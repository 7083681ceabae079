"""Builds UF2 images with MicroPython's own build: the runtime, and the releases with our firmware in them."""
