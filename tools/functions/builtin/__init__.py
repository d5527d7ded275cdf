"""The functions that every site has."""

from tools.functions.builtin.time import current_time

__all__ = ["current_time"]
