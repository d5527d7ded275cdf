"""Response formats, checked while somebody writes one."""

import msgspec
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from accounts.sessions import for_scripts, signed_in
from assistants.formats.strict import find_problems
from common.refusal import decoded, json_refusals


class Written(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request that checks a format."""

    name: str
    schema: str
    strict: bool = True


@for_scripts
@require_POST
@json_refusals
def check(request: HttpRequest) -> JsonResponse:
    """Return what is wrong with a format, with the place and a sentence for each."""
    signed_in(request)
    written = decoded(request.body, Written)
    problems = find_problems(written.schema, name=written.name, strict=written.strict)
    return JsonResponse(
        {
            "problems": [
                {"code": each.code, "path": each.path, "line": each.values.get("line"), "message": each.sentence()}
                for each in problems
            ]
        }
    )
