"""The pages sales and marketing work in: server-rendered, in both languages, without script."""
