"""The functions that every site has."""

from tools.functions.builtin.calculate import calculate
from tools.functions.builtin.time import current_time

__all__ = ["calculate", "current_time"]
