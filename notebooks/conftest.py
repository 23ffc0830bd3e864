"""What nbval leaves out: the figures, a chapter's limits, and no network."""

import os
import time

import pytest
from book._tools.chapters import ENVIRONMENT, IGNORED, MIB, MemoryWatch, tags
from book._tools.lint import beyond_limits
from book._tools.same_figures import PICTURES, differences

os.environ.update(ENVIRONMENT)  # the kernels inherit it
STARTED = {}  # by notebook: when its kernel was asked for, its memory's watch


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    start = time.perf_counter()
    yield  # before a notebook's first cell nbval starts its kernel here
    if item.parent not in STARTED:
        item.parent.sanitize_patterns.update(
            PICTURES
        )  # compared below, by what they draw
        watch = MemoryWatch(item.parent.kernel.km.provisioner.pid)
        STARTED[item.parent] = start, watch
        watch.start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    yield  # nbval executes the cell and compares its texts
    if IGNORED not in tags(item.cell):
        assert differences(item.cell.outputs, item.test_outputs) == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    if last := nextitem is None or nextitem.parent is not item.parent:
        start, watch = STARTED.pop(item.parent)
        minutes = (time.perf_counter() - start) / 60
        watch.stopped.set()
        watch.join()
    yield  # after its last cell nbval stops the kernel here
    if last:
        assert beyond_limits(round(minutes, 2), watch.peak // MIB) == ""
