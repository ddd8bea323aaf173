"""The graph's schema, declared once."""
