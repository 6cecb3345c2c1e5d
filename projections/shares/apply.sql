INSERT INTO share (customer, share, direction, kind, at, position, sent_by, sent_to, office, recipient_role, channel, items,
                   container, plan, purpose, lawful_basis, agreement, encrypted, plans_in_share)
SELECT e.stream, e.facts->>'share_id', e.facts->>'direction', 'share', e.occurred_at, e.position,
       e.facts->>'sent_by', e.facts->>'sent_to', e.facts->>'office', e.facts->>'recipient_role', e.facts->>'channel',
       ARRAY(SELECT jsonb_array_elements_text(coalesce(e.facts->'items', '[]'))), e.facts->>'container', e.facts->>'plan_id',
       e.facts->>'purpose', e.facts->>'lawful_basis', e.facts->>'agreement', (e.facts->>'encrypted')::boolean,
       (e.facts->>'plans_in_share')::integer
FROM :batch AS e WHERE e.type = 'data-shared'
ON CONFLICT DO NOTHING;

INSERT INTO share (customer, share, direction, kind, at, position, sent_by, sent_to, office, channel, items, purpose, lawful_basis)
SELECT e.stream, e.facts->>'receipt_id', 'JCP_TO_NCS', 'receipt', e.occurred_at, e.position, e.facts->>'received_from',
       e.facts->>'received_by', e.facts->>'office', e.facts->>'channel',
       ARRAY(SELECT jsonb_array_elements_text(coalesce(e.facts->'items', '[]'))), e.facts->>'purpose', e.facts->>'lawful_basis'
FROM :batch AS e WHERE e.type = 'data-received'
ON CONFLICT DO NOTHING;

-- A referral between touchpoints passes the customer's record on, and re-targeting one passes it to somebody else as
-- well; signposting somebody without data shares nothing.
INSERT INTO share (customer, share, direction, kind, at, position, sent_by, sent_to, channel, items)
SELECT e.stream, (e.facts->>'referral_id') || '>' || coalesce(e.facts->>'referred_to', ''), 'WITHIN_NCS', 'referral',
       coalesce((e.facts->>'requested_at')::timestamptz, e.occurred_at), e.position, e.facts->>'referred_by',
       e.facts->>'referred_to', 'SYSTEM', '{}'
FROM :batch AS e WHERE e.type = 'customer-referred' AND coalesce((e.facts->>'with_data')::boolean, true)
ON CONFLICT DO NOTHING;

UPDATE share SET confirmed_at = c.at
FROM (SELECT e.stream, e.facts->>'share_id' AS share, min(coalesce((e.facts->>'confirmed_at')::timestamptz, e.occurred_at)) AS at
      FROM :batch AS e WHERE e.type = 'receipt-confirmed' GROUP BY 1, 2) AS c
WHERE share.customer = c.stream AND share.kind = 'share' AND share.share = c.share;

UPDATE share SET incorporated_at = i.at
FROM (SELECT e.stream, e.facts->>'receipt_id' AS receipt, min(e.occurred_at) AS at
      FROM :batch AS e WHERE e.type = 'data-incorporated' GROUP BY 1, 2) AS i
WHERE share.customer = i.stream AND share.kind = 'receipt' AND share.share = i.receipt;

UPDATE share SET disposed_at = least(share.disposed_at, d.at)
FROM (SELECT e.stream, coalesce(e.facts->>'receipt_id', e.facts->>'share_id') AS share,
             CASE WHEN e.facts ? 'receipt_id' THEN 'receipt' ELSE 'share' END AS kind, min(e.occurred_at) AS at
      FROM :batch AS e WHERE e.type = 'copy-disposed' GROUP BY 1, 2, 3) AS d
WHERE share.customer = d.stream AND share.kind = d.kind AND share.share = d.share;
