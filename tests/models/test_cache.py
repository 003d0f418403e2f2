"""The policy of the model cache on fakes: budget, leases, one load, least recently used, failures, memory that runs out."""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.fakes import OutOfMemoryError, cache, row, status
from vision.core.errors import ModelError, UserError
from vision.models.line import Listener, listening
from vision.models.residents import gigabytes


def use(made, *keys):
    for key in keys:
        with made.lease(key):
            pass


def resident(made):
    return {one.key for one in made.statuses(made.catalog.cards) if one.resident}


def soon(true):
    """Wait until something is so."""
    for _ in range(2000):
        if true():
            return
        threading.Event().wait(0.005)
    pytest.fail("it never came to be so")


def test_a_model_is_loaded_once_and_then_hit():
    made = cache(row("a"))
    use(made, "a", "a", "a")
    one = status(made, "a")
    assert (one.loads, one.hits, one.evictions, one.bytes, one.leases, one.resident, one.device) == (1, 2, 0, 10, 0, True, "cpu")


def test_an_unknown_model_is_a_sentence():
    with pytest.raises(ModelError, match="no model called “zebra”"), cache(row("a")).lease("zebra"):
        pytest.fail("it was lent")


def test_the_least_recently_used_idle_one_leaves_and_is_said_why(clock):
    made = cache(row("a", 40), row("b", 40), row("c", 40), budget=100, clock=clock)
    for now, key in enumerate(("a", "b", "a", "c")):
        clock.now = now
        use(made, key)
    assert resident(made) == {"a", "c"}
    assert (status(made, "b").evictions, status(made, "b").note) == (1, "Left the memory to make room for C.")


def test_a_lent_model_stays_and_the_next_oldest_leaves(clock):
    made = cache(row("a", 40), row("b", 40), row("c", 40), budget=100, clock=clock)
    with made.lease("a"):
        clock.now = 1
        use(made, "b")
        use(made, "c")
        assert resident(made) == {"a", "c"}


def test_a_model_larger_than_the_budget_is_refused_without_a_load_and_nobody_leaves_for_it():
    made = cache(row("a", 40), row("whale", 3 << 30), budget=1 << 30)
    use(made, "a")
    with pytest.raises(ModelError, match=r"WHALE takes 3\.0 GB of memory, and models may take 1\.0 GB"):
        use(made, "whale")
    assert made.loader.loads["whale"] == 0 and resident(made) == {"a"}


def test_a_model_that_proves_too_large_is_refused_and_not_loaded_again():
    made = cache(row("a", 40), row("liar", 200, guess=20), budget=100)
    use(made, "a")
    for _ in range(2):
        with pytest.raises(ModelError, match="LIAR takes"):
            use(made, "liar")
    assert made.loader.loads["liar"] == 1 and resident(made) == {"a"}


def test_a_model_that_proves_larger_than_thought_makes_room():
    made = cache(row("a", 40), row("b", 90, guess=20), budget=100)
    use(made, "a", "b")
    assert resident(made) == {"b"} and made._residents.held_bytes == 90


def test_a_model_that_proves_larger_waits_for_one_in_use_to_end():
    made = cache(row("a", 40), row("b", 90, guess=20), budget=100, room_s=30.0)
    with ThreadPoolExecutor(1) as pool:
        with made.lease("a"):
            done = pool.submit(use, made, "b")
            soon(lambda: made.loader.loads["b"] == 1)
            assert made._residents.held_bytes <= 100 and not done.done()
        done.result(30)
    assert resident(made) == {"b"} and made.loader.loads["b"] == 2


def test_no_room_beside_models_in_use_is_a_sentence():
    made = cache(row("a", 60), row("b", 60), budget=100)
    with made.lease("a"), pytest.raises(ModelError, match="in use fill the memory, so B found no room"):
        use(made, "b")
    use(made, "b")


def test_a_model_unused_for_long_leaves(clock):
    made = cache(row("a"), row("b"), clock=clock, idle_s=600)
    use(made, "a")
    with made.lease("b"):
        clock.now = 599
        assert resident(made) == {"a", "b"}
        clock.now = 600
        assert resident(made) == {"b"}
        assert status(made, "a").note == "Left the memory after 10 minutes without use."


def test_thirty_two_threads_on_a_cold_model_load_it_once():
    made = cache(row("a"))
    made.loader.gate = threading.Event()
    barrier = threading.Barrier(32)

    def ask():
        barrier.wait(30)
        with made.lease("a") as net:
            return id(net)

    with ThreadPoolExecutor(32) as pool:
        answers = [pool.submit(ask) for _ in range(32)]
        soon(lambda: made._residents._loading and next(iter(made._residents._loading.values())).waiting == 31)
        made.loader.gate.set()
        assert len({answer.result(30) for answer in answers}) == 1
    assert made.loader.loads["a"] == 1
    one = status(made, "a")
    assert (one.loads, one.hits, one.leases) == (1, 31, 0)


def test_a_failed_load_is_everybodys_own_error_and_the_next_caller_loads_again():
    made = cache(row("a"))
    made.loader.gate = threading.Event()
    made.loader.failures["a"] = [ModelError("model.damaged", name="A")]

    def ask():
        with pytest.raises(ModelError, match="The file of A") as error:
            use(made, "a")
        return error.value

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(ask) for _ in range(8)]
        soon(lambda: made._residents._loading and made._residents._loading["a"].waiting == 7)
        made.loader.gate.set()
        errors = [answer.result(30) for answer in answers]
    assert len({id(error) for error in errors}) == 8
    assert made.loader.loads["a"] == 1 and made._residents.held_bytes == 0
    use(made, "a")
    assert made.loader.loads["a"] == 2


def test_a_bug_in_a_load_is_logged_and_said_in_a_sentence(caplog):
    made = cache(row("a"))
    made.loader.failures["a"] = [ZeroDivisionError("secret")]
    with pytest.raises(ModelError, match="A could not be loaded") as error:
        use(made, "a")
    assert "secret" in caplog.text and "secret" not in str(error.value)
    use(made, "a")


def test_a_load_that_is_interrupted_leaves_nothing_behind():
    made = cache(row("a"))
    made.loader.failures["a"] = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        use(made, "a")
    assert made._residents.held_bytes == 0
    use(made, "a")


def test_who_waits_for_a_load_may_leave_and_the_load_goes_on():
    made = cache(row("a"))
    made.loader.gate = threading.Event()
    left = threading.Event()

    def impatient():
        with listening(Listener(cancelled=left.is_set)), pytest.raises(ModelError, match="Stopped"):
            use(made, "a")

    with ThreadPoolExecutor(2) as pool:
        owner = pool.submit(use, made, "a")
        soon(lambda: made.loader.loads["a"] == 1)
        waiter = pool.submit(impatient)
        soon(lambda: made._residents._loading["a"].waiting == 1)
        left.set()
        waiter.result(30)
        made.loader.gate.set()
        owner.result(30)
    assert status(made, "a").leases == 0


def test_who_began_a_load_may_leave_and_who_waits_begins_anew():
    made = cache(row("a"))
    made.loader.gate = threading.Event()
    made.loader.failures["a"] = [ModelError("model.cancelled")]

    def began():
        with pytest.raises(ModelError, match="Stopped"):
            use(made, "a")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(began)
        soon(lambda: made.loader.loads["a"] == 1)
        second = pool.submit(use, made, "a")
        soon(lambda: made._residents._loading["a"].waiting == 1)
        made.loader.gate.set()
        first.result(30)
        second.result(30)
    assert resident(made) == {"a"} and made.loader.loads["a"] == 2


def test_a_needed_model_is_loaded_once_for_both_and_stays_while_the_other_is_there():
    made = cache(row("trunk", 40), row("head", 20, needs=["trunk"]), row("big", 50), budget=100)
    use(made, "head", "trunk")
    assert made.loader.loads == {"trunk": 1, "head": 1}
    assert status(made, "trunk").leases == 1
    use(made, "big")  # 60 + 50 > 100: the head is idle and leaves; its trunk may stay
    assert resident(made) == {"trunk", "big"}
    use(made, "head")
    assert made.loader.loads["trunk"] == 1


def test_a_needed_model_leaves_after_the_one_that_needs_it():
    made = cache(row("trunk", 40), row("head", 20, needs=["trunk"]), row("big", 90), budget=100)
    use(made, "head", "big")
    assert resident(made) == {"big"}


def test_a_model_is_too_large_together_with_what_it_needs():
    made = cache(row("trunk", 60), row("head", 60, needs=["trunk"]), budget=100)
    with pytest.raises(ModelError, match="HEAD takes"):
        use(made, "head")
    assert status(made, "trunk").leases == 0


def test_a_failed_load_gives_back_what_it_needed():
    made = cache(row("trunk"), row("head", needs=["trunk"]))
    made.loader.failures["head"] = [ModelError("model.damaged", name="HEAD")]
    with pytest.raises(ModelError):
        use(made, "head")
    assert status(made, "trunk").leases == 0


def test_unloading_by_hand():
    made = cache(row("trunk"), row("head", needs=["trunk"]))
    assert made.unload("head") is False
    use(made, "head")
    with made.lease("head"), pytest.raises(ModelError, match="TRUNK is in use"):
        made.unload("trunk")
    with made.lease("trunk"), pytest.raises(ModelError, match="TRUNK is in use"):
        made.unload("trunk")
    assert made.unload("trunk") is True
    assert resident(made) == set() and status(made, "head").note == "Unloaded by hand."


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
