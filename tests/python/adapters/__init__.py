"""The application of ``tests/adapters/situations.json`` on every adapter, each a module that a server imports."""
