"""A deploy from beginning to end. Whatever ends it early, the pen starts what it started before, or says what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pen_tools.deploying import facts, plan, visit
from pen_tools.deploying.device import Device
from pen_tools.deploying.errors import AGAIN, DeviceError, NotDeployed
from pen_tools.deploying.payload import OURS, Payload, digest
from pen_tools.deploying.progress import Teller
from pen_tools.deploying.repl import Repl
from pen_tools.errors import LinkLost
from pen_tools.runtime import dotted
from pen_tools.targets import Identity

_SLOT = "/slot"


@dataclass(frozen=True)
class Done:
    """What was done, or would be; `identity` is who answered at last, `kept` the new names of files that were in the way."""

    plan: plan.Plan
    runtime: str
    copied_bytes: int
    identity: Identity | None
    kept: tuple[str, ...] = ()


def deploy(port: str, payload: Payload, teller: Teller, check: Callable[[], None], *, dry_run: bool = False) -> Done:
    """Puts the payload onto the pen at that port and starts it; with `dry_run` only looks what there is to do.

    `check` is called between two orders and may raise what ends the job. Raises NoPen, NotDeployed, NotStarted, LinkLost
    or DeviceError.
    """
    repl = Repl(port)
    try:
        visit.refuse_if_busy(repl, payload)
        repl.enter()
        try:
            job = _Job(repl, payload, teller, check)
            done = job.look() if dry_run else job.install()
        except BaseException:
            visit.leave(repl)
            raise
        repl.restart()
        if dry_run:
            return done
        teller.tell("starting it")
        identity = visit.wait_for_start(repl, payload)
        return Done(done.plan, done.runtime, done.copied_bytes, identity, done.kept)
    finally:
        teller.end()
        repl.close()


class _Job:
    """What happens on the entered REPL."""

    def __init__(self, repl: Repl, payload: Payload, teller: Teller, check: Callable[[], None]) -> None:
        self._payload, self._teller, self._check = payload, teller, check
        found = facts.ask(repl)
        found.check(payload)
        self._runtime = dotted(found.version)
        self._device = Device(repl)

    def look(self) -> Done:
        """Reads what the pen has and works out what there is to do; changes nothing."""
        device, files = self._device, self._payload.files
        slot = (device.head(_SLOT) or b"").decode("ascii", "replace")
        self._teller.tell(
            f"MicroPython {self._runtime}; the pen starts from {'/' + slot if slot else 'nothing of ours'}"
        )
        there = {name: device.listing("/" + name, self._check) for name in plan.SLOTS}
        found = plan.make(files, slot if slot in plan.SLOTS else None, there)
        self._refuse_strangers(found)
        self._refuse_if_full(plan.bytes_needed(found, files, there[found.slot]))
        return Done(found, self._runtime, sum(len(files[path]) for path in found.copy), None)

    def install(self) -> Done:
        """Looks, and does it."""
        done = self.look()
        if done.plan.current:
            self._teller.tell(f"/{done.plan.slot} has this firmware already, every file as it should be")
        else:
            self._copy(done)
            self._verify(done.plan.slot)
        kept = self._put_loader()
        if not done.plan.current:
            self._put(_SLOT, done.plan.slot.encode())
        return Done(done.plan, done.runtime, done.copied_bytes, None, kept)

    def _refuse_strangers(self, found: plan.Plan) -> None:
        """A folder of that name may be somebody else's, on a board that never was a pen."""
        strangers = [path for path in found.remove if not plan.is_ours(path)]
        if strangers and not self._is_ours("/boot.py"):
            raise NotDeployed(
                f"/{found.slot} on this board has files that are not needlepen's: {', '.join(strangers[:3])}",
                "save what you need of them, then remove them: mpremote fs rm",
            )

    def _is_ours(self, path: str) -> bool:
        return (self._device.head(path) or b"").startswith(OURS)

    def _refuse_if_full(self, needed: int) -> None:
        free = self._device.free()
        if needed > free:
            raise _full(needed, free)

    def _copy(self, done: Done) -> None:
        """Makes the folder that the pen does not start from equal to the payload."""
        device, folder, files = self._device, "/" + done.plan.slot, self._payload.files
        if done.plan.remove:
            device.remove([f"{folder}/{path}" for path in done.plan.remove])
        self._teller.begin(done.copied_bytes)
        try:
            device.make_folders(folder, tuple(files))
            for path in done.plan.copy:
                self._teller.file(f"{folder}/{path}", len(files[path]))
                device.write(f"{folder}/{path}", files[path], self._piece)
            device.tidy(folder)
        except DeviceError as error:
            if error.is_full:
                raise _full(done.copied_bytes, device.free()) from error
            raise
        finally:
            self._teller.end()

    def _piece(self, count: int) -> None:
        self._teller.copied(count)
        self._check()

    def _verify(self, slot: str) -> None:
        """Every file is read back on the pen. Raises LinkLost for one that is not what was sent."""
        self._teller.tell(f"comparing the SHA-256 of {len(self._payload.files)} files in /{slot}")
        listing = self._device.listing("/" + slot, self._check)
        if not plan.same(self._payload.files, listing):
            bad = plan.wrong(self._payload.files, listing) or sorted(listing.keys() - self._payload.files.keys())
            raise LinkLost(f"/{slot}/{bad[0]} on the pen is not what was sent", AGAIN)

    def _put_loader(self) -> tuple[str, ...]:
        """boot.py first: it knows that /slot may not be there yet. Returns what was in the way, by its new name."""
        kept: list[str] = []
        for name, content in self._payload.loader.items():
            path = "/" + name
            if self._device.head(path) is not None:
                sha = self._device.sha(path)
                if sha == digest(content):
                    continue
                if not self._is_ours(path):
                    kept.append(f"/{sha[:8]}.{name}")
                    self._device.rename(path, kept[-1])
                    self._teller.tell(f"{path} was not the loader; it is {kept[-1]} now")
            self._put(path, content)
        return tuple(kept)

    def _put(self, path: str, content: bytes) -> None:
        """In one step: the old file is there until the new one is, and was read back."""
        self._device.write(path + ".new", content)
        if self._device.sha(path + ".new") != digest(content):
            raise LinkLost(f"{path} on the pen is not what was sent", AGAIN)
        self._device.rename(path + ".new", path)


def _full(needed: int, free: int) -> NotDeployed:
    return NotDeployed(
        f"the pen's filesystem is full: {needed} bytes are needed, {free} are free; the firmware on it stays",
        "mpremote fs ls shows what is there; what is not in /a and /b is not ours",
    )
