"""Composition: settings are read here, and nowhere else are clients built."""
