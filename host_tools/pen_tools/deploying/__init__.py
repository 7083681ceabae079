"""Puts the firmware onto a pen that runs the MicroPython runtime, so that whatever interrupts it leaves a pen that starts."""
