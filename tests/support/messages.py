"""Gather the texts to translate into locale/, and compile what is translated there."""

import os

import django
from django.core.management import call_command

from chatsite.environment import BASE_DIR

LANGUAGES = ["de"]
IGNORED = ["node_modules", ".venv", ".data", "tests", "bench", "standin"]


def main() -> None:
    os.chdir(BASE_DIR)
    # The settings need an address, but no query is made.
    os.environ.setdefault("DATABASE_URL", "postgresql:///unused")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    django.setup()
    for domain, extensions in (("django", ["py", "html"]), ("djangojs", ["js"])):
        call_command(
            "makemessages",
            domain=domain,
            extensions=extensions,
            locale=LANGUAGES,
            ignore_patterns=IGNORED,
            no_location=True,
            no_obsolete=True,
            no_wrap=True,
            verbosity=0,
        )
    call_command("compilemessages", locale=LANGUAGES, ignore_patterns=IGNORED, verbosity=0)


if __name__ == "__main__":
    main()
