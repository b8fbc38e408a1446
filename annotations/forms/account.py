from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.models import ApiToken, User


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("display_name", "theme")
        labels = {"display_name": _("Name"), "theme": _("Theme")}
        help_texts = {"display_name": _("How others see you. Empty: your user name.")}
        widgets = {"display_name": forms.TextInput(attrs={"autocomplete": "name"})}


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ApiToken
        fields = ("name",)
        labels = {"name": _("What is it for")}
        widgets = {"name": forms.TextInput(attrs={"placeholder": _("nightly import"), "autocomplete": "off"})}
