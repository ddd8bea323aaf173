"""A stand-in for JupiterOne's sync jobs: strict about what is uploaded, and it shows the graph that comes of it.

It knows nothing of the product. What its answers rest on is in docs/jupiterone.md, "Sources"; where JupiterOne's
documents are silent it takes the stricter reading.
"""
