"""The lead definition: the agreement of marketing and sales, read from one YAML file."""

from features.definition.lead_definition import LeadDefinition
from features.definition.yaml.read import TEMPLATE, parse_definition, read_definition

__all__ = ["TEMPLATE", "LeadDefinition", "parse_definition", "read_definition"]
