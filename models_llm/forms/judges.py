"""Making judges and starting their runs."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class BaselineForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, initial="baseline")
    held_out_share = forms.FloatField(
        label=_("Held out"),
        initial=0.3,
        min_value=0.05,
        max_value=0.9,
        help_text=_("Share of the rated items that only the evaluation sees."),
    )
    seed = forms.IntegerField(
        label=_("Seed"), initial=0, min_value=0, max_value=2**31 - 1, help_text=_("Draws the held-out items.")
    )
