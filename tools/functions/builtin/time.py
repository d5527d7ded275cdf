"""What time it is."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext_lazy as _

from tools.functions.function import tool
from tools.functions.results import ToolFailed
from tools.tool import Context


@tool(title=_("Date and time"), is_repeatable=True, needs_approval=False, timeout=10)
def current_time(
    context: Context,
    time_zone: Annotated[str, "A name of the IANA, such as Europe/Oslo. Null for where the person is."] = "",
) -> dict[str, str]:
    """Return the date and time now, with the day of the week."""
    name = time_zone or context.time_zone
    try:
        now = datetime.now(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # none of this name, or a path that can't be one
        raise ToolFailed(f"There is no time zone named {name!r}.") from None
    return {"time": now.isoformat(timespec="seconds"), "weekday": f"{now:%A}", "time_zone": name}
