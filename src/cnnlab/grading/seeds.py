"""The instructor's seed, which nobody must guess."""

from __future__ import annotations

from pathlib import Path

LENGTH = 16  # characters: what cannot be guessed
DIFFERENT = 6  # of them
ROW = 6  # characters that follow each other as on a keyboard
TAIL = 3  # characters after what is repeated
READ = 200  # characters that are looked at
PLAIN = 8  # characters in no such row: what makes a seed of rows a seed
ROWS = [
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "1234567890",
    "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
]  # fmt: skip
COMMAND = "token_hex"  # in the guide's line that makes a seed


def seed_of(path: Path) -> str:
    """The seed in a file; ValueError where it could be guessed."""
    try:
        seed = path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise ValueError(f"the seed in {path} is not text in UTF-8") from error
    if len(seed) < LENGTH:
        raise ValueError(f"the seed in {path} has {len(seed)} characters; {LENGTH} are the least")
    if reason := trivial(seed):
        raise ValueError(
            f"the seed in {path} is easy to guess: {reason}. Make one with "
            'python -c "import secrets; print(secrets.token_hex(16))"'
        )
    return seed


def trivial(seed: str) -> str:
    """Why a seed is easy to guess; empty where it is not."""
    text = seed.casefold()[:READ]
    if COMMAND in text:
        return "it is the command that makes one"
    if len(set(text)) < DIFFERENT:
        return f"it has {len(set(text))} different characters"
    if unit := repeated(text):
        return f"it repeats {unit!r}"
    if len(without_rows(text)) < PLAIN:
        return "it runs along the alphabet, the digits or a keyboard"
    return ""


def repeated(text: str) -> str:
    """What a text repeats, but for a few characters at its end; empty where it does not."""
    for end in range(len(text) - TAIL, len(text) + 1):
        for size in range(1, (end + 1) // 2 + 1):
            if text[size:end] == text[: end - size]:
                return text[:size]
    return ""


def without_rows(text: str) -> str:
    """What is left of a text without letters, digits and keys in their order, or against it."""
    for row in ROWS:
        for run in (row * 2, row[::-1] * 2):
            for length in range(len(run), ROW - 1, -1):
                for start in range(len(run) - length + 1):
                    text = text.replace(run[start : start + length], "")
    return text
