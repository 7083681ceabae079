"""`pen bench`: measures the pen on the emulated chip against the numbers of docs/design.md, section 6, from outside."""
