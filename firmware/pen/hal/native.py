"""Native code of the release UF2, brought into RAM before anything imports it.

What is frozen into a UF2 runs from flash, and a scan that waits for flash is late. The release therefore carries the modules
with native code as files in `ramcode.FILES` ({"pen/scan.mpy": bytes}); imported from there, their code is copied into RAM.
"""

import io
import os
import sys

_MOUNT = "/ramcode"
_FILE = (0x8000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
_FOLDER = (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
_NO_ENTRY = 2


class _Files:
    """As much of a filesystem as an import needs. Raises OSError for what is not there."""

    def __init__(self, files):
        self._files = files

    def mount(self, _readonly, _mkfs):
        """Nothing to prepare."""

    def umount(self):
        """Nothing to give back."""

    def stat(self, path):
        """Of a file or a folder."""
        name = path.lstrip("/")
        if name in self._files:
            return _FILE
        for file in self._files:
            if file.startswith(name + "/"):
                return _FOLDER
        raise OSError(_NO_ENTRY)

    def open(self, path, _mode):
        """A file to read from."""
        return io.BytesIO(self._files[path.lstrip("/")])


def load(files):
    """Imports every module of `files`, packages' own modules left out: those are frozen."""
    os.mount(_Files(files), _MOUNT)
    for name in files:
        module = name[: -len(".mpy")].replace("/", ".")
        parent = module[: module.rindex(".")]
        __import__(parent)
        package = sys.modules[parent]
        home = package.__path__
        package.__path__ = _MOUNT + "/" + parent.replace(".", "/")
        __import__(module)
        package.__path__ = home
    os.umount(_MOUNT)
