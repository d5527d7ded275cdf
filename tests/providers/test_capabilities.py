"""What refusals teach: for one provider and one model, in all processes, and for a day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from providers.capabilities import RETENTION, Capabilities
from providers.models import Refusal

HERE, ELSEWHERE = "00000000-0000-4000-8000-000000000001", "6f1c2a52-7a54-4c38-9a0e-3f5d1b5b2f10"


@pytest.mark.django_db
class TestRefusals:
    def test_refusal_holds_for_one_provider_and_one_model(self):
        capabilities = Capabilities()
        capabilities.remember(HERE, "small", "background")
        assert capabilities.refused(HERE, "small") == {"background"}
        assert capabilities.refused(HERE, "large") == frozenset()
        assert capabilities.refused(ELSEWHERE, "small") == frozenset()

    def test_refusal_is_shared_by_all_processes(self):
        Capabilities().remember(HERE, "small", "background")
        Capabilities().remember(HERE, "small", "previous_response_id")
        assert Capabilities().refused(HERE, "small") == {"background", "previous_response_id"}

    def test_refusal_reaches_a_process_with_a_cache(self, monkeypatch):
        capabilities = Capabilities()
        assert capabilities.refused(HERE, "small") == frozenset()
        Capabilities().remember(HERE, "small", "background")
        monkeypatch.setattr("providers.capabilities.CACHE_SECONDS", 0)
        capabilities._cache.clear()
        assert capabilities.refused(HERE, "small") == {"background"}

    def test_refusals_are_cached(self, django_assert_num_queries):
        capabilities = Capabilities()
        with django_assert_num_queries(1):
            for _ in range(3):
                capabilities.refused(HERE, "small")

    def test_refusal_is_forgotten_after_a_day(self):
        Capabilities().remember(HERE, "small", "background")
        Refusal.objects.update(refused_at=timezone.now() - RETENTION - timedelta(seconds=1))
        assert Capabilities().refused(HERE, "small") == frozenset()
        Capabilities().remember(HERE, "small", "background")
        assert Capabilities().refused(HERE, "small") == {"background"}
        assert Refusal.objects.count() == 1

    def test_what_was_accepted_is_known_to_this_process(self):
        capabilities = Capabilities()
        capabilities.accept(HERE, "small", {"metadata"})
        capabilities.accept(HERE, "small", {"background"})
        assert capabilities.accepted(HERE, "small") == {"metadata", "background"}
        assert not capabilities.accepted(HERE, "large")
