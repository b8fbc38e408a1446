"""Which items people are asked about, and who holds which item now."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan
from django.utils import timezone

from annotations.choices import AssignmentStatus, Mode, Order, Purpose, QueueState, SecondLook
from annotations.models.fields import choices_of
from annotations.models.items import Item
from annotations.models.judgements import Judgement
from annotations.models.people import Rater
from annotations.models.projects import Project, ReviewPolicy

TAKES_A_PLACE = [AssignmentStatus.LEASED, AssignmentStatus.DONE]


class Draw(models.Model):
    """One draw of items for people, with all that is needed to repeat it.

    Attributes:
        order, uniform_share, slice_key, slice_least: of the policy, or as they were asked for instead.
        n_wanted: size of the sample; None for all items.
        n_items, n_drawn: items drawn from, and drawn.
        n_added: of these, items that were not in the queue before.
        least_probability, most_probability: of the items drawn from.
        left_out: counted by reason: items drawn that are given as gold, and groups that cannot be ranked.
        stream, digest: of the randomness, see `annotations.allocation.stream_of`, and of the ids drawn, in their order.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="draws")
    policy = models.ForeignKey(ReviewPolicy, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.CharField(max_length=12, choices=choices_of(Order))
    uniform_share = models.FloatField()
    slice_key = models.CharField(max_length=60, blank=True)
    slice_least = models.PositiveIntegerField()
    n_wanted = models.PositiveBigIntegerField(null=True, blank=True)
    seed = models.BigIntegerField()
    n_items = models.PositiveBigIntegerField()
    n_drawn = models.PositiveBigIntegerField()
    n_added = models.PositiveBigIntegerField()
    least_probability = models.FloatField()
    most_probability = models.FloatField()
    stream = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    left_out = models.JSONField(default=dict)
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"draw {self.pk} of {self.n_drawn} from {self.n_items} items"


class DrawnFrom(models.Model):
    """The items that a draw was over, and the scores that directed it; apart from the draw, because it is large."""

    draw = models.OneToOneField(Draw, on_delete=models.CASCADE, primary_key=True, related_name="drawn_from")
    items = ArrayField(models.BigIntegerField())
    scores = ArrayField(models.FloatField(), null=True, blank=True)

    def __str__(self) -> str:
        return f"what draw {self.draw_id} was over"


class QueuedItem(models.Model):
    """An item that people are asked to judge, and with which probability the draw selected it.

    A narrow table beside the wide items: claiming one touches only this row. `state` leaves the open index when
    every place is taken, so finding the next open item costs the same at any number of finished ones.

    Attributes:
        skill: what an annotator must know for it; empty for nothing.
        urgency: above 0 it is asked before the others, the highest first.
        is_reserved: only those are asked who have a `Reservation`.
        settled_overlap: the overlap for which its answers were last compared; another than `overlap` while that is to
            be done.
        draw, probability, seed: of the draw that brought it here. A later draw that selects it again changes nothing;
            how likely it was to come in by any of them is `annotations.selectors.draws.chances_of_any_draw`.
    """

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="queued")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="queue", db_index=False)
    policy = models.ForeignKey(ReviewPolicy, on_delete=models.PROTECT, related_name="+", db_index=False)
    position = models.BigIntegerField()
    overlap = models.PositiveSmallIntegerField()
    skill = models.CharField(max_length=120, blank=True, db_default="")
    urgency = models.PositiveSmallIntegerField(db_default=0)
    is_reserved = models.BooleanField(db_default=False)
    state = models.CharField(max_length=6, choices=choices_of(QueueState), default=QueueState.OPEN)
    settled_overlap = models.PositiveSmallIntegerField(null=True, blank=True)
    draw = models.ForeignKey(
        Draw, null=True, blank=True, on_delete=models.PROTECT, related_name="added", db_index=False
    )
    probability = models.FloatField()
    seed = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="one_queued_item_per_position"),
            models.CheckConstraint(
                condition=Q(probability__gt=0) & Q(probability__lte=1), name="selection_probability_is_in_0_1"
            ),
            models.CheckConstraint(condition=Q(overlap__gte=1), name="queued_overlap_is_at_least_one"),
        ]
        indexes = [
            models.Index(
                fields=["project", "skill", "position"],
                condition=Q(state=QueueState.OPEN, is_reserved=False),
                name="open_queue",
            ),
            models.Index(
                fields=["project", "-urgency", "position"],
                condition=Q(state=QueueState.OPEN, is_reserved=False, urgency__gt=0),
                name="urgent_queue",
            ),
            models.Index(
                fields=["item"],
                condition=Q(state=QueueState.FULL, overlap__gt=1)
                & (Q(settled_overlap__isnull=True) | ~Q(settled_overlap=F("overlap"))),
                name="unsettled_queue",
            ),
            models.Index(
                fields=["project"],
                condition=Q(state=QueueState.OPEN, is_reserved=True),
                name="open_reserved_queue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} at {self.position}"


class QueuedCandidate(models.Model):
    """An item that is ranked as one candidate of a group.

    The group is queued as its first item: that has the places, the turns and the draw, and stands here too. What is
    ranked together is fixed when the group comes to the queue, so that all annotators rank the same; and since an item
    is here once, no group is asked about twice.
    """

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="queued_candidate")
    queued = models.ForeignKey(QueuedItem, on_delete=models.CASCADE, related_name="candidates")

    def __str__(self) -> str:
        return f"{self.item_id} with {self.queued_id}"


class Reservation(models.Model):
    """A queued item that is kept for a named annotator; `taken_at` while they have it, or have had it."""

    item = models.ForeignKey(QueuedItem, on_delete=models.CASCADE, related_name="reservations")
    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="+", db_index=False)
    position = models.BigIntegerField()
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rater", "item"], name="one_reservation_per_rater_and_item")]
        indexes = [
            models.Index(fields=["rater", "position"], condition=Q(taken_at__isnull=True), name="open_reservations")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} for {self.rater_id}"


class Assignment(models.Model):
    """One annotator's turn at one item.

    Each item has `overlap` places, numbered from 0; the database lets one assignment hold a place and one annotator
    hold an item, so no race can give an item to more people than wanted. Turns at gold and in training take no place:
    they come at the `position` of the item that they go before.

    Attributes:
        probability, seed: of the draw that selected the item.
        mode, mode_probability: what is shown of judges, and the chance that the policy gave this mode on this item.
        shown: the verdict that stands beside the item before the answer; in the modes that show one.
        second_look: what came of showing the judges afterwards.
        attempt: of the training; whoever tries again has each of its items once more.
        is_swapped: whether the annotator sees the second candidate of a pair first; by lot, and for any other item
            without meaning. Judgements are in the item's own order.
        shown_order: ids of the candidates that were ranked, as they were shown, first to last; by lot
            (`annotations.selectors.rankings`), and noted with the answer. None for turns at one item.
    """

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="assignments", db_index=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="assignments", db_index=False)
    policy = models.ForeignKey(ReviewPolicy, on_delete=models.PROTECT, related_name="+", db_index=False)
    position = models.BigIntegerField()
    place = models.PositiveSmallIntegerField()
    overlap = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=8, choices=choices_of(AssignmentStatus), default=AssignmentStatus.LEASED)
    purpose = models.CharField(max_length=8, choices=choices_of(Purpose), default=Purpose.WORK)
    mode = models.CharField(max_length=10, choices=choices_of(Mode), default=Mode.BLIND)
    mode_probability = models.FloatField(default=1)
    shown = models.ForeignKey(
        Judgement, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    second_look = models.CharField(max_length=8, choices=choices_of(SecondLook), blank=True)
    attempt = models.PositiveSmallIntegerField(db_default=1)
    probability = models.FloatField()
    seed = models.BigIntegerField(null=True, blank=True)
    is_swapped = models.GeneratedField(
        expression=LessThan(
            Func(
                Coalesce(F("seed"), 0),
                Value("side"),
                F("rater"),
                F("item"),
                function="annotations_lot",
                output_field=models.FloatField(),
            ),
            0.5,
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    shown_order = ArrayField(models.BigIntegerField(), null=True, blank=True)
    leased_at = models.DateTimeField(default=timezone.now)
    lease_expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    skip_reason = models.CharField(max_length=40, blank=True)
    skip_note = models.TextField(blank=True)
    judgement = models.OneToOneField(
        Judgement, null=True, blank=True, on_delete=models.PROTECT, related_name="assignment"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "place"],
                condition=Q(status__in=TAKES_A_PLACE, purpose=Purpose.WORK),
                name="one_assignment_per_item_and_place",
            ),
            models.UniqueConstraint(
                fields=["rater", "item", "attempt"],
                condition=~Q(status=AssignmentStatus.EXPIRED),
                name="once_per_annotator_and_item",
            ),
            models.CheckConstraint(condition=Q(place__lt=F("overlap")), name="place_is_below_overlap"),
            models.CheckConstraint(
                condition=Q(status=AssignmentStatus.DONE, judgement__isnull=False)
                | (~Q(status=AssignmentStatus.DONE) & Q(judgement__isnull=True)),
                name="done_means_judged",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "lease_expires_at"],
                condition=Q(status=AssignmentStatus.LEASED),
                name="running_leases",
            ),
            models.Index(
                fields=["rater", "-position"], condition=Q(purpose=Purpose.WORK), name="furthest_place_of_a_rater"
            ),
            models.Index(
                fields=["rater", "position"], condition=~Q(purpose=Purpose.WORK), name="gold_and_training_of_a_rater"
            ),
            models.Index(fields=["rater"], condition=Q(status=AssignmentStatus.LEASED), name="leases_of_a_rater"),
            models.Index(
                fields=["rater", "-finished_at"],
                condition=Q(status=AssignmentStatus.DONE),
                name="finished_work_of_a_rater",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rater_id} at {self.item_id}: {self.status}"
