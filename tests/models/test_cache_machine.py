"""Hypothesis plays the cache: never over budget, never evicts a lease, never loads what is there."""

import itertools
from contextlib import ExitStack

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from tests.fakes import Clock, OutOfMemoryError, cache, row
from vision.core.errors import ModelError

SIZES = {"a": (10, 10), "b": (30, 10), "c": (45, 60), "d": (60, 60), "e": (101, 40), "trunk": (25, 25), "head": (15, 20)}  # true, thought
NEEDS = {"head": ["trunk"]}
BUDGET = 100
KEYS = st.sampled_from(sorted(SIZES))


class Play(RuleBasedStateMachine):
    """One thread borrows, gives back, fails, waits and unloads in every order; the model of it is a list of what is borrowed."""

    leases = Bundle("leases")
    copied = Bundle("copied")

    def __init__(self):
        super().__init__()
        self.clock = Clock()
        rows = [row(key, size, guess, NEEDS.get(key, ())) for key, (size, guess) in SIZES.items()]
        self.cache = cache(*rows, budget=BUDGET, clock=self.clock, idle_s=50)
        self.borrowed = {}
        self.copies = {}
        self.numbers = itertools.count()

    def statuses(self):
        return {one.key: one for one in self.cache.statuses(self.cache.catalog.cards)}

    @rule(target=leases, key=KEYS)
    def borrow(self, key):
        before = self.statuses()[key]
        stack = ExitStack()
        try:
            net = stack.enter_context(self.cache.lease(key))
        except ModelError as error:
            assert error.key in ("model.too_large", "model.memory_busy")
            assert not before.resident
            return None
        after = self.statuses()[key]
        assert after.loads - before.loads == (0 if before.resident else 1)
        assert net.card.key == key
        number = next(self.numbers)
        self.borrowed[number] = (key, net, stack)
        return number

    @rule(number=consumes(leases))
    def give_back(self, number):
        if number is not None:
            self.borrowed.pop(number)[2].close()

    @rule(target=copied, key=KEYS)
    def copy(self, key):
        stack = ExitStack()
        try:
            stack.enter_context(self.cache.room(key))
        except ModelError as error:
            assert error.key in ("model.too_large", "model.memory_busy", "model.no_copy")
            return None
        assert self.statuses()[key].resident
        number = next(self.numbers)
        self.copies[number] = (key, stack)
        return number

    @rule(number=consumes(copied))
    def give_the_copy_back(self, number):
        if number is not None:
            self.copies.pop(number)[1].close()

    @rule(key=KEYS)
    def fail(self, key):
        before = self.statuses()[key]
        self.cache.loader.failures[key] = [ModelError("model.damaged", name=key)]
        try:
            with self.cache.lease(key):
                assert before.resident
        except ModelError:
            assert not before.resident
            assert not self.statuses()[key].resident
        self.cache.loader.failures[key] = []

    @rule(key=KEYS)
    def run_out_of_memory(self, key):
        def work(net):
            raise OutOfMemoryError

        with pytest.raises(ModelError):
            self.cache.run(key, work)

    @rule(key=KEYS)
    def unload(self, key):
        lent = {name for name, *_ in (*self.borrowed.values(), *self.copies.values())}
        busy = key in lent or any(key in NEEDS.get(name, ()) for name in lent)
        was = self.statuses()[key].resident
        try:
            assert self.cache.unload(key) == was
            assert not busy and not self.statuses()[key].resident
        except ModelError as error:
            assert error.key == "model.in_use" and busy

    @rule(seconds=st.integers(1, 40))
    def wait(self, seconds):
        self.clock.now += seconds

    @invariant()
    def never_over_budget(self):
        rows = self.statuses()
        aside = sum(rows[one].bytes for key, _ in self.copies.values() for one in (key, *NEEDS.get(key, ())))
        assert sum(one.bytes for one in rows.values()) + aside == self.cache._residents.held_bytes <= BUDGET

    @invariant()
    def never_evicts_a_lease(self):
        rows = self.statuses()
        for key in SIZES:
            own = sum(name == key for name, *_ in (*self.borrowed.values(), *self.copies.values()))
            dependants = sum(rows[other].resident for other in SIZES if key in NEEDS.get(other, ()))
            assert rows[key].leases == own + (dependants if rows[key].resident else 0)
            assert rows[key].resident or not own
            assert rows[key].resident or not dependants

    @invariant()
    def a_lease_is_the_resident_net(self):
        kept = self.cache._residents._kept
        assert all(kept[key].net is net for key, net, _ in self.borrowed.values())

    @invariant()
    def never_loads_twice(self):
        assert all(most <= 1 for most in self.cache.loader.most.values())
        rows = self.statuses()
        assert all(rows[key].loads - rows[key].evictions == rows[key].resident for key in SIZES)

    def teardown(self):
        for *_, stack in (*self.borrowed.values(), *self.copies.values()):
            stack.close()
        assert all(
            one.leases == sum(self.statuses()[o].resident for o in SIZES if one.key in NEEDS.get(o, ())) for one in self.statuses().values()
        )


TestPlay = Play.TestCase
TestPlay.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
