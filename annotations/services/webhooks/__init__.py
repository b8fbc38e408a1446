"""Telling other programs what happened in a project.

`emit` writes what there is to tell in the transaction of the event, one row an address that wants to hear of it. A
worker sends the rows of an address one after the other under a lease, signs each, and tries again what was not taken.
The rows are the truth and messages hints: what a killed worker left is sent by the next.
"""

from annotations.services.webhooks.hooks import (
    change_webhook,
    create_webhook,
    delete_webhook,
    renew_secret,
    resend,
    send_test,
)
from annotations.services.webhooks.outbox import TELL_OF_ANSWER, emit, emit_answer, emit_answers, wake
from annotations.services.webhooks.posting import LONGEST_URL
from annotations.services.webhooks.sending import deliver, sweep_webhooks

__all__ = [
    "LONGEST_URL",
    "TELL_OF_ANSWER",
    "change_webhook",
    "create_webhook",
    "delete_webhook",
    "deliver",
    "emit",
    "emit_answer",
    "emit_answers",
    "renew_secret",
    "resend",
    "send_test",
    "sweep_webhooks",
    "wake",
]
