from __future__ import annotations

import email.utils
import time

import pytest

from models_llm.engines.openai_http.faults import Kind, fault_of_status, read_retry_after


@pytest.mark.parametrize(
    ("status", "headers", "kind", "is_overload"),
    [
        (429, {}, Kind.BUSY, True),
        (503, {"Retry-After": "3"}, Kind.BUSY, True),
        (503, {}, Kind.AWAY, True),
        (502, {}, Kind.AWAY, True),
        (500, {}, Kind.BROKEN, True),
        (504, {}, Kind.BROKEN, True),
        (408, {}, Kind.PASSING, False),
        (409, {}, Kind.PASSING, False),
        (425, {}, Kind.PASSING, False),
        (400, {}, Kind.OURS, False),
        (401, {}, Kind.OURS, False),
        (307, {}, Kind.OURS, False),
    ],
)
def test_whose_fault_a_status_is(status: int, headers: dict[str, str], kind: Kind, is_overload: bool) -> None:
    fault = fault_of_status(status, headers, "text")
    assert (fault.kind, fault.is_overload, fault.status) == (kind, is_overload, status)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("", None), ("soon", None), ("nan", None), ("inf", None)],
)
def test_retry_after_as_seconds(header: str, seconds: float | None) -> None:
    assert read_retry_after(header) == seconds


def test_retry_after_as_a_date() -> None:
    in_an_hour = read_retry_after(email.utils.formatdate(time.time() + 3600, usegmt=True))
    assert in_an_hour == pytest.approx(3600, abs=60)
    assert read_retry_after("Thu, 01 Jan 2015 00:00:00 GMT") == 0
    assert read_retry_after("Thu, 99 Foo 2015 00:00:00 GMT") is None
