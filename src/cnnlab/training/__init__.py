"""Training: how weights start, one loop, and what it leaves behind. `python -m cnnlab.training` runs it."""

from cnnlab.training.augment import Augment
from cnnlab.training.initialization import RULES, fan_in_and_out, initialize
from cnnlab.training.loop import evaluate, fit
from cnnlab.training.recipe import SCHEDULES, History, Recipe, Score, learning_rate

__all__ = [
    "RULES",
    "SCHEDULES",
    "Augment",
    "History",
    "Recipe",
    "Score",
    "evaluate",
    "fan_in_and_out",
    "fit",
    "initialize",
    "learning_rate",
]
