"""What processes have cost, as Linux counts it."""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in found.split()]


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and its children, those that have ended too."""
    own, ended = _ticks(pid)
    return (own + ended + sum(_ticks(child)[0] for child in children_of(pid))) / TICKS


def _ticks(pid: int) -> tuple[int, int]:
    """What a process has used, and what its children that have ended had used."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return 0, 0
    # The name, in brackets, may hold spaces; utime is the 14th field of all.
    fields = line.rpartition(")")[2].split()
    user, kernel, ended_user, ended_kernel = (int(field) for field in fields[11:15])
    return user + kernel, ended_user + ended_kernel


def memory_mib(pid: int) -> float:
    """The memory of a process, what it shares divided among those who share it (PSS)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"the system does not say what memory process {pid} has")
