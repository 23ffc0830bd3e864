"""Measure three pages of the built book with Lighthouse, as a phone meets them: `make lighthouse`.

Needs Node.js and Chromium. The pages come compressed, as every host sends them. No test: the score of speed
falls by ten and more while the machine does something else.
"""

from __future__ import annotations

import functools
import gzip
import json
import shutil
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from book._tools.build import HTML, is_current, stop

LIGHTHOUSE = "lighthouse@12.8.2"  # the last that Node.js 20 runs
CHROMIUM = "--chrome-flags=--headless=new --no-sandbox --disable-gpu"
PAGES = ("index.html", "notebooks/16_shufflenet.html", "book/ledger.html")
SENT_AS_THEY_ARE = {".png", ".jpg", ".woff", ".woff2"}
ASKED = 95  # of 100, in each category


class Compressed(SimpleHTTPRequestHandler):
    """Sends files as hosts do: over connections that stay, with a length, compressed."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        as_it_is = path.suffix in SENT_AS_THEY_ARE
        data = path.read_bytes() if as_it_is else gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(data)))
        if not as_it_is:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def scores(address: str) -> dict[str, int]:
    command = ["npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json", CHROMIUM]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return {name: round(100 * each["score"]) for name, each in report["categories"].items()}


def main() -> None:
    if not is_current():
        stop("the built book is missing or older than its sources: run `make book` first")
    if not shutil.which("npx"):
        stop("Lighthouse needs Node.js: https://nodejs.org")
    handler = functools.partial(Compressed, directory=str(HTML))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = {page: scores(f"http://127.0.0.1:{server.server_port}/{page}") for page in PAGES}
        server.shutdown()
    for page, of in found.items():
        print(page, *(f"{name} {score}" for name, score in of.items()), sep=", ")
    low = [f"{page}: {name}" for page, of in found.items() for name, score in of.items() if score < ASKED]
    if low:
        stop(f"below {ASKED}: " + "; ".join(low))


if __name__ == "__main__":
    main()
