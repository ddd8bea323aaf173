"""`python -m local.jupiterone`."""

from local.jupiterone.server import main

main()
