"""What differs between two versions."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from assistants.changes import Piece, changes, pieces
from assistants.models import AssistantVersion
from providers.models import Model

TEXTS = st.text(alphabet="ab \nü{", max_size=60)


@given(TEXTS, TEXTS)
def test_pieces_are_both_texts(old, new):
    found = pieces(old, new)
    assert "".join(piece.text for piece in found if piece.kind != "added") == old
    assert "".join(piece.text for piece in found if piece.kind != "removed") == new
    assert all(one.kind != other.kind for one, other in pairwise(found))


def test_words_that_changed_are_told_from_those_that_did_not():
    old, new = "Be brief.\nAnswer in English.\n", "Be brief.\nAnswer in plain German.\n"
    assert pieces(old, new) == [
        Piece("same", "Be brief.\nAnswer in "),
        Piece("removed", "English"),
        Piece("added", "plain German"),
        Piece("same", ".\n"),
    ]


def test_long_texts_are_replaced_as_a_whole():
    old, new = "".join(f"{n}\n" for n in range(3000)), "".join(f"{n}\n" for n in range(3000, 0, -1))
    found = pieces(f"Begin\n{old}end", f"Begin\n{new}end")
    assert [piece.kind for piece in found] == ["same", "removed", "added", "same"]


def test_many_changed_lines_are_compared_word_by_word_only_as_far_as_there_is_room(monkeypatch):
    monkeypatch.setattr("assistants.changes.MAX_CELLS", 10)
    found = pieces("a b c\n=\nd e f\n", "A b C\n=\nD e F\n")
    assert [piece.text for piece in found if piece.kind == "same"] == ["\n=\n", "\n"]
    monkeypatch.setattr("assistants.changes.MAX_CELLS", 40)
    found = pieces("a b c\n=\nd e f\n", "A b C\n=\nD e F\n")
    assert [piece.text for piece in found if piece.kind == "same"] == [" b ", "\n=\n", "\n"]


def test_each_field_that_differs_is_named_as_in_the_form():
    old = AssistantVersion(name="Tides", settings={"effort": "low", "seed": 7}, starters=["When?"])
    model = Model(name="gpt-tide", title="Tide")
    new = AssistantVersion(name="Tides", settings={"effort": "high"}, starters=["When?", "Where?"], model=model)
    assert {
        change.label: [(piece.kind, piece.text) for piece in change.pieces] for change in changes(old, new, User())
    } == {
        "Starter questions": [("same", "When?"), ("added", "\nWhere?")],
        "Model": [("removed", "Default model"), ("added", "Tide")],
        "Reasoning effort": [("removed", "Low"), ("added", "High")],
        "Seed": [("removed", "7")],
    }
