"""`python -m simulator`: the simulator on a port."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from simulator.app import create_app
from simulator.server import PortTaken, claim, server

_ABOUT = """
Stands in for WhatsApp (Meta and Twilio), Instagram, Telegram and SMS, with phones to write from.
Open the address in a browser for the phones; programs use /phones, /clock, /faults and /stats.
"""


def main() -> int:
    """Run until interrupted; 1 where the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=_ABOUT)
    parser.add_argument(
        "--port", type=int, default=8001, help="port to listen on, 0 for any free one (default: 8001)"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this machine only)"
    )
    parser.add_argument("--api", default="http://127.0.0.1:8000", metavar="URL",
                        help="where the app answers about clocks (default: http://127.0.0.1:8000)")  # fmt: skip
    parser.add_argument("--state", type=Path, metavar="FILE",
                        help="SQLite file that keeps accounts and phones over a restart (default: kept nowhere)")  # fmt: skip
    options = parser.parse_args()
    try:
        taken = claim(options.host, options.port)
    except PortTaken as error:
        print(error, file=sys.stderr)
        return 1
    url = f"http://{options.host}:{taken.getsockname()[1]}"
    print(f"Phones at {url}", flush=True)
    server(create_app(options.api, url, options.state)).run(sockets=[taken])
    return 0


if __name__ == "__main__":
    sys.exit(main())
