"""Values and pure rules: no network, no AWS. msgspec, which decodes JSON to values, is the only dependency."""
