"""Start the sandbox: `python -m sandbox --port 8421 --data FILE.sqlite3`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.application import Sandbox
from sandbox.server import Server

_LIVE = ("sk_live_", "pk_live_", "rk_live_")


def main() -> int:
    """Serve until SIGTERM or SIGINT; 2 when the surroundings are wrong."""
    options = _options()
    live = [name for name, value in os.environ.items() if value.startswith(_LIVE)]
    if live:
        print(
            f"A live key stands in {', '.join(live)}: the sandbox does not start beside it.", file=sys.stderr
        )
        return 2
    path = ":memory:" if options.memory else str(Path(options.data))
    if not options.memory:
        Path(options.data).parent.mkdir(parents=True, exist_ok=True)
    sandbox = Sandbox(path)
    try:
        server = Server(sandbox, options.port)
    except OSError as exc:
        print(
            f"Port {options.port} cannot be used: {exc.strerror}. Choose another with --port.",
            file=sys.stderr,
        )
        return 2
    sandbox.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the serving loop, which runs in this very thread.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"Sandbox on {server.url}", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    sandbox.close()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8421, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--data", default="sandbox.sqlite3", help="SQLite file that keeps the state")
    parser.add_argument("--memory", action="store_true", help="keep the state in memory only")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
