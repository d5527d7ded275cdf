"""What the site has learnt from refusals of providers."""

from common.threads import in_thread
from providers.models import Refusal


@in_thread
def learnt() -> set[str]:
    """Return the names of the parts that aren't sent for a while."""
    return set(Refusal.objects.values_list("parameter", flat=True))
