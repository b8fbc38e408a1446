from __future__ import annotations

from django import forms

from annotations.choices import Role
from annotations.models.fields import choices_of


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=choices_of(Role), label="Role")


class InvitationForm(RoleForm):
    days = forms.IntegerField(min_value=1, max_value=90, initial=7, label="Good for days")
