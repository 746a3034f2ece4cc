// Certificates and keys: made, written, read, and refused.
const assert = require('node:assert/strict');
const { Certificate, PrivateKey, TLSServerContext } = require('bladessl');

for (const key of ['ec', 'ed25519']) {
  const issuer = Certificate.generate({ commonName: 'Test CA', key });
  const { certificate, privateKey } = Certificate.generate({
    commonName: 'localhost',
    altNames: ['127.0.0.1', 'a.example'],
    issuer,
    key,
  });
  assert.equal(new Certificate(certificate.pem).subject, 'CN=localhost');
  assert.equal(new PrivateKey(privateKey.pem).type, key);
  assert.equal(certificate.altNames.length, 2);
  const context = new TLSServerContext();
  assert.throws(() => context.useCertificate(certificate).usePrivateKey(issuer.privateKey));
  context.useCertificate(certificate, [issuer.certificate]).usePrivateKey(privateKey);
  for (const object of [context, certificate, privateKey]) object.free();
}
for (const garbage of [
  '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  Buffer.from([0x30, 0x03, 1, 2, 3]),
]) {
  assert.throws(() => new Certificate(garbage));
  assert.throws(() => new PrivateKey(garbage));
}
