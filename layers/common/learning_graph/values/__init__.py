"""Values and pure rules: no network, no AWS; msgspec, which makes values of JSON, is the one package used here."""
