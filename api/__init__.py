"""The front doors: JSON, pages, command line, and the import of the source service's documents."""
