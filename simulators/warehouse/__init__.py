"""The parts of the warehouse that `simulators.wms` puts together."""
