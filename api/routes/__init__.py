"""The JSON routes, one file per noun; each asks for its caller, calls one function and knows no view and no event."""
