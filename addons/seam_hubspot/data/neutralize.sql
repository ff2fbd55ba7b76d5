-- HubSpot's webhooks are for production: a copy is told of nothing.
UPDATE seam_system SET hubspot_webhook_url = NULL;
