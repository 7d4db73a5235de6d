"""A CRM of which files alone are read; what it exports stands in its preset."""

from serving.crm.connector import Vendor

VENDOR = Vendor(name="acme")
