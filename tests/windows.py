"""A window of a real browser, which tests of pages look through."""


class Window:
    """A browser window of one width and theme that remembers what went wrong on the page it shows."""

    def __init__(self, browser, site, width, theme):
        self.site = site
        self.faults = []
        self.standing = None  # the path of a page that nobody has used yet
        size = {"width": width, "height": 900}
        # Nothing fades or slides, so that no check meets a tooltip half way.
        self.page = browser.new_page(viewport=size, color_scheme=theme, reduced_motion="reduce")
        self.page.set_default_timeout(10_000)
        self.page.on("console", lambda message: message.type == "error" and self.faults.append(message.text))
        self.page.on("pageerror", lambda error: self.faults.append(f"uncaught {error}"))
        self.page.on("request", self.note_request)
        self.page.on("response", lambda r: r.status >= 400 and self.faults.append(f"{r.status} {r.url}"))

    def turned(self, theme):
        """The same window in a theme; a page that nobody has used yet follows, as it does in the evening."""
        self.page.emulate_media(color_scheme=theme)
        if self.standing:
            followed = "theme => document.documentElement.dataset.theme === theme"
            self.page.wait_for_function(followed, arg=theme)
        return self

    def note_request(self, request):
        if not request.url.startswith((self.site, "data:", "blob:")):
            self.faults.append(f"request to another host: {request.url}")

    def visit(self, path):
        """Open a page and wait until all its formulas, quizzes and rows stand."""
        self.faults.clear()
        self.standing = path
        self.page.goto(self.site + path, wait_until="load")
        self.page.evaluate("window.drawFormulas?.().then(() => 0)")
        self.page.wait_for_function("!document.querySelector('.cnnlab-ledger > noscript')")
        if self.page.locator(".Quiz").count():
            self.page.wait_for_timeout(600)  # jupyterquiz typesets after half a second
        return self.page

    def look(self, path):
        """The page as it stands here, or a visit: for tests that only look, for visits are dear."""
        return self.page if self.standing == path else self.visit(path)

    def use(self, path):
        """The same for a test that clicks or types: whoever looks next visits the page anew."""
        page = self.look(path)
        self.standing = None
        return page
