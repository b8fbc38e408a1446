"""The queue as it is meant, in a few plain lists: what a property test holds the real one against.

One thing after the other, no locks, no SQL. It says what each call must give, and how the rows must stand afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from annotations.allocation import PolicySettings, lot
from annotations.choices import AssignmentStatus, Purpose

TAKES_A_PLACE = (AssignmentStatus.LEASED, AssignmentStatus.DONE)


@dataclass
class PlainTurn:
    """`overdue`: the lease ran out and nobody took it back. `levels`: of the answer that was acknowledged."""

    pk: int
    rater: int
    item: int
    purpose: Purpose
    position: int
    status: AssignmentStatus = AssignmentStatus.LEASED
    is_overdue: bool = False
    levels: tuple[int, ...] | None = None
    judgement: int | None = None


@dataclass
class PlainItem:
    """`asked`: the overlap of the policy that it was queued under. `reserved`: raters who have not taken theirs."""

    pk: int
    position: int
    overlap: int
    asked: int
    urgency: int = 0
    is_reserved: bool = False
    reserved: set[int] = field(default_factory=set)
    taken_reservations: set[int] = field(default_factory=set)
    settled: int | None = None
    is_disputed: bool = False


@dataclass(frozen=True)
class Given:
    """What a claim must give: the turn held, or a new one at this position, of an item unless it is any gold."""

    turn: int | None = None
    purpose: Purpose | None = None
    position: int = 0
    items: frozenset[int] = frozenset()


@dataclass
class PlainQueue:
    policy: PolicySettings
    gold: frozenset[int]
    items: dict[int, PlainItem] = field(default_factory=dict)
    turns: dict[int, PlainTurn] = field(default_factory=dict)
    paused: set[int] = field(default_factory=set)

    # --- what is so

    def taken(self, item: int) -> list[PlainTurn]:
        return [
            turn for turn in self.turns.values()
            if turn.item == item and turn.purpose == Purpose.WORK and turn.status in TAKES_A_PLACE
        ]  # fmt: skip

    def done(self, item: int) -> list[PlainTurn]:
        return [turn for turn in self.taken(item) if turn.status == AssignmentStatus.DONE]

    def is_open(self, item: PlainItem) -> bool:
        return len(self.taken(item.pk)) < item.overlap

    def _waits(self, pk: int) -> bool:
        """Whether answers are still to come for an item of the queue."""
        item = self.items.get(pk)
        return item is not None and len(self.done(pk)) < item.overlap

    def has_had(self, rater: int, item: int, but: int = 0) -> bool:
        return any(
            turn.rater == rater and turn.item == item and turn.pk != but and turn.status != AssignmentStatus.EXPIRED
            for turn in self.turns.values()
        )

    # --- claiming

    def claim(self, rater: int, in_hand: int) -> Given | None:
        """What comes next for the rater; leases that ran out are given back where it takes that to find something.

        What is in hand has a full lease again.
        """
        held = self.turns.get(in_hand)
        if held is not None and (held.rater, held.status) == (rater, AssignmentStatus.LEASED):
            held.is_overdue = False
        given = self._held_or_next(rater, in_hand, from_start=False)
        if given is None and rater not in self.paused:
            self.release()
            given = self._held_or_next(rater, in_hand, from_start=True)
        return given

    def _held_or_next(self, rater: int, in_hand: int, *, from_start: bool) -> Given | None:
        if rater in self.paused:
            return None
        mine = [turn for turn in self.turns.values() if turn.rater == rater]
        held = [turn.pk for turn in mine if turn.status == AssignmentStatus.LEASED and turn.pk != in_hand]
        if held:
            self.turns[min(held)].is_overdue = False
            return Given(turn=min(held))
        furthest = max((turn.position for turn in mine if turn.purpose == Purpose.WORK), default=-1)
        item = next(self._for(rater, -1 if from_start else furthest), None)
        if item is None:
            return None
        had_gold = any(turn.purpose == Purpose.GOLD and turn.position == item.position for turn in mine)
        gold = frozenset(known for known in self.gold if not self.has_had(rater, known) and not self._waits(known))
        if gold and not had_gold and lot(self.policy.seed, "gold", rater, item.pk) < self.policy.gold_share:
            return Given(purpose=Purpose.GOLD, position=item.position, items=gold)
        return Given(purpose=Purpose.WORK, position=item.position, items=frozenset({item.pk}))

    def _for(self, rater: int, after: int) -> Iterator[PlainItem]:
        free = [item for item in self.items.values() if self.is_open(item) and not self.has_had(rater, item.pk)]
        free.sort(key=lambda item: item.position)
        yield from (item for item in free if rater in item.reserved)
        common = [item for item in free if not item.is_reserved]
        yield from sorted((item for item in common if item.urgency), key=lambda item: -item.urgency)
        yield from (item for item in common if item.position > after)

    def give(self, turn: PlainTurn) -> None:
        self.turns[turn.pk] = turn
        if turn.purpose == Purpose.WORK and self.items[turn.item].is_reserved:
            self._take_reservation(turn)
            self._free_if_kept_for_nobody(self.items[turn.item])

    def skip(self, turn: PlainTurn) -> None:
        turn.status = AssignmentStatus.SKIPPED
        if turn.purpose == Purpose.WORK:
            self._free_if_kept_for_nobody(self.items[turn.item])

    def _free_if_kept_for_nobody(self, item: PlainItem) -> None:
        if self.is_open(item) and not item.reserved:
            item.is_reserved = False

    def _take_reservation(self, turn: PlainTurn) -> None:
        item = self.items[turn.item]
        if turn.rater in item.reserved:
            item.reserved.discard(turn.rater)
            item.taken_reservations.add(turn.rater)

    # --- answers

    def takes(self, turn: PlainTurn) -> bool:
        """Whether an answer that is the turn's first is stored."""
        if turn.status == AssignmentStatus.LEASED:
            return True
        if self.has_had(turn.rater, turn.item, but=turn.pk):
            return False
        if turn.purpose == Purpose.GOLD:
            return True
        item = self.items[turn.item]
        n_for_others = len(item.reserved - {turn.rater}) if item.is_reserved else 0
        return len(self.taken(item.pk)) + n_for_others < item.overlap

    def store(self, turn: PlainTurn, levels: tuple[int, ...], judgement: int) -> None:
        is_late = turn.status != AssignmentStatus.LEASED
        turn.status, turn.levels, turn.judgement = AssignmentStatus.DONE, levels, judgement
        if is_late and turn.purpose == Purpose.WORK:
            self._take_reservation(turn)
            self._free_if_kept_for_nobody(self.items[turn.item])

    def release(self) -> int:
        overdue = [turn for turn in self.turns.values() if turn.status == AssignmentStatus.LEASED and turn.is_overdue]
        for turn in overdue:
            turn.status = AssignmentStatus.EXPIRED
            if turn.purpose == Purpose.WORK and turn.rater in self.items[turn.item].taken_reservations:
                self.items[turn.item].taken_reservations.discard(turn.rater)
                self.items[turn.item].reserved.add(turn.rater)
        for turn in overdue:
            if turn.purpose == Purpose.WORK:
                self._free_if_kept_for_nobody(self.items[turn.item])
        return len(overdue)

    # --- what a lead does

    def reserve(self, item: PlainItem, raters: Sequence[int]) -> bool:
        if any(self.has_had(rater, item.pk) for rater in raters):
            return False
        item.reserved, item.is_reserved = set(raters), True
        item.overlap = len(self.taken(item.pk)) + len(raters)
        return True

    def unreserve(self, item: PlainItem) -> bool:
        if not item.is_reserved:
            return False
        item.reserved, item.is_reserved = set(), False
        item.overlap = max(item.asked, len(self.taken(item.pk)))
        return True

    def stop_asking(self, item: PlainItem) -> bool:
        taken = self.taken(item.pk)
        if any(turn.status == AssignmentStatus.LEASED for turn in taken) or not 1 < len(taken) < item.overlap:
            return False
        item.overlap, item.settled = len(taken), None
        self._settle(item, most=None)
        return True

    # --- settling

    def settle_all(self) -> None:
        for item in self.items.values():
            if item.overlap > 1 and item.settled != item.overlap and len(self.done(item.pk)) >= item.overlap:
                self._settle(item, most=self.policy.most_overlap)

    def _settle(self, item: PlainItem, *, most: int | None) -> None:
        said = Counter(turn.levels for turn in self.done(item.pk))
        differ = 2 * max(said.values()) <= said.total()
        if differ and most is not None and item.overlap < most:
            item.overlap += 1
            item.urgency = max(item.urgency, 1)
            item.is_reserved = item.is_reserved and bool(item.reserved)
            return
        item.is_disputed = differ
        item.settled = item.overlap
