"""Building blocks without a subject: escaped HTML, tables, charts, numbers in words."""
