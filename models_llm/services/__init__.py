"""Everything that writes. Each function is one verb and knows no request."""
