"""The target `chip`: the real MicroPython runtime on an emulated RP2040, in lockstep with the plant on its pins."""
