"""A key that groups leads and is never judged."""

from features.definition.kinds.kind import AttributeKind

IDENTIFIER = AttributeKind(name="identifier", kept_as="key", columns=())
