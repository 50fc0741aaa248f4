"""Specs of the memory of expensive results."""

import numpy as np
import pytest

from transforms.engine.result_cache import recalled, recalled_series


def running_sum(inputs: np.ndarray, asked: list[int]):
    """The sum of each beginning; `asked` notes from where it was computed."""

    def since(first: int):
        asked.append(first)
        return [(float(total),) for total in np.cumsum(inputs)[first:]]

    return since


def test_the_same_inputs_are_computed_once_and_others_anew():
    memory: dict = {}
    first = recalled(memory, "sum", np.array([1.0, 2.0]), lambda x: (float(x.sum()),))

    assert first == (3.0,)
    assert recalled(memory, "sum", np.array([1.0, 2.0]), lambda _: pytest.fail("again")) == first
    assert recalled(memory, "sum", np.array([2.0, 1.0]), lambda _: (None,)) == (None,)
    assert recalled(memory, "mean", np.array([1.0, 2.0]), lambda _: (1.5,)) == (1.5,)
    assert len(memory) == 3


def test_inputs_that_do_not_lie_side_by_side_are_the_same_inputs():
    memory: dict = {}
    wide = np.arange(10.0)
    recalled(memory, "sum", wide[::2], lambda _: (20.0,))

    assert recalled(memory, "sum", wide[::2].copy(), lambda _: pytest.fail("again")) == (20.0,)


def test_a_series_is_computed_from_the_first_unknown_place_on():
    memory, asked = {}, []
    inputs = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    restated = np.array([1.0, 2.0, 9.0, 4.0, 5.0])

    for seen, expected in [
        (inputs[:3], [1, 3, 6]),
        (inputs, [1, 3, 6, 10, 15]),
        (inputs, [1, 3, 6, 10, 15]),
        (inputs[:2], [1, 3]),
        (restated, [1, 3, 12, 16, 21]),
        (inputs[1:], [2, 5, 9, 14]),
        (inputs[:0], []),
    ]:
        found = recalled_series(memory, "sums", seen, running_sum(seen, asked))
        assert [total for (total,) in found] == expected

    assert asked == [0, 3, 2, 0]


def test_a_computation_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="zip"):
        recalled_series({}, "sums", np.array([1.0, 2.0]), lambda _: [(1.0,)])


def test_series_of_two_functions_stand_apart():
    memory: dict = {}
    inputs = np.array([1.0, 2.0])
    recalled_series(memory, "sums", inputs, lambda _: [(1.0,), (3.0,)])

    assert recalled_series(memory, "means", inputs, lambda _: [(1.0,), (1.5,)]) == [(1.0,), (1.5,)]
    assert len(memory) == 4
