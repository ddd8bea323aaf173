"""Everything this project knows about LinkedIn's API; the only room that opens HTTP connections."""
