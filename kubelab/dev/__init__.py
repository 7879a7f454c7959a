"""The project's own checks: format, types, layers, suites, generated pages."""
