"""The claim gives each training item once in each try of an annotator."""

from __future__ import annotations

from django.db import migrations

GOLD = """
DROP FUNCTION annotations_gold_for(bigint, bigint, text, double precision);
CREATE FUNCTION annotations_gold_for(
    the_rubric bigint, the_rater bigint, the_use text, after double precision, the_attempt smallint
) RETURNS SETOF annotations_gold LANGUAGE sql STABLE AS $$
    SELECT g.* FROM annotations_gold g
    WHERE g.rubric_id = the_rubric AND g.use = the_use AND g.lot >= after
      AND NOT EXISTS (SELECT FROM annotations_assignment had
                      WHERE had.rater_id = the_rater AND had.item_id = g.item_id AND had.status <> 'expired'
                        AND (had.purpose <> 'training' OR the_use <> 'training' OR had.attempt = the_attempt))
      AND NOT EXISTS (SELECT FROM annotations_judgement had
                      WHERE had.rater_id = the_rater AND had.item_id = g.item_id AND had.superseded_at IS NULL)
    ORDER BY g.lot LIMIT 1
$$
"""

# At most one gold item goes before an item, so that the same lot is not drawn for ever.
CLAIM_GOLD = """
CREATE OR REPLACE FUNCTION annotations_claim_gold(
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


class Migration(migrations.Migration):
    dependencies = [("annotations", "0010_repeat_a_training")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (GOLD, CLAIM_GOLD)]
