"""What comes with a page request: session, form, flash message, error."""
