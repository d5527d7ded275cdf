"""About how many tokens an image costs, by the rules that its model's provider publishes.

https://platform.openai.com/docs/guides/images-vision
"""

from dataclasses import dataclass
from fnmatch import fnmatch
from math import ceil, floor, sqrt

PATCH = 32
"""Pixels of the side of a patch."""
TILE = 512
LOW_SIDE = 512
"""Pixels of the longer side that are about what a model sees with `detail` low."""
UNKNOWN_TOKENS = 800


@dataclass(frozen=True)
class Patches:
    """A model that looks at patches: at most so many, after the image was made smaller if it has more."""

    budget: int
    multiplier: float = 1
    longest: int | None = None
    """Pixels of the longer side."""

    def count(self, width: int, height: int) -> int:
        if self.longest:
            width, height = _fitted(width, height, self.longest)
        patches = ceil(width / PATCH) * ceil(height / PATCH)
        if patches > self.budget:
            shrink = sqrt(PATCH * PATCH * self.budget / (width * height))
            across, down = width * shrink / PATCH, height * shrink / PATCH
            shrink *= min(max(1, floor(across)) / across, max(1, floor(down)) / down)
            patches = min(self.budget, ceil(_near(width * shrink / PATCH)) * ceil(_near(height * shrink / PATCH)))
        return ceil(patches * self.multiplier)


@dataclass(frozen=True)
class Tiles:
    """A model that looks at tiles of the image, whose shorter side is at most 768 pixels, besides the whole."""

    base: int
    each: int

    def count(self, width: int, height: int) -> int:
        width, height = _fitted(width, height, 2048)
        if (shorter := min(width, height)) > 768:
            width, height = round(width * 768 / shorter), round(height * 768 / shorter)
        return self.base + ceil(width / TILE) * ceil(height / TILE) * self.each


ORIGINAL = Patches(10_000, longest=6000)
MODELS: tuple[tuple[str, Patches | Tiles], ...] = (
    ("gpt-6*", Patches(2500, 1.2, longest=2048)),
    ("gpt-5.6*", Patches(2500, 1.2, longest=2048)),
    ("gpt-5.4-mini*", Patches(1536, 1.62)),
    ("gpt-5.4-nano*", Patches(1536, 2.46)),
    ("gpt-5.[45]*", Patches(2500, longest=2048)),
    ("gpt-5*-mini*", Patches(1536, 1.62)),
    ("gpt-5*-nano*", Patches(1536, 2.46)),
    ("gpt-5.[123]*", Patches(1536)),
    ("gpt-5*", Tiles(70, 140)),
    ("gpt-4.1-mini*", Patches(1536, 1.62)),
    ("gpt-4.1-nano*", Patches(1536, 2.46)),
    ("o4-mini*", Patches(1536, 1.72)),
    ("gpt-4o-mini*", Tiles(2833, 5667)),
    ("gpt-4*", Tiles(85, 170)),
    ("o[13]*", Tiles(75, 150)),
)
"""The first pattern that fits a model's name counts. Those of GPT-5.6 and later aren't published: they are guessed."""
ORIGINAL_BY_ITSELF = ("gpt-5.5*",)
"""The models that look at an image in its own size unless a request says otherwise."""


def image_tokens(model: str, width: int | None, height: int | None, detail: str = "auto") -> int:
    """Return about how many tokens an image of so many pixels costs; a usual number if something isn't known."""
    name = model.lower().rpartition("/")[2]
    rule = next((rule for pattern, rule in MODELS if fnmatch(name, pattern)), None)
    if rule is None or not width or not height:
        return UNKNOWN_TOKENS
    if detail == "low":
        return rule.base if isinstance(rule, Tiles) else rule.count(*_fitted(width, height, LOW_SIDE))
    is_whole = detail == "original" or (detail == "auto" and any(fnmatch(name, each) for each in ORIGINAL_BY_ITSELF))
    if is_whole and isinstance(rule, Patches) and rule.longest:
        return Patches(ORIGINAL.budget, rule.multiplier, ORIGINAL.longest).count(width, height)
    return rule.count(width, height)


def _fitted(width: int, height: int, longest: int) -> tuple[int, int]:
    """Return the size of an image that was made smaller if its longer side has more pixels than this."""
    if (side := max(width, height)) <= longest:
        return width, height
    return max(1, round(width * longest / side)), max(1, round(height * longest / side))


def _near(number: float) -> float:
    """Return a number without what floating point adds to it: 44.00000001 patches are 44."""
    return round(number, 6)
