-- A copy of production tells no chat room of the company.
UPDATE seam_alert_webhook SET url_secret = NULL;
UPDATE seam_exception_alert SET state = 'dropped' WHERE state IN ('planned', 'sending');
