"""Making judges and starting their runs."""

from __future__ import annotations

from django import forms


class BaselineForm(forms.Form):
    name = forms.CharField(max_length=120, initial="baseline")
    held_out_share = forms.FloatField(
        label="Held out",
        initial=0.3,
        min_value=0.05,
        max_value=0.9,
        help_text="Share of the rated items that only the evaluation sees.",
    )
    seed = forms.IntegerField(initial=0, min_value=0, max_value=2**31 - 1, help_text="Draws the held-out items.")
