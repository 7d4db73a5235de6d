"""In and out of a CRM: one engine for all vendors, one folder for each of them."""
