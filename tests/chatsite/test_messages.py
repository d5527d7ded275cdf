"""The catalogues of translations: complete, and compiled from what is written."""

import gettext
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from chatsite.environment import BASE_DIR
from chatsite.templatetags.assets import words
from providers.failures import SENTENCES
from tests.support.messages import LANGUAGES

DOMAINS = ["django", "djangojs"]
IN_SCRIPT = re.compile(r'\bn?gettext\(\s*("(?:[^"\\]|\\.)*")')
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|</?\w+>")


@pytest.fixture(scope="module")
def gathered(tmp_path_factory) -> Path:
    """Copy the code, and gather and compile the texts in the copy."""
    copy: Path = tmp_path_factory.mktemp("code")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard", "*.py", "*.html", "*.js", "*.po"],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (BASE_DIR / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(BASE_DIR / name, copy / name)
    subprocess.run([sys.executable, "-m", "tests.support.messages"], cwd=copy, check=True)
    return copy


def folder(base: Path, language: str) -> Path:
    return base / "locale" / language / "LC_MESSAGES"


def entries(path: Path) -> str:
    """Return the texts of a catalogue in their order, without the header, which has dates."""
    return path.read_text().partition("\n\n")[2]


def compiled(path: Path) -> dict:
    with path.open("rb") as file:
        catalog: dict = vars(gettext.GNUTranslations(file))["_catalog"]
    return {text: translated for text, translated in catalog.items() if text}


def test_every_language_has_catalogues():
    assert [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE] == LANGUAGES


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", LANGUAGES)
class TestCatalogue:
    def test_catalogue_has_all_texts(self, gathered, language, domain):
        written = folder(BASE_DIR, language) / f"{domain}.po"
        assert entries(folder(gathered, language) / written.name) == entries(written), (
            "run `make messages`, and translate"
        )

    def test_every_text_is_translated(self, language, domain):
        for entry in entries(folder(BASE_DIR, language) / f"{domain}.po").strip().split("\n\n"):
            assert "fuzzy" not in entry
            assert not re.search(r'^msgstr(\[\d\])? ""$(?!\n")', entry, re.MULTILINE), entry

    def test_compiled_catalogue_is_up_to_date(self, gathered, language, domain):
        name = f"{domain}.mo"
        assert compiled(folder(BASE_DIR, language) / name) == compiled(folder(gathered, language) / name)

    def test_translation_has_the_placeholders_of_its_text(self, language, domain):
        source = (folder(BASE_DIR, language) / f"{domain}.po").read_text()
        plurals = dict(re.findall(r'^msgid "(.*)"\nmsgid_plural "(.*)"$', source, re.MULTILINE))
        for key, translated in compiled(folder(BASE_DIR, language) / f"{domain}.mo").items():
            text = plurals[key[0]] if isinstance(key, tuple) else key
            # In the singular, the number may be written as a word.
            if not (isinstance(key, tuple) and key[1] == 0):
                assert sorted(PLACEHOLDER.findall(translated)) == sorted(PLACEHOLDER.findall(text)), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_that_gettext_overlooks_in_scripts_are_translated(language):
    # xgettext skips some that follow a template literal. Let them stand before it, or in a constant.
    known = compiled(folder(BASE_DIR, language) / "djangojs.mo")
    translated = {text for key in known for text in (key[:1] if isinstance(key, tuple) else [key])}
    scripts = "\n".join(path.read_text() for path in (BASE_DIR / "static").rglob("*.js"))
    texts = {json.loads(first) for first in IN_SCRIPT.findall(scripts)}
    assert len(texts) > 100
    assert texts - translated == set()


def test_scripts_get_the_sentences_of_failed_answers():
    with override("de"):
        texts = words()
    assert "Versuch es noch einmal." in texts
    assert all(sentence.split("'")[0] in texts for sentence in SENTENCES.values())


def test_page_is_in_the_language_of_the_browser(client, ada):
    assert "<h1>Anmelden</h1>" in client.get("/sign-in/", headers={"accept-language": "de-AT,de;q=0.9"}).text
    assert "<h1>Sign in</h1>" in client.get("/sign-in/", headers={"accept-language": "fr"}).text
