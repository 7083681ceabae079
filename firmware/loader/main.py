"""needlepen's loader, second part: runs the firmware from the folder that boot.py chose, or says what is missing."""

import sys

MISSING = "/slot is missing, which names the firmware's folder"

try:
    if sys.path[0] not in ("/a", "/b"):
        raise ImportError(MISSING)
    import boot  # done already, unless it failed
    import main

    del boot
except (ImportError, ValueError) as error:  # ValueError: compiled for another runtime
    sys.stdout.write("needlepen cannot start: {} ({}). Run: pen deploy\n".format(error, sys.path[0]))
else:
    main.run()
