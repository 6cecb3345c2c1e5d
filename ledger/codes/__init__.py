"""The codes and words of the sources: items, consent scopes, acts of consent, the law of requests, DSS documents."""
