"""Giving out an item in one call of the database: as statements of the application it was most of what a submit costs.

Reserved, urgent, then queued work; gold before an item, and a mode, by lot. What makes it exact is said in
`annotations.services.queue.turns`.
"""

from __future__ import annotations

import re

from django.db import migrations

# What a rater had is looked up in one index entry for each item that the search passes. As an anti-join, the planner
# would read all judgements of a project to find the few of one rater; a scalar subquery is asked row by row. `COALESCE`,
# and not `IS NULL`, of which the planner thinks that next to no row passes it: it would sort the queue. Written out,
# because the planner does not look inside a function that asks other tables.
NOT_HAD = r"""COALESCE((SELECT false FROM annotations_assignment had
                    WHERE had.rater_id = the_rater AND had.item_id = \1 AND had.status <> 'expired' LIMIT 1), true)
      AND NOT_JUDGED(\1) AND NOT_RULED(\1)"""
# A first answer always stands beside a second look, which the unique index by rater leaves out.
NOT_JUDGED = r"""COALESCE((SELECT false FROM annotations_judgement had
                    WHERE had.rater_id = the_rater AND had.item_id = \1 AND had.superseded_at IS NULL
                      AND had.purpose <> 'second' LIMIT 1), true)"""
# Whoever ruled on an item has seen what the others said.
NOT_RULED = r"""COALESCE((SELECT false FROM annotations_ruling ruled
                    JOIN annotations_rater who ON who.user_id = ruled.adjudicator_id
                    WHERE who.id = the_rater AND ruled.item_id = \1 LIMIT 1), true)"""

# What is finished lies behind the furthest item that a rater had, so the search beyond it passes none of it. The limits
# are as many as could be locked by others at once; without them the planner would sort the whole queue.
FURTHEST = """
CREATE FUNCTION annotations_furthest(the_rater bigint, from_start boolean) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN from_start THEN -1 ELSE COALESCE(
        (SELECT max(a.position) FROM annotations_assignment a WHERE a.rater_id = the_rater AND a.purpose = 'work'), -1)
    END
$$
"""

OPEN_ITEMS = """
CREATE FUNCTION annotations_open_items(
    the_project bigint, the_rater bigint, the_skill text, after bigint
) RETURNS SETOF annotations_queueditem LANGUAGE sql STABLE AS $$
    SELECT q.* FROM annotations_queueditem q
    WHERE q.project_id = the_project AND q.state = 'open' AND NOT q.is_reserved AND q.skill = the_skill
      AND q.position > after AND NOT_HAD(q.item_id)
    ORDER BY q.position LIMIT 500
$$
"""

RESERVED_ITEMS = """
CREATE FUNCTION annotations_reserved_items(the_project bigint, the_rater bigint)
RETURNS SETOF annotations_queueditem LANGUAGE sql STABLE AS $$
    SELECT q.* FROM annotations_reservation r JOIN annotations_queueditem q ON q.item_id = r.item_id
    WHERE r.rater_id = the_rater AND r.taken_at IS NULL AND q.project_id = the_project AND q.state = 'open'
      AND NOT_HAD(q.item_id)
    ORDER BY r.position LIMIT 500
$$
"""

# Of the most urgent items a rater may have had all: then the search goes on in the queue, at the same cost.
URGENT_ITEMS = """
CREATE FUNCTION annotations_urgent_items(the_project bigint, the_rater bigint, the_skills text[])
RETURNS SETOF annotations_queueditem LANGUAGE sql STABLE AS $$
    SELECT q.* FROM (
        SELECT * FROM annotations_queueditem
        WHERE project_id = the_project AND state = 'open' AND NOT is_reserved AND urgency > 0
        ORDER BY urgency DESC, position LIMIT 200
    ) q
    WHERE q.skill = ANY (the_skills) AND NOT_HAD(q.item_id)
    ORDER BY q.urgency DESC, q.position
$$
"""

# One after the other and no further than needed: the rows of a function in SQL come as they are asked for. Only those
# of several skills are sorted before the first comes; where others have locked all fifty of each, a claim waits.
WORK = """
CREATE FUNCTION annotations_work_for(the_project bigint, the_rater bigint, known text[], after bigint)
RETURNS SETOF annotations_queueditem LANGUAGE sql STABLE AS $$
    SELECT * FROM annotations_reserved_items(the_project, the_rater)
    UNION ALL
    SELECT * FROM annotations_urgent_items(the_project, the_rater, known || ''::text)
    UNION ALL
    SELECT * FROM annotations_open_items(the_project, the_rater, '', after) WHERE cardinality(known) = 0
    UNION ALL
    SELECT * FROM (
        SELECT q.* FROM unnest(known || ''::text) AS skill
        CROSS JOIN LATERAL (SELECT * FROM annotations_open_items(the_project, the_rater, skill, after) LIMIT 50) AS q
        WHERE cardinality(known) > 0
        ORDER BY q.position
    ) AS skilled
$$
"""

HELD = """
CREATE FUNCTION annotations_held_turn(the_rater bigint, beside bigint)
RETURNS SETOF annotations_assignment LANGUAGE plpgsql AS $$
DECLARE
    turn annotations_assignment;
    moment timestamptz := clock_timestamp();
BEGIN
    SELECT a.* INTO turn FROM annotations_assignment a
    WHERE a.rater_id = the_rater AND a.status = 'leased' AND a.id <> beside AND NOT EXISTS (
        SELECT FROM annotations_judgement j
        WHERE j.rater_id = the_rater AND j.item_id = a.item_id AND j.superseded_at IS NULL)
    ORDER BY a.id LIMIT 1 FOR UPDATE OF a;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF turn.lease_expires_at <= moment THEN
        UPDATE annotations_assignment a
        SET leased_at = moment, lease_expires_at = moment + make_interval(secs => p.lease_s)
        FROM annotations_reviewpolicy p WHERE p.id = a.policy_id AND a.id = turn.id
        RETURNING a.* INTO turn;
    END IF;
    RETURN NEXT turn;
END $$
"""

# Of the modes that show a verdict those can be drawn that the item has a verdict for; the others' chance is blind's. A
# verdict is known to be wrong only where gold knows the criterion.
MODE = """
CREATE FUNCTION annotations_draw_mode(
    policy annotations_reviewpolicy, the_rater bigint, the_item bigint, the_rubric bigint, known smallint[],
    OUT mode text, OUT probability double precision, OUT shown bigint
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    verdict bigint;
    wrong bigint;
    assist double precision := 0;
    challenge double precision := 0;
    drawn double precision := annotations_lot(policy.seed, 'mode', the_rater, the_item);
BEGIN
    IF policy.assist_share > 0 OR policy.challenge_share > 0 THEN
        SELECT max(j.id), max(j.id) FILTER (WHERE EXISTS (
            SELECT FROM unnest(j.levels, known) AS each(said, truth) WHERE each.said <> each.truth))
        INTO verdict, wrong
        FROM annotations_judgement j JOIN annotations_rater r ON r.id = j.rater_id
        WHERE j.item_id = the_item AND j.rubric_id = the_rubric AND j.superseded_at IS NULL
          AND j.outcome = 'rated' AND r.kind = 'judge';
        assist := CASE WHEN verdict IS NULL THEN 0 ELSE policy.assist_share END;
        challenge := CASE WHEN wrong IS NULL OR known IS NULL THEN 0 ELSE policy.challenge_share END;
    END IF;
    IF drawn < challenge THEN
        mode := 'challenge'; probability := challenge; shown := wrong;
    ELSIF drawn < challenge + assist THEN
        mode := 'assist'; probability := assist; shown := verdict;
    ELSIF drawn < challenge + assist + policy.reveal_share THEN
        mode := 'reveal'; probability := policy.reveal_share;
    ELSE
        mode := 'blind'; probability := 1 - challenge - assist - policy.reveal_share;
    END IF;
END $$
"""

# A training item is given once in each try. What still waits for answers is not given as hidden gold: those who met it
# so cannot answer it as work, and a small team would be used up before the item had enough.
GOLD = """
CREATE FUNCTION annotations_gold_for(
    the_rubric bigint, the_rater bigint, the_use text, after double precision, the_attempt smallint
) RETURNS SETOF annotations_gold LANGUAGE sql STABLE AS $$
    SELECT g.* FROM annotations_gold g
    WHERE g.rubric_id = the_rubric AND g.use = the_use AND g.lot >= after
      AND COALESCE((SELECT false FROM annotations_assignment had
                    WHERE had.rater_id = the_rater AND had.item_id = g.item_id AND had.status <> 'expired'
                      AND (had.purpose <> 'training' OR the_use <> 'training' OR had.attempt = the_attempt)
                    LIMIT 1), true)
      AND (the_use = 'training' OR NOT EXISTS (
          SELECT FROM annotations_queueditem q WHERE q.item_id = g.item_id AND (q.state = 'open' OR EXISTS (
              SELECT FROM annotations_assignment a
              WHERE a.item_id = q.item_id AND a.status = 'leased' AND a.purpose = 'work'))))
      AND NOT_JUDGED(g.item_id)
      AND NOT_RULED(g.item_id)
    ORDER BY g.lot LIMIT 1
$$
"""

# At most one gold item goes before an item, so that the same lot is not drawn for ever.
CLAIM_GOLD = """
CREATE FUNCTION annotations_claim_gold(
    policy annotations_reviewpolicy, the_rater bigint, the_purpose text, the_position bigint
) RETURNS SETOF annotations_assignment LANGUAGE plpgsql AS $$
DECLARE
    the_rubric bigint;
    the_attempt smallint := 1;
    gold annotations_gold;
    drawn record;
    after double precision;
    moment timestamptz := clock_timestamp();
BEGIN
    SELECT id INTO the_rubric FROM annotations_rubric WHERE project_id = policy.project_id ORDER BY version DESC LIMIT 1;
    IF the_purpose = 'training' THEN
        SELECT training_attempt INTO the_attempt FROM annotations_rater WHERE id = the_rater;
        SELECT * INTO gold FROM annotations_gold_for(the_rubric, the_rater, 'training', 0, the_attempt);
    ELSE
        after := annotations_lot(policy.seed, 'which gold', the_rater, the_position);
        SELECT * INTO gold FROM annotations_gold_for(the_rubric, the_rater, 'hidden', after, the_attempt);
        IF NOT FOUND THEN
            SELECT * INTO gold FROM annotations_gold_for(the_rubric, the_rater, 'hidden', 0, the_attempt);
        END IF;
    END IF;
    IF gold.id IS NULL THEN
        RETURN;
    END IF;
    IF the_purpose = 'training' THEN
        SELECT 'blind'::text AS mode, 1::double precision AS probability, NULL::bigint AS shown INTO drawn;
    ELSE
        SELECT * INTO drawn FROM annotations_draw_mode(policy, the_rater, gold.item_id, the_rubric, gold.levels);
    END IF;
    RETURN QUERY INSERT INTO annotations_assignment
        (item_id, project_id, rater_id, policy_id, position, place, overlap, status, purpose, mode, mode_probability,
         shown_id, second_look, attempt, probability, seed, leased_at, lease_expires_at, skip_reason, skip_note)
    VALUES (gold.item_id, policy.project_id, the_rater, policy.id, the_position, 0, 1, 'leased', the_purpose, drawn.mode,
        drawn.probability, drawn.shown, '', the_attempt, 1, policy.seed, moment,
        moment + make_interval(secs => policy.lease_s), '', '')
    RETURNING *;
END $$
"""

CLAIM = """
CREATE FUNCTION annotations_claim(the_project bigint, the_rater bigint, from_start boolean, in_hand bigint)
RETURNS SETOF annotations_assignment LANGUAGE plpgsql AS $$
DECLARE
    rater annotations_rater;
    policy annotations_reviewpolicy;
    wanted annotations_queueditem;
    locked annotations_queueditem;
    turn annotations_assignment;
    drawn record;
    taken smallint[];
    is_had boolean;
    beside bigint := 0;
    moment timestamptz := clock_timestamp();
BEGIN
    -- Two tabs of one person claim one after the other.
    SELECT * INTO rater FROM annotations_rater WHERE id = the_rater FOR NO KEY UPDATE;
    IF rater.paused_at IS NOT NULL THEN
        RETURN;
    END IF;
    -- An annotator holds one turn, and one more beside that which is really in their hands.
    SELECT a.id INTO beside FROM annotations_assignment a
    WHERE a.id = in_hand AND a.rater_id = the_rater AND a.status = 'leased';
    beside := COALESCE(beside, 0);
    RETURN QUERY SELECT * FROM annotations_held_turn(the_rater, beside);
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT * INTO policy FROM annotations_reviewpolicy WHERE project_id = the_project ORDER BY version DESC LIMIT 1;
    IF policy.training_pass IS NOT NULL AND rater.qualified_at IS NULL THEN
        -- One after the other: what is next depends on how the one before went.
        IF beside = 0 THEN
            RETURN QUERY SELECT * FROM annotations_claim_gold(policy, the_rater, 'training', -1);
        END IF;
        RETURN;
    END IF;
    FOR wanted IN SELECT * FROM annotations_work_for(
        the_project, the_rater, rater.skills, annotations_furthest(the_rater, from_start)) LOOP
        -- The count of taken places is the truth while the queued item is locked; what others have locked is theirs.
        -- Before the lock somebody may have reserved it, asked for one person more, or wanted a skill for it.
        SELECT q.* INTO locked FROM annotations_queueditem q
        WHERE q.item_id = wanted.item_id AND q.state = 'open' AND q.is_reserved = wanted.is_reserved
          AND q.skill = wanted.skill
        FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        CONTINUE WHEN locked.is_reserved AND NOT EXISTS (
            SELECT FROM annotations_reservation r
            WHERE r.rater_id = the_rater AND r.item_id = locked.item_id AND r.taken_at IS NULL);
        wanted := locked;
        SELECT array_agg(a.place) FILTER (WHERE a.purpose = 'work'), COALESCE(bool_or(a.rater_id = the_rater), false)
        INTO taken, is_had
        FROM annotations_assignment a WHERE a.item_id = wanted.item_id AND a.status IN ('leased', 'done');
        -- A late answer of this rater, from another tab, that came in just before the lock.
        EXIT WHEN is_had;
        IF policy.gold_share > 0
            AND annotations_lot(policy.seed, 'gold', the_rater, wanted.item_id) < policy.gold_share
            AND NOT EXISTS (SELECT FROM annotations_assignment a
                            WHERE a.rater_id = the_rater AND a.purpose = 'gold' AND a.position = wanted.position)
        THEN
            RETURN QUERY SELECT * FROM annotations_claim_gold(policy, the_rater, 'gold', wanted.position);
            IF FOUND THEN
                RETURN;
            END IF;
        END IF;
        SELECT * INTO drawn FROM annotations_draw_mode(
            policy, the_rater, wanted.item_id,
            (SELECT id FROM annotations_rubric WHERE project_id = the_project ORDER BY version DESC LIMIT 1), NULL);
        INSERT INTO annotations_assignment
            (item_id, project_id, rater_id, policy_id, position, place, overlap, status, purpose, mode,
             mode_probability, shown_id, second_look, probability, seed, leased_at, lease_expires_at, skip_reason,
             skip_note)
        SELECT wanted.item_id, the_project, the_rater, policy.id, wanted.position,
            (SELECT min(place) FROM generate_series(0, wanted.overlap - 1) AS place
             WHERE taken IS NULL OR place <> ALL (taken)),
            wanted.overlap, 'leased', 'work', drawn.mode, drawn.probability, drawn.shown, '', wanted.probability,
            wanted.seed, moment, moment + make_interval(secs => policy.lease_s), '', ''
        RETURNING * INTO turn;
        IF cardinality(COALESCE(taken, '{}')) + 1 >= wanted.overlap THEN
            UPDATE annotations_queueditem SET state = 'full' WHERE item_id = wanted.item_id;
        END IF;
        IF wanted.is_reserved THEN
            UPDATE annotations_reservation SET taken_at = moment WHERE rater_id = the_rater AND item_id = wanted.item_id;
            -- Of a place whose person skipped the item nobody was left who might take it.
            UPDATE annotations_queueditem q SET is_reserved = false
            WHERE q.item_id = wanted.item_id AND q.state = 'open' AND NOT EXISTS (
                SELECT FROM annotations_reservation r WHERE r.item_id = wanted.item_id AND r.taken_at IS NULL);
        END IF;
        RETURN NEXT turn;
        RETURN;
    END LOOP;
END $$
"""

# An annotator goes on: what is in their hands is theirs for a full lease again, and they get the next one beside it. The
# plans of all that is called here are kept: to plan the search anew took three times as long as to search.
GO_ON = """
CREATE FUNCTION annotations_go_on(
    the_project bigint, the_rater bigint, from_start boolean, in_hand bigint,
    OUT turn annotations_assignment, OUT in_hand_until timestamptz
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    IF in_hand > 0 THEN
        -- Locks are taken in one order: the rater's first.
        PERFORM FROM annotations_rater WHERE id = the_rater FOR NO KEY UPDATE;
        UPDATE annotations_assignment a SET lease_expires_at = clock_timestamp() + make_interval(secs => p.lease_s)
        FROM annotations_reviewpolicy p
        WHERE p.id = a.policy_id AND a.id = in_hand AND a.rater_id = the_rater AND a.status = 'leased'
        RETURNING a.lease_expires_at INTO in_hand_until;
    END IF;
    SELECT * INTO turn FROM annotations_claim(the_project, the_rater, from_start, in_hand);
END $$
"""


def _written_out(sql: str) -> str:
    for name, meaning in (("NOT_HAD", NOT_HAD), ("NOT_JUDGED", NOT_JUDGED), ("NOT_RULED", NOT_RULED)):
        sql = re.sub(rf"{name}\(([\w.]+)\)", meaning, sql)
    return sql


FUNCTIONS = {
    "furthest(bigint, boolean)": FURTHEST,
    "open_items(bigint, bigint, text, bigint)": OPEN_ITEMS,
    "reserved_items(bigint, bigint)": RESERVED_ITEMS,
    "urgent_items(bigint, bigint, text[])": URGENT_ITEMS,
    "work_for(bigint, bigint, text[], bigint)": WORK,
    "held_turn(bigint, bigint)": HELD,
    "draw_mode(annotations_reviewpolicy, bigint, bigint, bigint, smallint[])": MODE,
    "gold_for(bigint, bigint, text, double precision, smallint)": GOLD,
    "claim_gold(annotations_reviewpolicy, bigint, text, bigint)": CLAIM_GOLD,
    "claim(bigint, bigint, boolean, bigint)": CLAIM,
    "go_on(bigint, bigint, boolean, bigint)": GO_ON,
}


class Migration(migrations.Migration):
    dependencies = [("annotations", "0002_keep_what_was_written")]

    operations = [
        migrations.RunSQL(_written_out(sql), f"DROP FUNCTION annotations_{signature}")
        for signature, sql in FUNCTIONS.items()
    ]
