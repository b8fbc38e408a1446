"""An item is given out as it stands once it is locked, and who takes the last place kept for somebody frees the others.

A place whose person skipped the item stayed reserved while another was waited for. When that one had come, nobody was
left who might take it.
"""

from __future__ import annotations

from django.db import migrations

CLAIM = """
CREATE OR REPLACE FUNCTION annotations_claim(the_project bigint, the_rater bigint, from_start boolean, in_hand bigint)
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
        -- Between the search and the lock it may have been reserved, or a skill or one person more wanted for it.
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
            UPDATE annotations_queueditem q SET is_reserved = false
            WHERE q.item_id = wanted.item_id AND q.state = 'open' AND NOT EXISTS (
                SELECT FROM annotations_reservation r WHERE r.item_id = wanted.item_id AND r.taken_at IS NULL);
        END IF;
        RETURN NEXT turn;
        RETURN;
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("annotations", "0028_show_pairs_by_lot")]

    operations = [migrations.RunSQL(CLAIM, migrations.RunSQL.noop)]
