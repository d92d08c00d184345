"""Schools, links, clusters, terms and scopes."""
