"""The look of a page, and the name of its file."""

from __future__ import annotations

import hashlib
import re

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
:root {{ color-scheme: light dark; --ink: #1c2230; --pale: #565f73; --line: #d5d9e2; --bar: #4a6fb5;
        --paper: #fff }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ink: #e3e6ee; --pale: #a4adbf; --line: #3a4150; --bar: #7d9edb; --paper: #14171f }}
}}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em;
       color: var(--ink); background: var(--paper); overflow-wrap: anywhere }}
h1 {{ line-height: 1.2 }}
h2 {{ margin: 2em 0 .4em; font-size: 1.25em }}
code {{ font-size: .92em }}
a {{ color: inherit }}
small {{ color: var(--pale) }}
li {{ margin: .3em 0 }}
section {{ padding: .8em 0; border-top: 1px solid var(--line) }}
section h2 {{ display: flex; justify-content: space-between; gap: 1em; margin: 0; font-size: 1em }}
section p {{ margin: .2em 0 0 }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; vertical-align: top; padding: .35em 0; border-top: 1px solid var(--line);
         font-weight: normal }}
thead th, thead td {{ border: 0; color: var(--pale) }}
th code {{ white-space: nowrap }}
.number {{ text-align: right; padding-left: 1em }}
td.number {{ white-space: nowrap }}
.bar {{ width: 45%; padding: .7em 0 0 1em }}
.bar i {{ display: block; height: .7em; border-radius: 2px; background: var(--bar) }}
</style></head><body><main><h1>{title}</h1>
{body}
</main></body></html>
"""


def slug(student: str) -> str:
    """A file name for a student: readable, safe on every system, and nobody else's."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", student).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(student.encode(errors='surrogateescape')).hexdigest()[:8]}"
