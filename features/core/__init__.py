"""The ground floor: instants, texts, errors, figures and files that every room stands on."""
