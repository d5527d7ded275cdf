"""What a search in collections finds, and that it finds nothing of what a person may not see."""

import pytest
from django.utils import timezone

from knowledge.search import search
from tests.support.knowledge import add_read, make_collection


@pytest.fixture
def harbour(ada):
    return make_collection(ada)


def found(user, collection, words, **options):
    return [hit.text for hit in search(user.pk, [collection.pk], words, **options)]


def test_sentence_finds_what_has_its_rarest_words(ada, harbour):
    add_read(harbour, "The tide table of Oslo", "The berths of the harbour", "Of lights and horns")
    assert found(ada, harbour, "How high is the tide in Oslo?") == ["The tide table of Oslo"]


def test_passage_with_more_of_the_words_comes_first(ada, harbour):
    add_read(harbour, "A berth in Bergen", "A berth in Oslo for a ketch", "A ketch")
    assert found(ada, harbour, "berth for a ketch in Oslo")[0] == "A berth in Oslo for a ketch"


def test_other_forms_of_a_word_are_found(ada, harbour):
    add_read(harbour, "Holidays are booked early", "Die Kündigungsfristen sind lang")
    assert found(ada, harbour, "holiday") == ["Holidays are booked early"]
    assert found(ada, harbour, "Kündigungsfrist") == ["Die Kündigungsfristen sind lang"]


def test_phrase_in_quotes_must_occur(ada, harbour):
    add_read(harbour, "High tide at noon", "The tide is high")
    assert found(ada, harbour, '"high tide"') == ["High tide at noon"]
    assert found(ada, harbour, '"low tide"') == []


def test_words_that_mean_nothing_are_searched_if_there_is_nothing_else(ada, harbour):
    add_read(harbour, "To be or not to be", "Tides")
    assert found(ada, harbour, "to be") == ["To be or not to be"]


def test_hit_says_where_it_stands(ada, harbour):
    file = add_read(harbour, "Lights", "Tides")
    [hit] = search(ada.pk, [harbour.pk], "tides")
    assert (hit.file, hit.name, hit.number, hit.page) == (file.pk, "tides.pdf", 1, 2)


def test_part_of_a_name_narrows_the_search(ada, harbour):
    add_read(harbour, "Tides of Oslo", name="oslo 100%.pdf")
    add_read(harbour, "Tides of Bergen", name="bergen.pdf")
    assert found(ada, harbour, "tides", name="OSLO 100%") == ["Tides of Oslo"]
    assert found(ada, harbour, "tides", name="_") == []


def test_content_of_two_files_is_found_once(ada, harbour):
    other = make_collection(ada)
    add_read(harbour, "Tides"), add_read(other, "Tides")
    assert len(search(ada.pk, [harbour.pk, other.pk], "tides")) == 1


@pytest.mark.parametrize("words", ["", " ", '"', "\0", "!?", "'", "&|!():*<->", "a" * 100_000, "tide " * 10_000, "\\"])
def test_odd_words_do_no_harm(ada, harbour, words):
    add_read(harbour, "Tides")
    assert isinstance(search(ada.pk, [harbour.pk], words), list)


def test_deleted_files_and_collections_are_not_searched(ada, harbour):
    file = add_read(harbour, "Tides")
    file.deleted_at = timezone.now()
    file.save()
    assert not found(ada, harbour, "tides")
    file.deleted_at = None
    file.save()
    assert found(ada, harbour, "tides")
    harbour.deleted_at = timezone.now()
    harbour.save()
    assert not found(ada, harbour, "tides")


def test_collection_that_was_not_named_is_not_searched(ada, harbour):
    add_read(make_collection(ada), "Tides")
    assert not found(ada, harbour, "tides")
    assert not search(ada.pk, [], "tides")


@pytest.fixture(params=[True, False], ids=["few", "many"])
def amount(request, monkeypatch):
    """Search as among few files, and as among many."""
    if not request.param:
        monkeypatch.setattr("knowledge.search.FEW_CHARACTERS", -1)


def test_few_and_many_files_are_searched_alike(amount, ada, harbour):
    add_read(harbour, "The tide table of Oslo", "Tides", "Berths of Oslo", name="oslo.pdf")
    add_read(make_collection(ada), "The tide of another collection")
    first, *others = found(ada, harbour, "tide of Oslo")
    assert (first, {*others}) == ("The tide table of Oslo", {"Berths of Oslo", "Tides"})
    assert found(ada, harbour, '"tide table"') == ["The tide table of Oslo"]
    assert {*found(ada, harbour, "of the")} == {"The tide table of Oslo", "Berths of Oslo"}
    assert found(ada, harbour, "tide", name="bergen") == []
