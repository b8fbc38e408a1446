"""Asking for an audit of a judge version."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from models_llm.bias import CHECKS
from models_llm.services.audits import MOST_ITEMS, N_ITEMS
from models_llm.templatetags.judging import said


class AuditForm(forms.Form):
    n_items = forms.IntegerField(
        label=_("Items"),
        initial=N_ITEMS,
        min_value=1,
        max_value=MOST_ITEMS,
        help_text=_(
            "Drawn by the seed, those that people rated first. With fewer than about 75 little can be decided."
        ),
    )
    seed = forms.IntegerField(label=_("Seed"), initial=0, min_value=0, max_value=2**31 - 1)
    checks = forms.MultipleChoiceField(
        label=_("Checks"),
        choices=lambda: [(check.key, said(check.title)) for check in CHECKS.values()],
        initial=list(CHECKS),
        widget=forms.CheckboxSelectMultiple,
    )
