"""The objects of a PDF, each turned into bytes once.

pydyf writes all objects, and then makes all of them again, compressed streams too, only to hash
them for the identifier of the file.
"""

from __future__ import annotations

import pydyf


class Settled(pydyf.Object):
    """An object that changes no more."""

    def __init__(self, one: pydyf.Object) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.number = one.number
        self.generation = one.generation
        self._data: bytes = one.data
        self._compressible: bool = one.compressible

    @property
    def data(self) -> bytes:
        return self._data

    @property
    def compressible(self) -> bool:
        return self._compressible


def settle(pdf: pydyf.PDF) -> None:
    """Takes the bytes of all objects; to be called when nothing of them will change."""
    pdf.objects[:] = [one if one.free == "f" else Settled(one) for one in pdf.objects]
