"""The API that programs call: events and facts in, decisions with reasons out, under ``/v1``."""
