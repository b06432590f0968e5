-- One rule for corrections, whichever client sent them: response.replaces_uuid says what is corrected, response_edit says who was
-- first to correct it. Until now the former held what our own client sent and the latter what Collect sent.

-- What Collect corrected.
UPDATE response SET replaces_uuid = (SELECT e.replaces_uuid FROM response_edit e WHERE e.uuid = response.uuid)
WHERE replaces_uuid IS NULL AND uuid IN (SELECT uuid FROM response_edit);

-- Who was first among the corrections of our own client; the state of the others stays as it was told to the phones.
INSERT INTO response_edit (uuid, round_code, replaces_uuid)
SELECT later.uuid, later.round_code, later.replaces_uuid
FROM response later
JOIN response earlier ON earlier.uuid = later.replaces_uuid AND earlier.version_no = 1
    AND earlier.round_code = later.round_code AND earlier.case_id = later.case_id
WHERE later.version_no = 1 AND later.state = 'accepted' AND later.uuid <> later.replaces_uuid
    AND later.uuid NOT IN (SELECT uuid FROM response_edit)
    AND NOT EXISTS (
        SELECT 1 FROM response_edit e WHERE e.round_code = later.round_code AND e.replaces_uuid = later.replaces_uuid)
    AND later.sequence = (
        SELECT min(one.sequence) FROM response one
        WHERE one.replaces_uuid = later.replaces_uuid AND one.round_code = later.round_code
            AND one.case_id = later.case_id AND one.version_no = 1 AND one.state = 'accepted');
