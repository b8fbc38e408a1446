from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.choices import Role

ROLES = [
    (Role.ANNOTATOR.value, _("Annotator")),
    (Role.ADJUDICATOR.value, _("Adjudicator")),
    (Role.LEAD.value, _("Lead")),
    (Role.TRAINER.value, _("Trainer")),
]


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=ROLES, label=_("Role"))


class InvitationForm(RoleForm):
    days = forms.IntegerField(min_value=1, max_value=90, initial=7, label=_("Good for days"))
