"""Gyms, people, conversations, bookings, the inbox and the outbox."""

from __future__ import annotations

from alembic import op

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
        qualification jsonb NOT NULL DEFAULT '{}', facts_version integer NOT NULL DEFAULT 1,
        clock_offset interval NOT NULL DEFAULT '0', created_at timestamptz NOT NULL""",
    "staff": f"""
        {GYM}, id uuid NOT NULL, key text NOT NULL, name text NOT NULL,
        role text NOT NULL CHECK (role IN ('owner', 'manager', 'sales', 'trainer')),
        specialities text[] NOT NULL DEFAULT '{{}}', hours jsonb NOT NULL DEFAULT '{{}}', chat_address text,
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
        {GYM}, id uuid NOT NULL, name text, phone text, email text, language text NOT NULL DEFAULT 'en',
        health_note bytea, created_at timestamptz NOT NULL, erased_at timestamptz, {KEY}""",
    "contact_inboxes": f"""
        {GYM}, id uuid NOT NULL, contact_id uuid NOT NULL, inbox_id uuid NOT NULL, sender text NOT NULL,
        address text NOT NULL, profile_name text, last_inbound_at timestamptz, unreachable_at timestamptz,
        unreachable_reason text, {KEY}, UNIQUE (gym_id, inbox_id, sender),
        FOREIGN KEY (gym_id, contact_id) REFERENCES contacts (gym_id, id),
        FOREIGN KEY (gym_id, inbox_id) REFERENCES inboxes (gym_id, id)""",
    "consents": f"""
        {GYM}, id uuid NOT NULL, contact_id uuid NOT NULL,
        purpose text NOT NULL CHECK (purpose IN ('everything', 'reminders', 'offers')), granted boolean NOT NULL,
        words text NOT NULL, channel text NOT NULL, at timestamptz NOT NULL, {KEY},
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
        created_by text NOT NULL, cancelled_reason text, late_cancel boolean NOT NULL DEFAULT false,
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
    "CREATE INDEX contacts_by_phone ON contacts (gym_id, phone) WHERE phone IS NOT NULL",
    "CREATE INDEX contact_inboxes_of_contacts ON contact_inboxes (gym_id, contact_id)",
    "CREATE INDEX contact_inboxes_by_address ON contact_inboxes (gym_id, inbox_id, address)",
    "CREATE INDEX conversations_of_contacts ON conversations (gym_id, contact_id)",
    "CREATE INDEX activities_by_time ON activities (gym_id, at)",
    "CREATE INDEX activities_of_leads ON activities (gym_id, lead_id, at) WHERE lead_id IS NOT NULL",
    "CREATE INDEX consents_of_contacts ON consents (gym_id, contact_id, at)",
    "CREATE INDEX waitlists ON waitlist_entries (gym_id, scheduled_class_id, created_at)"
    " WHERE status IN ('waiting', 'offered')",
    "CREATE INDEX trainer_times_by_start ON trainer_times (gym_id, trainer_id, starts_at)",
    "CREATE INDEX open_holds ON bookings (gym_id, hold_expires_at) WHERE status = 'held'",
    "CREATE INDEX trainer_times_of_bookings ON trainer_times (gym_id, booking_id) WHERE booking_id IS NOT NULL",
]

DEFINER = "LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public"

FUNCTIONS: dict[str, str] = {
    # The doors: which gym an account or key belongs to, before any gym is entered.
    "door_inboxes()": f"""
        RETURNS TABLE (gym_id uuid, id uuid, key text, channel text, external_id text, credentials bytea)
        STABLE {DEFINER} AS $$
          SELECT gym_id, id, key, channel, external_id, credentials FROM inboxes WHERE active $$""",
    "door_api_key(wanted text)": f"""
        RETURNS TABLE (gym_id uuid, id uuid, name text, scopes text[]) STABLE {DEFINER} AS $$
          SELECT gym_id, id, name, scopes FROM api_keys WHERE key_hash = wanted AND revoked_at IS NULL $$""",
    "door_gyms()": f"""
        RETURNS TABLE (id uuid, slug text) STABLE {DEFINER} AS $$ SELECT id, slug FROM gyms ORDER BY created_at $$""",
    # Keeps provider messages, each once; answers how many were new.
    """record_payloads(gyms uuid[], inboxes uuid[], external_ids text[], addresses text[], payloads jsonb[],
        waiting boolean[], provider_ats timestamptz[])""": f"""
        RETURNS bigint VOLATILE {DEFINER} AS $$
          WITH kept AS (
            INSERT INTO inbound_payloads (gym_id, inbox_id, external_id, address, payload, waits, provider_at,
                                          received_at)
            SELECT p.gym, p.inbox, p.external_id, p.address, p.payload,
                   -- Only strangers type in bursts: staff give commands and want their answer at once.
                   p.waits AND i.staff_chat IS DISTINCT FROM p.address
                     AND NOT EXISTS (SELECT FROM staff s WHERE s.gym_id = p.gym AND s.chat_address = p.address),
                   p.provider_at, clock_timestamp() + g.clock_offset
            FROM unnest(gyms, inboxes, external_ids, addresses, payloads, waiting, provider_ats)
              WITH ORDINALITY AS p (gym, inbox, external_id, address, payload, waits, provider_at, n)
            JOIN gyms g ON g.id = p.gym JOIN inboxes i ON i.gym_id = p.gym AND i.id = p.inbox ORDER BY p.n
            ON CONFLICT (gym_id, inbox_id, external_id) DO NOTHING RETURNING 1)
          SELECT count(*) FROM kept $$""",
    # Addresses whose burst is over: a tap is there, or all has been quiet for `wait`, or the oldest is `cap` old.
    "due_addresses(wait interval, cap interval, most integer)": f"""
        RETURNS TABLE (gym_id uuid, inbox_id uuid, address text) STABLE {DEFINER} AS $$
          SELECT p.gym_id, p.inbox_id, p.address FROM inbound_payloads p JOIN gyms g ON g.id = p.gym_id
          WHERE p.handled_at IS NULL AND p.failed_at IS NULL
          GROUP BY p.gym_id, p.inbox_id, p.address, g.clock_offset
          HAVING NOT bool_and(p.waits) OR max(p.received_at) + wait <= clock_timestamp() + g.clock_offset
            OR min(p.received_at) + cap <= clock_timestamp() + g.clock_offset
          ORDER BY min(p.received_at) LIMIT most $$""",
    # Typed messages of the last seconds whose burst is not over, each told once: somebody is about to answer them.
    # Where a member of staff has the conversation nobody is, and it is theirs to be seen reading.
    "unseen_payloads(most integer)": f"""
        RETURNS TABLE (key text, channel text, external_id text, credentials bytea, payload jsonb)
        VOLATILE {DEFINER} AS $$
          WITH fresh AS (
            SELECT p.gym_id, p.id FROM inbound_payloads p JOIN gyms g ON g.id = p.gym_id
            WHERE p.handled_at IS NULL AND p.failed_at IS NULL AND p.waits AND p.seen_at IS NULL
              AND p.received_at > clock_timestamp() + g.clock_offset - interval '10 seconds'
              AND NOT EXISTS (
                SELECT FROM contact_inboxes k JOIN conversations c ON c.gym_id = k.gym_id AND c.contact_inbox_id = k.id
                WHERE k.gym_id = p.gym_id AND k.inbox_id = p.inbox_id AND k.address = p.address
                  AND c.owner_id IS NOT NULL)
            ORDER BY p.id DESC LIMIT most FOR UPDATE OF p SKIP LOCKED)
          UPDATE inbound_payloads p SET seen_at = clock_timestamp()
          FROM fresh, inboxes i WHERE p.gym_id = fresh.gym_id AND p.id = fresh.id
            AND i.gym_id = p.gym_id AND i.id = p.inbox_id
          RETURNING i.key, i.channel, i.external_id, i.credentials, p.payload $$""",
    # Claims due deliveries, the oldest of each address only, so that an address sees them in order.
    "claim_deliveries(most integer, lease interval)": f"""
        RETURNS TABLE (gym_id uuid, id uuid) VOLATILE {DEFINER} AS $$
          WITH due AS (
            SELECT d.gym_id, d.id FROM deliveries d JOIN gyms g ON g.id = d.gym_id
            WHERE d.state = 'queued' AND d.due_at <= clock_timestamp() + g.clock_offset
              AND NOT EXISTS (
                SELECT FROM deliveries e WHERE e.gym_id = d.gym_id AND e.inbox_id = d.inbox_id
                  AND e.address = d.address
                  AND (e.state = 'sending' OR e.state = 'queued' AND e.position < d.position
                       -- With a reason it was due before and was put off; unless it is for long, nothing overtakes it.
                       AND e.due_at <= clock_timestamp() + g.clock_offset
                         + CASE WHEN e.reason IS NULL THEN interval '0' ELSE interval '5 minutes' END))
            ORDER BY d.due_at LIMIT most FOR UPDATE OF d SKIP LOCKED)
          UPDATE deliveries d SET state = 'sending', attempts = attempts + 1,
            claimed_until = clock_timestamp() + lease
          FROM due WHERE d.gym_id = due.gym_id AND d.id = due.id AND d.state = 'queued'
          RETURNING d.gym_id, d.id $$""",
    # Claims due deliveries, and puts off those for which account or person has no token left. `limits` tells for each
    # channel and kind of bucket (account, person, group) the seconds between two messages and how many go at once. A
    # bucket is the instant at which it will be full again. An account's row is locked before those of its persons, and
    # accounts in the order of their keys, so two claims can't wait for each other.
    "claim_at_pace(most integer, lease interval, limits jsonb)": """
        RETURNS TABLE (gym_id uuid, id uuid, goes boolean) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
        SET search_path = pg_catalog, public AS $$
          DECLARE
            own record; rules jsonb; rule jsonb; moment timestamptz; own_full timestamptz; ready timestamptz;
            own_each interval; own_most interval; each_one interval; at_most interval; n integer;
            gym_ids uuid[]; claimed uuid[];
          BEGIN
            -- A statement of its own: what was queued while this one began is claimed too, and only the next one sees it.
            SELECT array_agg(c.gym_id), array_agg(c.id) INTO gym_ids, claimed FROM claim_deliveries(most, lease) c;
            FOR own IN
              SELECT d.gym_id AS gym, d.inbox_id AS inbox, i.channel, i.per_second, i.stopped_at, g.clock_offset,
                array_agg(d.id ORDER BY d.position) AS ids, array_agg(d.address ORDER BY d.position) AS addresses
              FROM unnest(gym_ids, claimed) c (gym_id, id) JOIN deliveries d ON d.gym_id = c.gym_id AND d.id = c.id
              JOIN inboxes i ON i.gym_id = d.gym_id AND i.id = d.inbox_id JOIN gyms g ON g.id = d.gym_id
              GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2
            LOOP
              rules := limits -> own.channel;
              own_each := make_interval(secs => coalesce(1 / own.per_second, (rules #>> '{account,0}')::float8));
              own_most := greatest(own_each, make_interval(
                secs => (rules #>> '{account,0}')::float8 * (rules #>> '{account,1}')::float8));
              INSERT INTO paces AS p VALUES (own.gym, own.inbox, '', clock_timestamp())
                ON CONFLICT ON CONSTRAINT paces_pkey DO UPDATE SET full_at = greatest(p.full_at, excluded.full_at)
                RETURNING p.full_at INTO own_full;
              moment := clock_timestamp();
              FOR n IN 1 .. cardinality(own.ids) LOOP
                rule := rules -> CASE WHEN own.addresses[n] LIKE rules ->> 'groups' THEN 'group' ELSE 'person' END;
                each_one := make_interval(secs => (rule ->> 0)::float8);
                at_most := each_one * (rule ->> 1)::float8;
                ready := own_full + own_each - own_most;
                IF ready <= moment AND rule <> 'null' THEN
                  INSERT INTO paces AS p VALUES (own.gym, own.inbox, own.addresses[n], moment + each_one)
                    ON CONFLICT ON CONSTRAINT paces_pkey
                    DO UPDATE SET full_at = greatest(p.full_at, moment) + each_one
                    WHERE p.full_at + each_one - at_most <= moment;
                  IF NOT FOUND THEN
                    SELECT p.full_at + each_one - at_most INTO ready FROM paces p
                    WHERE p.gym_id = own.gym AND p.inbox_id = own.inbox AND p.address = own.addresses[n];
                  END IF;
                END IF;
                gym_id := own.gym; id := own.ids[n]; goes := ready <= moment;
                IF goes THEN
                  -- Of a stopped account one message is tried, the others wait for what becomes of it.
                  own_full := own_full + CASE WHEN own.stopped_at IS NULL THEN own_each
                    ELSE own_most + interval '1 minute' END;
                ELSE
                  UPDATE deliveries d SET state = 'queued', attempts = attempts - 1, claimed_until = NULL,
                    due_at = ready + own.clock_offset, reason = 'waits: the channel takes no more at the moment'
                  WHERE d.gym_id = own.gym AND d.id = own.ids[n];
                END IF;
                RETURN NEXT;
              END LOOP;
              UPDATE paces p SET full_at = own_full
              WHERE p.gym_id = own.gym AND p.inbox_id = own.inbox AND p.address = '';
            END LOOP;
          END $$""",
    # Deliveries whose sender died: what became of the request is not known.
    "stale_deliveries(most integer)": f"""
        RETURNS TABLE (gym_id uuid, id uuid) STABLE {DEFINER} AS $$
          SELECT gym_id, id FROM deliveries WHERE state = 'sending' AND claimed_until < clock_timestamp()
          ORDER BY claimed_until LIMIT most $$""",
    "due_reminders(most integer)": f"""
        RETURNS TABLE (gym_id uuid, id uuid) STABLE {DEFINER} AS $$
          SELECT r.gym_id, r.id FROM reminders r JOIN gyms g ON g.id = r.gym_id
          WHERE r.status = 'pending' AND r.due_at <= clock_timestamp() + g.clock_offset
          ORDER BY r.due_at LIMIT most $$""",
    # For operators: which accounts are refused as a whole, without saying whose they are.
    "stopped_channels()": f"""
        RETURNS TABLE (channel text, code text, since timestamptz, waiting bigint) STABLE {DEFINER} AS $$
          SELECT i.channel, i.stopped_code, i.stopped_at - g.clock_offset, (
            SELECT count(*) FROM deliveries d
            WHERE d.gym_id = i.gym_id AND d.inbox_id = i.id AND d.state = 'queued')
          FROM inboxes i JOIN gyms g ON g.id = i.gym_id WHERE i.active AND i.stopped_at IS NOT NULL
          ORDER BY i.stopped_at $$""",
    # For /metrics: how much waits, and since when.
    "queue_depths()": f"""
        RETURNS TABLE (queue text, waiting bigint, oldest_seconds float8) STABLE {DEFINER} AS $$
          SELECT 'inbound', count(*), coalesce(max(extract(epoch FROM clock_timestamp() + g.clock_offset
            - p.received_at)), 0)::float8
          FROM inbound_payloads p JOIN gyms g ON g.id = p.gym_id
          WHERE p.handled_at IS NULL AND p.failed_at IS NULL
          UNION ALL
          SELECT 'outbound', count(*), coalesce(max(extract(epoch FROM clock_timestamp() + g.clock_offset
            - d.due_at)), 0)::float8
          FROM deliveries d JOIN gyms g ON g.id = d.gym_id
          WHERE d.state = 'queued' AND d.due_at <= clock_timestamp() + g.clock_offset
          UNION ALL
          SELECT 'reminders', count(*), coalesce(max(extract(epoch FROM clock_timestamp() + g.clock_offset
            - r.due_at)), 0)::float8
          FROM reminders r JOIN gyms g ON g.id = r.gym_id
          WHERE r.status = 'pending' AND r.due_at <= clock_timestamp() + g.clock_offset $$""",
}


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
