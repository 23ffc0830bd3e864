"""Names that have moved: for one release the old one works, and says where the new one is."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["old_names"]


def old_names(module: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """A module's `__getattr__`: old name → "cnnlab.room.new_name", fetched with a DeprecationWarning.

    AttributeError, as from any module, for a name that was never there.
    """

    def fetch(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        room, _, new = names[name].rpartition(".")
        warnings.warn(
            f"{module}.{name} will be gone in the next release: it is {names[name]} now",
            DeprecationWarning,
            stacklevel=2,
        )
        return getattr(import_module(room), new)

    return fetch
