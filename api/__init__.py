"""The front doors: JSON, pages, command line, and the import of the earlier service's documents."""
