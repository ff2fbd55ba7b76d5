"""The part of Seam that knows no ORM: plain Python, importable without Odoo."""
