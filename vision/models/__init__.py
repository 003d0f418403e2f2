"""Models: the catalogue, the loaders and the cache; torch only inside functions that need it."""
