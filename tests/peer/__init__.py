"""A second server of the same LinkedIn API, by another maker: small, hand-made, with other defaults and habits."""
