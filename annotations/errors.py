"""What can go wrong in `annotations`. Each error has a stable `code`; doors translate them once."""

from __future__ import annotations

from annotations.sentences import sentence as _


class AnnotationsError(Exception):
    """Base of every error of this app. `str(error)` is a sentence for the person who caused it, in
    English; a page says it by `annotations.wording.say`."""

    code = "annotations_error"
    retryable = False


class RubricError(AnnotationsError):
    """A rubric, or a level said to belong to it, is not valid."""

    code = "rubric_invalid"


class ScaleError(AnnotationsError):
    """A statistic was asked of a scale that cannot give it."""

    code = "scale_unfit"


class MappingError(AnnotationsError):
    """A mapping file does not say what it must."""

    code = "mapping_invalid"


class ImportRefusedError(AnnotationsError):
    """A file cannot be imported as a whole (strict mode, unreadable, other content under the same name)."""

    code = "import_refused"


class ImageError(AnnotationsError):
    """An image of an item cannot be read, or is too large."""

    code = "image_invalid"


class LeaseLostError(AnnotationsError):
    """An annotator's lease ended and the item's places are taken."""

    code = "lease_lost"


class AlreadyJudgedError(AnnotationsError):
    """The annotator has already judged this item."""

    code = "already_judged"


class InvitationError(AnnotationsError):
    """An invitation is unknown, used or out of date."""

    code = "invitation_invalid"


class IncompleteAnnotationError(AnnotationsError):
    """An annotation leaves criteria open, or a ranking candidates. `positions` are those, from 0."""

    code = "annotation_incomplete"

    def __init__(self, positions: tuple[int, ...], *, is_of_candidates: bool = False) -> None:
        self.positions = positions
        n = len(positions)
        if is_of_candidates:
            super().__init__(
                _(
                    "expected a place for every candidate; %(n)s are open: numbers %(positions)s from 0",
                    n=n,
                    positions=positions,
                )
            )
        else:
            super().__init__(
                _(
                    "expected a level for every criterion; %(n)s are open: numbers %(positions)s from 0",
                    n=n,
                    positions=positions,
                )
            )


class SkipRefusedError(AnnotationsError):
    """The item cannot be skipped: the policy does not allow it, or no reason was given."""

    code = "skip_refused"


class RationaleMissingError(AnnotationsError):
    """An annotation lacks the rationale that criteria of the rubric ask for; `positions` are theirs, from 0."""

    code = "rationale_missing"

    def __init__(self, positions: tuple[int, ...]) -> None:
        self.positions = positions
        super().__init__(
            _(
                "expected a rationale, which the criteria with the numbers %(positions)s from 0 ask for",
                positions=positions,
            )
        )


class HighlightError(AnnotationsError):
    """Words that are said to have decided do not stand in the item."""

    code = "highlight_invalid"


class PolicyError(AnnotationsError):
    """A setting of a review policy cannot be so. `setting` is its name, `fault` says what is wrong without it."""

    code = "policy_invalid"

    def __init__(self, setting: str, fault: str) -> None:
        self.setting, self.fault = setting, fault
        super().__init__(_("%(setting)s: %(fault)s", setting=setting, fault=fault))


class GoldError(AnnotationsError):
    """Gold cannot be made or used so."""

    code = "gold_refused"


class PauseError(AnnotationsError):
    """Somebody who is paused cannot be paused, nor somebody resumed who is not."""

    code = "pause_refused"


class OwnWorkError(AnnotationsError):
    """Somebody would rule on an item that they have answered, or hold, themselves."""

    code = "own_work"


class DisputeClosedError(AnnotationsError):
    """A dispute is not open any more, or was never ruled on."""

    code = "dispute_closed"


class RulingError(AnnotationsError):
    """A ruling lacks something, or says something that its dispute cannot have. `field` is what."""

    code = "ruling_invalid"

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class CommentError(AnnotationsError):
    """A comment or a flag cannot be written so."""

    code = "comment_invalid"


class DrawError(AnnotationsError):
    """Items cannot be drawn so. The message says what was expected."""

    code = "draw_invalid"


class ReservationError(AnnotationsError):
    """Items cannot be kept for these people."""

    code = "reservation_invalid"


class SavedViewError(AnnotationsError):
    """A view cannot be saved so."""

    code = "saved_view_invalid"


class BulkActionError(AnnotationsError):
    """An action on many items lacks what it needs, or the items are not those that were agreed to."""

    code = "bulk_action_refused"


class WebhookError(AnnotationsError):
    """A webhook cannot be so, or its address cannot be reached."""

    code = "webhook_invalid"
