"""A carrier that takes parcels: what `simulators/carrier.py` puts together. See simulators/README.md."""
