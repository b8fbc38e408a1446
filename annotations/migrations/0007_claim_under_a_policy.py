"""Giving out an item under a policy: reserved, urgent and skilled work, gold before it, and a mode by lot."""

from __future__ import annotations

import re

from django.db import migrations

DROP = """
DROP FUNCTION annotations_claim(bigint, bigint, boolean);
DROP FUNCTION annotations_held_turn(bigint);
DROP FUNCTION annotations_open_items(bigint, bigint, boolean);
"""

# `annotations.allocation.lot` gives the same.
LOT = """
CREATE FUNCTION annotations_lot(seed bigint, what text, VARIADIC parts bigint[])
RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
    SELECT ('x' || substr(md5(seed || '/' || what || '/' || array_to_string(parts, '/')), 1, 13))::bit(52)::bigint
        / 4503599627370496.0::double precision
$$
"""

# In the place of `NOT HAD(item)`: the planner does not look inside a function that asks other tables.
NOT_HAD = r"""NOT EXISTS (SELECT FROM annotations_assignment had
                WHERE had.rater_id = the_rater AND had.item_id = \1 AND had.status <> 'expired')
      AND NOT EXISTS (SELECT FROM annotations_judgement had
                      WHERE had.rater_id = the_rater AND had.item_id = \1 AND had.superseded_at IS NULL)"""

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
CREATE FUNCTION annotations_open_items(the_project bigint, the_rater bigint, the_skill text, after bigint)
RETURNS SETOF annotations_queueditem LANGUAGE sql STABLE AS $$
    SELECT q.* FROM annotations_queueditem q
    WHERE q.project_id = the_project AND q.state = 'open' AND NOT q.is_reserved AND q.skill = the_skill
      AND q.position > after AND NOT HAD(q.item_id)
    ORDER BY q.position LIMIT 500
$$
"""

RESERVED_ITEMS = """
CREATE FUNCTION annotations_reserved_items(the_project bigint, the_rater bigint)
RETURNS SETOF annotations_queueditem LANGUAGE sql STABLE AS $$
    SELECT q.* FROM annotations_reservation r JOIN annotations_queueditem q ON q.item_id = r.item_id
    WHERE r.rater_id = the_rater AND r.taken_at IS NULL AND q.project_id = the_project AND q.state = 'open'
      AND NOT HAD(q.item_id)
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
    WHERE q.skill = ANY (the_skills) AND NOT HAD(q.item_id)
    ORDER BY q.urgency DESC, q.position
$$
"""

# One after the other and no further than needed: the rows of a function in SQL come as they are asked for.
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
        CROSS JOIN LATERAL annotations_open_items(the_project, the_rater, skill, after) AS q
        WHERE cardinality(known) > 0
        ORDER BY q.position LIMIT 500
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

# Of the modes that show a verdict those can be drawn that the item has a verdict for; the others' chance is blind's.
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
        SELECT max(j.id), max(j.id) FILTER (WHERE j.levels IS DISTINCT FROM known) INTO verdict, wrong
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

GOLD = """
CREATE FUNCTION annotations_gold_for(the_rubric bigint, the_rater bigint, the_use text, after double precision)
RETURNS SETOF annotations_gold LANGUAGE sql STABLE AS $$
    SELECT g.* FROM annotations_gold g
    WHERE g.rubric_id = the_rubric AND g.use = the_use AND g.lot >= after
      AND NOT HAD(g.item_id)
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
    gold annotations_gold;
    drawn record;
    after double precision;
    moment timestamptz := clock_timestamp();
BEGIN
    SELECT id INTO the_rubric FROM annotations_rubric WHERE project_id = policy.project_id ORDER BY version DESC LIMIT 1;
    IF the_purpose = 'training' THEN
        SELECT * INTO gold FROM annotations_gold_for(the_rubric, the_rater, 'training', 0);
    ELSE
        after := annotations_lot(policy.seed, 'which gold', the_rater, the_position);
        SELECT * INTO gold FROM annotations_gold_for(the_rubric, the_rater, 'hidden', after);
        IF NOT FOUND THEN
            SELECT * INTO gold FROM annotations_gold_for(the_rubric, the_rater, 'hidden', 0);
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
         shown_id, second_look, probability, seed, leased_at, lease_expires_at, skip_reason, skip_note)
    VALUES (gold.item_id, policy.project_id, the_rater, policy.id, the_position, 0, 1, 'leased', the_purpose, drawn.mode,
        drawn.probability, drawn.shown, '', 1, policy.seed, moment, moment + make_interval(secs => policy.lease_s),
        '', '')
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
        PERFORM FROM annotations_queueditem WHERE item_id = wanted.item_id AND state = 'open' FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
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
        END IF;
        RETURN NEXT turn;
        RETURN;
    END LOOP;
END $$
"""

RATING_VIEW = """
CREATE OR REPLACE VIEW annotations_rating AS
SELECT j.id AS judgement_id, j.item_id, j.rater_id, r.kind AS rater_kind, c.id AS criterion_id,
       c.key AS criterion, l.key AS level, l.value, l.passes, j.scores[u.position] AS score, j.created_at
FROM annotations_judgement j
JOIN annotations_rater r ON r.id = j.rater_id
CROSS JOIN LATERAL unnest(j.levels) WITH ORDINALITY AS u(level, position)
JOIN annotations_criterion c ON c.rubric_id = j.rubric_id AND c.position = u.position - 1
LEFT JOIN annotations_level l ON l.criterion_id = c.id AND l.position = u.level
WHERE j.superseded_at IS NULL AND j.purpose = 'work' AND (u.level IS NOT NULL OR j.scores[u.position] IS NOT NULL);
"""


class Migration(migrations.Migration):
    dependencies = [("annotations", "0006_widen_the_policy")]

    operations = [
        migrations.RunSQL(re.sub(r"NOT HAD\(([\w.]+)\)", NOT_HAD, sql), migrations.RunSQL.noop)
        for sql in (
            DROP, LOT, FURTHEST, OPEN_ITEMS, RESERVED_ITEMS, URGENT_ITEMS, WORK, HELD, MODE, GOLD, CLAIM_GOLD,
            CLAIM, RATING_VIEW,
        )
    ]  # fmt: skip
