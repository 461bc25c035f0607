"""Gyms, people, conversations, bookings, the inbox and the outbox."""

from __future__ import annotations

from alembic import op

from crm.migrations.foundation_functions import FUNCTIONS
from crm.migrations.policies import app_role, create_app_role, grant_function, protect

revision = "2026_11_20_foundation"
down_revision = None

GYM = "gym_id uuid NOT NULL REFERENCES gyms (id) ON DELETE CASCADE"
KEY = "PRIMARY KEY (gym_id, id)"

TABLES: dict[str, str] = {
    "gyms": """
        id uuid PRIMARY KEY, slug text NOT NULL UNIQUE, name text NOT NULL, timezone text NOT NULL,
        locale text NOT NULL, currency text NOT NULL, phone_region text NOT NULL, address text, directions text,
        parking text, phone text, email text, opening_hours jsonb NOT NULL DEFAULT '{}',
        closed_dates date[] NOT NULL DEFAULT '{}', terms jsonb NOT NULL DEFAULT '{}',
        facilities text[] NOT NULL DEFAULT '{}', not_available text[] NOT NULL DEFAULT '{}',
        booking_rules jsonb NOT NULL DEFAULT '{}', pipeline_stages text[] NOT NULL DEFAULT '{}',
        web_origins text[] NOT NULL DEFAULT '{}', qualification jsonb NOT NULL DEFAULT '{}', facts_version integer NOT NULL DEFAULT 1,
        clock_offset interval NOT NULL DEFAULT '0', created_at timestamptz NOT NULL""",
    "staff": f"""
        {GYM}, id uuid NOT NULL, key text NOT NULL, name text NOT NULL,
        role text NOT NULL CHECK (role IN ('owner', 'manager', 'sales', 'trainer')),
        specialities text[] NOT NULL DEFAULT '{{}}', hours jsonb NOT NULL DEFAULT '{{}}', chat_address text, phone text,
        active boolean NOT NULL DEFAULT true, {KEY}, UNIQUE (gym_id, key), UNIQUE (gym_id, chat_address)""",
    "offerings": f"""
        {GYM}, id uuid NOT NULL, key text NOT NULL, name text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('trial', 'personal', 'online', 'class')),
        minutes integer NOT NULL CHECK (minutes BETWEEN 5 AND 720), capacity integer NOT NULL CHECK (capacity > 0),
        price float8 CHECK (price >= 0), trainer_id uuid, weekly text[] NOT NULL DEFAULT '{{}}',
        position integer NOT NULL DEFAULT 0, active boolean NOT NULL DEFAULT true, {KEY}, UNIQUE (gym_id, key),
        FOREIGN KEY (gym_id, trainer_id) REFERENCES staff (gym_id, id)""",
    "plans": f"""
        {GYM}, id uuid NOT NULL, key text NOT NULL, name text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('membership', 'package')), price float8 NOT NULL CHECK (price >= 0),
        per text, note text, sessions integer, valid_days integer, position integer NOT NULL DEFAULT 0,
        active boolean NOT NULL DEFAULT true, {KEY}, UNIQUE (gym_id, key)""",
    "discounts": f"""
        {GYM}, id uuid NOT NULL, key text NOT NULL, percent float8 NOT NULL, note text,
        position integer NOT NULL DEFAULT 0, {KEY}, UNIQUE (gym_id, key)""",
    "faq_entries": f"""
        {GYM}, id uuid NOT NULL, topic text NOT NULL, question text NOT NULL, answer text NOT NULL,
        position integer NOT NULL DEFAULT 0, {KEY}""",
    "inboxes": f"""
        {GYM}, id uuid NOT NULL, key text NOT NULL UNIQUE, channel text NOT NULL, external_id text NOT NULL,
        credentials bytea NOT NULL, staff_chat text, per_second float8 CHECK (per_second > 0),
        stopped_at timestamptz, stopped_code text, stopped_reason text,
        active boolean NOT NULL DEFAULT true, {KEY}, UNIQUE (channel, external_id)""",
    "api_keys": f"""
        {GYM}, id uuid NOT NULL, name text NOT NULL, key_hash text NOT NULL UNIQUE,
        scopes text[] NOT NULL DEFAULT '{{}}', created_at timestamptz NOT NULL, last_used_at timestamptz,
        revoked_at timestamptz, {KEY}""",
    "contacts": f"""
        {GYM}, id uuid NOT NULL, name text, phone text, phone_verified boolean NOT NULL DEFAULT false, email text,
        language text NOT NULL DEFAULT 'en', other_language text, health_note bytea, created_at timestamptz NOT NULL, erased_at timestamptz,
        merged_into uuid, {KEY}, FOREIGN KEY (gym_id, merged_into) REFERENCES contacts (gym_id, id),
        CHECK (merged_into <> id)""",
    "contact_inboxes": f"""
        {GYM}, id uuid NOT NULL, contact_id uuid NOT NULL, inbox_id uuid NOT NULL, sender text NOT NULL,
        alias text, address text NOT NULL, profile_name text, last_inbound_at timestamptz, unreachable_at timestamptz,
        unreachable_reason text, {KEY}, UNIQUE (gym_id, inbox_id, sender),
        FOREIGN KEY (gym_id, contact_id) REFERENCES contacts (gym_id, id),
        FOREIGN KEY (gym_id, inbox_id) REFERENCES inboxes (gym_id, id)""",
    "identity_questions": f"""
        {GYM}, id uuid NOT NULL, one_id uuid NOT NULL, other_id uuid NOT NULL CHECK (one_id < other_id),
        reason text NOT NULL, state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'merged', 'apart')),
        asked_at timestamptz NOT NULL, decided_at timestamptz, decided_by text, {KEY},
        UNIQUE (gym_id, one_id, other_id),
        FOREIGN KEY (gym_id, one_id) REFERENCES contacts (gym_id, id),
        FOREIGN KEY (gym_id, other_id) REFERENCES contacts (gym_id, id)""",
    "contact_merges": f"""
        {GYM}, id uuid NOT NULL, kept_id uuid NOT NULL, gone_id uuid NOT NULL, reason text NOT NULL,
        moved jsonb NOT NULL, before jsonb NOT NULL, merged_at timestamptz NOT NULL, merged_by text NOT NULL,
        undone_at timestamptz, undone_by text, {KEY},
        FOREIGN KEY (gym_id, kept_id) REFERENCES contacts (gym_id, id),
        FOREIGN KEY (gym_id, gone_id) REFERENCES contacts (gym_id, id)""",
    "consents": f"""
        {GYM}, id uuid NOT NULL, contact_id uuid NOT NULL,
        purpose text NOT NULL CHECK (purpose IN ('everything', 'reminders', 'offers')), granted boolean NOT NULL,
        words text NOT NULL, channel text NOT NULL, message_id text, at timestamptz NOT NULL, {KEY},
        FOREIGN KEY (gym_id, contact_id) REFERENCES contacts (gym_id, id)""",
    "erased_addresses": f"""
        {GYM}, id uuid NOT NULL, contact_id uuid NOT NULL, address_hash text NOT NULL, at timestamptz NOT NULL, {KEY},
        UNIQUE (gym_id, address_hash, contact_id),
        FOREIGN KEY (gym_id, contact_id) REFERENCES contacts (gym_id, id)""",
    "leads": f"""
        {GYM}, id uuid NOT NULL, number integer NOT NULL, contact_id uuid NOT NULL, stage text NOT NULL,
        source text NOT NULL, referral jsonb NOT NULL DEFAULT '{{}}', goal text, experience text, preferred_time text,
        score integer NOT NULL DEFAULT 0, score_reasons text[] NOT NULL DEFAULT '{{}}', assigned_to uuid,
        lost_reason text, first_words text, last_words text, created_at timestamptz NOT NULL,
        first_bot_reply_at timestamptz, first_human_reply_at timestamptz, stage_changed_at timestamptz NOT NULL,
        closed_at timestamptz, {KEY}, UNIQUE (gym_id, number),
        FOREIGN KEY (gym_id, contact_id) REFERENCES contacts (gym_id, id),
        FOREIGN KEY (gym_id, assigned_to) REFERENCES staff (gym_id, id)""",
    "lead_references": f"""
        {GYM}, id uuid NOT NULL, code text NOT NULL, lead_id uuid NOT NULL, created_at timestamptz NOT NULL,
        used_at timestamptz, {KEY}, UNIQUE (gym_id, code),
        FOREIGN KEY (gym_id, lead_id) REFERENCES leads (gym_id, id) ON DELETE CASCADE""",
    "activities": f"""
        {GYM}, id uuid NOT NULL, at timestamptz NOT NULL, kind text NOT NULL, actor text NOT NULL, contact_id uuid,
        lead_id uuid, booking_id uuid, data jsonb NOT NULL DEFAULT '{{}}', {KEY}""",
    "follow_ups": f"""
        {GYM}, id uuid NOT NULL, lead_id uuid NOT NULL, staff_id uuid NOT NULL, due_at timestamptz NOT NULL,
        words text NOT NULL, done_at timestamptz, created_at timestamptz NOT NULL, {KEY},
        FOREIGN KEY (gym_id, lead_id) REFERENCES leads (gym_id, id),
        FOREIGN KEY (gym_id, staff_id) REFERENCES staff (gym_id, id)""",
    "conversations": f"""
        {GYM}, id uuid NOT NULL, contact_id uuid NOT NULL, contact_inbox_id uuid NOT NULL, inbox_id uuid NOT NULL,
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'pending', 'snoozed', 'resolved')),
        owner_id uuid, handoff_reason text, handed_off_at timestamptz, tracker jsonb NOT NULL DEFAULT '{{}}',
        turns integer NOT NULL DEFAULT 0, last_inbound_at timestamptz, last_outbound_at timestamptz,
        created_at timestamptz NOT NULL, {KEY}, UNIQUE (gym_id, contact_inbox_id),
        FOREIGN KEY (gym_id, contact_id) REFERENCES contacts (gym_id, id),
        FOREIGN KEY (gym_id, contact_inbox_id) REFERENCES contact_inboxes (gym_id, id),
        FOREIGN KEY (gym_id, owner_id) REFERENCES staff (gym_id, id)""",
    "tracker_events": f"""
        {GYM}, id uuid NOT NULL, conversation_id uuid NOT NULL, turn integer NOT NULL, at timestamptz NOT NULL,
        events jsonb NOT NULL, {KEY}, UNIQUE (gym_id, conversation_id, turn),
        FOREIGN KEY (gym_id, conversation_id) REFERENCES conversations (gym_id, id)""",
    "messages": f"""
        {GYM}, id uuid NOT NULL, conversation_id uuid NOT NULL, contact_id uuid NOT NULL,
        direction text NOT NULL CHECK (direction IN ('in', 'out')), author text NOT NULL, text text,
        content jsonb NOT NULL DEFAULT '{{}}', external_id text, at timestamptz NOT NULL, edited_at timestamptz,
        deleted_at timestamptz, intents jsonb NOT NULL DEFAULT '{{}}', {KEY},
        FOREIGN KEY (gym_id, conversation_id) REFERENCES conversations (gym_id, id)""",
    "attachments": f"""
        {GYM}, id uuid NOT NULL, message_id uuid NOT NULL, contact_id uuid NOT NULL, inbox_id uuid NOT NULL,
        position integer NOT NULL, kind text NOT NULL, provider_id text, url text, mime_type text, filename text,
        state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'kept', 'refused', 'failed', 'erased')),
        reason text, attempts integer NOT NULL DEFAULT 0, due_at timestamptz NOT NULL, claimed_until timestamptz,
        stored_as text, content_type text, size bigint, sha256 text, transcript text, created_at timestamptz NOT NULL,
        fetched_at timestamptz, {KEY}, UNIQUE (gym_id, message_id, position),
        CHECK (state <> 'kept' OR stored_as IS NOT NULL AND content_type IS NOT NULL),
        FOREIGN KEY (gym_id, message_id) REFERENCES messages (gym_id, id),
        FOREIGN KEY (gym_id, inbox_id) REFERENCES inboxes (gym_id, id)""",
    "inbound_payloads": f"""
        {GYM}, id bigint GENERATED ALWAYS AS IDENTITY, inbox_id uuid NOT NULL, external_id text NOT NULL,
        address text NOT NULL, payload jsonb NOT NULL, waits boolean NOT NULL DEFAULT true, provider_at timestamptz,
        received_at timestamptz NOT NULL, seen_at timestamptz, handled_at timestamptz, attempts integer NOT NULL DEFAULT 0,
        failed_at timestamptz, error text, {KEY}, UNIQUE (gym_id, inbox_id, external_id)""",
    "deliveries": f"""
        {GYM}, id uuid NOT NULL, position bigint GENERATED ALWAYS AS IDENTITY, inbox_id uuid NOT NULL,
        address text NOT NULL, contact_id uuid, conversation_id uuid, message_id uuid, booking_id uuid, card_id uuid,
        purpose text NOT NULL CHECK (purpose IN ('reply', 'service', 'reminder', 'offer', 'staff', 'human')),
        content jsonb NOT NULL, checks jsonb NOT NULL DEFAULT '{{}}', dedupe_key text, due_at timestamptz NOT NULL,
        state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'accepted', 'sent', 'delivered',
          'read', 'failed', 'cancelled', 'unconfirmed')),
        reason text, error_code text, external_id text, attempts integer NOT NULL DEFAULT 0,
        claimed_until timestamptz, created_at timestamptz NOT NULL, accepted_at timestamptz,
        delivered_at timestamptz, read_at timestamptz, {KEY}, UNIQUE (gym_id, dedupe_key),
        FOREIGN KEY (gym_id, inbox_id) REFERENCES inboxes (gym_id, id)""",
    # Token buckets of whom is written to; address '' is the account's own. Written with every message, so no index
    # beside the key: the row stays on its page.
    "paces": f"""
        {GYM}, inbox_id uuid NOT NULL, address text NOT NULL, full_at timestamptz NOT NULL,
        PRIMARY KEY (gym_id, inbox_id, address),
        FOREIGN KEY (gym_id, inbox_id) REFERENCES inboxes (gym_id, id) ON DELETE CASCADE""",
    "template_reviews": f"""
        {GYM}, id uuid NOT NULL, inbox_id uuid NOT NULL, name text NOT NULL, language text NOT NULL,
        status text NOT NULL CHECK (status IN ('approved', 'pending', 'rejected', 'paused', 'disabled', 'missing')),
        category text, content_sid text, reason text, changed_at timestamptz NOT NULL, {KEY},
        UNIQUE (gym_id, inbox_id, name, language),
        FOREIGN KEY (gym_id, inbox_id) REFERENCES inboxes (gym_id, id) ON DELETE CASCADE""",
    "staff_cards": f"""
        {GYM}, id uuid NOT NULL, inbox_id uuid NOT NULL, chat text NOT NULL, subject text NOT NULL, lead_id uuid,
        external_id text, fingerprint text NOT NULL DEFAULT '', created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL, {KEY}, UNIQUE (gym_id, chat, subject)""",
    "staff_chats": f"""
        {GYM}, id uuid NOT NULL, chat text NOT NULL, staff_id uuid NOT NULL, state jsonb NOT NULL DEFAULT '{{}}',
        updated_at timestamptz NOT NULL, {KEY}, UNIQUE (gym_id, chat, staff_id),
        FOREIGN KEY (gym_id, staff_id) REFERENCES staff (gym_id, id)""",
    "questions": f"""
        {GYM}, id uuid NOT NULL, number integer NOT NULL, text text NOT NULL, wordings text[] NOT NULL DEFAULT '{{}}',
        state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'learned', 'forgotten', 'dismissed')),
        answer text, asked_at timestamptz NOT NULL, answered_by text, answered_at timestamptz, learned_by text,
        learned_at timestamptz, {KEY}, UNIQUE (gym_id, number),
        CHECK (state NOT IN ('answered', 'learned') OR answer IS NOT NULL)""",
    "question_askers": f"""
        {GYM}, id uuid NOT NULL, question_id uuid NOT NULL, contact_id uuid NOT NULL, conversation_id uuid NOT NULL,
        words text NOT NULL, asked_at timestamptz NOT NULL, told_at timestamptz, {KEY},
        UNIQUE (gym_id, question_id, conversation_id),
        FOREIGN KEY (gym_id, question_id) REFERENCES questions (gym_id, id) ON DELETE CASCADE,
        FOREIGN KEY (gym_id, contact_id) REFERENCES contacts (gym_id, id),
        FOREIGN KEY (gym_id, conversation_id) REFERENCES conversations (gym_id, id)""",
    "review_items": f"""
        {GYM}, id uuid NOT NULL, contact_id uuid NOT NULL, conversation_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('missed', 'unsure', 'corrected')), text text NOT NULL,
        signature text NOT NULL, guesses jsonb NOT NULL DEFAULT '{{}}', at timestamptz NOT NULL,
        may_learn boolean NOT NULL, state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'labelled', 'skipped')),
        intents text[] NOT NULL DEFAULT '{{}}', labelled_by text, labelled_at timestamptz, {KEY},
        UNIQUE (gym_id, signature), CHECK (state <> 'labelled' OR cardinality(intents) > 0),
        FOREIGN KEY (gym_id, contact_id) REFERENCES contacts (gym_id, id),
        FOREIGN KEY (gym_id, conversation_id) REFERENCES conversations (gym_id, id)""",
    "trained_models": f"""
        {GYM}, id uuid NOT NULL, version integer NOT NULL, lang text NOT NULL,
        state text NOT NULL CHECK (state IN ('training', 'published', 'replaced', 'refused', 'failed')), reason text,
        examples integer NOT NULL DEFAULT 0, labelled integer NOT NULL DEFAULT 0, figures jsonb NOT NULL DEFAULT '{{}}',
        artefact bytea, begun_at timestamptz NOT NULL, trained_at timestamptz, {KEY}, UNIQUE (gym_id, version),
        CHECK (state <> 'published' OR artefact IS NOT NULL)""",
    "scheduled_classes": f"""
        {GYM}, id uuid NOT NULL, offering_id uuid NOT NULL, trainer_id uuid, starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL CHECK (ends_at > starts_at), capacity integer NOT NULL CHECK (capacity > 0),
        cancelled_at timestamptz, {KEY}, UNIQUE (gym_id, offering_id, starts_at),
        FOREIGN KEY (gym_id, offering_id) REFERENCES offerings (gym_id, id),
        FOREIGN KEY (gym_id, trainer_id) REFERENCES staff (gym_id, id)""",
    "bookings": f"""
        {GYM}, id uuid NOT NULL, contact_id uuid NOT NULL, offering_id uuid NOT NULL, trainer_id uuid,
        scheduled_class_id uuid, seat integer CHECK (seat > 0), starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
        status text NOT NULL CHECK (status IN ('held', 'booked', 'in_progress', 'attended', 'no_show', 'cancelled',
          'released')),
        hold_expires_at timestamptz, confirmed_by_guest_at timestamptz, replaces_id uuid, moved_to_id uuid,
        guest_name text, guest_phone text, created_by text NOT NULL, cancelled_reason text, late_cancel boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL, booked_at timestamptz, ended_at timestamptz, {KEY},
        CHECK (status <> 'held' OR hold_expires_at IS NOT NULL),
        CHECK ((scheduled_class_id IS NULL) = (seat IS NULL)),
        FOREIGN KEY (gym_id, contact_id) REFERENCES contacts (gym_id, id),
        FOREIGN KEY (gym_id, offering_id) REFERENCES offerings (gym_id, id),
        FOREIGN KEY (gym_id, trainer_id) REFERENCES staff (gym_id, id),
        FOREIGN KEY (gym_id, scheduled_class_id) REFERENCES scheduled_classes (gym_id, id)""",
    # The same holder may overlap itself: a move keeps the old place until the new one is sure.
    "trainer_times": f"""
        {GYM}, id uuid NOT NULL, trainer_id uuid NOT NULL, starts_at timestamptz NOT NULL, ends_at timestamptz NOT NULL,
        booking_id uuid, scheduled_class_id uuid, holder uuid NOT NULL,
        during tstzrange GENERATED ALWAYS AS (tstzrange(starts_at, ends_at, '[)')) STORED, {KEY},
        CHECK ((booking_id IS NULL) <> (scheduled_class_id IS NULL)),
        FOREIGN KEY (gym_id, trainer_id) REFERENCES staff (gym_id, id),
        FOREIGN KEY (gym_id, booking_id) REFERENCES bookings (gym_id, id),
        FOREIGN KEY (gym_id, scheduled_class_id) REFERENCES scheduled_classes (gym_id, id),
        CONSTRAINT trainer_is_in_one_place EXCLUDE USING gist
          (gym_id WITH =, trainer_id WITH =, during WITH &&, holder WITH <>)""",
    "time_off": f"""
        {GYM}, id uuid NOT NULL, trainer_id uuid NOT NULL, starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL CHECK (ends_at > starts_at), created_by text NOT NULL,
        created_at timestamptz NOT NULL, taken_back_at timestamptz, {KEY},
        FOREIGN KEY (gym_id, trainer_id) REFERENCES staff (gym_id, id)""",
    "waitlist_entries": f"""
        {GYM}, id uuid NOT NULL, scheduled_class_id uuid NOT NULL, contact_id uuid NOT NULL, conversation_id uuid,
        status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'offered', 'taken', 'expired', 'left')),
        offered_booking_id uuid, offer_expires_at timestamptz, created_at timestamptz NOT NULL, {KEY},
        FOREIGN KEY (gym_id, scheduled_class_id) REFERENCES scheduled_classes (gym_id, id),
        FOREIGN KEY (gym_id, contact_id) REFERENCES contacts (gym_id, id)""",
    "reminders": f"""
        {GYM}, id uuid NOT NULL, kind text NOT NULL, due_at timestamptz NOT NULL, contact_id uuid,
        conversation_id uuid, booking_id uuid, lead_id uuid, data jsonb NOT NULL DEFAULT '{{}}', dedupe_key text,
        status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'done', 'skipped', 'cancelled')),
        reason text, created_at timestamptz NOT NULL, fired_at timestamptz, {KEY}, UNIQUE (gym_id, dedupe_key)""",
}

APPEND_ONLY = {"activities", "consents", "tracker_events"}

INDEXES = [
    "CREATE INDEX pending_payloads ON inbound_payloads (gym_id, inbox_id, address, id)"
    " INCLUDE (received_at, waits) WHERE handled_at IS NULL AND failed_at IS NULL",
    "CREATE INDEX due_deliveries ON deliveries (due_at) WHERE state = 'queued'",
    "CREATE INDEX waiting_deliveries ON deliveries (gym_id, inbox_id, address, position)"
    " WHERE state IN ('queued', 'sending')",
    "CREATE INDEX deliveries_of_cards ON deliveries (gym_id, card_id)"
    " WHERE card_id IS NOT NULL AND state IN ('queued', 'sending')",
    "CREATE INDEX claimed_deliveries ON deliveries (claimed_until) WHERE state = 'sending'",
    "CREATE INDEX delivery_external_ids ON deliveries (gym_id, external_id) WHERE external_id IS NOT NULL",
    "CREATE INDEX due_reminders ON reminders (due_at) WHERE status = 'pending'",
    "CREATE INDEX reminders_of_bookings ON reminders (gym_id, booking_id) WHERE status = 'pending'",
    "CREATE INDEX reminders_of_conversations ON reminders (gym_id, conversation_id) WHERE status = 'pending'",
    "CREATE UNIQUE INDEX one_seat_each ON bookings (gym_id, scheduled_class_id, seat)"
    " WHERE scheduled_class_id IS NOT NULL AND status IN ('held', 'booked', 'in_progress', 'attended', 'no_show')",
    "CREATE INDEX bookings_of_contacts ON bookings (gym_id, contact_id, starts_at)",
    "CREATE INDEX bookings_by_time ON bookings (gym_id, starts_at)",
    "CREATE UNIQUE INDEX one_open_lead ON leads (gym_id, contact_id) WHERE closed_at IS NULL",
    "CREATE INDEX leads_by_date ON leads (gym_id, created_at)",
    "CREATE INDEX messages_of_conversations ON messages (gym_id, conversation_id, at)",
    "CREATE INDEX message_external_ids ON messages (gym_id, external_id) WHERE external_id IS NOT NULL",
    "CREATE INDEX due_attachments ON attachments (due_at) WHERE state = 'waiting' OR state = 'erased' AND stored_as IS NOT NULL",
    "CREATE INDEX attachments_of_contacts ON attachments (gym_id, contact_id, created_at)",
    "CREATE UNIQUE INDEX one_person_a_number ON contacts (gym_id, phone)"
    " WHERE phone_verified AND merged_into IS NULL AND erased_at IS NULL",
    "CREATE INDEX merged_contacts ON contacts (gym_id, merged_into) WHERE merged_into IS NOT NULL",
    "CREATE UNIQUE INDEX merged_once ON contact_merges (gym_id, gone_id) WHERE undone_at IS NULL",
    "CREATE UNIQUE INDEX contact_aliases ON contact_inboxes (gym_id, inbox_id, alias) WHERE alias IS NOT NULL",
    "CREATE INDEX contacts_by_phone ON contacts (gym_id, phone) WHERE phone IS NOT NULL",
    "CREATE INDEX contact_inboxes_of_contacts ON contact_inboxes (gym_id, contact_id)",
    "CREATE INDEX contact_inboxes_by_address ON contact_inboxes (gym_id, inbox_id, address)",
    "CREATE INDEX conversations_of_contacts ON conversations (gym_id, contact_id)",
    "CREATE INDEX open_questions ON questions (gym_id, asked_at) WHERE state = 'open'",
    "CREATE INDEX questions_of_contacts ON question_askers (gym_id, contact_id)",
    "CREATE INDEX open_reviews ON review_items (gym_id, at) WHERE state <> 'labelled'",
    "CREATE INDEX reviews_of_contacts ON review_items (gym_id, contact_id)",
    "CREATE UNIQUE INDEX one_model_in_use ON trained_models (gym_id, lang) WHERE state = 'published'",
    "CREATE UNIQUE INDEX one_training ON trained_models (gym_id, lang) WHERE state = 'training'",
    "CREATE INDEX activities_by_time ON activities (gym_id, at)",
    "CREATE INDEX activities_of_leads ON activities (gym_id, lead_id, at) WHERE lead_id IS NOT NULL",
    "CREATE INDEX consents_of_contacts ON consents (gym_id, contact_id, at)",
    "CREATE INDEX waitlists ON waitlist_entries (gym_id, scheduled_class_id, created_at)"
    " WHERE status IN ('waiting', 'offered')",
    "CREATE INDEX trainer_times_by_start ON trainer_times (gym_id, trainer_id, starts_at)",
    "CREATE INDEX standing_time_off ON time_off (gym_id, trainer_id, ends_at) WHERE taken_back_at IS NULL",
    "CREATE INDEX open_holds ON bookings (gym_id, hold_expires_at) WHERE status = 'held'",
    "CREATE INDEX trainer_times_of_bookings ON trainer_times (gym_id, booking_id) WHERE booking_id IS NOT NULL",
]


def upgrade() -> None:
    """Make everything."""
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    create_app_role()
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
        verbs = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
        protect(table, key="id" if table == "gyms" else "gym_id", verbs=verbs)
    for index in INDEXES:
        op.execute(index)
    # The application says whether the database is ready for it, so it may know the revision.
    op.execute(f"GRANT SELECT ON alembic_version TO {app_role()}")
    for signature, body in FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {signature} {body}")
        grant_function(signature)


def downgrade() -> None:
    """Take everything back; the extensions stay, others may use them."""
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table} CASCADE")
