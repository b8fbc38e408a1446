"""What the database itself keeps: what was judged and ruled stays as it was written, whoever writes to the database.

Beside it, ratings as rows for people who query by SQL.
"""

from __future__ import annotations

from django.db import migrations

LEVEL_PER_CRITERION = """
CREATE FUNCTION annotations_check_level_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM new_rows n JOIN annotations_rubric r ON r.id = n.rubric_id
        WHERE cardinality(n.levels) <> r.n_criteria
    ) THEN
        RAISE EXCEPTION 'a judgement needs one level, or null, for each criterion of its rubric'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'judgement_has_a_level_per_criterion';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER judgement_has_a_level_per_criterion
    AFTER INSERT ON annotations_judgement REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION annotations_check_level_count();
CREATE TRIGGER ruling_has_a_level_per_criterion
    AFTER INSERT ON annotations_ruling REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION annotations_check_level_count();
"""

APPEND_ONLY = """
CREATE FUNCTION annotations_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(OLD) - 'superseded_at' IS DISTINCT FROM to_jsonb(NEW) - 'superseded_at' THEN
        RAISE EXCEPTION 'judgements are append-only: write a new row that supersedes this one'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'judgements_are_append_only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER judgements_are_append_only
    BEFORE UPDATE ON annotations_judgement FOR EACH ROW EXECUTE FUNCTION annotations_refuse_rewriting();
"""

RULINGS_STAY = """
CREATE FUNCTION annotations_refuse_another_ruling() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stamps text[] := ARRAY['superseded_at', 'dealt_at', 'dealt_by_id'];
BEGIN
    IF to_jsonb(OLD) - stamps IS DISTINCT FROM to_jsonb(NEW) - stamps THEN
        RAISE EXCEPTION 'rulings are append-only: reopen the dispute and rule again'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rulings_are_append_only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rulings_are_append_only
    BEFORE UPDATE ON annotations_ruling FOR EACH ROW EXECUTE FUNCTION annotations_refuse_another_ruling();
"""

LOCKED_RUBRIC = """
CREATE FUNCTION annotations_refuse_locked_rubric() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE locked boolean;
BEGIN
    IF TG_TABLE_NAME = 'annotations_criterion' THEN
        SELECT locked_at IS NOT NULL INTO locked FROM annotations_rubric WHERE id = NEW.rubric_id;
    ELSE
        SELECT r.locked_at IS NOT NULL INTO locked
        FROM annotations_criterion c JOIN annotations_rubric r ON r.id = c.rubric_id WHERE c.id = NEW.criterion_id;
    END IF;
    IF locked THEN
        RAISE EXCEPTION 'the rubric is locked by its first rating: make a new version'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_locked_rubric_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_locked_rubric_stays BEFORE INSERT OR UPDATE ON annotations_criterion
    FOR EACH ROW EXECUTE FUNCTION annotations_refuse_locked_rubric();
CREATE TRIGGER a_locked_rubric_stays BEFORE INSERT OR UPDATE ON annotations_level
    FOR EACH ROW EXECUTE FUNCTION annotations_refuse_locked_rubric();
"""

RATING_VIEW = """
CREATE VIEW annotations_rating AS
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
    dependencies = [("annotations", "0001_initial")]

    operations = [
        migrations.RunSQL(LEVEL_PER_CRITERION, "DROP FUNCTION annotations_check_level_count CASCADE"),
        migrations.RunSQL(APPEND_ONLY, "DROP FUNCTION annotations_refuse_rewriting CASCADE"),
        migrations.RunSQL(RULINGS_STAY, "DROP FUNCTION annotations_refuse_another_ruling CASCADE"),
        migrations.RunSQL(LOCKED_RUBRIC, "DROP FUNCTION annotations_refuse_locked_rubric CASCADE"),
        migrations.RunSQL(RATING_VIEW, "DROP VIEW annotations_rating"),
    ]
