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
for (const name of certificate.subjectAltNames) console.log(`for ${name.type} ${name.value}`);
console.log(
  `to be used for ${certificate.extendedKeyUsageNames?.join(', ')} until ${certificate.expirationDate.toISOString()}`,
);
for (const host of ['www.dev.localhost', 'example.org']) {
  console.log(`${host}: ${certificate.checkHost(host) ?? 'no, it is not for that host'}`);
}
console.log(`signed by the CA: ${certificate.isIssuedBy(ca.certificate)}`);
console.log(`with a key of type ${privateKey.type}, ${privateKey.bits} bits\n`);
console.log(`${certificate.pem}\nsigned by ${ca.certificate.subject}, which is to be trusted:\n`);
console.log(ca.certificate.pem);
