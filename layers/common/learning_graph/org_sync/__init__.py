"""Org sync: processes an HR file dropped into the bucket, from the check to LinkedIn's result."""
