"""Migrations of the store, run by :meth:`features.store.Store.migrate`."""
