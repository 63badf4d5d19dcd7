"""What a server's processes have used, by the kernel's own account (Linux)."""

import os
from collections.abc import Sequence
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def workers_of(master: int) -> list[int]:
    """List the processes that a master has started and that still run."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii")
    return [int(child) for child in children.split()]


def cpu_seconds(masters: Sequence[int]) -> float:
    """Add up the processor time of masters, of their workers, and of workers that have ended."""
    processes = [process for master in masters for process in (master, *workers_of(master))]
    return sum(_ticks(process) for process in processes) / _TICKS


def _ticks(process: int) -> int:
    """Add utime, stime, cutime and cstime (proc_pid_stat(5)) of one process."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return 0  # it has ended, and counts among its master's
    return sum(map(int, stat.rpartition(")")[2].split()[11:15]))
