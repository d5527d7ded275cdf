"""Python that the provider runs. https://platform.openai.com/docs/guides/tools-code-interpreter"""

from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from tools.hosted import HostedOptions, HostedTool


class CodeInterpreterOptions(HostedOptions, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How much memory the container has in which it runs. Providers bill more for a larger one."""

    memory_limit: Literal["1g", "4g", "16g", "64g"] | None = None

    def parameters(self) -> dict[str, Any]:
        # The provider makes a container, or goes on in the one of the chain.
        return {"container": {"type": "auto", **super().parameters()}}


class CodeInterpreter(HostedTool):
    name = "code_interpreter"
    title = _("Code interpreter")
    include = ("code_interpreter_call.outputs",)
    options = CodeInterpreterOptions
