"""Which file and which passage is meant by what a provider found in a copy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from files.documents import text_of
from knowledge.citations import CitedFile, Place, _best_line, files_at, place_of
from knowledge.models import Store, StoredFile
from providers.environment import store_environment
from providers.models import Provider
from tests.support.knowledge import add_read, make_collection

PASSAGES = (
    "Holidays\n\nEmployees may take thirty days of leave a year.",
    "Parents\n\nEmployees may take 49 weeks of parental leave.\nThey tell the office three months before.",
    "Travel\n\nTrains are booked by the office, planes by nobody.",
)


@pytest.fixture
def handbook(db, ada):
    return add_read(make_collection(ada), *PASSAGES, name="handbook.pdf")


@pytest.fixture
def cited(handbook):
    return CitedFile(handbook.pk, handbook.name, handbook.document_id)


def test_files_are_known_by_the_ids_of_their_provider(handbook, ada):
    store_environment()
    store = Store.objects.create(collection=handbook.collection, provider=Provider.objects.get())
    StoredFile.objects.create(store=store, collection_file=handbook, file_id="file-1")
    StoredFile.objects.create(store=store, collection_file=None, file_id="file-2")
    assert {name: file.id for name, file in files_at(None, ["file-1", "file-2", "file-3"]).items()} == {
        "file-1": handbook.pk
    }
    other = Provider.objects.create(name="Other", base_url="https://other.example/v1")
    assert files_at(other.pk, ["file-1"]) == {}


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("How many weeks of parental leave?", Place(2, 1)),
        ("Who books trains?", Place(3, 2)),
        ("How many days of leave a year?", Place(1, 0)),
    ],
)
def test_place_is_that_of_the_line_which_says_what_was_looked_for(cited, handbook, query, place):
    assert place_of(cited, text_of(handbook.document), [query]) == place


def test_text_is_found_whatever_became_of_its_spaces(cited):
    assert place_of(cited, "take   49 weeks of\u0020parental  leave.", []) == Place(2, 1)


def test_page_is_known_although_the_text_is_another_one(cited):
    text = "[Page 3, Travel]\nUnlike what stands in the file\nnothing at all"
    assert place_of(cited, text, ["what stands in the file"]) == Place(3, None)


def test_text_that_stands_nowhere_has_no_place(cited):
    assert place_of(cited, "Something else", ["else"]) == Place()
    assert place_of(cited, "", []) == Place()
    assert place_of(CitedFile(cited.id, cited.name, None), "Holidays", []) == Place()


@given(st.text(), st.lists(st.text(max_size=20), max_size=3))
def test_line_of_any_text_is_part_of_it(text, queries):
    _, line = _best_line(text, queries)
    assert line in text
