"""What a model keeps about the person who writes, as the model and the page learn of it."""

from uuid import uuid4

import pytest

from accounts.models import Memory
from tools.functions.memory import remember
from tools.tool import Context


@pytest.fixture
def context(ada):
    ada.memory_is_on = True
    ada.save()
    return Context(ada.pk, uuid4())


def test_what_was_known_before_can_not_be_undone(ada, context):
    kept = Memory.objects.create(user=ada, text="Sails a ketch.", conversation=uuid4())
    assert remember(context, "Sails a ketch.") == {"text": kept.text, "known": True}


def test_call_that_runs_twice_can_be_undone(context):
    first = remember(context, "Sails a ketch.")
    assert remember(context, "Sails a ketch.") == first
    assert first["memory"] == str(Memory.objects.get().pk)
