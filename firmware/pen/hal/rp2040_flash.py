"""No flash write while the drive is on: erasing stops every interrupt for 45 ms and more, the scan's among them."""

import rp2
import vfs
from micropython import const

from pen.hal import rp2040_scan as scan

_READ_ONLY = const(30)  # EROFS
_PAGE = const(256)  # bytes that flash writes at once [MicroPython, ports/rp2/modules/_boot.py]
_ERASE = const(6)  # of a block device's ioctl [MicroPython, os.AbstractBlockDev]


class _Guarded:
    """The filesystem's part of the flash. Raises OSError(EROFS) for whatever would change it while the drive is on."""

    def __init__(self, flash, state):
        self._flash = flash
        self._state = state

    def readblocks(self, *where):
        """Reading is harmless."""
        self._flash.readblocks(*where)

    def writeblocks(self, *what):
        """As the flash's, if the drive is off."""
        self._check()
        self._flash.writeblocks(*what)

    def ioctl(self, operation, argument):
        """As the flash's; erasing is writing."""
        if operation == _ERASE:
            self._check()
        return self._flash.ioctl(operation, argument)

    def _check(self):
        if self._state[scan.ENABLED]:
            raise OSError(_READ_ONLY)


def guard(state):
    """Mounts the filesystem anew, behind the guard. `state`: the HAL's."""
    vfs.umount("/")
    guarded = vfs.VfsLfs2(_Guarded(rp2.Flash(), state), progsize=_PAGE)  # pyright: ignore[reportArgumentType] it has what is asked for
    vfs.mount(guarded, "/")
