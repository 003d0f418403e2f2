"""The policy of the model cache on fakes: budget, leases, one load, least recently used, failures, memory that runs out."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fakes import cache, resident, row, soon, status, use
from vision.core.errors import ModelError
from vision.models.line import Listener, listening


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
