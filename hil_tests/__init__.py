"""Hardware-in-the-loop tests: one suite for the simulated pen, the emulated chip and the pen on the bench."""
