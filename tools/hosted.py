"""A tool that the provider runs: its options, and the definition that is made of them."""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from tools.tool import Tool


class HostedOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an assistant may choose of a tool. What isn't chosen isn't sent, so that the provider decides."""

    def parameters(self) -> dict[str, Any]:
        """Return the fields of the tool's definition."""
        chosen: dict[str, Any] = msgspec.to_builtins(self)
        return chosen


class HostedTool(Tool):
    """A tool that the provider runs. Its name is its `type` in a request."""

    options: ClassVar[type[HostedOptions]] = HostedOptions

    def definitions(self, options: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [{"type": self.name, **self.read(options).parameters()}]

    def read(self, options: Mapping[str, Any]) -> HostedOptions:
        """Return stored options; the defaults if they are of another version."""
        try:
            return msgspec.convert(dict(options), self.options)
        except msgspec.ValidationError:
            return self.options()
