"""Answers from what is found in vector stores, with citations.

https://platform.openai.com/docs/guides/tools-file-search
"""

from __future__ import annotations

from standin import answers
from standin.context import Context
from standin.errors import ApiError, Json
from standin.events import FileSearch, Part, Text
from standin.retrieval import Found, words_of
from standin.vector_stores import VectorStores

TOOL = "file_search"
INCLUDE = "file_search_call.results"
MAX_RESULTS = 20
MAX_QUOTED_FILES = 3
MAX_QUOTED_CHARACTERS = 300


def check(stores: VectorStores, body: Json) -> None:
    """Raise the API's error if the tool of a request names stores that aren't there, or have expired."""
    for tool in body.get("tools") or []:
        if tool["type"] == TOOL:
            for store_id in tool["vector_store_ids"]:
                try:
                    stores.usable(store_id)
                except ApiError as error:
                    if error.status != 404:
                        raise
                    raise ApiError(f"Vector store with id [{store_id}] not found.", status=404, param="tools") from None


def answer(stores: VectorStores, context: Context) -> list[Part] | None:
    """Return the parts of an answer from what stands in files, if the request has the tool and no other one is meant.

    The best passage of each file is quoted, and cited.
    """
    tool = next((tool for tool in context.body.get("tools") or [] if tool["type"] == TOOL), None)
    if tool is None or context.body.get("tool_choice") == "none" or not context.question:
        return None
    if answers.is_answered_by_tools(context) or answers.requested_tool(context) or answers.requested_drawing(context):
        return None
    query = " ".join(context.question.split())
    threshold = (tool.get("ranking_options") or {}).get("score_threshold") or 0
    most = tool.get("max_num_results") or MAX_RESULTS
    found = stores.search(tool["vector_store_ids"], [query], tool.get("filters"), most, threshold)
    results = tuple(as_result(each) for each in found) if INCLUDE in (context.body.get("include") or []) else None
    return [FileSearch((query,), results), said(query, found)]


def said(query: str, found: list[Found]) -> Text:
    if not found:
        return Text("The stand-in searched the files, and found nothing about that.")
    best = {each.chunk.file_id: each for each in reversed(found)}
    quoted = [best[file_id] for file_id in dict.fromkeys(each.chunk.file_id for each in found)][:MAX_QUOTED_FILES]
    text, annotations = "The stand-in searched the files, and found this:", []
    for each in quoted:
        text += f"\n\n**{each.chunk.filename}** says: {passage(each.chunk.text, query)}"
        cited = {"file_id": each.chunk.file_id, "filename": each.chunk.filename}
        annotations.append({"type": "file_citation", "index": len(text), **cited})
    return Text(text, tuple(annotations))


def passage(text: str, query: str) -> str:
    """Return the line of a text that has most words of the query, shortened."""
    wanted = words_of(query)
    line = max(text.splitlines(), key=lambda line: len(wanted & words_of(line)), default="").strip()
    return line if len(line) <= MAX_QUOTED_CHARACTERS else f"{line[:MAX_QUOTED_CHARACTERS]} …"


def as_result(found: Found) -> Json:
    chunk = found.chunk
    named = {"file_id": chunk.file_id, "filename": chunk.filename}
    return {**named, "score": found.score, "text": chunk.text, "attributes": chunk.attributes}
