"""Every test in a copy of this process, which goes on from one pen that has booted: nothing of a test gets into the next."""

from __future__ import annotations

import gc
import os
import pickle
import sys
from typing import Any, cast

import pytest
from _pytest.runner import runtestprotocol

from hil_tests.virtual_target import VirtualTarget


def possible(target: object) -> bool:
    """The pen takes seconds to boot, and the process can be copied."""
    return isinstance(target, VirtualTarget) and target.name == "chip" and sys.platform != "win32"


def run(item: pytest.Item, following: pytest.Item | None, target: VirtualTarget) -> None:
    """Runs the test in a copy and reports what it reports. A copy that dies without a word is a failure of the test.

    `following` is the next one: what it does not share of a test that was run in the original before is torn down here.
    """
    target.boot_ahead()
    read, write = os.pipe()
    gc.freeze()  # a collection in the copy would touch, and so copy, every page
    process = os.fork()
    if not process:
        _work(item, write)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        came = pipe.read()
    _, status = os.waitpid(process, 0)
    gc.unfreeze()
    for data in pickle.loads(came) if came else [_died(item, status)]:
        report = item.config.hook.pytest_report_from_serializable(config=item.config, data=data)
        item.ihook.pytest_runtest_logreport(report=report)
    cast("Any", item.session)._setupstate.teardown_exact(following)


def _work(item: pytest.Item, pipe: int) -> None:
    """In the copy. It ends here, without what the original would do at its end."""
    try:
        cast("Any", item.session)._setupstate.teardown_exact(None)  # of a test that was run in the original before
        reports = runtestprotocol(item, log=False)
        hook = item.config.hook
        made = [hook.pytest_report_to_serializable(config=item.config, report=report) for report in reports]
        with os.fdopen(pipe, "wb") as file:
            pickle.dump(made, file)
    finally:
        os._exit(0)


def _died(item: pytest.Item, status: int) -> dict[str, Any]:
    words = f"the test's process ended without a word, status {status:#x}"
    report = pytest.TestReport(item.nodeid, item.location, dict(item.keywords), "failed", words, "call")
    found = item.config.hook.pytest_report_to_serializable(config=item.config, report=report)
    return cast("dict[str, Any]", found)
