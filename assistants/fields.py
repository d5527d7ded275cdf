"""Fields that several forms of assistants have."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext


class LinesField(forms.CharField):
    """A text of several lines, as a list without the empty ones."""

    def __init__(self, *, max_lines: int, max_characters: int, **kwargs: Any) -> None:
        self.max_lines = max_lines
        self.max_characters = max_characters
        super().__init__(required=False, strip=False, widget=forms.Textarea({"rows": 3}), **kwargs)

    def clean(self, value: Any) -> list[str]:
        lines = [line for line in str(super().clean(value)).splitlines() if line.strip()]
        if len(lines) > self.max_lines:
            raise ValidationError(gettext("At most %(number)s lines.") % {"number": self.max_lines})
        if any(len(line) > self.max_characters for line in lines):
            raise ValidationError(gettext("At most %(number)s characters in a line.") % {"number": self.max_characters})
        return lines

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value
