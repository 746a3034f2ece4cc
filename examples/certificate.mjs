// @ts-check
// A certificate authority of one's own, for development: it signs a certificate for localhost.
//   node examples/certificate.mjs
import { Certificate } from 'bladessl';

const ca = Certificate.generate({ commonName: 'Development CA', days: 365 });
const { certificate, privateKey } = Certificate.generate({
  commonName: 'localhost',
  altNames: ['localhost', '*.dev.localhost', '127.0.0.1', '::1'],
  issuer: ca,
});

console.log(certificate);
console.log(`for ${certificate.altNames.join(', ')}`);
console.log(`with a key of type ${privateKey.type}, ${privateKey.bits} bits\n`);
console.log(`${certificate.pem}\nsigned by ${ca.certificate.subject}, which is to be trusted:\n`);
console.log(ca.certificate.pem);
