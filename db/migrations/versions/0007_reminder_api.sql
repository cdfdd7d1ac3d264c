-- A blank line ends each statement: 0007_reminder_api.py runs them one by one. APP_ROLE is the role that DATABASE_URL names.

ALTER TABLE tenants ADD COLUMN locale TEXT DEFAULT 'en' NOT NULL;

GRANT UPDATE (locale) ON tenants TO APP_ROLE;

ALTER TABLE templates ADD COLUMN context TEXT DEFAULT 'APPOINTMENT' NOT NULL,
    ADD CONSTRAINT templates_context_check CHECK (context IN ('APPOINTMENT', 'PATIENT'));

ALTER TABLE template_texts ADD COLUMN published_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL;

ALTER TABLE contact_preferences ADD COLUMN consent_recorded_by TEXT, ADD COLUMN opt_out_recorded_by TEXT;

GRANT UPDATE (consent_recorded_by, opt_out_recorded_by) ON contact_preferences TO APP_ROLE;

-- A one-off reminder says what its template says, or a text of its own, and may be about an appointment.
ALTER TABLE reminders ALTER COLUMN template_id DROP NOT NULL, ADD COLUMN text TEXT,
    ADD CONSTRAINT reminders_words_check CHECK (num_nonnulls(template_id, text) = 1),
    ADD CONSTRAINT reminders_text_check CHECK (char_length(text) <= 200),
    DROP CONSTRAINT reminders_origin_check,
    ADD CONSTRAINT reminders_origin_check CHECK (
        num_nulls(appointment_id, generation) IN (0, 2) AND (rule_id IS NULL OR appointment_id IS NOT NULL)
    );

ALTER TABLE reminders DROP CONSTRAINT reminders_status_reason_check,
    ADD CONSTRAINT reminders_status_reason_check CHECK (status_reason IN ('DUE_BEFORE_BOOKING', 'APPOINTMENT_CANCELLED', 'APPOINTMENT_MOVED', 'APPOINTMENT_OVER', 'RULE_CHANGED', 'CANCELLED_BY_STAFF', 'NO_CONSENT', 'NO_ADDRESS', 'QUIET_HOURS', 'TOO_LATE', 'REJECTED', 'BOUNCED', 'ATTEMPTS_EXHAUSTED'));

-- A rule that changes rewrites the reminders that wait for it.
GRANT UPDATE (template_id, channels, priority) ON reminders TO APP_ROLE;

-- A reminder that comes back into the queue has all its attempts before it again, and counts on from those it had.
ALTER TABLE reminder_queue ADD COLUMN earlier_attempts INTEGER DEFAULT 0 NOT NULL;
