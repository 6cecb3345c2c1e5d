"""Keys per customer and retention class, sealed payloads, search tokens and fences."""
