"""What tests of the built book share: its folder, a server that serves it, and windows of a real browser."""

import functools
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import build
import pytest

# Nothing that Chromium does on its own account, and no host but this one can be reached.
CHROMIUM = [
    *"--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking".split(),
    *"--disable-component-update --disable-sync".split(),
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]


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


class Window:
    """A browser window of one width and theme that remembers what went wrong on the page it shows."""

    def __init__(self, browser, site, width, theme):
        self.site = site
        self.faults = []
        size = {"width": width, "height": 900}
        # Nothing fades or slides, so that no check meets a tooltip half way.
        self.page = browser.new_page(viewport=size, color_scheme=theme, reduced_motion="reduce")
        self.page.set_default_timeout(10_000)
        self.page.on("console", lambda message: message.type == "error" and self.faults.append(message.text))
        self.page.on("pageerror", lambda error: self.faults.append(f"uncaught {error}"))
        self.page.on("request", self.note_request)
        self.page.on("response", lambda r: r.status >= 400 and self.faults.append(f"{r.status} {r.url}"))

    def note_request(self, request):
        if not request.url.startswith((self.site, "data:", "blob:")):
            self.faults.append(f"request to another host: {request.url}")

    def visit(self, path):
        """Open a page and wait until its formulas and quizzes stand."""
        self.faults.clear()
        self.page.goto(self.site + path, wait_until="load")
        self.page.evaluate("window.MathJax?.startup?.promise?.then(() => 0)")
        if self.page.locator(".Quiz").count():
            self.page.wait_for_timeout(600)  # jupyterquiz typesets after half a second
        return self.page


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if not chromium:
        pytest.fail("chromium is not installed: `make chromium` installs it or says how", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window(browser, site):
    """`window(width, theme)`: one window for each pair, opened once."""
    return functools.cache(functools.partial(Window, browser, site))
