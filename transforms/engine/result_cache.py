"""Results of expensive functions, kept so that a new week costs one week's work.

A memory is a mapping that the caller keeps: from a digest of everything that a result follows from
to the result. It can make an evaluation faster and nothing else: other inputs have another digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, MutableMapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Result = tuple[float | None, ...]
Memory = MutableMapping[str, Result]


def recalled(
    memory: Memory, function: str, inputs: Floats, compute: Callable[[Floats], Result]
) -> Result:
    """compute(inputs), out of the memory if it is there; `function` names it with its version."""
    digest = hashlib.blake2b(np.ascontiguousarray(inputs).tobytes(), digest_size=16).hexdigest()
    key = f"{function} {digest}"
    if key not in memory:
        memory[key] = compute(inputs)
    return memory[key]


def recalled_series(
    memory: Memory, function: str, inputs: Floats, compute: Callable[[int], Sequence[Result]]
) -> list[Result]:
    """A result for each input that follows from the inputs up to it, out of the memory if possible.

    compute(first) gives the results from that place on, at once; it is called for the first place
    of which the memory knows nothing.
    """
    so_far, keys = hashlib.blake2b(digest_size=16), []
    for one in np.ascontiguousarray(inputs):
        so_far.update(one.tobytes())
        keys.append(f"{function} {so_far.hexdigest()}")
    first = next((place for place, key in enumerate(keys) if key not in memory), len(keys))
    if first < len(keys):
        memory.update(zip(keys[first:], compute(first), strict=True))
    return [memory[key] for key in keys]
