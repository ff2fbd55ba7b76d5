"""Plain Python that does not import Odoo: expressions, mapping, templates, paging, OpenAPI."""
