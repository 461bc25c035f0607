"""Run by tests: the supervisor with real servers and, for each name given, a child that does next to nothing.

A name says what the child does: ``crashing`` ends at once, ``pool`` has a child of its own, ``slow`` takes long to
stop, anything else waits. Each notes its end in DATA/ended.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def be_a_child(name: str, data: Path) -> None:
    if name == "crashing":
        print("I cannot read my settings")
        sys.exit(3)
    note = data / f"{name}.noting"
    note.write_text(str(os.getpid()))
    note.rename(data / f"{name}.pid")  # there at once, or not at all

    def ended(*_: object) -> None:
        time.sleep(5 if name == "slow" else 0)
        with (data / "ended").open("a") as note:
            note.write(name + "\n")
        sys.exit(0)

    signal.signal(signal.SIGTERM, ended)
    if name == "pool":
        inner = subprocess.Popen(["sleep", "600"])
        (data / "inner.pid").write_text(str(inner.pid))
    while True:
        signal.pause()


def be_the_parent(data: Path, names: list[str]) -> None:
    from scheduler.embedded import EmbeddedError, EmbeddedServices
    from scheduler.embedded.supervisor import Child, Supervisor

    def say(line: str) -> None:
        print(line, flush=True)

    services = EmbeddedServices(data, report=say)
    try:
        with Supervisor(say) as supervisor:
            services.start(pause=supervisor.pause)
            for server in services.servers:
                supervisor.adopt(server)
            for name in names:
                command = [sys.executable, __file__, "--child", name, str(data)]
                supervisor.start(Child(name, command, services.folder, os.environ, patience=10))
            supervisor.wait_until(
                lambda: all((data / f"{name}.pid").exists() for name in names),
                patience=60,
                what="the children",
            )
            pids = {server.name: server.pid for server in services.servers}
            pids |= {name: int((data / f"{name}.pid").read_text()) for name in names}
            urls = {"admin_url": services.admin_url, "broker_url": services.broker_url}
            say("ready " + json.dumps({"pids": pids, **urls}))
            supervisor.run()
        services.stop()
    except EmbeddedError as error:
        say(f"failed {error}")
        services.stop()
        sys.exit(1)
    say("stopped")


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        be_a_child(sys.argv[2], Path(sys.argv[3]))
    else:
        be_the_parent(Path(sys.argv[1]), sys.argv[2:])
