"""The parts of the CRM that `simulators.crm` puts together."""
