"""The pages' scripts and style sheets as they are served: bundled by esbuild, in files with hashed names.

docs/decisions/0016-bundled-when-collected.md says why.
"""

import json
import subprocess
from pathlib import Path

from django.core.management import CommandError

from chatsite.environment import BASE_DIR

SOURCES = BASE_DIR / "static"
FOLDERS = ("assistants", "chat", "files", "styles")
"""The folders of static/ that are bundled. All other static files are served as they are."""
SCRIPTS = (
    "assistants/editor.js",
    "assistants/list.js",
    "assistants/run.js",
    "chat/answer/structured/view.js",
    "chat/files/dialog.js",
    "chat/files/pdf-worker.js",
    "chat/files/pdf.js",
    "chat/markdown/render/highlight-worker.js",
    "chat/message/early-enter.js",
    "chat/page/file-page.js",
    "chat/page/import-form.js",
    "chat/page/memories.js",
    "chat/page/own-shares.js",
    "chat/page/page.js",
    "chat/page/prompt-list.js",
    "chat/page/share-page.js",
    "chat/page/signed-out.js",
    "chat/review/transcript.js",
    "files/collection.js",
    "files/own-files.js",
)
"""What templates name. Each gets a file of its own, so that a page needs one request; parts that are imported by
`import()` are apart."""
SHEETS = (
    "styles/lib/base.css",
    *sorted(path.relative_to(SOURCES).as_posix() for path in (SOURCES / "styles").glob("*.css")),
)
BROWSERS = "chrome123,firefox125,safari17.5"
"""The oldest browsers that know popovers and `light-dark()`, which the pages use."""
HASHED = "[dir]/[name].[hash]"
TIMEOUT_SECONDS = 60


def bundle(folder: Path) -> dict[str, str]:
    """Write the bundles, their source maps and licences to a folder; return the names of scripts and sheets there.

    Raise `CommandError` if esbuild isn't installed, or can't read the sources.
    """
    names: dict[str, str] = {}
    for sources in (*((script,) for script in SCRIPTS), SHEETS):
        names |= _build(folder, sources)
    return names


def _build(folder: Path, sources: tuple[str, ...]) -> dict[str, str]:
    facts = folder / "esbuild.json"
    command = [
        str(_esbuild()),
        *(f"static/{source}" for source in sources),
        "--bundle",
        "--splitting",
        "--format=esm",
        "--minify",
        "--charset=utf8",
        "--sourcemap",
        "--legal-comments=linked",
        f"--target={BROWSERS}",
        "--alias:chat=./static/chat",
        # What pdf.js loads for some files (static/chat/files/pdf.js).
        *(f"--loader:{suffix}=binary" for suffix in (".bcmap", ".pfb", ".ttf", ".wasm")),
        # The paths in tsconfig.json are for the type checker.
        "--tsconfig-raw={}",
        "--outbase=static",
        f"--outdir={folder}",
        f"--entry-names={HASHED}",
        "--chunk-names=chat/[name].[hash]",
        f"--metafile={facts}",
        "--log-level=warning",
    ]
    try:
        subprocess.run(  # noqa: S603 - our own program and names
            command, cwd=BASE_DIR, check=True, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT_SECONDS
        )
    except subprocess.CalledProcessError as error:
        raise CommandError(f"The pages' scripts and style sheets can't be bundled:\n{error.stderr}") from error
    outputs = json.loads(facts.read_text())["outputs"]
    facts.unlink()
    # Parts that are loaded later have entry points, too.
    entries = {f"static/{source}" for source in sources}
    made = {
        output["entryPoint"].removeprefix("static/"): (BASE_DIR / path).resolve()
        for path, output in outputs.items()
        if output.get("entryPoint") in entries
    }
    return {source: path.relative_to(folder.resolve()).as_posix() for source, path in made.items()}


def _esbuild() -> Path:
    """Return the program itself. The package's own start script needs Node, which a server may be without."""
    found = next((BASE_DIR / "node_modules" / "@esbuild").glob("*/bin/esbuild"), None)
    if not found:
        raise CommandError(
            "esbuild is missing from node_modules. Start with `make run`, which installs it, or run `npm ci`."
        )
    return found
