from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.choices import WebhookEvent
from annotations.services.webhooks import LONGEST_URL

EVENTS = [
    (WebhookEvent.JUDGEMENT.value, _("a person answers, or changes an answer")),
    (WebhookEvent.RULING.value, _("an adjudicator rules")),
    (WebhookEvent.PAUSE.value, _("an annotator is paused, or goes on")),
    (WebhookEvent.QUEUE_COMPLETE.value, _("the queue is complete")),
    (WebhookEvent.RUN_COMPLETE.value, _("a judge's run is complete")),
]


class WebhookForm(forms.Form):
    url = forms.URLField(
        max_length=LONGEST_URL,
        assume_scheme="https",
        label=_("Address"),
        help_text=_("It is sent ids and levels, and no evidence and no words of people."),
    )
    events = forms.MultipleChoiceField(choices=EVENTS, widget=forms.CheckboxSelectMultiple, label=_("Tell it when"))


class ChangeWebhookForm(WebhookForm):
    is_active = forms.BooleanField(required=False, label=_("Active"))
