"""Giving out an item in one call: as statements of the application it was most of what a submit costs."""

from __future__ import annotations

from django.db import migrations

# What is finished lies behind the furthest item that a rater had, so the search beyond it passes none of it. The limit
# is as many as could be locked by others at once; without it the planner would sort the whole queue.
OPEN_ITEMS = """
CREATE FUNCTION annotations_open_items(the_project bigint, the_rater bigint, from_start boolean)
RETURNS SETOF annotations_queueditem LANGUAGE sql STABLE AS $$
    SELECT q.* FROM annotations_queueditem q
    WHERE q.project_id = the_project AND q.state = 'open'
      AND q.position > CASE WHEN from_start THEN -1 ELSE COALESCE(
          (SELECT max(a.position) FROM annotations_assignment a WHERE a.rater_id = the_rater), -1) END
      AND NOT EXISTS (SELECT FROM annotations_assignment a
                      WHERE a.rater_id = the_rater AND a.item_id = q.item_id AND a.status <> 'expired')
      AND NOT EXISTS (SELECT FROM annotations_judgement j
                      WHERE j.rater_id = the_rater AND j.item_id = q.item_id AND j.superseded_at IS NULL)
    ORDER BY q.position LIMIT 500
$$
"""

HELD = """
CREATE FUNCTION annotations_held_turn(the_rater bigint) RETURNS SETOF annotations_assignment LANGUAGE plpgsql AS $$
DECLARE
    turn annotations_assignment;
    moment timestamptz := clock_timestamp();
BEGIN
    SELECT a.* INTO turn FROM annotations_assignment a
    WHERE a.rater_id = the_rater AND a.status = 'leased' AND NOT EXISTS (
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

CLAIM = """
CREATE FUNCTION annotations_claim(the_project bigint, the_rater bigint, from_start boolean)
RETURNS SETOF annotations_assignment LANGUAGE plpgsql AS $$
DECLARE
    wanted annotations_queueditem;
    turn annotations_assignment;
    taken smallint[];
    is_had boolean;
    moment timestamptz := clock_timestamp();
BEGIN
    -- Two tabs of one person claim one after the other.
    PERFORM FROM annotations_rater WHERE id = the_rater FOR NO KEY UPDATE;
    RETURN QUERY SELECT * FROM annotations_held_turn(the_rater);
    IF FOUND THEN
        RETURN;
    END IF;
    FOR wanted IN SELECT * FROM annotations_open_items(the_project, the_rater, from_start) LOOP
        -- The count of taken places is the truth while the queued item is locked; what others have locked is theirs.
        PERFORM FROM annotations_queueditem WHERE item_id = wanted.item_id AND state = 'open' FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        SELECT array_agg(a.place), COALESCE(bool_or(a.rater_id = the_rater), false) INTO taken, is_had
        FROM annotations_assignment a WHERE a.item_id = wanted.item_id AND a.status IN ('leased', 'done');
        -- A late answer of this rater, from another tab, that came in just before the lock.
        EXIT WHEN is_had;
        INSERT INTO annotations_assignment
            (item_id, project_id, rater_id, policy_id, position, place, overlap, status, mode, probability, seed,
             leased_at, lease_expires_at, skip_reason, skip_note)
        SELECT wanted.item_id, the_project, the_rater, p.id, wanted.position,
            (SELECT min(place) FROM generate_series(0, wanted.overlap - 1) AS place
             WHERE taken IS NULL OR place <> ALL (taken)),
            wanted.overlap, 'leased', 'blind', wanted.probability, wanted.seed,
            moment, moment + make_interval(secs => p.lease_s), '', ''
        FROM annotations_reviewpolicy p WHERE p.id = wanted.policy_id
        RETURNING * INTO turn;
        IF cardinality(COALESCE(taken, '{}')) + 1 >= wanted.overlap THEN
            UPDATE annotations_queueditem SET state = 'full' WHERE item_id = wanted.item_id;
        END IF;
        RETURN NEXT turn;
        RETURN;
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("annotations", "0004_index_items_by_content")]

    operations = [
        migrations.RunSQL(OPEN_ITEMS, "DROP FUNCTION annotations_open_items"),
        migrations.RunSQL(HELD, "DROP FUNCTION annotations_held_turn"),
        migrations.RunSQL(CLAIM, "DROP FUNCTION annotations_claim"),
    ]
