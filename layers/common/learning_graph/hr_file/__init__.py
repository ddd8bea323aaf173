"""Checks and converts an HR file before it is sent to LinkedIn; needs neither network nor AWS."""
