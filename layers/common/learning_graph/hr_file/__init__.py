"""Checks and converts an HR file before it is sent to LinkedIn; without network and AWS."""
