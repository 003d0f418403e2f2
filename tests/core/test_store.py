"""Results are computed once, kept under a budget of bytes, and leave nothing behind when they fail."""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.core.store import ResultStore, weight


@dataclass(frozen=True)
class Kept:
    name: str
    values: np.ndarray
    more: tuple = ()


def kept(size, more=()):
    return Kept("x", np.zeros(size, np.uint8), more)


def test_a_result_is_computed_once():
    store, calls = ResultStore(1 << 20), []
    first = store.once("a", lambda: calls.append(1) or kept(10))
    assert store.once("a", lambda: pytest.fail("computed again")) is first
    assert store.once("b", lambda: kept(20)) is not first
    assert calls == [1]


def test_none_is_a_result_too():
    store = ResultStore(1 << 20)
    assert store.once("a", lambda: None) is None
    assert store.once("a", lambda: pytest.fail("computed again")) is None


def test_weight_counts_what_a_result_holds():
    array = np.zeros((10, 100), np.float32)
    assert weight(array) == 4000
    assert 4000 <= weight(Kept("name", array)) <= 5000
    assert weight(kept(0, (array, [array, {"a": array}]))) >= 12_000
    assert weight(b"x" * 1000) == 1000
    assert weight("x" * 1000) >= 1000
    assert 0 < weight(None) < 1000 and 0 < weight(1.5) < 1000


def test_the_least_recently_used_goes_first():
    one = weight(kept(1000))
    store = ResultStore(3 * one)
    for key in "abc":
        store.once(key, lambda: kept(1000))
    store.once("a", lambda: pytest.fail("a is there"))
    store.once("d", lambda: kept(1000))
    again = []
    for key in "acd":
        store.once(key, lambda: pytest.fail("should be there"))
    store.once("b", lambda: again.append(1) or kept(1000))
    assert again == [1]


def test_what_is_larger_than_the_budget_is_given_but_not_kept():
    store = ResultStore(2000)
    store.once("small", lambda: kept(100))
    assert store.once("large", lambda: kept(5000)).values.nbytes == 5000
    assert store.once("small", lambda: pytest.fail("driven out by what is not kept")).values.nbytes == 100
    again = []
    store.once("large", lambda: again.append(1) or kept(5000))
    assert again == [1]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3000)), max_size=60), st.integers(0, 8000))
def test_never_over_the_budget_and_the_sum_is_true(steps, budget):
    store = ResultStore(budget)
    for key, size in steps:
        store.once(key, lambda size=size: kept(size))
        assert store.held_bytes <= budget
        assert store.held_bytes == sum(weight(value) for value in store._kept.values())


def test_many_ask_at_once_and_one_computes():
    store, started, go, calls = ResultStore(1 << 20), threading.Event(), threading.Event(), []

    def slow():
        calls.append(threading.get_ident())
        started.set()
        assert go.wait(10)
        return kept(10)

    with ThreadPoolExecutor(8) as pool:
        leader = pool.submit(store.once, "a", slow)
        assert started.wait(10)
        others = [pool.submit(store.once, "a", lambda: pytest.fail("computed twice")) for _ in range(7)]
        assert store.once("b", lambda: 5) == 5  # another key does not wait
        go.set()
        results = [one.result(10) for one in (leader, *others)]
    assert len(calls) == 1
    assert all(one is results[0] for one in results)


def test_a_failure_reaches_those_who_wait_and_the_next_tries_again():
    store, started, go = ResultStore(1 << 20), threading.Event(), threading.Event()

    def fails():
        started.set()
        assert go.wait(10)
        raise OSError("broken")

    with ThreadPoolExecutor(3) as pool:
        leader = pool.submit(store.once, "a", fails)
        assert started.wait(10)
        waiting = pool.submit(store.once, "a", lambda: 1)
        while not store._running["a"]._condition._waiters:  # until it really waits
            pass
        go.set()
        for one in (leader, waiting):
            with pytest.raises(OSError, match="broken"):
                one.result(10)
    assert store.once("a", lambda: 7) == 7


def test_a_result_that_cannot_be_weighed_blocks_nobody():
    class Odd:
        __dataclass_fields__ = {"x": None}  # noqa: RUF012

    store = ResultStore(1 << 20)
    with pytest.raises(AttributeError):
        store.once("a", Odd)
    assert store.once("a", lambda: 3) == 3


class Tensor:
    """Something that a failing computation held."""


def test_a_failure_keeps_nothing_alive():
    """Without the collector of cycles: what a failed computation held is gone when its error is."""
    store, held = ResultStore(1 << 20), []

    def fails():
        tensor = Tensor()
        held.append(weakref.ref(tensor))
        raise ValueError("no")

    gc.collect()
    gc.disable()
    try:
        for _ in range(100):
            with pytest.raises(ValueError, match="no"):
                store.once("a", fails)
        alive = [one for one in held if one() is not None]
    finally:
        gc.enable()
    assert len(alive) <= 1  # pytest itself keeps the last one
