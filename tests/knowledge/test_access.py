"""No search returns a passage of a collection that the person may not see then, whatever was shared before."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.sharing import Visibility
from knowledge.models import Collection, CollectionFile
from knowledge.search import search
from tests.support.knowledge import add_read, make_collection

PEOPLE, GROUPS, COLLECTIONS, CONTENTS = 3, 2, 3, 4

people, groups = st.integers(0, PEOPLE - 1), st.integers(0, GROUPS - 1)
collections, contents = st.integers(0, COLLECTIONS - 1), st.integers(0, CONTENTS - 1)
steps = st.one_of(
    st.tuples(st.just("join"), people, groups),
    st.tuples(st.just("leave"), people, groups),
    st.tuples(st.just("show"), collections, st.sampled_from(Visibility.values)),
    st.tuples(st.just("share"), collections, st.sets(groups)),
    st.tuples(st.just("give"), collections, people),
    st.tuples(st.just("delete"), collections, st.booleans()),
    st.tuples(st.just("add"), collections, contents),
    st.tuples(st.just("remove"), collections, contents),
)


class World:
    """Who may see what, as a person would say it: without the database."""

    def __init__(self) -> None:
        self.members: set[tuple[int, int]] = set()
        self.owner = dict.fromkeys(range(COLLECTIONS), 0)
        self.visibility: dict[int, str] = dict.fromkeys(range(COLLECTIONS), Visibility.PRIVATE)
        self.shared: dict[int, set[int]] = {each: set() for each in range(COLLECTIONS)}
        self.deleted: set[int] = set()
        self.files: set[tuple[int, int]] = set()

    def sees(self, person: int, collection: int) -> bool:
        if collection in self.deleted:
            return False
        if self.owner[collection] == person or self.visibility[collection] == Visibility.EVERYBODY:
            return True
        mine = {group for member, group in self.members if member == person}
        return self.visibility[collection] == Visibility.GROUPS and bool(mine & self.shared[collection])

    def found(self, person: int, among: set[int]) -> set[str]:
        seen = {each for each in among if self.sees(person, each)}
        return {text_of(content) for collection, content in self.files if collection in seen}


def text_of(content: int) -> str:
    return f"tide {content}"


def apply(world: World, rows: dict[str, list[Any]], step: tuple[str, Any, Any]) -> None:
    """Do a step in the world and in the database."""
    kind, one, other = step
    match kind:
        case "join":
            world.members.add((one, other))
            rows["people"][one].groups.add(rows["groups"][other])
        case "leave":
            world.members.discard((one, other))
            rows["people"][one].groups.remove(rows["groups"][other])
        case "show":
            world.visibility[one] = other
            change(rows, one, visibility=other)
        case "share":
            world.shared[one] = other
            rows["collections"][one].groups.set([rows["groups"][each] for each in other])
        case "give":
            world.owner[one] = other
            change(rows, one, owner=rows["people"][other])
        case "delete":
            world.deleted = world.deleted | {one} if other else world.deleted - {one}
            change(rows, one, deleted_at=timezone.now() if other else None)
        case "add" if (one, other) not in world.files:
            world.files.add((one, other))
            add_read(rows["collections"][one], text_of(other))
        case "remove":
            world.files.discard((one, other))
            files = CollectionFile.objects.present().filter(collection=rows["collections"][one])
            files.filter(document__passages__text=text_of(other)).update(deleted_at=timezone.now())


def change(rows: dict[str, list[Any]], collection: int, **fields: Any) -> None:
    Collection.objects.filter(pk=rows["collections"][collection].pk).update(**fields)


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(steps, max_size=25), people, st.sets(collections))
def test_search_finds_what_the_person_may_see_and_nothing_else(db, done, person, among):
    with transaction.atomic():
        rows: dict[str, list[Any]] = {
            "people": [User.objects.create(username=f"person {number}") for number in range(PEOPLE)],
            "groups": [Group.objects.create(name=f"group {number}") for number in range(GROUPS)],
        }
        rows["collections"] = [make_collection(rows["people"][0]) for _ in range(COLLECTIONS)]
        world = World()
        for step in done:
            apply(world, rows, step)
        ids = [rows["collections"][each].pk for each in among]
        hits = search(rows["people"][person].pk, ids, "tide")
        assert {hit.text for hit in hits} == world.found(person, among)
        files = {file.pk: file.collection_id for file in CollectionFile.objects.present()}
        assert all(files[hit.file] in ids for hit in hits)
        readable = CollectionFile.objects.visible_to(rows["people"][person])
        assert {hit.file for hit in hits} <= {*readable.values_list("pk", flat=True)}
        transaction.set_rollback(True)
