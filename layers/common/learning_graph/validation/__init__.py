"""The use case of the validate call: do the credential pairs work, and what may they read?"""
