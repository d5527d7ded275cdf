#!/usr/bin/env python
"""Django's command line, with the embedded PostgreSQL unless `DATABASE_URL` is set."""

import os
import sys

INSTEAD = {
    # It would serve pages without the socket, and without what runs beside the requests.
    "runserver": "make run",
    "testserver": "make run",
    "test": "make test",
}
"""Commands of Django's that don't work here, and what does."""


def main() -> None:
    command = next(iter(sys.argv[1:]), "")
    if command in INSTEAD:
        sys.exit(f"manage.py {command} doesn't work with this site. Use: {INSTEAD[command]}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed for this Python. Use .venv/bin/python, which `make run` makes.")

    from chatsite.data_dir import data_dir_errors
    from chatsite.embedded import start_postgres

    with data_dir_errors():
        start_postgres()
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
