"""The people file of org sync: reading, checking, converting what HR dropped. No network, no AWS; scratch files only."""
