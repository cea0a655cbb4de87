"""A master key that opens nothing but what tests put away."""

from socstream.store.secrets import KEY_SIZE, Vault

VAULT = Vault((bytes(range(KEY_SIZE)),), "a key of the tests")
