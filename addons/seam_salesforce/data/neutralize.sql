-- Whom a signed login is for: a copy's is a sandbox, which the set-up enters anew.
UPDATE seam_system SET token_audience = NULL WHERE connector = 'salesforce';
