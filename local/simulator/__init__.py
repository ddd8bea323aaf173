"""A LinkedIn Learning account on this machine: OAuth, catalogue, reports and org sync over HTTP.

Written from the API reference alone; it imports nothing of the product, so that a mistake the two
share cannot hide. ``python -m local simulator --help`` lists everything it can be told.
"""
