"""The database's own functions, as the first revision makes them: the doors, the queues, the erasing.

They run with their owner's rights past the row policies, so each tells or changes no more than its line says.
"""

from __future__ import annotations

from crm.migrations.policies import CURRENT_GYM

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
    # Files to fetch, and files to erase because their sender took them back.
    "claim_attachments(most integer, lease interval)": f"""
        RETURNS TABLE (gym_id uuid, id uuid) VOLATILE {DEFINER} AS $$
          WITH due AS (
            SELECT a.gym_id, a.id FROM attachments a JOIN gyms g ON g.id = a.gym_id
            WHERE (a.state = 'waiting' OR a.state = 'erased' AND a.stored_as IS NOT NULL)
              AND a.due_at <= clock_timestamp() + g.clock_offset
              AND (a.claimed_until IS NULL OR a.claimed_until < clock_timestamp())
            ORDER BY a.due_at LIMIT most FOR UPDATE OF a SKIP LOCKED)
          UPDATE attachments a SET claimed_until = clock_timestamp() + lease
          FROM due WHERE a.gym_id = due.gym_id AND a.id = due.id RETURNING a.gym_id, a.id $$""",
    "attachments_are_due()": f"""
        RETURNS boolean STABLE {DEFINER} AS $$
          SELECT EXISTS (SELECT FROM attachments a JOIN gyms g ON g.id = a.gym_id
            WHERE (a.state = 'waiting' OR a.state = 'erased' AND a.stored_as IS NOT NULL)
              AND a.due_at <= clock_timestamp() + g.clock_offset
              AND (a.claimed_until IS NULL OR a.claimed_until < clock_timestamp())) $$""",
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
    # The timeline and the tracker's events can only be added to; of somebody erased they lose what is personal.
    "erase_traces(person uuid)": f"""
        RETURNS void VOLATILE {DEFINER} AS $$
          UPDATE activities a SET data = CASE
            WHEN a.kind IN ('lead.created', 'lead.stage_changed', 'lead.assigned') THEN (
              SELECT coalesce(jsonb_object_agg(e.key, e.value), '{{}}'::jsonb) FROM jsonb_each(a.data) e
              WHERE e.key IN ('before', 'after', 'source'))
            ELSE '{{}}'::jsonb END
          FROM contacts c
          WHERE c.gym_id = {CURRENT_GYM} AND c.id = person AND c.erased_at IS NOT NULL AND a.gym_id = c.gym_id
            AND (a.contact_id = c.id
                 OR a.lead_id IN (SELECT l.id FROM leads l WHERE l.gym_id = c.gym_id AND l.contact_id = c.id));
          DELETE FROM tracker_events t USING contacts c, conversations k
          WHERE c.gym_id = {CURRENT_GYM} AND c.id = person AND c.erased_at IS NOT NULL AND k.gym_id = c.gym_id
            AND k.contact_id = c.id AND t.gym_id = k.gym_id AND t.conversation_id = k.id $$""",
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
