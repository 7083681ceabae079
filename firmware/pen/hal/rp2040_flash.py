"""No flash write while the drive is on: erasing stops every interrupt for 45 ms and more, the scan's among them.

It is refused twice. The filesystem's own methods refuse before anything is looked for; the flash below refuses to a file
that was opened before, and to whoever goes past the filesystem. There littlefs takes another block for each try, and once
it has to look for free ones it reads the whole disk, which takes longer than the heartbeat allows: hence the first.
"""

import rp2
import vfs
from micropython import const

from pen.hal import rp2040_scan as scan

_READ_ONLY = const(30)  # EROFS
_PAGE = const(256)  # bytes that flash writes at once [MicroPython, ports/rp2/modules/_boot.py]
_ERASE = const(6)  # of a block device's ioctl [MicroPython, os.AbstractBlockDev]
_WRITING = "wax+"  # in the mode of a file


class _Flash:
    """The filesystem's part of the flash. Whatever would change it gets -EROFS while the drive is on: an exception
    would leave littlefs in the midst of something.
    """

    def __init__(self, flash, state):
        self._flash = flash
        self._state = state
        self.readblocks = flash.readblocks

    def writeblocks(self, *what):
        """As the flash's, if the drive is off."""
        if self._state[scan.ENABLED]:
            return -_READ_ONLY
        return self._flash.writeblocks(*what)

    def ioctl(self, operation, argument):
        """As the flash's; erasing is writing."""
        if operation == _ERASE and self._state[scan.ENABLED]:
            return -_READ_ONLY
        return self._flash.ioctl(operation, argument)


class _Files:
    """The filesystem. Raises OSError(EROFS) for whatever would change it while the drive is on."""

    def __init__(self, files, state):
        self._files = files
        self._state = state
        self.mount, self.umount = files.mount, files.umount
        self.chdir, self.getcwd = files.chdir, files.getcwd
        self.stat, self.statvfs, self.ilistdir = files.stat, files.statvfs, files.ilistdir

    def open(self, path, mode):
        """To read, always."""
        for letter in _WRITING:
            if letter in mode:
                self._require()
        return self._files.open(path, mode)

    def mkdir(self, path):
        """If the drive is off, as all below."""
        self._require()
        self._files.mkdir(path)

    def remove(self, path):
        """A file."""
        self._require()
        self._files.remove(path)

    def rmdir(self, path):
        """A folder."""
        self._require()
        self._files.rmdir(path)

    def rename(self, old, new):
        """Also in place of another."""
        self._require()
        self._files.rename(old, new)

    def _require(self):
        if self._state[scan.ENABLED]:
            raise OSError(_READ_ONLY)


def guard(state):
    """Mounts the filesystem anew, behind the guards. `state`: the HAL's."""
    vfs.umount("/")
    files = vfs.VfsLfs2(_Flash(rp2.Flash(), state), progsize=_PAGE)  # pyright: ignore[reportArgumentType] it has what is asked for
    vfs.mount(_Files(files, state), "/")  # pyright: ignore[reportArgumentType] it has what is asked for
