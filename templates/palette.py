"""The colours of page and figures, and what each says; text has a contrast of 4.5 and more.

Three settings of direction: what rose and what fell have colours of their own, apart from those of
risk. ▲▼, sign and filled or hollow marks say the same without colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["blue", "red-up", "green-up"]

INK, GREY, PALE, HAIR = "#16202e", "#45505e", "#626d7a", "#d4d9df"
SUPPORT, HEAT, SIMULATED = "#0b5c8a", "#a8431f", "#6b3f8f"
RED, GREEN, BROWN = "#b01f24", "#1a6b4f", "#8c510a"
BLUES = ("#eef4f8", "#cfe1ec", "#aacbde", "#74aac8", "#0b5c8a")
RUSTS = ("#fbf1ec", "#f2d6c8", "#e8b9a6", "#d9977c", "#8f3616")


@dataclass(frozen=True)
class Palette:
    """The colours that depend on the setting: of a rise, of a fall, and of heat."""

    up: str
    down: str
    heat: str


# Where red is a direction, heat turns brown, so that red has one meaning.
PALETTES: dict[Direction, Palette] = {
    "blue": Palette(up=SUPPORT, down=BROWN, heat=HEAT),
    "red-up": Palette(up=RED, down=GREEN, heat=BROWN),
    "green-up": Palette(up=GREEN, down=RED, heat=BROWN),
}
