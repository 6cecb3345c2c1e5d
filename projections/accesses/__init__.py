"""The accesses view: who was refused, who read whom, and who may read by a grant; people of the staff by pseudonym."""
