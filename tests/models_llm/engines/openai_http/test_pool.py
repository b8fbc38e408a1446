"""Who is let out, where to, and when nobody waits any longer; on a clock that a test turns."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from models_llm.engines import loop
from models_llm.engines.flow import in_flow
from models_llm.engines.openai_http import OpenAIHTTPSettings
from models_llm.engines.openai_http.endpoint import LONGEST_WAIT_S, Endpoint, Place
from models_llm.engines.openai_http.faults import Fault, Kind
from models_llm.engines.openai_http.pool import Pool
from models_llm.errors import OutageError

BROKEN = Fault("boom", Kind.BROKEN)
BUSY = Fault("too much", Kind.BUSY)
OURS = Fault("bad prompt", Kind.OURS)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def pool_of(clock: Clock, *names: str, places: int = 1, **settings: Any) -> Pool:
    given: dict[str, Any] = {"least_concurrency": places, "most_concurrency": places, "breaker_failures": 2}
    roots = tuple(f"http://{name}" for name in names)
    made = OpenAIHTTPSettings(urls=roots, **(given | settings))
    return Pool([Endpoint(root, made, clock=clock) for root in roots], outage_s=made.outage_s, clock=clock)


async def begun(waiting: Coroutine[Any, Any, Place], flow: str = "") -> asyncio.Task[Place]:
    """A task that has come as far as it can."""
    with in_flow(flow):
        task = asyncio.create_task(waiting)
    await settle()
    return task


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_flows_take_turns_and_each_is_served_in_order() -> None:
    async def served_order() -> list[str]:
        pool = pool_of(Clock(), "a")
        order = []

        async def one(name: str) -> None:
            place = await pool.place()
            order.append(name)
            pool.finish(place, None)

        held = await pool.place()
        names = ["a1", "a2", "a3", "a4", "b1", "b2", "c1"]
        tasks = []
        for name in names:
            with in_flow(name[0]):
                tasks.append(asyncio.create_task(one(name)))
            await settle()
        pool.finish(held, None)
        await asyncio.gather(*tasks)
        return order

    assert loop.run(served_order()) == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]


def test_a_trial_does_not_wait_behind_a_run() -> None:
    async def turn_of_the_trial() -> int:
        pool = pool_of(Clock(), "a", places=4)
        held = [await pool.place() for _ in range(4)]
        run = [await begun(pool.place(), "run 1") for _ in range(200)]
        trial = await begun(pool.place(), "playground")
        n_turns = 0
        while not trial.done():
            pool.finish(held.pop(0), None)
            await settle()
            held += [task.result() for task in run if task.done() and task.result() not in held]
            n_turns += 1
        for task in run:
            task.cancel()
        return n_turns

    assert loop.run(turn_of_the_trial()) == 2


def test_the_least_loaded_server_is_taken() -> None:
    async def names() -> list[str]:
        pool = pool_of(Clock(), "a", "b", places=3)
        places = [await pool.place() for _ in range(4)]
        pool.finish(next(place for place in places if place.endpoint.name == "b"), None)
        places += [await pool.place() for _ in range(3)]
        return [place.endpoint.name for place in places]

    assert loop.run(names()) == ["a", "b", "a", "b", "b", "a", "b"]


def test_a_waiter_that_leaves_gives_its_place_to_the_next() -> None:
    async def check() -> None:
        pool = pool_of(Clock(), "a")
        held = await pool.place()
        leaving, staying = await begun(pool.place()), await begun(pool.place())
        leaving.cancel()
        await settle()
        pool.finish(held, None)
        await settle()
        assert leaving.cancelled()
        pool.finish(staying.result(), None)
        assert pool.is_idle

    loop.run(check())


def test_a_place_given_to_someone_who_is_just_leaving_is_not_lost() -> None:
    async def check() -> None:
        pool = pool_of(Clock(), "a")
        held = await pool.place()
        leaving, staying = await begun(pool.place()), await begun(pool.place())
        pool.finish(held, None)  # gives the place to the one who ...
        leaving.cancel()  # ... leaves before hearing of it
        await settle()
        assert leaving.cancelled()
        pool.finish(staying.result(), None)
        assert pool.is_idle

    loop.run(check())


def test_a_request_whose_asker_left_gives_its_place_back() -> None:
    async def check() -> None:
        pool = pool_of(Clock(), "a")

        place = await pool.place()
        waiting = await begun(pool.place())
        assert not waiting.done()
        pool.abandon(place)
        await settle()
        assert waiting.done()

    loop.run(check())


def test_what_failed_goes_elsewhere_and_waits_for_it_there() -> None:
    async def check() -> None:
        pool = pool_of(Clock(), "a", "b")
        on_a, on_b = await pool.place(), await pool.place()
        failed = on_a.endpoint
        pool.finish(on_a, BROKEN)
        again = await begun(pool.place_again({failed}))
        fresh = await begun(pool.place())
        assert (again.done(), fresh.result().endpoint.name) == (False, "a")
        pool.finish(on_b, None)
        await settle()
        assert again.result().endpoint.name == "b"

    loop.run(check())


def test_where_no_other_server_can_be_counted_on_it_goes_back() -> None:
    async def check() -> None:
        pool = pool_of(Clock(), "a", "b")
        on_a, on_b = await pool.place(), await pool.place()
        on_b.endpoint.note_draining(True)
        failed = on_a.endpoint
        pool.finish(on_a, BROKEN)
        assert (await pool.place_again({failed})).endpoint.name == "a"

    loop.run(check())


def test_a_draining_server_finishes_and_takes_nothing_new() -> None:
    async def check() -> None:
        pool = pool_of(Clock(), "a", "b", places=2)
        on_a = await pool.place()
        on_a.endpoint.note_draining(True)
        assert [(await pool.place()).endpoint.name for _ in range(2)] == ["b", "b"]
        waiting = await begun(pool.place())
        pool.finish(on_a, None)
        await settle()
        assert not waiting.done()
        on_a.endpoint.note_draining(False)
        pool.changed()
        await settle()
        assert waiting.result().endpoint.name == "a"

    loop.run(check())


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks() -> None:
    clock = Clock()

    async def check() -> None:
        pool = pool_of(clock, "a", places=8)
        places = [await pool.place() for _ in range(3)]
        for seconds, place in zip((2.0, 30.0, 5.0), places, strict=True):
            pool.finish(place, Fault("429", Kind.BUSY, is_overload=True, retry_after_s=seconds))
        [endpoint] = pool.endpoints
        assert 1030 <= endpoint.paused_until <= 1045  # up to half as long again
        waiting = await begun(pool.place())
        clock.now = 1029.9
        pool.changed()
        await settle()
        assert not waiting.done()
        clock.now = 1045.0
        pool.changed()
        await settle()
        assert waiting.done()

    loop.run(check())


def test_pauses_without_a_word_from_the_server_double_once_for_all_that_were_open() -> None:
    clock = Clock()

    async def pauses() -> list[float]:
        pool = pool_of(clock, "a", places=8, backoff_s=1.0)
        [endpoint] = pool.endpoints
        found = []
        for _ in range(8):
            places = [await pool.place() for _ in range(3)]
            for place in places:
                pool.finish(place, Fault("429", Kind.BUSY, is_overload=True))
            found.append(endpoint.paused_until - clock.now)
            clock.now = endpoint.paused_until
        return found

    lows = [1, 2, 4, 8, 16, 32, LONGEST_WAIT_S, LONGEST_WAIT_S]
    assert all(low <= pause <= 1.5 * low for low, pause in zip(lows, loop.run(pauses()), strict=True))


def test_a_failing_server_gets_one_request_to_see_whether_it_is_back() -> None:
    clock = Clock()

    async def check() -> None:
        pool = pool_of(clock, "a", places=8)
        for _ in range(2):
            pool.finish(await pool.place(), BROKEN)
        waiting = [await begun(pool.place()) for _ in range(3)]
        assert not any(task.done() for task in waiting)
        clock.now += 1
        pool.changed()
        await settle()
        assert [task.done() for task in waiting] == [True, False, False]
        pool.finish(waiting[0].result(), None)
        await settle()
        assert all(task.done() for task in waiting)

    loop.run(check())


def test_an_answer_that_finds_fault_with_the_request_shows_that_the_server_is_there() -> None:
    clock = Clock()

    async def check() -> None:
        pool = pool_of(clock, "a", places=8)
        for _ in range(2):
            pool.finish(await pool.place(), BROKEN)
        assert pool.endpoints[0].is_out
        clock.now += 1
        pool.finish(await pool.place(), OURS)
        assert not pool.endpoints[0].is_out

    loop.run(check())


def test_nobody_waits_for_longer_than_an_outage_may_last() -> None:
    clock = Clock()

    async def check() -> None:
        pool = pool_of(clock, "a", "b", outage_s=60)
        pool.endpoints[1].note_draining(True)
        for _ in range(2):
            pool.finish(await pool.place(), BROKEN)
        waiting = [await begun(pool.place()), await begun(pool.place_again({pool.endpoints[0]}))]
        clock.now += 0.9  # before a trial is due
        pool.changed()
        await settle()
        assert not any(task.done() for task in waiting)
        pool.endpoints[0].breaker.begin()  # the trial is out, and hangs
        clock.now += 60
        pool.changed()
        await settle()
        for task in waiting:
            with pytest.raises(OutageError, match=r"for 60 s \(a: boom; b: it is draining\)"):
                task.result()

    loop.run(check())


def test_who_comes_back_in_an_outage_has_the_servers_tried_anew_and_waits_no_longer_than_that() -> None:
    clock = Clock()

    async def check() -> None:
        pool = pool_of(clock, "a", outage_s=60)
        for _ in range(2):
            pool.finish(await pool.place(), BROKEN)
        clock.now += 60
        pool.changed()
        trial = await pool.place()  # although the breaker would wait
        waiting = await begun(pool.place())
        clock.now += 9
        pool.finish(trial, BROKEN)
        await settle()
        assert not waiting.done()
        clock.now += 1
        pool.changed()
        await settle()
        with pytest.raises(OutageError, match="for 60 s"):
            waiting.result()

    loop.run(check())


def test_a_server_that_refuses_everything_is_out_and_one_that_answers_in_between_is_not() -> None:
    clock = Clock()

    async def check() -> None:
        pool = pool_of(clock, "a", outage_s=60)
        pool.finish(await pool.place(), BUSY)
        waiting = await begun(pool.place_again(set()))
        clock.now += 59
        pool.changed()
        await settle()
        pool.finish(waiting.result(), None)  # its pause was over
        pool.finish(await pool.place(), BUSY)
        waiting = await begun(pool.place_again(set()))
        clock.now += 59
        pool.changed()
        await settle()
        pool.finish(waiting.result(), BUSY)
        clock.now += 1
        again = await begun(pool.place_again(set()))
        with pytest.raises(OutageError, match=r"a: too much"):
            again.result()

    loop.run(check())


def test_who_leaves_at_the_moment_of_giving_up_is_gone() -> None:
    clock = Clock()

    async def check() -> None:
        pool = pool_of(clock, "a", outage_s=60)
        pool.endpoints[0].note_draining(True)
        waiting = await begun(pool.place())
        clock.now += 60
        pool.changed()
        waiting.cancel()
        await settle()
        assert waiting.cancelled()

    loop.run(check())


def test_an_outage_is_counted_anew_when_nobody_has_looked_for_long() -> None:
    clock = Clock()

    async def check() -> None:
        pool = pool_of(clock, "a", outage_s=60)
        for _ in range(2):
            pool.finish(await pool.place(), BROKEN)
        clock.now += 86_400
        trial = await pool.place()
        waiting = await begun(pool.place())
        assert not waiting.done()
        pool.finish(trial, None)
        await settle()
        assert waiting.done()

    loop.run(check())
