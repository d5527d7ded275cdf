"""The cores of a bench: which processes may use which."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]


@dataclass(frozen=True)
class Cores:
    """A core for the server, and those of everything else. Both are empty if that can't be had."""

    server: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()

    @property
    def two(self) -> frozenset[int]:
        """The server's core and one other."""
        return self.server | frozenset(sorted(self.others)[:1])


def divide_cores() -> Cores:
    """Keep this process, and those that it starts, off the server's core."""
    if not hasattr(os, "sched_setaffinity") or len(cores := os.sched_getaffinity(0)) < 2:
        return Cores()
    divided = Cores(frozenset({min(cores)}), frozenset(cores - {min(cores)}))
    os.sched_setaffinity(0, divided.others)
    return divided


def pin(process: psutil.Process, cores: frozenset[int]) -> None:
    """Keep a process and its children to some cores."""
    for member in [process, *process.children(recursive=True)] if cores else []:
        try:
            member.cpu_affinity(list(cores))
        except psutil.NoSuchProcess:
            continue


@contextmanager
def pinned(process: psutil.Process, cores: frozenset[int], afterwards: frozenset[int]) -> Iterator[None]:
    """Keep a process and its children to some cores while the block runs."""
    pin(process, cores)
    try:
        yield
    finally:
        pin(process, afterwards)
