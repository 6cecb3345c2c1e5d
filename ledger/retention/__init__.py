"""How long each class of records may be kept, and what is to be destroyed by when."""
