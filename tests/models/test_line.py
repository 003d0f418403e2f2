"""The line: visitors in turn, each one's own in order of arrival, places told, people who leave."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fakes import soon
from vision.core.errors import ModelError, UserError
from vision.models.line import Line, Listener, listener, listening, stay, visiting, visitor


def test_turns_come_in_the_order_of_arrival_and_each_place_is_told_as_it_changes():
    line, order, told = Line(), [], {}
    pool = ThreadPoolExecutor(5)

    def compute(name):
        with listening(Listener(place=told.setdefault(name, []).append)), line.turn():
            order.append(name)

    with pool:
        with line.turn():
            waiting = []
            for name in range(5):
                waiting.append(pool.submit(compute, name))
                soon(lambda: len(line) == len(waiting) + 1)
            soon(lambda: all(told.get(name) for name in range(5)))
        for one in waiting:
            one.result(30)
    assert order == [0, 1, 2, 3, 4]
    for name, places in told.items():
        assert places[0] == name + 1
        assert places == sorted(places, reverse=True) and len(set(places)) == len(places)  # a place already passed need not be told
    assert len(line) == 0


def test_nobody_waits_where_nobody_computes():
    told = []
    with listening(Listener(place=told.append)), Line().turn():
        pass
    assert told == []


def test_who_leaves_makes_room_for_the_next():
    line, left, order = Line(), threading.Event(), []

    def impatient():
        with listening(Listener(cancelled=left.is_set)), pytest.raises(ModelError, match="Stopped"), line.turn():
            order.append("impatient")

    def patient():
        with line.turn():
            order.append("patient")

    with ThreadPoolExecutor(2) as pool:
        with line.turn():
            first = pool.submit(impatient)
            soon(lambda: len(line) == 2)
            second = pool.submit(patient)
            soon(lambda: len(line) == 3)
            left.set()
            first.result(30)
            assert len(line) == 2
        second.result(30)
    assert order == ["patient"]


def test_a_listener_that_breaks_leaves_the_line():
    line = Line()

    def unlucky():
        with listening(Listener(place=lambda place: 1 / 0)), pytest.raises(ZeroDivisionError), line.turn():
            pass

    with ThreadPoolExecutor(1) as pool, line.turn():
        pool.submit(unlucky).result(30)
        assert len(line) == 1


def test_a_turn_may_be_taken_again_inside_and_ends_with_the_outer():
    line = Line()
    with line.turn():
        with line.turn():
            assert len(line) == 1
        assert len(line) == 1
    assert len(line) == 0


def test_an_error_inside_ends_the_turn():
    line = Line()
    with pytest.raises(ZeroDivisionError), line.turn():
        1 / 0  # noqa: B018
    with line.turn():
        assert len(line) == 1


def test_never_two_inside():
    line, inside, most = Line(), [], []

    def compute():
        for _ in range(50):
            with line.turn():
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(compute) for _ in range(8)]:
            done.result(60)
    assert len(most) == 400 and max(most) == 1


def test_a_listener_belongs_to_its_context():
    told = Listener(cancelled=lambda: True)
    with listening(told):
        assert listener() is told
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(listener).result(30) is not told
        with pytest.raises(ModelError):
            stay()
    stay()


def lined_up(pool, line, order, names, before=0):
    """Let each named visitor wait for a turn of a held line, one after the other, behind `before` others; return what they will answer."""

    def compute(name, number):
        with visiting(name), line.turn():
            order.append((name, number))

    waiting = []
    for number, name in enumerate(names):
        waiting.append(pool.submit(compute, name, number))
        soon(lambda: len(line) == before + len(waiting) + 1)
    return waiting


def test_twenty_of_one_visitor_do_not_starve_the_others():
    line, order = Line(), []
    with ThreadPoolExecutor(23) as pool:
        with visiting("many"), line.turn():
            waiting = lined_up(pool, line, order, ["many"] * 20 + ["ana", "ben", "ana"])
        for one in waiting:
            one.result(30)
    assert [name for name, _ in order[:6]] == ["many", "ana", "ben", "many", "ana", "many"]
    assert [number for name, number in order if name == "many"] == list(range(20))  # one's own stay in order


def test_who_comes_back_again_and_again_takes_turns_too():
    line, order = Line(), []
    with ThreadPoolExecutor(12) as pool:
        with line.turn():
            waiting = lined_up(pool, line, order, ["many"] * 10)

            def again():
                for number in range(5):
                    with visiting("ana"), line.turn():
                        order.append(("ana", number))

            waiting.append(pool.submit(again))
            soon(lambda: len(line) == 12)
        for one in waiting:
            one.result(30)
    last = max(index for index, (name, _) in enumerate(order) if name == "ana")
    assert last <= 10, order  # five turns of hers beside at most six of the other's


def test_a_place_grows_when_somebody_else_is_due_first():
    line, told = Line(), []
    with ThreadPoolExecutor(3) as pool:
        with visiting("many"), line.turn():
            waiting = lined_up(pool, line, [], ["many"])

            def second():
                with visiting("many"), listening(Listener(place=told.append)), line.turn():
                    pass

            waiting.append(pool.submit(second))
            soon(lambda: told == [2])
            waiting += lined_up(pool, line, [], ["ana"], before=2)
            soon(lambda: told == [2, 3])
        for one in waiting:
            one.result(30)


def test_a_wide_line_lets_so_many_in_and_tells_who_waits_how_many_have_to_leave():
    line, told = Line(width=2), []
    first, second = line.enter(), line.enter()
    with ThreadPoolExecutor(1) as pool:

        def third():
            with listening(Listener(place=told.append)):
                return line.enter()

        waiting = pool.submit(third)
        soon(lambda: told == [1])
        line.leave(first)  # in another thread than it entered
        line.leave(waiting.result(30))
    line.leave(second)
    assert len(line) == 0


def test_one_visitor_may_have_so_many_waiting_and_another_is_let_in():
    line, order = Line(each=3), []
    with ThreadPoolExecutor(4) as pool:
        with line.turn():
            waiting = lined_up(pool, line, order, ["many"] * 3)
            with visiting("many"), pytest.raises(UserError, match="3 of your questions wait already"):
                line.enter()
            waiting += lined_up(pool, line, order, ["ana"], before=3)
        for one in waiting:
            one.result(30)
    assert len(line) == 0


def test_a_visitor_belongs_to_its_context():
    with visiting("ana"):
        assert visitor() == "ana"
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(visitor).result(30) == ""
    assert visitor() == ""
