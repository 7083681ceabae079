# What the definitions of all boards share. They are for `pen build release`, which passes the manifest: it freezes the
# firmware, the board file, and which release it is.
set(PICO_PLATFORM "rp2040")
