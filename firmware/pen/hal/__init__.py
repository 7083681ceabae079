"""The HAL: the one contract between the program and what it runs on. One implementation a target; nothing else knows which.

`Hal(board)` touches no pin. A HAL has:

    slots                two arrays ('I', steps.SLOT_WORDS each) for words of the step generator; the foreground writes
                         only the one that neither moves nor is queued
    own                  None, or of a board with a solenoid what that has besides, once started:
                         select_thermistor(board)  whether IN_TEMPERATURE_RAW is the board's from the next scan on; the coil's at
                                                   the start. Not while the coil may be on
                         cartridge_code()          as below
    start(image, trace, check, drive)
                         makes every output safe, then runs latch, check(image, trace), apply at the slow period for good
    stop()               makes every output safe and ends the scan, for good: the program ends
    set_scan_period(us)  100 or 1000; the next scan comes one new period after the last
    load(slot, count, returns=True)
                         offers `count` words of a slot as one stroke, after the drive has read them (drive.admit); raises
                         what that raises, and then the slot is empty
    now_us()             ticks, 0 to 2**30 - 1
    idle_ms(ms)          ends a turn of the foreground's loop; comes back after at most `ms`
    console_read(buffer) bytes received into a bytearray; returns how many, never waits
    console_write(view)  offers bytes to the host; returns how many were taken, never waits
    indicate(light, tone_hz)
                         what LED and buzzer do from now on: light is bits, red 1, green 2, blue 4; a tone of 0 is silence. Both
                         are off at start and after stop
    host_left()          whether in any scan since the last call no host held the console open
    scans()              scans since start
    runtime()            (major, minor) of MicroPython
    program()            (what runs the program, one word such as "mp1.26.1"; the CRC-32 of what was installed, 0 if it cannot be
                         read), the same every time
    unique_id()          the chip's, as hexadecimal digits
    cartridge_code()     of the cartridge in its seat, "" without one or without a reader; only while the drive is off. Raises
                         Refused if it has a reader that reads none
    random_bytes(count)  that nobody can foresee
    reset_cause()        "POWER_ON", "RESET" or "WATCHDOG"
    checksum()           a slice of the program's checksum, 10 ms at most: -1 while under way, then 0 or checks.PROGRAM
    examine()            the rest of the self test, drive off: the sum of what fails, of checks' bits
    host_ms()            the host's own milliseconds, 0 to 2047, or -1 if there is none: a second clock
    store_read(name)     bytes last written under a short name, b"" if there are none; raises OSError if they cannot be read
    store_write(name, data)
                         replaces them; raises OSError, always while the drive is on. No scan comes meanwhile, for 45 ms and more
                         [W25Q16JV datasheet 9.6, tSE: 45 ms typical, 400 ms at most]; cut short, it leaves anything

In the scan, with the process image of pen.image:

    latch   writes IN_*: time, hardware step count, four ADC sums, switches (1 = closed, pressed or faulty), generator, and
            the length of the scan before; SW_STOP in one scan after a `!` or Ctrl-C has come, read by the foreground or not
    apply   reads OU_*: OU_ENABLE drives the enable pin; its rise restarts the dead-man, OU_FEED = 1 feeds it, and once
            starved for 2 ms it stays off until the next rise. OU_MOTION: MOVE_START runs slot OU_SLOT, its first word waiting
            OU_LEAD_US, after the stroke under way if OU_NEXT; MOVE_TURN gives up the way out (turn.plan_turn) and what is queued, and leaves a return
            alone; MOVE_HALT stops the generator at once and empties it

MO_OPEN: fewer than five words are left and nothing is queued; MO_MOVING: words are left; MO_OUTWARD: direction of the
present word. A step is counted when its edge is made. The check gets `image` and `trace` as viper's ptr32 takes them: the
arrays, or their addresses.
"""

METHODS = (
    "start",
    "stop",
    "set_scan_period",
    "load",
    "now_us",
    "idle_ms",
    "console_read",
    "console_write",
    "indicate",
    "host_left",
    "scans",
    "runtime",
    "program",
    "unique_id",
    "cartridge_code",
    "random_bytes",
    "reset_cause",
    "checksum",
    "examine",
    "host_ms",
    "store_read",
    "store_write",
)

DEADMAN_US = 2_000  # [design] section 5
OPEN_WORDS = 4  # depth of a PIO's transmit FIFO [RP2040 datasheet, 3.2]
