"""The people file of org sync: reading, checking and converting what HR dropped, without network or AWS."""
