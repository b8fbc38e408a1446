"""The raters that people are."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from annotations.choices import RaterKind
from annotations.models import Project, Rater, User


def rater_of(*, project: Project, user: User) -> Rater:
    """The rater that stands for this person in the project; made at the first call.

    An imported rater of the same name is somebody else: nobody becomes a rater by the choice of a user name.
    """
    rater = Rater.objects.filter(project=project, user=user).first()
    if rater is not None:
        return rater
    taken = Rater.objects.filter(project=project, kind=RaterKind.PERSON, name=user.username).exists()
    name = f"{user.username} (member {user.pk})" if taken else user.username
    try:
        with transaction.atomic():
            return Rater.objects.create(
                project=project, kind=RaterKind.PERSON, name=name, user=user, is_simulated=user.is_simulated
            )
    except IntegrityError:  # two first requests at once
        return Rater.objects.get(project=project, user=user)
