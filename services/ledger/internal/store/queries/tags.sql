-- name: ProjectTags :exec
-- Only forwards: what is not newer than what the entry has changes nothing of it. Each entry once.
UPDATE entries e SET tags = string_to_array(n.tags, ','), tags_version = n.version
FROM (SELECT unnest(sqlc.arg(ids)::uuid[]) AS id, unnest(sqlc.arg(versions)::bigint[]) AS version,
          unnest(sqlc.arg(tags)::text[]) AS tags) n
WHERE e.id = n.id AND n.version > e.tags_version;

-- name: ListUnappliedTags :many
-- Which tags are newer than the entries' own.
SELECT t.place::integer AS place, (e.id IS NOT NULL)::boolean AS known
FROM (SELECT unnest(sqlc.arg(entry_ids)::uuid[]) AS entry_id, unnest(sqlc.arg(versions)::bigint[]) AS version,
          unnest(sqlc.arg(places)::integer[]) AS place) t
LEFT JOIN entries e ON e.id = t.entry_id
WHERE e.id IS NULL OR e.tags_version < t.version;
