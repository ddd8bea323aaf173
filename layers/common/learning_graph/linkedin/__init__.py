"""LinkedIn's API: the only package that opens HTTP connections to LinkedIn."""
