"""The model cache when memory runs out, when many compute at once, and what it says of itself."""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.fakes import OutOfMemoryError, cache, resident, row, status, use
from vision.core.errors import ModelError, UserError
from vision.models.residents import gigabytes


def test_memory_that_runs_out_in_a_computation_is_emptied_and_tried_once_more():
    made = cache(row("a"), row("idle"))
    use(made, "idle")
    tries = []

    def work(net):
        tries.append(net)
        if len(tries) == 1:
            raise OutOfMemoryError
        return "done"

    assert made.run("a", work) == "done"
    assert made.machine.emptied == 1 and resident(made) == {"a"}
    assert status(made, "idle").note == "Left the memory when the device had none left."


def test_memory_that_runs_out_twice_is_a_sentence_and_the_cache_lives_on():
    made = cache(row("a"))
    tries = []

    def work(net):
        tries.append(net)
        raise OutOfMemoryError

    with pytest.raises(ModelError, match="memory of the device is too small for A"):
        made.run("a", work)
    assert len(tries) == 2 and made.machine.emptied == 1
    assert made.run("a", lambda net: net.card.key) == "a"


def test_the_work_of_a_try_that_ran_out_of_memory_is_gone_before_the_next():
    """Handled inside the except block, the traceback would keep the first try's tensors through the second."""
    made = cache(row("a"))
    held = []

    class Tensor:
        pass

    def work(net):
        alive = sum(one() is not None for one in held)
        tensor = Tensor()
        held.append(weakref.ref(tensor))
        if len(held) == 1:
            raise OutOfMemoryError
        return alive

    assert made.run("a", work) == 0


def test_memory_that_runs_out_in_a_load_is_emptied_and_tried_once_more():
    made = cache(row("a"), row("idle"))
    use(made, "idle")
    made.loader.failures["a"] = [OutOfMemoryError()]
    use(made, "a")
    assert resident(made) == {"a"} and made.machine.emptied == 1
    made = cache(row("a"))
    made.loader.failures["a"] = [OutOfMemoryError(), OutOfMemoryError()]
    with pytest.raises(ModelError, match="too small for A"):
        use(made, "a")
    use(made, "a")


def test_errors_of_the_work_pass_unchanged_and_end_the_lease():
    made = cache(row("a"))
    with pytest.raises(UserError, match="another task"):
        made.run("a", lambda net: (_ for _ in ()).throw(UserError("error.wrong_task", key="a", task="t")))
    assert status(made, "a").leases == 0


def test_a_hundred_failing_requests_keep_nothing():
    made = cache(row("a"), row("bad"))
    made.loader.failures["bad"] = [ModelError("model.damaged", name="BAD") for _ in range(100)]
    held = []

    class Tensor:
        pass

    def work(net):
        tensor = Tensor()
        held.append(weakref.ref(tensor))
        raise ValueError("broken picture")

    for _ in range(100):
        with pytest.raises(ValueError, match="broken"):
            made.run("a", work)
        with pytest.raises(ModelError):
            use(made, "bad")
    gc.collect()
    assert sum(one() is not None for one in held) == 0
    assert not made._residents._loading and status(made, "a").leases == 0 and len(made.line) == 0


def test_evicted_nets_are_free():
    made = cache(row("a", 60), row("b", 60), budget=100)
    with made.lease("a") as net:
        module = weakref.ref(net)
    del net
    use(made, "b")
    gc.collect()
    assert module() is None


def test_one_net_computes_at_a_time_on_a_cpu_and_several_elsewhere():
    for one_at_a_time, most in ((True, 1), (False, 4)):
        made = cache(row("a"), one_at_a_time=one_at_a_time)
        inside, seen, full = [], [], threading.Event()

        def work(net, inside=inside, seen=seen, full=full):
            inside.append(net)
            seen.append(len(inside))
            if len(inside) == 4:
                full.set()
            full.wait(0.05 if most == 1 else 10)  # noqa: B023  time for others to come in
            inside.pop()

        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(made.run, "a", work) for _ in range(4)]:
                done.result(30)
        assert max(seen) == most


def test_within_a_turn_only_residents_are_lent():
    made = cache(row("a"), row("b"))
    assert made.run("a", lambda _: made.run("a", lambda net: net.card.key)) == "a"
    with pytest.raises(RuntimeError, match="before the turn"):
        made.run("a", lambda _: use(made, "b"))
    use(made, "b")
    made.run("a", lambda _: use(made, "b"))


def test_a_net_is_measured_once_and_not_again_when_it_comes_back():
    made = cache(row("a", 60), row("b", 60), budget=100)
    measured = []
    measure = made.machine.measure
    made.machine.measure = lambda net, needs: measured.append(net.card.key) or measure(net, needs)
    use(made, "a", "b", "a")
    assert measured == ["a", "b"] and made.loader.loads["a"] == 2


def test_statuses_know_every_card_and_touch_no_machine():
    made = cache(row("a"), row("b"))
    made.machine = None
    assert [(one.key, one.device, one.bytes) for one in made.statuses(made.catalog.cards)] == [("a", "", 0), ("b", "", 0)]


def test_the_note_of_a_card_stands_until_the_cache_has_one():
    made = cache(replace(row("a"), note="Windows only."))
    assert status(made, "a").note == "Windows only."
    use(made, "a")
    made.unload("a")
    assert status(made, "a").note == "Unloaded by hand."


@pytest.mark.parametrize(("size", "text"), [(0, "0 MB"), (1 << 20, "1 MB"), (1 << 30, "1.0 GB"), (7 << 29, "3.5 GB")])
def test_sizes_for_people(size, text):
    assert gigabytes(size) == text


def test_room_for_a_copy_counts_in_the_budget(clock):
    made = cache(row("a", 40), row("b", 30), budget=100, clock=clock)
    use(made, "b")
    clock.now = 1
    with made.room("a"):
        assert made._residents.held_bytes == 80 and resident(made) == {"a"}  # the idle one left for it
        assert status(made, "a").leases == 1
    assert made._residents.held_bytes == 40 and status(made, "a").leases == 0


def test_a_copy_of_a_model_holds_what_it_needs_as_well():
    made = cache(row("trunk", 20), row("head", 10, needs=["trunk"]), budget=100)
    with made.room("head"):
        assert made._residents.held_bytes == 60
    assert made._residents.held_bytes == 30


def test_no_room_for_a_copy_is_a_sentence_and_costs_nothing():
    made = cache(row("a", 60), budget=100)
    with pytest.raises(ModelError, match="second copy of A"), made.room("a"):
        pytest.fail("it was lent")
    assert made._residents.held_bytes == 60 and status(made, "a").leases == 0
