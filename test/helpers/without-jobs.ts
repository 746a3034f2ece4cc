// Imported before bladessl: as if OpenSSL's jobs were not to be had on this platform.
process.env['BLADESSL_NO_ASYNC_JOBS'] = '1';
