"""What tests of the built book share: its folder, a server that serves it, and windows of a real browser."""

import functools
import gc
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from windows import Window

from book._tools import build

# Nothing that Chromium does on its own account, and no host but this one can be reached.
CHROMIUM = [
    *"--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking".split(),
    *"--disable-component-update --disable-sync".split(),
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
# Files whose tests share nothing that takes long to make: each goes to whichever worker is free.
INDEPENDENT = ("test_models", "test_exercises", "test_kernels")
COUNTING = ("test_catalog", "test_published", "test_profiler")
TOGETHER = dict.fromkeys(COUNTING, "test_ledger")  # each asks for the same networks' profiles


@pytest.hookimpl(wrapper=True)  # around xdist's own, which reads the groups
def pytest_collection_modifyitems(items):
    """With two workers: tests that share a chapter's run, a page or a sandbox stay on one of them.

    What is slow comes first, so that no worker is left alone with it at the end. Tests that click come after
    those that only look: a page is visited once at each width.
    """
    items.sort(
        key=lambda item: (not item.get_closest_marker("slow"), item.path.stem == "test_browser_chapters")
    )
    for item in items:
        if not (item.path.stem.startswith(INDEPENDENT) or item.get_closest_marker("xdist_group")):
            shared = item.callspec.params if hasattr(item, "callspec") else {}
            group = Path(shared.get("chapter") or shared.get("path") or item.path).stem
            item.add_marker(pytest.mark.xdist_group(TOGETHER.get(group, group)))
    return (yield)


@pytest.fixture(scope="module", autouse=True)
def kept():
    """What was collected, and what earlier files keep, stays: no search for garbage goes through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def html():
    """The built book's folder; a stale one would prove nothing."""
    if not build.is_current():
        pytest.fail(
            "the built book is missing or older than its sources: run `make book` first", pytrace=False
        )
    return build.HTML


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def site(html):
    """The book's address on a free port of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=html)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if not chromium:
        pytest.fail("chromium is not installed: `make programs` installs it or says how", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window(browser, site):
    """`window(width, theme)`: one window for each width, so that a page is loaded once for both themes."""

    @functools.cache
    def opened(width):
        new = Window(browser, site, width, "light")
        new.page.add_init_script("localStorage.setItem('cnnlab-just-read', 'yes')")  # all outputs stand open
        return new

    return lambda width, theme: opened(width).turned(theme)
