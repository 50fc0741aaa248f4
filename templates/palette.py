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
TINTS = (0.06, 0.16, 0.28, 0.42)  # of a colour of direction in the ground of a move
RUSTS = ("#fbf1ec", "#f2d6c8", "#e8b9a6", "#d9977c", "#8f3616")


@dataclass(frozen=True)
class Palette:
    """The colours that depend on the setting: of a rise, of a fall, and of heat."""

    up: str
    down: str
    heat: str

    @property
    def rises(self) -> tuple[str, ...]:
        """The grounds of moves upwards, palest first."""
        return tuple(_tint(self.up, share) for share in TINTS)

    @property
    def falls(self) -> tuple[str, ...]:
        """The grounds of moves downwards, palest first."""
        return tuple(_tint(self.down, share) for share in TINTS)


def _tint(colour: str, share: float) -> str:
    """So much of a colour on white, as #rrggbb."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * share):02x}" for part in parts)


# Where red is a direction, heat turns brown, so that red has one meaning.
PALETTES: dict[Direction, Palette] = {
    "blue": Palette(up=SUPPORT, down=BROWN, heat=HEAT),
    "red-up": Palette(up=RED, down=GREEN, heat=BROWN),
    "green-up": Palette(up=GREEN, down=RED, heat=BROWN),
}
