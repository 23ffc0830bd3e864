"""The old name of `cnnlab.counting`."""

from cnnlab.deprecated import moved

__getattr__ = moved(
    __name__, {name: f"cnnlab.counting.{name}" for name in ("FREE", "RULES", "SCRATCH", "TAPS", "Ops")}
)
