"""What nbval leaves out: the figures, a chapter's limits, and no network."""

import math

import pytest
from book._tools.chapters import (
    ENVIRONMENT,
    IGNORED,
    MIB,
    MemoryWatch,
    Pace,
    spent_seconds,
    tags,
)
from book._tools.lint import beyond_limits
from book._tools.same_figures import PICTURES, differences

WATCHES = {}  # by notebook: of its memory and its pace, begun with its kernel


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    """A chapter's cells are slow tests, and stay in one kernel."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker("slow")
            item.add_marker(
                pytest.mark.xdist_group(f"cells of {item.path.stem}")
            )
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        yield  # before a notebook's first cell nbval starts its kernel
    if item.parent not in WATCHES:
        item.parent.sanitize_patterns.update(
            PICTURES
        )  # compared below, by what they draw
        watch = MemoryWatch(item.parent.kernel.km.provisioner.pid)
        WATCHES[item.parent] = watch, Pace()
        watch.start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    yield  # nbval executes the cell and compares its texts
    if IGNORED not in tags(item.cell):
        assert differences(item.cell.outputs, item.test_outputs) == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    if last := nextitem is None or nextitem.parent is not item.parent:
        watch, pace = WATCHES.pop(item.parent)
        seconds = spent_seconds(watch.process)
        pace.close()
        watch.stopped.set()
        watch.join()
    yield  # after its last cell nbval stops the kernel here
    if last:
        spent = math.ceil(100 * seconds / 60 / pace.median) / 100
        assert beyond_limits(spent, watch.peak // MIB) == ""
