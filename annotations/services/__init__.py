"""Everything that writes. Each function is one verb, one transaction, and knows no request."""
