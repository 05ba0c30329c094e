"""Turns: whoever is quick waits for whoever comes before."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tutela.engine.turns import Turns


def test_steps_are_done_in_order_whoever_comes_first(tmp_path):
    turns = Turns(str(tmp_path / "turns"))
    turns.begin()
    done = []

    def step(number: int) -> None:
        with turns.turn_of(number):
            done.append(number)

    with ThreadPoolExecutor(5) as threads:
        list(threads.map(step, [4, 2, 3, 1, 0]))
    assert done == [0, 1, 2, 3, 4]


def test_a_turn_passes_on_after_an_error_and_when_it_is_not_taken(tmp_path):
    turns = Turns(str(tmp_path / "turns"))
    turns.begin()
    with pytest.raises(ValueError, match="torn"), turns.turn_of(0):
        raise ValueError("torn")
    turns.leave(0)  # it had its turn: nothing happens
    turns.leave(1)
    with turns.turn_of(2):
        pass
