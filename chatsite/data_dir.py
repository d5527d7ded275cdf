"""The data folder: what is wrong with it, in a sentence."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatsite.environment import environment

IS_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def data_dir_errors() -> Iterator[None]:
    """Exit with a sentence if the block can't use the data folder, or something in it."""
    try:
        yield
    except OSError as error:
        path = Path(os.path.abspath(error.filename)) if isinstance(error.filename, str | os.PathLike) else None
        data_dir = environment().data_dir.absolute()
        if error.errno in IS_FULL or (path and (path.is_relative_to(data_dir) or data_dir.is_relative_to(path))):
            problem = "it is a file" if isinstance(error, FileExistsError | NotADirectoryError) else error.strerror
            sys.exit(
                f"DATA_DIR: {path or data_dir} can't be used: {problem}. Name a folder in which this user may write."
            )
        raise
