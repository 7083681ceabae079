"""What the emulated chip is made of: rp2040py, in one version, and every name of it used here that is not its public API.

Nothing else in this package knows the library's modules by name. The other half is numba, which compiles cpu.py.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

PACKAGE = "rp2040py"
VERSION = "0.3.6"
COMPILER = "numba"
SLOW = "RP2040PY_SKIP_CYTHON"  # what makes the library do without it
INSTALL = f"pip install '{PACKAGE}=={VERSION}' {COMPILER}"

# What of a device is used here, public or not: where, and which names. Looked up before it runs.
NAMES = {
    "": "cdc hard_reset mcu",
    "cdc": "_cdc_set_control_line_state _in_endpoint _initialized _out_endpoint on_serial_data",
    "mcu": "adc bootrom clock core dma flash gpio peripherals pio psm pwm read_uint8 read_uint16 read_uint32 resets"
    " set_interrupt sio sram timer usb_ctrl usb_dpram watchdog write_uint8 write_uint16 write_uint32",
    "mcu.clock": "create_alarm nanos nanos_to_next_alarm tick",
    "mcu.core": "c check_for_interrupts enabled_interrupts event_registered execute_instruction interrupts_updated ipsr n"
    " pc pending_interrupts pm registers v z",
    "mcu.dma": "channels clear_dreq dreq read_uint32 set_dreq write_uint32_atomic",
    "mcu.dma.channels.0": "_ctrl _read_addr _ring_mask _trans_count _write_addr abort active start transfer treq",
    "mcu.gpio.0": "add_listener input_value release_input set_input_value value",
    "mcu.pio.0": "check_changed_pins cycle_fp instructions machines next_due_fp pin_values read_uint32 reset rp2040"
    " write_uint32_atomic",
    "mcu.pio.0.machines.0": "clock_div_frac clock_div_int div_fp dreq_rx dreq_tx enabled exec_ctrl input_shift_count"
    " input_shift_reg next_due_fp output_shift_count output_shift_reg pc pin_ctrl rx_fifo shift_ctrl step tx_fifo"
    " wait_delay waiting x y",
    "mcu.psm": "wdsel",
    "mcu.pwm": "channels gpio_direction gpio_on_input read_uint32",
    "mcu.pwm.channels.0": "csr gpio_b_changed index pin_b1 pin_b2",
    "mcu.resets": "read_uint32 wdsel write_uint32",
    "mcu.sio": "read_uint32",
    "mcu.usb_ctrl": "_get_endpoint_buffer_offset _indicate_buffer_ready dpram_updated on_reset on_reset_received reset"
    " send_setup_packet",
    "mcu.watchdog": "_reason alarm on_watchdog_trigger reset write_uint32",
    "mcu.watchdog.alarm": "callback",
}


class EmulatorMissing(ImportError):
    """The emulator is not installed, or not the one this was written for."""


def load(name: str) -> Any:
    """A module of the library, by its name below the package. Raises EmulatorMissing."""
    try:
        found = version(PACKAGE)
    except PackageNotFoundError:
        raise EmulatorMissing(f"the emulated chip needs {PACKAGE}; install it with: {INSTALL}") from None
    if find_spec(COMPILER) is None:
        raise EmulatorMissing(f"the emulated chip needs {COMPILER}; install it with: {INSTALL}")
    if found != VERSION:
        raise EmulatorMissing(f"the emulated chip needs {PACKAGE} {VERSION}, not {found}; install it with: {INSTALL}")
    return import_module(f"{PACKAGE}.{name}")


def check(device: Any) -> None:
    """Raises EmulatorMissing, and says which, if a name this package reaches for is not there."""
    missing = [
        f"{path}.{name}" for path, names in NAMES.items() for name in names.split() if not _has(device, path, name)
    ]
    if missing:
        raise EmulatorMissing(f"this {PACKAGE} has no {', '.join(missing)}; reinstall it with: {INSTALL}")
    if isinstance(device.mcu.core.registers, list):
        raise EmulatorMissing(
            f"this {PACKAGE} runs without its compiled half: no wheel for this system, or {SLOW} is set"
        )


def _has(thing: Any, path: str, name: str) -> bool:
    """A part of the path that is a number is an index."""
    try:
        for part in path.split(".") if path else ():
            thing = thing[int(part)] if part.isdecimal() else getattr(thing, part)
    except (AttributeError, IndexError):
        return False
    return hasattr(thing, name)
