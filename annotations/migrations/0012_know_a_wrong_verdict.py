"""A verdict is known to be wrong only where gold knows the criterion: of one that it leaves open it knows nothing."""

from __future__ import annotations

from django.db import migrations

# Of the modes that show a verdict those can be drawn that the item has a verdict for; the others' chance is blind's.
MODE = """
CREATE OR REPLACE FUNCTION annotations_draw_mode(
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


class Migration(migrations.Migration):
    dependencies = [("annotations", "0011_claim_a_training_again")]

    operations = [migrations.RunSQL(MODE, migrations.RunSQL.noop)]
