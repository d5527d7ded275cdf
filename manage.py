#!/usr/bin/env python
"""Django's command line, with the embedded PostgreSQL unless `DATABASE_URL` is set."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    from django.core.management import execute_from_command_line

    from chatsite.embedded import start_postgres

    start_postgres()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
