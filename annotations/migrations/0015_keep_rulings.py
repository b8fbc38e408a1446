"""Rulings stay as they were made, whoever writes to the database."""

from __future__ import annotations

from django.db import migrations

LEVEL_PER_CRITERION = """
CREATE TRIGGER ruling_has_a_level_per_criterion
    AFTER INSERT ON annotations_ruling REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION annotations_check_level_count();
"""

APPEND_ONLY = """
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


class Migration(migrations.Migration):
    dependencies = [("annotations", "0014_record_flags_and_comments")]

    operations = [
        migrations.RunSQL(LEVEL_PER_CRITERION, "DROP TRIGGER ruling_has_a_level_per_criterion ON annotations_ruling"),
        migrations.RunSQL(APPEND_ONLY, "DROP FUNCTION annotations_refuse_another_ruling CASCADE"),
    ]
