-- A copy of production must not reach production's partners, nor answer them.
UPDATE seam_system SET state = 'disabled', environment = 'test', base_url = NULL,
       allowed_hosts = NULL, token_url = NULL;
DELETE FROM seam_credential;
DELETE FROM seam_token;
