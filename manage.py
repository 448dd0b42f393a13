#!/usr/bin/env python
"""Django's command line."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monetize.settings.dev")
    if os.environ["DJANGO_SETTINGS_MODULE"] != "monetize.settings.dev":
        _execute()
        return
    # Only where people develop: an installation has neither the package nor a server to start.
    from devserver.binaries import PostgresUnavailable
    from devserver.scenario_server import scenario_server, wants_server

    if not wants_server(sys.argv):
        _execute()
        return
    try:
        with scenario_server():
            _execute()
    except PostgresUnavailable as refusal:
        sys.exit(str(refusal))
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    except RuntimeError as error:
        # Python 3.11 wraps what interrupts it while it makes a class.
        if not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        sys.exit("Stopped.")


def _execute() -> None:
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
