"""Many scripts side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from api.play.player import Result, play
from api.play.script import Script
from api.play.world import System

AT_ONCE = 8
"""Most of a script's time is spent waiting, so there are more of them than cores."""

WaitFor = Callable[[Callable[[], bool]], None]


def play_all(
    system: System, scripts: Sequence[Script], *, tell: Callable[[Result], None], at_once: int = AT_ONCE,
    keep_going_until: WaitFor | None = None,
) -> list[Result]:  # fmt: skip
    """Play all; `tell` hears of each as it ends, in this thread. The results are in the order of the scripts.

    `keep_going_until` spends this thread's time meanwhile, until its condition is true.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="script") as pool:
        running: dict[Future[Result], int] = {
            pool.submit(play, system, script, stop): place for place, script in enumerate(scripts)
        }
        waiting = set(running)

        def tell_of_ended() -> bool:
            ended = {future for future in waiting if future.done()}
            for future in sorted(ended, key=running.__getitem__):
                waiting.discard(future)
                tell(future.result())
            return not waiting

        try:
            if keep_going_until:
                keep_going_until(tell_of_ended)
            while not tell_of_ended():
                wait(waiting, return_when=FIRST_COMPLETED)
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in running]
