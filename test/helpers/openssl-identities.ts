// Certificates that Certificate.generate does not make: the openssl command signs them for the tests' CA.

import { Certificate } from 'bladessl';
import { authority, type Identity, localhost } from './identities';
import { openssl, pathOf, write } from './openssl-files';

write('test-ca.pem', authority.certificate.pem);
write('test-ca-key.pem', authority.privateKey.pem);
write('localhost-key.pem', localhost.privateKey.pem);
openssl('req -new -key localhost-key.pem -subj /CN=localhost -out localhost.csr');

function identityIn(file: string): Identity {
  return { certificate: new Certificate(pathOf(file)), privateKey: localhost.privateKey };
}

/** A certificate for localhost's key with these extensions, in the language of x509v3_config(5). */
export function signed(name: string, extensions: string): Identity {
  write(`${name}.ext`, extensions);
  const signer = '-CA test-ca.pem -CAkey test-ca-key.pem';
  openssl(`x509 -req -in localhost.csr ${signer} -extfile ${name}.ext -out ${name}.pem`);
  return identityIn(`${name}.pem`);
}

/** A certificate for localhost's key that is valid from one moment to another: YYYYMMDDHHMMSSZ. */
export function dated(name: string, from: string, to: string): Identity {
  for (const file of ['database', 'database.attr']) write(file, '');
  write(
    'ca.conf',
    `[ca]\ndefault_ca = x\n[x]\ndatabase = ${pathOf('database')}\nnew_certs_dir = ${pathOf('.')}\n` +
      'rand_serial = yes\npolicy = p\ndefault_md = sha256\n[p]\ncommonName = supplied\n',
  );
  const signer = '-config ca.conf -cert test-ca.pem -keyfile test-ca-key.pem';
  const dates = `-startdate ${from} -enddate ${to}`;
  openssl(`ca -batch -notext -in localhost.csr ${signer} ${dates} -out ${name}.pem`);
  return identityIn(`${name}.pem`);
}

/** A certificate for localhost's key that localhost, which is no CA, has signed. */
export function belowLocalhost(name: string): Identity {
  write('localhost.pem', localhost.certificate.pem);
  openssl(`req -new -key localhost-key.pem -subj /CN=${name} -out ${name}.csr`);
  openssl(`x509 -req -in ${name}.csr -CA localhost.pem -CAkey localhost-key.pem -out ${name}.pem`);
  return identityIn(`${name}.pem`);
}
