"""The page of a snapshot: one HTML file that shows the whole account without a network (`graph/<run>/page.html`)."""
