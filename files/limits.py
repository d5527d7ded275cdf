"""How much of one file is read, and what reading it may cost."""

MAX_CHARACTERS = 5_000_000
"""Of a file's text. The rest isn't kept."""
MAX_PASSAGES = 20_000
"""In which a file's text is kept."""
MAX_UNPACKED_BYTES = 500_000_000
MAX_OBJECTS = 100_000
"""Parts of a packed file or an e-mail, or things on one page."""
MAX_DEPTH = 3
"""Of files within files, such as an e-mail that is attached to an e-mail."""

CPU_SECONDS = 60
WALL_SECONDS = 120.0
MEMORY_BYTES = 1_500_000_000
MAX_OUTPUT_BYTES = 60_000_000
MAX_LOG_BYTES = 1_000_000
