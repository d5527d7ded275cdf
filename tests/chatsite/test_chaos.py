"""A short attack on the site in every run of the suite; `make chaos` runs a long one."""

import random

import pytest

from tests.support.chaos import attacked_site


@pytest.mark.process
@pytest.mark.parametrize("background", ["always", "never"])
async def test_each_message_is_answered_once_under_attack(provider, tmp_path, background):
    seed = random.SystemRandom().randrange(10_000)
    with attacked_site(tmp_path, provider, seed, background) as chaos:
        problems = await chaos.round(100, max_delay=0.1, timeout_seconds=60)
        assert not problems, "\n".join([f"seed {seed}: {dict(chaos.done)}", *problems])
