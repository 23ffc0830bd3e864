"""The old name of `cnnlab.counting`."""

from cnnlab.deprecated import old_names

__getattr__ = old_names(
    __name__, {name: f"cnnlab.counting.{name}" for name in ("FREE", "RULES", "SCRATCH", "TAPS", "Ops")}
)
