"""What the scripts of the review page have to know, and the words that they say."""

from __future__ import annotations

import json
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from annotations.forms.keys import ACTIONS, keys_of
from annotations.models import Guideline, Project, User

WORDS: Final = {
    "saving": _("Saving"),
    "waiting": _("Waiting for the network"),
    "waitingHint": _("kept in this browser, and sent when the server answers"),
    "waitingForNext": _("The next item comes when this one is saved."),
    "refused": _("Not stored"),
    "show": _("Show it"),
    "drop": _("Drop my answer"),
    "dropped": _("Dropped"),
    "signedOut": _("Your session ended. Sign in in another tab; your answers are kept here and sent then."),
    "lost": _("The lease of this item ended and others took it. The next one is here."),
    "guideline": _("The guidelines changed."),
    "read": _("Read what changed"),
    "stillOpen": _("Still open:"),
    "allPass": _("All pass"),
    "saved": _("Saved. Next item."),
    "savedAnswer": _("Saved"),
    "changing": _("You are changing your last answer"),
    "saveChange": _("Save the change"),
    "leave": _("Leave as it is"),
    "changed": _("Changed"),
    "kept": _("Kept"),
    "tooOld": _("That answer can be changed under “My work”."),
    "found": _("found"),
    "ended": _("ended"),
    "selectFirst": _("Select words in the evidence or the candidate first."),
    "remove": _("Remove"),
    "unsent": _("answers wait to be sent"),
    "place": pgettext_lazy("of a candidate", "place"),
    "noPlace": _("without a place"),
    "tiedWith": _("tied with"),
    "below": _("below the line"),
    "noteNeeded": _("Say in the note why; the rubric asks for it."),
}


def desk_of(user: User, project: Project, guideline: Guideline | None) -> dict[str, str]:
    """Attributes of the element around the item."""
    return {
        "person": str(user.pk),
        "project": project.slug,
        "keys": keys_as_json(user),
        "submits_alone": {None: "single", True: "always", False: "never"}[user.submits_alone],
        "guideline": "" if guideline is None else str(guideline.pk),
        "words": words_as_json(),
    }


def keys_as_json(user: User) -> str:
    return json.dumps(keys_of(user.review_keys))


def words_as_json() -> str:
    return json.dumps({name: str(words) for name, words in WORDS.items()}, ensure_ascii=False)


def bindings_of(user: User, *, ranks: bool = False) -> list[tuple[str, str]]:
    """Key and what it does, for the sheet of keys; where candidates are ranked, none passes and no words are marked."""
    keys = keys_of(user.review_keys)
    without = {"all_pass", "highlight"} if ranks else set()
    return [(keys[action], str(words)) for action, words in ACTIONS.items() if action not in without]
