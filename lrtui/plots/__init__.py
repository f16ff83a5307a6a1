"""One picture for terminal, screen and file: records to series, marks and axes."""
