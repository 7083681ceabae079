"""What a target can have, and how a test that needs more than there is says so."""

from collections.abc import Collection

WHAT: dict[str, str] = {
    "rig": "a rig around the pen",
    "rig.truth": "a rig that knows where the tip truly is",
    "rig.edges": "a rig that sees the pen's pins",
    "rig.faults": "a rig that makes faults happen",
    "rig.switches": "a rig that works trigger, e-stop and cartridge",
    "rig.power": "a rig that switches the pen off and on",
    "virtual_time": "time that stands still between two orders",
}


def check(names: Collection[str]) -> None:
    """Raises ValueError for a name that no target can ever have."""
    for name in names:
        if name not in WHAT:
            raise ValueError(f"no capability named '{name}'; there are: {', '.join(WHAT)}")


def reason(target: str, missing: Collection[str], supplier: str) -> str:
    """Why a test is skipped: what the target lacks, and the option that would supply it."""
    listed = " and ".join(f"{name} ({WHAT[name]})" for name in missing)
    return f"needs {listed}, which target {target} lacks; {supplier}"
