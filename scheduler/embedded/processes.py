"""Processes: children that die with us, and whoever stands behind an old pid file."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
STEP_SECONDS = 0.02
ON_LINUX = platform.system() == "Linux"  # elsewhere there is neither /proc nor a signal at the parent's death

# Looked up once here: nothing may be imported or allocated between fork and exec.
_libc = ctypes.CDLL(None, use_errno=True) if ON_LINUX else None


def start(
    command: Sequence[str | Path], log: IO[bytes] | None, death_signal: signal.Signals, **more: Any
) -> subprocess.Popen[bytes]:
    """Start a background child that gets `death_signal` from the kernel when we end; `more` goes to `Popen`.

    Without a `log` it writes where we do. It has a process group of its own, so that a Ctrl-C in the terminal reaches us alone and we stop all in order.
    Call it from the main thread only: the kernel watches the thread that forked, not the process.
    """
    return subprocess.Popen(  # noqa: S603  commands are written by us, never by people outside
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT if log else None,
        process_group=0,
        preexec_fn=_dying_with_parent(death_signal),
        **more,
    )


def _dying_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def before_exec() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:  # the parent died between fork and prctl: no signal will come
                os.kill(os.getpid(), signal.SIGKILL)

    return before_exec


def die_with_parent(death_signal: signal.Signals) -> None:
    """Have the kernel do so to this very process (a worker's pool child, a command run by make)."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)


def is_alive(pid: int) -> bool:
    """Whether the process can still do something; a zombie cannot."""
    if ON_LINUX:
        try:
            # The name stands in brackets and may itself hold brackets and spaces.
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            return False
        return state not in ("Z", "X")
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_server_of(pid: int, program: str, folder: Path) -> bool:
    """Whether `pid` is a live `program` working in `folder`. After a restart the number may be anybody's."""
    if not is_alive(pid):
        return False
    if not ON_LINUX:
        return True
    try:
        executable = Path(os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")).name
        return executable == program and Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:  # ended meanwhile, or another user's: not ours in either case
        return False


def end(pid: int, is_same: Callable[[], bool], steps: Sequence[tuple[signal.Signals | None, float]]) -> bool:
    """Send each signal (None: only wait) and wait its seconds until `is_same` turns false; whether it did."""
    for number, seconds in steps:
        if number is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not is_same():
                return True
            time.sleep(STEP_SECONDS)
    return not is_same()


def how_it_ended(exit_code: int) -> str:
    """An exit code as `subprocess` gives it, in words."""
    if exit_code >= 0:
        return f"ended with code {exit_code}"
    try:
        return f"was ended by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"was ended by signal {-exit_code}"
