"""Search by the provider in its copies of collections. https://platform.openai.com/docs/guides/tools-file-search

No switch has it: an answer with collections gets it if the provider has all of them (knowledge/copies.py).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from knowledge.copies import FILE, Copies
from providers import catalog
from providers.models import Provider
from providers.tool_parts import FILE_SEARCH as PART
from tools.hosted import HostedTool
from tools.tool import Options

MAX_RESULTS = 10
"""Passages of a search, each of about 800 tokens."""


class FileSearch(HostedTool):
    name = "file_search"
    title = _("File search")
    include = ("file_search_call.results",)

    def definitions(self, options: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [{"type": self.name, **options}]


FILE_SEARCH = FileSearch()


def is_offered(provider_id: UUID | None, model: str) -> bool:
    """Return whether a provider's model searches in files, and wasn't lately refused to."""
    if not catalog.is_known(provider_id):
        return False
    is_hosting = catalog.provider(provider_id).endpoint.dialect == Provider.Dialect.RESPONSES
    is_taken = FileSearch.name in catalog.model(provider_id, model).hosted_tools
    return is_hosting and is_taken and PART not in catalog.refused_tools(provider_id, model)


def searching_in(copies: Copies) -> Options:
    """Return what a request says of the copies: files in them that are deleted here aren't searched."""
    left_out = {"filters": {"type": "nin", "key": FILE, "value": [*copies.left_out]}} if copies.left_out else {}
    return {"vector_store_ids": [*copies.store_ids], "max_num_results": MAX_RESULTS, **left_out}
